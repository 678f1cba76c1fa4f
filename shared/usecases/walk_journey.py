"""People enter journeys, take the next step when it is due, and leave.

Every move is claimed first by a conditional write of the enrolment that names its cause; its effects (mails ordered, timer set) follow and have
deterministic keys. Whoever sees the same cause again does the same effects again, which is harmless.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared.domain.enrolment import ACTIVE, COMPLETED, EXITED, Enrolment
from shared.domain.ids import stable_id
from shared.domain.journeys import Plan, exit_reason, is_triggered, order_of, plan
from shared.domain.moments import from_iso, to_iso
from shared.domain.timeline import Activity

if TYPE_CHECKING:
    from shared.channels.queues import Outbox
    from shared.store.enrolments import Enrolments
    from shared.store.people import People
    from shared.usecases.set_timer import Alarm

Journeys = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class JourneyPorts:
    """What walking touches."""

    journeys: Journeys
    people: People
    enrolments: Enrolments
    outbox: Outbox
    alarm: Alarm


def enter_journeys(activity: Activity, ports: JourneyPorts, now: datetime) -> None:
    """Enrols the person of `activity` into every journey that it triggers and that they were never in."""
    for name, journey in ports.journeys.items():
        if is_triggered(journey, activity):
            _enter(name, journey, activity, ports, now)


def _enter(name: str, journey: Mapping[str, Any], activity: Activity, ports: JourneyPorts, now: datetime) -> None:
    cause = activity.activity_id
    lead = ports.people.find(activity.lead_id)
    if lead is None or exit_reason(journey, stage=lead.stage):
        return
    first = plan(journey, "", now)
    enrolment = _moved(
        Enrolment(lead.lead_id, name, journey["version"], ACTIVE, "", None, cause, "", now, entered_at=now),
        first,
        cause,
        now,
    )
    if not ports.enrolments.enter(enrolment):
        existing = ports.enrolments.get(lead.lead_id, name)
        if existing is None or existing.cause != cause:
            return
        enrolment = existing
        first = plan(journey, enrolment.moved_from, enrolment.moved_at)
    _do_effects(enrolment, first, ports, now)


def take_step(lead_id: str, name: str, due: str, ports: JourneyPorts, now: datetime) -> None:
    """The wait that ended at `due` (ISO) is over: moves the enrolment on, if it still waits for that."""
    enrolment = ports.enrolments.get(lead_id, name)
    if enrolment is None:
        return
    cause = stable_id("timer", lead_id, name, due)
    journey = ports.journeys.get(name)
    if enrolment.cause == cause and journey is not None:
        _do_effects(enrolment, plan(journey, enrolment.moved_from, enrolment.moved_at), ports, now)
        return
    if enrolment.status != ACTIVE or enrolment.due is None or enrolment.due != from_iso(due):
        return
    if journey is None:
        ports.enrolments.end(lead_id, name, "journey_removed", now)
        return
    lead = ports.people.find(lead_id)
    if lead is None or (reason := exit_reason(journey, stage=lead.stage)):
        ports.enrolments.end(lead_id, name, "person_gone" if lead is None else reason, now)
        return
    move = plan(journey, enrolment.step, now)
    moved = _moved(enrolment, move, cause, now)
    if ports.enrolments.move(moved, expected_cause=enrolment.cause):
        _do_effects(moved, move, ports, now)


def leave_journeys(activity: Activity, ports: JourneyPorts, now: datetime) -> None:
    """Ends every enrolment whose exit rules `activity` (or the stage the person now has) fulfils."""
    lead = ports.people.find(activity.lead_id)
    if lead is None:
        return
    for enrolment in ports.enrolments.of(lead.lead_id):
        journey = ports.journeys.get(enrolment.journey)
        if enrolment.status != ACTIVE or journey is None:
            continue
        if reason := exit_reason(journey, stage=lead.stage, activity=activity):
            ports.enrolments.end(lead.lead_id, enrolment.journey, reason, now)


def _moved(enrolment: Enrolment, move: Plan, cause: str, now: datetime) -> Enrolment:
    claimed = replace(enrolment, cause=cause, moved_from=enrolment.step, moved_at=now)
    if move.end_reason:
        status = COMPLETED if move.end_reason == "completed" else EXITED
        return replace(claimed, status=status, step="", due=None, ended_at=now, exit_reason=move.end_reason)
    return replace(claimed, step=move.step, due=move.due)


def _do_effects(enrolment: Enrolment, move: Plan, ports: JourneyPorts, now: datetime) -> None:
    """Everything but `now` comes from the claim, so that it is the same when it is done again; only what is near is judged by the present."""
    for send in move.sends:
        ports.outbox.order(
            order_of(
                send,
                lead_id=enrolment.lead_id,
                journey=enrolment.journey,
                entered_at=enrolment.entered_at,
                queued_at=enrolment.moved_at,
            )
        )
    if move.due is not None and not move.end_reason:
        ports.alarm.set(
            stable_id("enrolment", enrolment.lead_id, enrolment.journey, move.step, to_iso(move.due)),
            move.due,
            {"kind": "enrolment", "lead_id": enrolment.lead_id, "journey": enrolment.journey, "due": to_iso(move.due)},
            now,
        )
