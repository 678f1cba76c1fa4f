"""Who waits in a journey goes on in it as the person they are merged into, and goes back when they are two again.

Each enrolment is taken in this order, and all of it again changes nothing: the old place is left by condition, so that no step is taken there any more,
and says where to; the effects of the last move are done once more, because their own repetition would not find them; after the timeline has followed
(waits look back on it) the new place is taken by condition and its timer set; at last whatever happened meanwhile is heard. Messages and draws are
named after the id under which the person entered (`Enrolment.identity`), so nothing is sent twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from shared.domain.enrolment import ACTIVE, Enrolment
from shared.domain.ids import stable_id
from shared.domain.journeys.rules import exit_reason, gives_way
from shared.domain.moments import from_iso, to_iso
from shared.domain.traffic import TooMuchTraffic
from shared.usecases.journey_book import STOPPED
from shared.usecases.take_effect import take_effects
from shared.usecases.walk_journey import JourneyPorts, catch_up, wake_when_due

_MERGED, _PARTED = "merged", "parted"
_ATTEMPTS = 8


def leave_with(from_id: str, to_id: str, merge_id: str, at: datetime, ports: JourneyPorts, now: datetime) -> None:
    """A merge: the enrolments of `from_id` leave for `to_id`; what cannot go on there ends."""
    for enrolment in ports.enrolments.of(from_id):
        _leave(enrolment, to_id, merge_id, _MERGED, at, ports, now)
    _finish_moves(from_id, merge_id, ports, now)


def leave_again(from_id: str, to_id: str, merge_id: str, at: datetime, ports: JourneyPorts, now: datetime) -> None:
    """A parting: what that merge took from `to_id` to `from_id`, and is still under way, leaves for where it came from."""
    for gone in ports.enrolments.of(to_id):
        here = ports.enrolments.get(from_id, gone.journey) if gone.went.get("by") == merge_id else None
        if here is not None and here.is_same_passing(gone):
            _leave(here, to_id, parting_of(merge_id), _PARTED, at, ports, now)
    _finish_moves(from_id, parting_of(merge_id), ports, now)


def arrive_with(from_id: str, to_id: str, by: str, ports: JourneyPorts, now: datetime) -> None:
    """Whatever left `from_id` by the decision `by` goes on under `to_id`: the same version, step, due time and draws."""
    for left in ports.enrolments.of(from_id):
        if left.went.get("by") == by:
            arrived = _arrived(left, to_id, ports, now)
            if arrived is not None and arrived.status == ACTIVE:
                if arrived.cause == cause_of(by):
                    wake_when_due(arrived, ports, now)
                catch_up(arrived, ports, now)


def parting_of(merge_id: str) -> str:
    """The decision that takes back what the merge took along."""
    return stable_id("parting", merge_id)


def cause_of(by: str) -> str:
    """The cause of where somebody stands whom the decision `by` took along."""
    return stable_id("taken along", by)


def _leave(
    enrolment: Enrolment, to_id: str, by: str, reason: str, at: datetime, ports: JourneyPorts, now: datetime
) -> None:
    here: Enrolment | None = enrolment
    for _ in range(_ATTEMPTS):
        if here is None or here.status != ACTIVE:
            return
        if not _goes_on(here, to_id, by, ports, now):
            ports.enrolments.end(here.lead_id, here.journey, reason, at)
            return
        due = to_iso(here.due) if here.due else ""
        if ports.enrolments.leave(here, {"to": to_id, "by": by, "step": here.step, "due": due}, reason, at):
            return
        here = ports.enrolments.get(here.lead_id, here.journey)
    raise TooMuchTraffic("an enrolment is moved by too many at once")


def _goes_on(enrolment: Enrolment, to_id: str, by: str, ports: JourneyPorts, now: datetime) -> bool:
    """Whether the journey may go on under the other person: it still runs, nothing it leaves by is true of them, and they are not and were not in it."""
    journey = ports.book.of(enrolment, now)
    if journey is None or ports.book.status(enrolment.journey, now) == STOPPED:
        return False
    lead, last = ports.lead(to_id), ports.enrolments.get(to_id, enrolment.journey)
    if lead is None or exit_reason(journey, ports.facts(lead, now)):
        return False
    return last is None or gives_way(journey, last, replace(enrolment, came_by=by))


def _finish_moves(from_id: str, by: str, ports: JourneyPorts, now: datetime) -> None:
    """The effects of the last move of whatever left: whoever made it may have died before they were done."""
    for left in ports.enrolments.of(from_id):
        if left.went.get("by") == by:
            there = ports.enrolments.get(left.went["to"], left.journey)
            journey = ports.book.of(left, now)
            if journey is not None and not (there and there.came_by == by and there.is_same_passing(left)):
                take_effects(journey, left, ports.effects, now)


def _arrived(left: Enrolment, to_id: str, ports: JourneyPorts, now: datetime) -> Enrolment | None:
    """What stands there of this passing, after it was written where it may; None where the place is somebody else's."""
    by = left.went["by"]
    for _ in range(_ATTEMPTS):
        standing = ports.enrolments.get(to_id, left.journey)
        if standing is not None and standing.came_by == by and standing.is_same_passing(left):
            return standing
        coming, journey = _coming(left, to_id, standing), ports.book.of(left, now)
        if journey is None or (standing is not None and not gives_way(journey, standing, coming)):
            return None
        if ports.enrolments.arrive(coming, standing):
            return coming
    raise TooMuchTraffic("an enrolment is written by too many at once")


def _coming(left: Enrolment, to_id: str, over: Enrolment | None) -> Enrolment:
    went: Mapping[str, Any] = left.went
    return replace(
        left,
        lead_id=to_id,
        status=ACTIVE,
        step=went["step"],
        due=from_iso(went["due"]) if went["due"] else None,
        cause=cause_of(went["by"]),
        path=(),
        run=over.run + 1 if over else 1,
        entered_as="" if left.identity == to_id else left.identity,
        came_by=went["by"],
        went={},
        ended_at=None,
        exit_reason="",
    )
