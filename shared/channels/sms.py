"""Text messages by AWS End User Messaging: one attempt, and an answer that says what may be done next."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, HTTPClientError

from shared.channels.answers import Ambiguous, NotAccepted, QuotaUsedUp, SendingStopped, TooFast, Unsendable
from shared.channels.aws import client
from shared.domain.message import MARKETING

if TYPE_CHECKING:
    from shared.domain.message import MessageOrder, Note

# Which of the service's own limits is passed stands in `Reason`.
_SPENT = {"MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT", "DAILY_DESTINATION_CALL_LIMIT"}
# The number opted out by an answer that the service heard, the country is blocked, the text is not accepted: waiting does not help.
_TERMINAL = {"ValidationException", "ConflictException", "ResourceNotFoundException"}


class Sms:
    """Sends through the configuration set of this installation; what becomes of each message comes back through its event destination."""

    reports = True

    @staticmethod
    def off() -> str:
        """Why it cannot send at all; "": it can."""
        return "" if os.environ.get("SMS_CONFIGURATION_SET") else "no configuration set for text messages"

    def send(self, note: Note, order: MessageOrder) -> str:
        """Sends once and returns the service's message id. Raises what shared/channels/answers.py names."""
        try:
            # No retries: the service has no idempotency token, and a retried time-out is a second message.
            answer = client("pinpoint-sms-voice-v2", attempts=1).send_text_message(**_request(note, order))
        except ClientError as error:
            raise _sorted(error) from error
        except HTTPClientError as error:
            raise Ambiguous(type(error).__name__) from error
        return str(answer["MessageId"])


def _request(note: Note, order: MessageOrder) -> dict[str, Any]:
    tags = {"message_id": order.message_id, "lead_id": order.lead_id, "class": order.klass}
    sender = {"OriginationIdentity": note.sender} if note.sender else {}
    return {
        "DestinationPhoneNumber": note.to,
        "MessageBody": note.text,
        "MessageType": "PROMOTIONAL" if order.klass == MARKETING else "TRANSACTIONAL",
        "ConfigurationSetName": os.environ["SMS_CONFIGURATION_SET"],
        "Context": tags,
        **sender,
    }


def _sorted(error: ClientError) -> Exception:
    answer = error.response.get("Error", {})
    code, reason = str(answer.get("Code", "")), str(error.response.get("Reason", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    told = f"{code} {reason}".strip()
    if code == "ThrottlingException":
        return TooFast(told)
    if code == "ServiceQuotaExceededException":
        return QuotaUsedUp(told) if reason in _SPENT else SendingStopped(told)
    if code in _TERMINAL:
        return Unsendable(told)
    return NotAccepted(told) if 400 <= status < 500 else Ambiguous(told or str(status))
