"""One order, one message at most: gate, claim, send, settle. The same for every channel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from shared.domain.channel import ACCOUNT_PAUSED, QUOTA_USED_UP, back_after_closing, back_after_throttling
from shared.domain.enrolment import Enrolment, whereabouts
from shared.domain.gate import ALLOW, DEFER, REFUSE, Facts, Verdict, decide
from shared.domain.journeys.arbitration import rivals
from shared.domain.journeys.rules import exit_reason
from shared.domain.lead import Lead
from shared.domain.message import (
    CLAIMED,
    INTERNAL,
    MARKETING,
    QUEUED,
    REFUSED,
    SENT,
    SMS,
    UNKNOWN,
    MessageOrder,
    Note,
    Receipt,
    order_to_body,
)
from shared.domain.moments import to_iso
from shared.domain.reach import address_of, keys_of
from shared.usecases.journey_book import LIVE, PAUSED, STOPPED

if TYPE_CHECKING:
    from shared.domain.message import Mail
    from shared.store.enrolments import Enrolments
    from shared.store.messages import Messages
    from shared.store.people import People
    from shared.store.suppressions import Suppressions
    from shared.usecases.journey_book import JourneyBook
    from shared.usecases.set_timer import Alarm
    from shared.usecases.watch_channel import Channel
    from shared.usecases.watch_spending import Spending

_ENDED_FOR_GOOD = "exited"


class Answers(NamedTuple):
    """What the channel may answer, named by the wiring so that this module needs no channel: the exceptions of shared/channels/answers.py."""

    not_accepted: type[Exception]
    too_fast: type[Exception]
    quota_used_up: type[Exception]
    stopped: type[Exception]
    unsendable: type[Exception]
    ambiguous: type[Exception]


class Provider(Protocol):
    """Who carries a channel's messages. `reports` says that word of each message's fate comes later by itself."""

    @property
    def reports(self) -> bool: ...

    def off(self) -> str:
        """Why it cannot send at all here ("" when it can): no credentials, no number."""

    def send(self, message: Any, order: MessageOrder) -> str:
        """Sends once and returns the provider's id of the message. Raises what `Answers` names."""


def _nothing(_: MessageOrder) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Carrier:
    """A channel as sending uses it: who carries, whether it takes messages now, and what an order becomes for the person."""

    provider: Provider
    channel: Channel
    compose: Callable[[MessageOrder, Lead], Mail | Note]
    lacks: Callable[[MessageOrder], str] = _nothing
    """What this message's file still lacks, without which it cannot be sent to anybody; "": nothing."""


class SendPorts(NamedTuple):
    """What sending touches. `carrier` finds a channel's; `policy` is templates/policies/sending.yaml with sms.yaml in it; `facts` is what the
    exit rules of a journey may ask about the lead; `pace` waits for the moment at which the account's rate allows the next message, and answers
    False when that is too far away.
    """

    policy: Mapping[str, Any]
    book: JourneyBook
    people: People
    messages: Messages
    suppressions: Suppressions
    enrolments: Enrolments
    spending: Spending
    alarm: Alarm
    carrier: Callable[[str], Carrier]
    pace: Callable[[float | None], bool]
    answers: Answers
    facts: Callable[[Mapping[str, Any], Lead], Mapping[str, Any]]


def send_message(order: MessageOrder, ports: SendPorts, now: datetime, invocation: str) -> str:
    """Sends the order, defers or refuses it; returns the receipt's status. An order that was claimed before is never sent again.

    `invocation` is the id of this attempt, which no other attempt has.
    """
    receipts = _receipts(order, ports)
    standing = next((each for each in receipts if each.message_id == order.message_id), None)
    if standing is not None and standing.status != QUEUED:
        return _settle_after_death(standing, ports, now)
    lead = ports.people.find(order.lead_id)
    if lead is None:
        return _write(order, REFUSED, ports, now, reasons=("unsendable",), checks=("person: gone",))
    verdict = _held(order, ports, now) or decide(_facts(order, lead, receipts, ports, now), ports.policy)
    if verdict.outcome == DEFER and verdict.not_before is not None:
        return _defer(order, lead, verdict, verdict.not_before, ports, now)
    if verdict.outcome != ALLOW:
        return _write(order, REFUSED, ports, now, lead=lead, reasons=verdict.reasons, checks=verdict.checks)
    carrier = ports.carrier(order.channel)
    if off := carrier.provider.off() or carrier.lacks(order):
        checks = (*verdict.checks, f"{order.channel}: off ({off})")
        return _write(order, REFUSED, ports, now, lead=lead, reasons=("unsendable",), checks=checks)
    state = carrier.channel.state(now)
    if closed_until := state.closed(now):
        return _wait_for_channel(order, lead, verdict, back_after_closing(order.message_id, closed_until), ports, now)
    if not ports.pace(state.rate):
        return _wait_for_channel(order, lead, verdict, back_after_throttling(order.message_id, now), ports, now)
    return _send(order, lead, verdict, ports, now, invocation)


def _receipts(order: MessageOrder, ports: SendPorts) -> list[Receipt]:
    """What stands under the order's person: of marketing mail all of it, because the caps count it; else this message alone."""
    if order.klass == MARKETING:
        return ports.messages.of(order.lead_id)
    standing = ports.messages.get(order.lead_id, order.message_id)
    return [standing] if standing else []


def _wait_for_channel(
    order: MessageOrder, lead: Lead, verdict: Verdict, until: datetime, ports: SendPorts, now: datetime
) -> str:
    """Nothing speaks against this person getting the mail; the provider takes none now. The gate is asked again when it comes back."""
    checks = (*verdict.checks, f"provider: takes nothing until {to_iso(until)}")
    return _defer(order, lead, Verdict(DEFER, (), checks), until, ports, now)


def _held(order: MessageOrder, ports: SendPorts, now: datetime) -> Verdict | None:
    """Marketing mail of a paused journey waits with it, an hour at a time, as long as a deferred mail may."""
    if not order.journey or order.klass != MARKETING or ports.book.status(order.journey, now) != PAUSED:
        return None
    expired = now > order.queued_at + timedelta(days=ports.policy["defer_days"])
    return Verdict(REFUSE if expired else DEFER, ("journey_ended",), ("journey: paused",), now + timedelta(hours=1))


def _facts(order: MessageOrder, lead: Lead, receipts: list[Receipt], ports: SendPorts, now: datetime) -> Facts:
    if order.klass == INTERNAL:
        return Facts(order, lead, now)
    marketing = order.klass == MARKETING
    if marketing:
        # Also what was sent to the same person under the ids of those who were merged into them.
        receipts = [*receipts, *(row for each in lead.ids if each != order.lead_id for row in ports.messages.of(each))]
    enrolments = _enrolments(order, lead, ports)
    return Facts(
        order=order,
        lead=lead,
        now=now,
        suppressions=ports.suppressions.on(keys_of(lead, order.channel)),
        receipts=receipts if marketing else (),
        journey_over=_journey_over(order, enrolments, lead, ports, now),
        spend=ports.spending.of(now) if marketing else None,
        rivals=rivals(order, receipts, enrolments, partial(_writing, ports, now), now) if marketing else (),
    )


def _enrolments(order: MessageOrder, lead: Lead, ports: SendPorts) -> list[Enrolment]:
    """The journeys of the person that matter: all of them for marketing mail of a journey, because others may go before it; else its own."""
    if not order.journey:
        return []
    if order.klass == MARKETING:
        return [each for lead_id in lead.ids for each in ports.enrolments.of(lead_id)]
    own = ports.enrolments.get(order.lead_id, order.journey)
    moved = ports.enrolments.get(own.went["to"], order.journey) if own and own.went.get("to") in lead.ids else None
    return [each for each in (own, moved) if each]


def _writing(ports: SendPorts, now: datetime, enrolment: Enrolment) -> Mapping[str, Any] | None:
    """The journey of an enrolment; None when it writes to nobody now."""
    return ports.book.of(enrolment, now) if ports.book.status(enrolment.journey, now) == LIVE else None


def _journey_over(
    order: MessageOrder, enrolments: Sequence[Enrolment], lead: Lead, ports: SendPorts, now: datetime
) -> str:
    """Why the journey that ordered this mail no longer wants it. A journey that ran to its end still wants its last mail."""
    if not order.journey:
        return ""
    if ports.book.status(order.journey, now) == STOPPED:
        return "the journey was stopped"
    enrolment = whereabouts(enrolments, order.lead_id, order.journey)
    if enrolment is None or enrolment.status == _ENDED_FOR_GOOD:
        return enrolment.exit_reason if enrolment else "never entered"
    journey = ports.book.of(enrolment, now)
    if journey is None:
        return "the journey was removed"
    return exit_reason(journey, ports.facts(journey, lead))


def _send(order: MessageOrder, lead: Lead, verdict: Verdict, ports: SendPorts, now: datetime, invocation: str) -> str:
    # Rendered before the claim: a template that fails is tried again after it was mended, nothing is stuck as claimed.
    carrier = ports.carrier(order.channel)
    message = carrier.compose(order, lead)
    receipt = _receipt(
        order,
        CLAIMED,
        now,
        lead=lead,
        checks=verdict.checks,
        to=message.to,
        subject=message.subject,
        locale=message.locale,
    )
    receipt.claimed_by, receipt.parts = invocation, _parts(order, message)
    if not ports.messages.write_first(receipt):
        return CLAIMED
    settle = _Settler(order, ports, now)
    try:
        provider_id = carrier.provider.send(message, order)
    except ports.answers.not_accepted as error:
        settle(QUEUED)
        return _come_back(order, _back_at(error, order, ports, now), ports, now)
    except ports.answers.unsendable as error:
        return settle(REFUSED, error=str(error), reasons=("unsendable",))
    except ports.answers.ambiguous as error:
        return settle(UNKNOWN, error=str(error))
    # Where the provider reports, no write says "sent": its word follows every accepted message and says more for the same price.
    return CLAIMED if carrier.provider.reports else settle(SENT, provider_id=provider_id)


def _parts(order: MessageOrder, message: Mail | Note) -> int:
    """How many times the channel's price this costs."""
    if order.channel != SMS:
        return 1
    from shared.domain.sms import segments  # late: hardly any message is a text

    return segments(message.text)[1]


def _back_at(error: Exception, order: MessageOrder, ports: SendPorts, now: datetime) -> datetime:
    """When to try again what the provider did not take. What no waiting mends (rights, credentials) is raised: the queue sets it aside, and an alarm rings."""
    answers, channel = ports.answers, ports.carrier(order.channel).channel
    if isinstance(error, answers.too_fast):
        return back_after_throttling(order.message_id, now)
    if isinstance(error, answers.quota_used_up):
        return back_after_closing(order.message_id, channel.close(QUOTA_USED_UP, now))
    if isinstance(error, answers.stopped):
        return back_after_closing(order.message_id, channel.close(ACCOUNT_PAUSED, now))
    raise error


@dataclass(frozen=True, slots=True)
class _Settler:
    """Moves the claimed receipt on."""

    order: MessageOrder
    ports: SendPorts
    now: datetime

    def __call__(self, status: str, *, error: str = "", reasons: tuple[str, ...] = (), provider_id: str = "") -> str:
        order = self.order
        self.ports.messages.settle(
            order.lead_id, order.message_id, status, self.now, error=error, reasons=reasons, provider_id=provider_id
        )
        return status


def _settle_after_death(standing: Receipt, ports: SendPorts, now: datetime) -> str:
    """Somebody claimed this order before. Still claimed means that he died around the call: the provider's own word, where it gives one, will say what happened."""
    if standing.status == CLAIMED:
        ports.messages.settle(
            standing.lead_id, standing.message_id, UNKNOWN, now, error="the sender died between claim and answer"
        )
        return UNKNOWN
    return standing.status


def _defer(order: MessageOrder, lead: Lead, verdict: Verdict, until: datetime, ports: SendPorts, now: datetime) -> str:
    status = _write(
        order, QUEUED, ports, now, lead=lead, reasons=verdict.reasons, checks=verdict.checks, not_before=until
    )
    _come_back(order, until, ports, now)
    return status


def _come_back(order: MessageOrder, until: datetime, ports: SendPorts, now: datetime) -> str:
    ports.alarm.set(
        f"{order.message_id}-{to_iso(until)}",
        until,
        {"kind": "message", "due": to_iso(until), "order": order_to_body(order)},
        now,
    )
    return QUEUED


def _write(order: MessageOrder, status: str, ports: SendPorts, now: datetime, **values: Any) -> str:
    ports.messages.write_first(_receipt(order, status, now, **values))
    return status


def _receipt(
    order: MessageOrder,
    status: str,
    now: datetime,
    *,
    lead: Lead | None = None,
    reasons: tuple[str, ...] = (),
    checks: tuple[str, ...] = (),
    to: str = "",
    subject: str = "",
    locale: str = "",
    not_before: datetime | None = None,
) -> Receipt:
    return Receipt(
        lead_id=order.lead_id,
        message_id=order.message_id,
        klass=order.klass,
        template=order.template,
        status=status,
        at=now,
        channel=order.channel,
        to=to or order.to or (address_of(lead, order.channel) if lead else ""),
        subject=subject,
        purpose=order.purpose,
        journey=order.journey,
        step=order.step,
        locale=locale,
        reasons=list(reasons),
        checks=list(checks),
        consent=dict(lead.consent.get(order.channel, {})) if lead and order.klass == MARKETING else {},
        not_before=not_before,
        version=order.version,
        ways=order.ways,
    )
