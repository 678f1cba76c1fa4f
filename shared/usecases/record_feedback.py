"""What SES reports about a mail: delivered, bounced, complained about. Each report may come twice and in any order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.domain.identity import email_key
from shared.domain.message import BOUNCED, CLAIMED, COMPLAINED, DELIVERED, REFUSED, SENT, UNKNOWN
from shared.domain.moments import from_iso
from shared.domain.suppression import BOUNCED as BOUNCED_LIST
from shared.domain.suppression import COMPLAINED as COMPLAINED_LIST
from shared.domain.suppression import SoftBounceRule, Suppression
from shared.domain.timeline import EMAIL_BOUNCED, EMAIL_COMPLAINED, Activity

if TYPE_CHECKING:
    from shared.store.activities import Activities
    from shared.store.messages import Messages
    from shared.store.suppressions import Suppressions

# SES answers for the whole account with its own list: the address is known to it, Ripen learns it from the event that put it there.
_MARK_ONLY = {"OnAccountSuppressionList"}
# The mailbox or its server could not take the mail now. The other soft kinds (too large, content, attachment) are the mail's fault, not the address's.
_ADDRESS_AT_FAULT = {"General", "MailboxFull"}
_NOT_A_COMPLAINT = "not-spam"


class FeedbackPorts(NamedTuple):
    """What feedback touches."""

    messages: Messages
    suppressions: Suppressions
    activities: Activities
    soft_bounces: SoftBounceRule


@dataclass(frozen=True, slots=True)
class _Mail:
    lead_id: str
    message_id: str
    klass: str


def record_feedback(event: Mapping[str, Any], ports: FeedbackPorts, now: datetime) -> str:
    """Records one SES event (FACTS §1) and returns what it was taken for; mail that Ripen did not send is ``ignored``.

    Raises KeyError or ValueError for what is not an SES event.
    """
    kind = str(event["eventType"])
    mail = _mail_of(event["mail"])
    if mail is None:
        return "ignored"
    match kind:
        case "Send":
            ports.messages.settle(mail.lead_id, mail.message_id, SENT, now, expected=(CLAIMED, UNKNOWN))
        case "Delivery":
            ports.messages.settle(
                mail.lead_id,
                mail.message_id,
                DELIVERED,
                now,
                expected=(CLAIMED, UNKNOWN, SENT),
                provider_id=str(event["mail"].get("messageId", "")),
            )
        case "Reject" | "Rendering Failure":
            reason = str(event.get("reject", event.get("failure", {})))
            ports.messages.settle(
                mail.lead_id,
                mail.message_id,
                REFUSED,
                now,
                expected=(CLAIMED, UNKNOWN, SENT),
                error=reason,
                reasons=("unsendable",),
            )
        case "Bounce":
            _bounce(mail, event["bounce"], ports, now)
        case "Complaint":
            _complaint(mail, event["complaint"], ports, now)
        case _:
            # A delay, a subscription, a kind that SES adds tomorrow: nothing to change, and no reason to fail.
            return f"noted:{kind}"
    return kind


def _mail_of(mail: Mapping[str, Any]) -> _Mail | None:
    tags = {name: values[0] for name, values in (mail.get("tags") or {}).items() if values}
    if not (tags.get("message_id") and tags.get("lead_id")):
        return None
    return _Mail(tags["lead_id"], tags["message_id"], tags.get("class", ""))


def _bounce(mail: _Mail, bounce: Mapping[str, Any], ports: FeedbackPorts, now: datetime) -> None:
    at, subtype = from_iso(bounce["timestamp"]), str(bounce.get("bounceSubType", ""))
    permanent = bounce["bounceType"] == "Permanent"
    if permanent and subtype not in _MARK_ONLY:
        for recipient in bounce["bouncedRecipients"]:
            _suppress(recipient["emailAddress"], BOUNCED_LIST, at, subtype, ports)
    if bounce["bounceType"] == "Transient" and subtype in _ADDRESS_AT_FAULT:
        for recipient in bounce["bouncedRecipients"]:
            key = f"email:{email_key(recipient['emailAddress'])}"
            ports.suppressions.add_soft_bounce(key, at, bounce["feedbackId"], ports.soft_bounces)
    if permanent:
        ports.messages.settle(
            mail.lead_id, mail.message_id, BOUNCED, now, expected=(CLAIMED, UNKNOWN, SENT, DELIVERED), error=subtype
        )
    _tell(mail, EMAIL_BOUNCED, at, bounce["feedbackId"], {"permanent": permanent, "subtype": subtype}, ports)


def _complaint(mail: _Mail, complaint: Mapping[str, Any], ports: FeedbackPorts, now: datetime) -> None:
    if complaint.get("complaintFeedbackType") == _NOT_A_COMPLAINT:
        return
    at = from_iso(complaint["timestamp"])
    for recipient in complaint["complainedRecipients"]:
        _suppress(
            recipient["emailAddress"], COMPLAINED_LIST, at, str(complaint.get("complaintFeedbackType") or ""), ports
        )
    ports.messages.settle(mail.lead_id, mail.message_id, COMPLAINED, now, expected=(CLAIMED, UNKNOWN, SENT, DELIVERED))
    _tell(
        mail, EMAIL_COMPLAINED, at, complaint["feedbackId"], {"type": complaint.get("complaintFeedbackType", "")}, ports
    )


def _suppress(address: str, name: str, at: datetime, reason: str, ports: FeedbackPorts) -> None:
    ports.suppressions.add(Suppression(f"email:{email_key(address)}", name, "email", at, reason, "ses"))


def _tell(mail: _Mail, kind: str, at: datetime, feedback_id: str, detail: dict[str, Any], ports: FeedbackPorts) -> None:
    if mail.klass == "internal":
        # The colleague's mailbox bounced, not the lead's: their timeline says nothing about it.
        return
    cause = f"{feedback_id}:{mail.message_id}"
    ports.activities.append(
        Activity(mail.lead_id, kind, at, cause, "email", "machine", {"message_id": mail.message_id, **detail})
    )
