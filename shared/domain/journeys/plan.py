"""One move through a journey: every step up to the next wait or the end. The same person at the same moment gives the same plan."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Any

from shared.domain.enrolment import ACTIVE, COMPLETED, EXITED, Enrolment
from shared.domain.journeys.behaviour import Past
from shared.domain.journeys.waits import wait_ends
from shared.domain.moments import to_iso

Journey = Mapping[str, Any]
Step = Mapping[str, Any]

COMPLETED_REASON = "completed"
# A move passes each step at most once or twice: a path longer than this runs in a circle that no lint has seen.
_LONGEST = 200


class EndlessMove(ValueError):
    """The steps lead in a circle without a wait."""


@dataclass(frozen=True, slots=True)
class Traveller:
    """The person as a move sees them: `facts` for conditions, their time zone and what they did (asked
    only when a wait or a condition wants to know)."""

    facts: Mapping[str, Any]
    zone: Callable[[], tzinfo]
    past: Past


@dataclass(slots=True)
class _Move:
    """What a move gathers on its way."""

    path: list[str] = field(default_factory=list)
    marks: dict[str, str] = field(default_factory=dict)
    ways: dict[str, str] = field(default_factory=dict)
    changed: dict[str, Any] = field(default_factory=dict)


def step_of(journey: Journey, step_id: str) -> Step | None:
    """The step with this id."""
    return next((step for step in journey["steps"] if step["id"] == step_id), None)


def step_after(journey: Journey, step: Step) -> str:
    """Where a step leads that says nothing else: to its ``next``, else to the one below; "" at the end."""
    return str(step["next"]) if "next" in step else step_below(journey, step)


def step_below(journey: Journey, step: Step) -> str:
    """The step that stands below in the file; "" below the last."""
    ids = [each["id"] for each in journey["steps"]]
    below = ids.index(step["id"]) + 1
    return str(ids[below]) if below < len(ids) else ""


def first_step(journey: Journey) -> str:
    """Where people enter."""
    return str(journey["steps"][0]["id"])


def move(journey: Journey, enrolment: Enrolment, start: str, traveller: Traveller, now: datetime) -> Enrolment:
    """The enrolment after the move that begins at the step `start` ("" is the end): standing at a wait, or ended.

    Steps that do not exist (any more) end the journey. Raises EndlessMove.
    """
    gathered = _Move(marks=dict(enrolment.marks), ways=dict(enrolment.ways))
    here = start
    while (step := step_of(journey, here) if here else None) is not None:
        gathered.path.append(here)
        if len(gathered.path) > _LONGEST:
            raise EndlessMove(f"journey {journey['journey']} runs in a circle at {here!r}")
        if here in journey.get("marked", ()):
            gathered.marks[here] = to_iso(now)
        if step["do"] == "wait":
            due = wait_ends(step, now, traveller.zone)
            return _after(enrolment, gathered, now, step=here, due=due)
        if step["do"] == "exit":
            return _ended(enrolment, gathered, now, step.get("reason", COMPLETED_REASON))
        here = _leads_to(journey, step, enrolment, traveller, gathered)
    return _ended(enrolment, gathered, now, COMPLETED_REASON)


def _leads_to(journey: Journey, step: Step, enrolment: Enrolment, traveller: Traveller, gathered: _Move) -> str:
    match step["do"]:
        case "branch":
            facts = {**traveller.facts, **gathered.changed}
            past = replace(traveller.past, enrolment=replace(enrolment, marks=gathered.marks))
            taken = next((way for way in step["ways"] if past.holds(way["when"], facts)), None)
            return str(taken["goto"] if taken else step.get("else") or step_after(journey, step))
        case "split":
            way = draw(step["ways"], enrolment.identity, journey["journey"], step["id"])
            gathered.ways[step["id"]] = way["way"]
            return str(way.get("goto") or step_after(journey, step))
        case "repeat":
            rounds = int(gathered.ways.get(step["id"], "0")) + 1
            gathered.ways[step["id"]] = str(rounds)
            return str(step["goto"]) if rounds <= step["times"] else step_after(journey, step)
        case "update":
            gathered.changed |= _changes(step, {**traveller.facts, **gathered.changed})
        case "send" | "notify" | "hand_off" | "webhook" | "goal":
            pass
        case unknown:
            raise ValueError(f"journey {journey['journey']}: unknown step {unknown!r}")
    return step_after(journey, step)


def _changes(step: Step, facts: Mapping[str, Any]) -> dict[str, Any]:
    """What later branches of the same move must see of an update that is not written yet."""
    return {**step.get("set", {}), "tags": changed_tags(step, facts.get("tags") or ())}


def changed_tags(step: Step, tags: Any) -> list[str]:
    """The tags after an update step: sorted, each once."""
    return sorted((set(tags) | set(step.get("add_tags", ()))) - set(step.get("remove_tags", ())))


def draw(ways: list[Mapping[str, Any]], lead_id: str, journey: str, step_id: str) -> Mapping[str, Any]:
    """The way of a split that this person takes: always the same, and by weight among all people."""
    digest = hashlib.sha256(f"{lead_id}|{journey}|{step_id}".encode()).digest()
    ticket = int.from_bytes(digest[:8], "big") % sum(way["weight"] for way in ways)
    for way in ways:
        ticket -= way["weight"]
        if ticket < 0:
            return way
    raise ValueError(f"the split {step_id!r} has no weight")


def _after(enrolment: Enrolment, gathered: _Move, now: datetime, *, step: str, due: datetime) -> Enrolment:
    return replace(
        enrolment,
        status=ACTIVE,
        step=step,
        due=due,
        path=tuple(gathered.path),
        moved_at=now,
        marks=gathered.marks,
        ways=gathered.ways,
    )


def _ended(enrolment: Enrolment, gathered: _Move, now: datetime, reason: str) -> Enrolment:
    ended = _after(enrolment, gathered, now, step="", due=now)
    status = COMPLETED if reason == COMPLETED_REASON else EXITED
    return replace(ended, status=status, due=None, ended_at=now, exit_reason=reason)


def after_wait(journey: Journey, step: Step, *, came: bool) -> str:
    """Where a wait leads: after its event (`came`), or when its time is over."""
    key = "then" if came else "timeout"
    return str(step.get(key) or step_after(journey, step))
