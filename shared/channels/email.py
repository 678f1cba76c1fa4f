"""SES: one attempt, and an answer that says what may be done next."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, HTTPClientError

from shared.channels.answers import Ambiguous, NotAccepted, QuotaUsedUp, SendingStopped, TooFast, Unsendable
from shared.channels.aws import client
from shared.domain.channel import Account

if TYPE_CHECKING:
    from shared.domain.message import Mail, MessageOrder

_THROTTLED = {"TooManyRequestsException", "ThrottlingException", "Throttling"}
_LIMITED = {"LimitExceededException"}
# SES answers both with one exception; only its text tells them apart.
_DAILY = "daily message quota exceeded"
_STOPPED = {"AccountSuspendedException", "SendingPausedException"}
_TERMINAL = {"MessageRejected", "BadRequestException", "NotFoundException", "MailFromDomainNotVerifiedException"}


class Email:
    """Sends through SES v2."""

    # A Delivery or a Bounce follows every accepted mail: no write of our own says "sent".
    reports = True

    @staticmethod
    def off() -> str:
        """Why it cannot send at all; "": it can."""
        return ""

    def send(self, mail: Mail, order: MessageOrder) -> str:
        """Sends once and returns SES's message id. Raises NotAccepted, SendingStopped, Unsendable or Ambiguous."""
        try:
            # No retries: SES has no idempotency token, and a retried time-out is a second mail.
            answer = client("sesv2", attempts=1).send_email(**_request(mail, order))
        except ClientError as error:
            raise _sorted(error) from error
        except HTTPClientError as error:
            raise Ambiguous(type(error).__name__) from error
        return str(answer["MessageId"])


def read_account() -> Account:
    """What SES says of this account."""
    answer = client("sesv2").get_account()
    quota = answer.get("SendQuota", {})
    return Account(
        rate=float(quota.get("MaxSendRate", 0)),
        daily=float(quota.get("Max24HourSend", -1)),
        sent=float(quota.get("SentLast24Hours", 0)),
        may_send=bool(answer.get("SendingEnabled", True)),
    )


def _request(mail: Mail, order: MessageOrder) -> dict[str, Any]:
    tags = {
        "message_id": order.message_id,
        "lead_id": order.lead_id,
        "class": order.klass,
        "journey": order.journey,
        "step": order.step,
    }
    return {
        "FromEmailAddress": os.environ["SENDER"],
        "Destination": {"ToAddresses": [mail.to]},
        "Content": {
            "Simple": {
                "Subject": {"Data": mail.subject, "Charset": "UTF-8"},
                "Body": {
                    "Text": {"Data": mail.text, "Charset": "UTF-8"},
                    "Html": {"Data": mail.html, "Charset": "UTF-8"},
                },
                "Headers": [{"Name": name, "Value": value} for name, value in mail.headers.items()],
            }
        },
        "EmailTags": [{"Name": name, "Value": value} for name, value in tags.items() if value],
        "ConfigurationSetName": os.environ["CONFIGURATION_SET"],
    }


def _sorted(error: ClientError) -> Exception:
    code = error.response.get("Error", {}).get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _STOPPED:
        return SendingStopped(code)
    if code in _LIMITED or (code in _THROTTLED and _DAILY in str(error).lower()):
        return QuotaUsedUp(code)
    if code in _THROTTLED:
        return TooFast(code)
    if code in _TERMINAL:
        return Unsendable(code)
    # Other 4xx are refusals before anything was sent (rights, credentials); a 5xx says nothing.
    return NotAccepted(code) if 400 <= status < 500 else Ambiguous(code or str(status))
