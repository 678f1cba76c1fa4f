"""One person in several journeys: whose mail goes first when the caps leave room for fewer than want to write.

Mornings are when journeys write, so several often want the same hour. The one of the highest priority goes first and the others step back behind it;
they ask the gate again an hour later, and are given up like every deferred mail, with their reasons, when there was no room for them in time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.domain.enrolment import ACTIVE, EXITED, Enrolment
from shared.domain.journeys.behaviour import message_id
from shared.domain.journeys.graph import leads_to
from shared.domain.journeys.plan import after_wait, draw, step_after, step_of
from shared.domain.message import MARKETING, QUEUED, MessageOrder, Receipt

Journey = Mapping[str, Any]

# How far ahead another journey is looked at: who writes within the hour stands in the same queue.
SOON = timedelta(hours=1)
# An order that was given and is not at the gate after so long waits for something else than its turn.
_ON_ITS_WAY = timedelta(minutes=15)
_NOTHING_SAID = 50


@dataclass(frozen=True, slots=True)
class Rival:
    """Marketing mail of a journey of higher priority that the same person is to get about now, at `at`."""

    journey: str
    priority: int
    at: datetime


def rivals(
    order: MessageOrder,
    receipts: Iterable[Receipt],
    enrolments: Iterable[Enrolment],
    journey_of: Callable[[Enrolment], Journey | None],
    now: datetime,
) -> list[Rival]:
    """Who goes before `order`: the mails of journeys of higher priority that are deferred until about now, are on their way to the gate, or
    follow a wait that ends within the hour. `journey_of` is the journey of an enrolment in its version, None when nobody may be written to by it.
    """
    enrolled = list(enrolments)
    journeys = {each.journey: journey_of(each) for each in enrolled}
    mine = _priority(journeys.get(order.journey))
    known = {receipt.message_id: receipt for receipt in receipts}
    found: list[Rival] = []
    for enrolment in enrolled:
        journey = journeys[enrolment.journey]
        if journey is None or enrolment.status == EXITED or _priority(journey) <= mine:
            continue
        moments = [*_ordered(journey, enrolment, known, now), *_to_come(journey, enrolment, now)]
        moments += [
            receipt.not_before
            for receipt in known.values()
            if receipt.journey == enrolment.journey and receipt.status == QUEUED and receipt.klass == MARKETING
            if receipt.not_before is not None and now - SOON <= receipt.not_before <= now + SOON
        ]
        if moments:
            found.append(Rival(enrolment.journey, _priority(journey), max(moments)))
    return found


def _priority(journey: Journey | None) -> int:
    return int(journey.get("priority", _NOTHING_SAID)) if journey else 0


def _ordered(journey: Journey, enrolment: Enrolment, known: Mapping[str, Receipt], now: datetime) -> Iterator[datetime]:
    """The mails of the last move that no gate has seen yet."""
    if now - enrolment.moved_at > _ON_ITS_WAY:
        return
    for name in enrolment.path:
        if _is_marketing(step_of(journey, name)) and (
            message_id(journey, enrolment, name, enrolment.moved_at) not in known
        ):
            yield enrolment.moved_at


def _to_come(journey: Journey, enrolment: Enrolment, now: datetime) -> Iterator[datetime]:
    """The mail behind a wait that is over within the hour."""
    wait = step_of(journey, enrolment.step) if enrolment.status == ACTIVE else None
    if wait is None or enrolment.due is None or not now - _ON_ITS_WAY <= enrolment.due <= now + SOON:
        return
    if _may_write(journey, after_wait(journey, wait, came=False), enrolment):
        yield enrolment.due


def _may_write(journey: Journey, start: str, enrolment: Enrolment) -> bool:
    """Whether the move that begins at `start` may send marketing mail. Which way a question will take is not known before it is asked, so any of them
    counts: who stepped back for nothing loses an hour. A split is drawn, because its lot does not change.
    """
    ahead, seen = [start], set[str]()
    while ahead:
        step = step_of(journey, ahead.pop())
        if step is None or step["id"] in seen or step["do"] == "wait":
            continue
        if _is_marketing(step):
            return True
        seen.add(step["id"])
        ahead += _ways(journey, step, enrolment)
    return False


def _ways(journey: Journey, step: Mapping[str, Any], enrolment: Enrolment) -> list[str]:
    if step["do"] == "split":
        way = draw(step["ways"], enrolment.identity, journey["journey"], step["id"])
        return [str(way.get("goto") or step_after(journey, step))]
    return [target for _, target in leads_to(journey, step)]


def _is_marketing(step: Mapping[str, Any] | None) -> bool:
    return step is not None and step["do"] == "send" and step["class"] == MARKETING
