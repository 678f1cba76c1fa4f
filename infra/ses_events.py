"""What SES publishes about a mail: pure functions from an accepted SendEmail request to the event JSON.

The local mailbox and the rehearsal use these, because neither the local AWS nor moto publishes the events of a
configuration set. Shapes and names follow SES's "Contents of event data" for event publishing through SNS; the caller
publishes `json.dumps(event)` as the SNS message (raw delivery: as the SQS body).

All functions are pure: the moment is a parameter, and the same arguments give the same event, ids included.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parseaddr
from typing import Any

Event = dict[str, Any]

REPORTING_MTA = "dns; mail.example"
_ACCOUNT = "000000000000"

# Sub type: (SMTP enhanced status, diagnostic code), as receiving servers word them.
_DIAGNOSTICS = {
    "General": ("5.1.1", "smtp; 550 5.1.1 user unknown"),
    "NoEmail": ("5.1.1", "smtp; 550 5.1.1 no such address"),
    "Suppressed": ("5.1.1", "Amazon SES has suppressed sending to this address"),
    "OnAccountSuppressionList": ("5.1.1", "Amazon SES did not send the message: the address is on your account's list"),
    "MailboxFull": ("4.2.2", "smtp; 452 4.2.2 mailbox full"),
    "MessageTooLarge": ("5.3.4", "smtp; 552 5.3.4 message too large"),
    "ContentRejected": ("5.7.1", "smtp; 554 5.7.1 content rejected"),
    "AttachmentRejected": ("5.7.1", "smtp; 554 5.7.1 attachment rejected"),
}


@dataclass(frozen=True)
class SentMail:
    """A mail that SES accepted: the body of its SESv2 SendEmail request, the MessageId in the answer, the moment."""

    request: Mapping[str, Any]
    message_id: str
    at: datetime

    @property
    def recipients(self) -> list[str]:
        """Every address the mail goes to, as the request names them."""
        to = self.request.get("Destination", {})
        return [address for kind in ("ToAddresses", "CcAddresses", "BccAddresses") for address in to.get(kind) or []]

    @property
    def subject(self) -> str:
        """The subject of a Simple mail; empty for a Raw one."""
        return str(self.request.get("Content", {}).get("Simple", {}).get("Subject", {}).get("Data", ""))

    @property
    def tags(self) -> dict[str, str]:
        """The request's EmailTags."""
        return {tag["Name"]: tag["Value"] for tag in self.request.get("EmailTags") or []}

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The request's own headers (List-Unsubscribe and the like), in order."""
        own = self.request.get("Content", {}).get("Simple", {}).get("Headers") or []
        return [(header["Name"], header["Value"]) for header in own]


def send(mail: SentMail) -> Event:
    """SES accepted the request and will try to deliver."""
    return _event("Send", mail, {"send": {}})


def delivery(mail: SentMail, at: datetime) -> Event:
    """The recipient's server took the mail at `at`."""
    return _event(
        "Delivery",
        mail,
        {
            "delivery": {
                "timestamp": _iso(at),
                "processingTimeMillis": max(0, round((at - mail.at).total_seconds() * 1000)),
                "recipients": mail.recipients,
                "smtpResponse": "250 2.6.0 Message received",
                "reportingMTA": REPORTING_MTA,
            }
        },
    )


def bounce(mail: SentMail, at: datetime, kind: str = "Permanent", subtype: str = "General") -> Event:
    """The mail came back. `kind`: Permanent, Transient or Undetermined; `subtype`: General, NoEmail, MailboxFull, …"""
    status, diagnostic = _DIAGNOSTICS.get(subtype, ("5.0.0", "smtp; 550 refused"))
    bounced = [
        {"emailAddress": _address(to), "action": "failed", "status": status, "diagnosticCode": diagnostic}
        for to in mail.recipients
    ]
    return _event(
        "Bounce",
        mail,
        {
            "bounce": {
                "bounceType": kind,
                "bounceSubType": subtype,
                "bouncedRecipients": bounced,
                "timestamp": _iso(at),
                "feedbackId": _feedback_id(mail, "bounce", at),
                "reportingMTA": REPORTING_MTA,
            }
        },
    )


def complaint(mail: SentMail, at: datetime, feedback_type: str = "abuse") -> Event:
    """The recipient pressed "this is spam". `feedback_type`: abuse, fraud, virus, not-spam, other (ARF)."""
    return _event(
        "Complaint",
        mail,
        {
            "complaint": {
                "complainedRecipients": [{"emailAddress": _address(to)} for to in mail.recipients],
                "timestamp": _iso(at),
                "feedbackId": _feedback_id(mail, "complaint", at),
                "complaintSubType": None,
                "userAgent": "Mailbox-Feedback/1.0",
                "complaintFeedbackType": feedback_type,
                "arrivalDate": _iso(at),
            }
        },
    )


def reject(mail: SentMail, reason: str = "Bad content") -> Event:
    """SES accepted the mail, then found a virus in it and did not try to deliver."""
    return _event("Reject", mail, {"reject": {"reason": reason}})


def rendering_failure(mail: SentMail, template: str, message: str) -> Event:
    """A template kept at SES could not be rendered. (SES writes the type with a space.)"""
    return _event("Rendering Failure", mail, {"failure": {"templateName": template, "errorMessage": message}})


def delivery_delay(mail: SentMail, at: datetime, expires: datetime, kind: str = "MailboxFull") -> Event:
    """Not delivered yet; SES tries again until `expires`."""
    delayed = [
        {"emailAddress": _address(to), "status": "4.2.2", "diagnosticCode": "smtp; 452 4.2.2 try again later"}
        for to in mail.recipients
    ]
    return _event(
        "DeliveryDelay",
        mail,
        {
            "deliveryDelay": {
                "delayType": kind,
                "delayedRecipients": delayed,
                "expirationTime": _iso(expires),
                "timestamp": _iso(at),
                "reportingMTA": REPORTING_MTA,
            }
        },
    )


def _event(event_type: str, mail: SentMail, body: Event) -> Event:
    return {"eventType": event_type, "mail": _mail(mail), **body}


def _mail(mail: SentMail) -> Event:
    source = str(mail.request.get("FromEmailAddress", ""))
    tags = {"ses:from-domain": [_address(source).rpartition("@")[2]], "ses:source-ip": ["127.0.0.1"]}
    if configuration_set := mail.request.get("ConfigurationSetName"):
        tags["ses:configuration-set"] = [str(configuration_set)]
    standard = [
        ("From", source),
        ("To", ", ".join(mail.recipients)),
        ("Subject", mail.subject),
        ("MIME-Version", "1.0"),
    ]
    return {
        "timestamp": _iso(mail.at),
        "source": source,
        "sendingAccountId": _ACCOUNT,
        "messageId": mail.message_id,
        "destination": mail.recipients,
        "headersTruncated": False,
        "headers": [{"name": name, "value": value} for name, value in standard + mail.headers],
        "commonHeaders": {
            "from": [source],
            "to": mail.recipients,
            "date": format_datetime(mail.at.astimezone(UTC)),
            "messageId": mail.message_id,
            "subject": mail.subject,
        },
        "tags": tags | {name: [value] for name, value in mail.tags.items()},
    }


def _address(mailbox: str) -> str:
    """`Li <li@a.example>` → `li@a.example`."""
    return parseaddr(mailbox)[1] or mailbox


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _feedback_id(mail: SentMail, kind: str, at: datetime) -> str:
    digest = hashlib.sha256(f"{mail.message_id}|{kind}|{_iso(at)}".encode()).hexdigest()
    return f"{digest[:16]}-{digest[16:24]}-{digest[24:28]}-000000"
