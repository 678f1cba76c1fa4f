"""Who enters a journey and who must leave it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from shared.domain.conditions import holds
from shared.domain.enrolment import ACTIVE, Enrolment
from shared.domain.ids import stable_id
from shared.domain.journeys.behaviour import Past, may_fit
from shared.domain.moments import from_iso, parse_duration
from shared.domain.timeline import GRADE_CHANGED, HANDED_OFF, HANDOFF_UPDATED, STAGE_CHANGED, Activity
from shared.domain.timer import Timer

Journey = Mapping[str, Any]

DATE = "date"
ON_STAGE, ON_CONDITION = "stage", "condition"
ONCE, ALWAYS = "once", "always"
# What may change the stage, or what a condition on the person asks.
_MOVES_STAGE = frozenset({HANDED_OFF, STAGE_CHANGED, HANDOFF_UPDATED})
_MOVES_FACTS = _MOVES_STAGE | {GRADE_CHANGED}


def _facts(activity: Activity) -> dict[str, Any]:
    return {**activity.detail, "channel": activity.channel, "agent": activity.agent, "type": activity.type}


def matches(rule: Mapping[str, Any], activity: Activity) -> bool:
    """Whether `activity` is what `rule` (``{on, where}``) speaks of."""
    return bool(rule["on"] == activity.type) and holds(rule.get("where"), _facts(activity))


def is_triggered(journey: Journey, activity: Activity) -> bool:
    """Whether `activity` lets a person into `journey`."""
    return any(matches(trigger, activity) for trigger in journey["triggers"])


def dates_in(journey: Journey, activity: Activity) -> Iterator[datetime]:
    """The moments at which `journey` lets the person of `activity` in, because of a date that it tells (``{on: date, of, field}``)."""
    for trigger in journey["triggers"]:
        if trigger["on"] == DATE and trigger.get("of") == activity.type:
            moment = _moment(_dig(activity.detail, trigger["field"]))
            if moment is not None:
                yield moment - _length(trigger, "before") + _length(trigger, "after")


def calls_after(journeys: Mapping[str, Journey], now: datetime) -> Iterator[Timer]:
    """What begins the calling of each journey with a fixed date (``{on: date, at}``) to come: then its whole audience enters, page by page."""
    for name, journey in journeys.items():
        for trigger in journey["triggers"]:
            if trigger["on"] == DATE and "at" in trigger and from_iso(trigger["at"]) > now:
                body = {"kind": "journey_call", "journey": name, "due": trigger["at"]}
                yield Timer(stable_id("call", name, trigger["at"]), from_iso(trigger["at"]), body)


def is_called(journey: Journey, at: datetime) -> bool:
    """Whether `journey` begins on that fixed date: another version of it may have had another."""
    return any("at" in trigger and from_iso(trigger["at"]) == at for trigger in journey["triggers"])


def _dig(detail: Mapping[str, Any], path: str) -> Any:
    found: Any = detail
    for key in path.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _length(trigger: Mapping[str, Any], key: str) -> timedelta:
    return parse_duration(trigger[key]) if key in trigger else timedelta()


def _moment(text: object) -> datetime | None:
    """A moment with its zone, or a day, which begins at midnight UTC; None for what is neither."""
    try:
        return from_iso(f"{text}T00:00:00Z" if isinstance(text, str) and len(text) == 10 else str(text))
    except ValueError:
        return None


def may_enter(journey: Journey, facts: Mapping[str, Any], past: Past | None = None) -> bool:
    """Whether somebody of whom `facts` is true belongs to the journey's audience, and no rule would send them out at once. `past` answers an audience that
    asks what they did; without it they did nothing.
    """
    return is_of(journey.get("audience"), facts, past) and not exit_reason(journey, facts)


def is_of(audience: Any, facts: Mapping[str, Any], past: Past | None = None) -> bool:
    """Whether `audience`, or a part of one, is true of somebody."""
    return past.holds(audience, facts) if past and audience else holds(audience, facts)


def may_enter_again(journey: Journey, last: Enrolment, happened_at: datetime) -> bool:
    """Whether what happened at `happened_at` lets somebody in who was in before.

    Never while they are in; and never for something that happened before they left, which may be a late repetition of what let them in then.
    """
    if last.status == ACTIVE or last.ended_at is None or happened_at <= last.ended_at:
        return False
    policy = journey.get("entry", ONCE)
    if policy == ONCE:
        # What a merge brought here and its undoing took back was another person's.
        return bool(last.went and last.entered_as)
    return policy == ALWAYS or happened_at - last.ended_at >= parse_duration(policy["again_after"])


def gives_way(journey: Journey, last: Enrolment, coming: Enrolment) -> bool:
    """Whether `coming`, which goes on here because two people became one (or two again), may take the place of `last`: of the same passing, which went
    from here, or of one that would have let the person in when they entered there, had they been one.
    """
    if last.came_by == coming.came_by and last.is_same_passing(coming):
        return False
    return (last.is_same_passing(coming) and bool(last.went)) or may_enter_again(journey, last, coming.entered_at)


def exit_reason(journey: Journey, facts: Mapping[str, Any], activity: Activity | None = None) -> str:
    """Why somebody of whom `facts` is true, to whom `activity` has just happened, must leave; "" when they may stay."""
    for rule in journey.get("exits", ()):
        if rule["on"] == ON_STAGE:
            leaves = facts.get("stage") in rule["in"]
        elif rule["on"] == ON_CONDITION:
            leaves = holds(rule["when"], facts)
        else:
            leaves = activity is not None and matches(rule, activity)
        if leaves:
            return str(rule["reason"])
    return ""


def hears(journey: Journey, activity: Activity) -> bool:
    """Whether `activity` may end or wake an enrolment of `journey`: only then enrolments need to be read."""
    return any(_may_end(rule, activity) for rule in journey.get("exits", ())) or any(
        may_fit(step["event"], journey, activity)
        for step in journey["steps"]
        if step["do"] == "wait" and "event" in step
    )


def _may_end(rule: Mapping[str, Any], activity: Activity) -> bool:
    if rule["on"] in (ON_STAGE, ON_CONDITION):
        return activity.type in (_MOVES_STAGE if rule["on"] == ON_STAGE else _MOVES_FACTS)
    return matches(rule, activity)
