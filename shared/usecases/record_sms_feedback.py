"""What the text-message service reports: what became of a message, and what people answered. Each report may come twice and in any order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.domain.ids import key_id
from shared.domain.links import Link
from shared.domain.message import BOUNCED, CLAIMED, DELIVERED, REFUSED, SENT, SMS, UNKNOWN
from shared.domain.reach import own_key
from shared.domain.sms import means_stop
from shared.domain.suppression import BOUNCED as BOUNCED_LIST
from shared.domain.suppression import UNSUBSCRIBED, Suppression
from shared.usecases.keep_preferences import unsubscribe

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.store.messages import Messages
    from shared.usecases.keep_preferences import PreferencePorts

_REPORT = "TEXT_"
_SENT = {"TEXT_SUCCESSFUL"}
_DELIVERED = {"TEXT_DELIVERED"}
# Never left: the text, or the country, is not allowed.
_REFUSED = {"TEXT_INVALID_MESSAGE", "TEXT_PROTECT_BLOCKED"}
# Left and did not arrive.
_FAILED = {
    *("TEXT_INVALID", "TEXT_UNREACHABLE", "TEXT_CARRIER_UNREACHABLE", "TEXT_CARRIER_BLOCKED", "TEXT_BLOCKED"),
    *("TEXT_SPAM", "TEXT_TTL_EXPIRED"),
}
# There is no such number: nobody writes to it again.
_NO_NUMBER = {"TEXT_INVALID"}


class SmsFeedbackPorts(NamedTuple):
    """What feedback touches; `policy` is templates/policies/sms.yaml, `secret` the key behind people's ids."""

    messages: Messages
    preferences: PreferencePorts
    policy: Mapping[str, Any]
    secret: Callable[[], bytes]


def record_sms_feedback(event: Mapping[str, Any], ports: SmsFeedbackPorts, now: datetime) -> str:
    """Records one event and returns what it was taken for. Raises KeyError or ValueError for what is no such event."""
    if "inboundMessageId" in event:
        return _answer(event, ports, now)
    kind, tags = str(event["eventType"]), event.get("context") or {}
    if not (tags.get("message_id") and tags.get("lead_id")):
        return "ignored"
    at = datetime.fromtimestamp(int(event["eventTimestamp"]) / 1000, UTC)

    def settle(status: str, *expected: str, reasons: tuple[str, ...] = ()) -> None:
        told = "" if status in (SENT, DELIVERED) else kind.removeprefix(_REPORT).lower()
        ports.messages.settle(
            tags["lead_id"],
            tags["message_id"],
            status,
            now,
            expected=expected,
            provider_id=str(event.get("messageId", "")),
            error=told,
            reasons=reasons,
        )

    if kind in _SENT:
        settle(SENT, CLAIMED, UNKNOWN)
    elif kind in _DELIVERED:
        settle(DELIVERED, CLAIMED, UNKNOWN, SENT)
    elif kind in _REFUSED:
        settle(REFUSED, CLAIMED, UNKNOWN, SENT, reasons=("unsendable",))
    elif kind in _FAILED:
        if kind in _NO_NUMBER:
            key = own_key(SMS, str(event["destinationPhoneNumber"]))
            ports.preferences.suppressions.add(Suppression(key, BOUNCED_LIST, SMS, at, kind, "carrier"))
        settle(BOUNCED, CLAIMED, UNKNOWN, SENT)
    else:
        return f"noted:{kind}"
    return kind


def _answer(event: Mapping[str, Any], ports: SmsFeedbackPorts, now: datetime) -> str:
    """A no by return: the number is suppressed first, whoever has it, then the person's own record says so."""
    number, text = str(event["originationNumber"]), str(event["messageBody"])
    if not means_stop(text, ports.policy["stop_words"]):
        return "answer"
    lead = ports.preferences.people.find(key_id(ports.secret(), "phone", number))
    if lead is None or lead.profile.get("phone_key") != number:
        ports.preferences.suppressions.add(Suppression(own_key(SMS, number), UNSUBSCRIBED, SMS, now, "answer", "sms"))
        return "stop"
    unsubscribe(Link(lead.lead_id, str(event["inboundMessageId"]), ""), "answer", ports.preferences, now, SMS)
    return "stop"
