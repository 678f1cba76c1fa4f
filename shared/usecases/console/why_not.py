"""Why somebody is not in a journey: what lets people in, asked of one person now. Nothing is kept when somebody is shut out; it is computed when asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared.domain.enrolment import ACTIVE, Enrolment
from shared.domain.journeys.rules import DATE, ONCE, dates_in, exit_reason, is_of, is_triggered, may_enter_again
from shared.domain.moments import from_iso, parse_duration
from shared.usecases.journey_book import LIVE
from shared.usecases.walk_journey import blank

if TYPE_CHECKING:
    from shared.domain.lead import Lead
    from shared.domain.timeline import Activity
    from shared.store.journeys import Journeys
    from shared.usecases.walk_journey import JourneyPorts

Journey = Mapping[str, Any]
OPEN, TRIGGER, AUDIENCE, EXITS, ENTRY = "open", "trigger", "audience", "exits", "entry"
# How far back the timeline is looked through for what begins the journey.
_PAGE, _PAGES = 100, 5


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that lets somebody in or keeps them out. `why` says which case it is, `at` when it happened or from when on, `condition` which part of the
    audience is asked, `reason` by which exit they would leave.
    """

    what: str
    is_met: bool
    why: str
    at: datetime | None = None
    condition: Any = None
    reason: str = ""


def why_not(journey: Journey, lead: Lead, kept: Journeys, ports: JourneyPorts, now: datetime) -> list[Check]:
    """Everything that the engine asks before it lets `lead` into `journey`, in its order, as of now; they enter when all of it is met."""
    facts, name = ports.facts(lead, now), journey["journey"]
    past = ports.past(journey, blank(journey, lead, now), now)
    began = _began(journey, lead, kept, ports, now)
    reason = exit_reason(journey, facts)
    parts = list(_parts(journey.get("audience")))
    audience = [
        Check(AUDIENCE, met, "fits" if met else "fits_not", condition=part)
        for part in parts
        for met in [is_of(part, facts, past)]
    ]
    return [
        _is_open(journey, ports.book.status(name, now)),
        began,
        *(audience or [Check(AUDIENCE, True, "everybody")]),
        Check(EXITS, not reason, "leaves" if reason else "stays", reason=reason),
        _entry(journey, lead, began.at or now, ports),
    ]


def _is_open(journey: Journey, status: str) -> Check:
    why = status if journey.get("enabled", True) else "off"
    return Check(OPEN, why == LIVE, why)


def _parts(condition: Any) -> Iterator[Any]:
    """What must all be true, each by itself, so that it can be said which part fails."""
    if isinstance(condition, Mapping) and "all" in condition:
        condition = condition["all"]
    if isinstance(condition, list):
        for part in condition:
            yield from _parts(part)
    elif condition:
        yield condition


# ---------------------------------------------------------------- what begins it


def _began(journey: Journey, lead: Lead, kept: Journeys, ports: JourneyPorts, now: datetime) -> Check:
    """When something last let them in, as far as their timeline is looked through."""
    fixed = [from_iso(trigger["at"]) for trigger in journey["triggers"] if trigger["on"] == DATE and "at" in trigger]
    moments = [moment for moment in fixed if moment <= now] or _moments(journey, _newest(lead, ports), now)
    last = max(moments, default=None)
    if last is None:
        return Check(TRIGGER, False, "nothing")
    first = next(iter(kept.versions(journey["journey"])), None)
    if first is not None and first.by and last < from_iso(first.at):
        # One of a file may have been deployed long before the first person entered; what the console published began then.
        return Check(TRIGGER, False, "published_later", last)
    return Check(TRIGGER, True, "happened", last)


def _newest(lead: Lead, ports: JourneyPorts) -> Iterator[Activity]:
    before = None
    for _ in range(_PAGES):
        page = ports.effects.activities.page(lead.lead_id, _PAGE, before)
        yield from page.activities
        before = page.before
        if before is None:
            return


def _moments(journey: Journey, activities: Iterable[Activity], now: datetime) -> list[datetime]:
    """The latest moment at which one of the activities, newest first, let them in."""
    for activity in activities:
        found = [*([activity.at] if is_triggered(journey, activity) else []), *dates_in(journey, activity)]
        if past := [moment for moment in found if moment <= now]:
            return past
    return []


# ---------------------------------------------------------------- how often


def _entry(journey: Journey, lead: Lead, happened_at: datetime, ports: JourneyPorts) -> Check:
    last = _last(lead.lead_id, journey, ports)
    if last is not None and not last.went and last.status == ACTIVE:
        return Check(ENTRY, False, "is_in", last.entered_at)
    others = [_last(each, journey, ports) for each in sorted({*lead.members, *lead.via} - {lead.lead_id})]
    for each in (last, *others):
        if each is not None and not may_enter_again(journey, each, happened_at):
            return _closed(journey, each, happened_at, is_own=each is last)
    return Check(ENTRY, True, "again" if last else "first_time", last.ended_at if last else None)


def _last(lead_id: str, journey: Journey, ports: JourneyPorts) -> Enrolment | None:
    # One query as the person's page makes it: the console may not get single rows.
    return next((each for each in ports.enrolments.of(lead_id) if each.journey == journey["journey"]), None)


def _closed(journey: Journey, last: Enrolment, happened_at: datetime, *, is_own: bool) -> Check:
    """Why whoever was in may not enter."""
    if not is_own:
        return Check(ENTRY, False, "merged", last.entered_at)
    policy = journey.get("entry", ONCE)
    if policy == ONCE or last.ended_at is None:
        return Check(ENTRY, False, "once", last.ended_at)
    if happened_at <= last.ended_at:
        return Check(ENTRY, False, "before", last.ended_at)
    return Check(ENTRY, False, "too_soon", last.ended_at + parse_duration(policy["again_after"]))
