"""People enter journeys, go on when their wait is over, and leave.

Every move is claimed first by a conditional write of the enrolment that names its cause and its path; its effects follow and have deterministic
keys. Whoever sees the same cause again does the same effects again, which is harmless.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.domain.enrolment import ACTIVE, Enrolment
from shared.domain.facts import facts_of
from shared.domain.ids import stable_id
from shared.domain.journeys.behaviour import Past
from shared.domain.journeys.plan import Traveller, after_wait, first_step, move, step_of
from shared.domain.journeys.rules import (
    dates_in,
    exit_reason,
    is_called,
    is_triggered,
    may_enter,
    may_enter_again,
)
from shared.domain.lead import Lead
from shared.domain.machines import by_people
from shared.domain.moments import from_iso, to_iso
from shared.domain.timeline import EMAIL_CLICKED, EMAIL_OPENED, Activity
from shared.usecases.journey_book import LIVE, PAUSED, STOPPED
from shared.usecases.take_effect import EffectPorts, take_effects

if TYPE_CHECKING:
    from shared.domain.scoring import ScoringModel
    from shared.store.enrolments import Enrolments
    from shared.usecases.journey_book import JourneyBook
    from shared.usecases.set_timer import Alarm

Journey = Mapping[str, Any]
_PAGE = 25
_HOUR = timedelta(hours=1)
# Opens, clicks and views are rows of their hour: one that happened since a moment may be kept under an earlier time, and so may what takes it back.
_KEPT_EARLIER = 2 * _HOUR


class JourneyPorts(NamedTuple):
    """What walking touches; `sending` is templates/policies/sending.yaml, for time zones; `doubt` is how long it takes until it is known whether
    an open or a click was part of a machine's sweep.
    """

    book: JourneyBook
    model: ScoringModel
    sending: Mapping[str, Any]
    doubt: timedelta
    enrolments: Enrolments
    alarm: Alarm
    effects: EffectPorts

    def lead(self, lead_id: str) -> Lead | None:
        """The person, if they are (still) known."""
        return self.effects.people.find(lead_id)

    def facts(self, lead: Lead, now: datetime) -> dict[str, Any]:
        """What conditions may ask about the person."""
        return facts_of(lead, now, self.model)

    def past(self, journey: Journey, enrolment: Enrolment, now: datetime) -> Past:
        """What the person did, read when somebody asks."""
        activities = self.effects.activities

        def since(moment: datetime) -> Sequence[Activity]:
            found = by_people(activities.since(enrolment.lead_id, moment - _KEPT_EARLIER))
            return [each for each in found if each.at >= moment]

        return Past(journey, enrolment, now, since)


def enter_journeys(activity: Activity, ports: JourneyPorts, now: datetime) -> None:
    """Enrols the person of `activity` into every journey that it triggers, whose audience they belong to and that they may enter (again)."""
    for journey in ports.book.open(now).values():
        if is_triggered(journey, activity):
            enter(journey, activity.lead_id, activity.activity_id, activity.at, ports, now)


def enter_on_dates(activity: Activity, ports: JourneyPorts, now: datetime) -> None:
    """Sets a timer for every journey that begins on a date which `activity` tells; a date that has passed lets nobody in."""
    for name, journey in ports.book.open(now).items():
        for moment in dates_in(journey, activity):
            if moment > now:
                body = {"lead_id": activity.lead_id, "journey": name, "cause": activity.activity_id}
                key = stable_id("date", activity.lead_id, name, activity.activity_id)
                ports.alarm.set(key, moment, {"kind": "journey_date", **body, "due": to_iso(moment)}, now)


def enter_on_date(body: Mapping[str, Any], ports: JourneyPorts, now: datetime) -> None:
    """The date came (``{"lead_id", "journey", "cause", "due"}``): the person enters, if the journey still takes them."""
    journey = ports.book.open(now).get(body["journey"])
    if journey is not None:
        cause = stable_id("date", body["cause"], body["due"])
        enter(journey, body["lead_id"], cause, from_iso(body["due"]), ports, now)


def call_audience(body: Mapping[str, Any], ports: JourneyPorts, now: datetime) -> dict[str, Any] | None:
    """Lets one page of the leads into a journey whose date came; returns what calls the next page, None after the last.

    The one place where a journey walks the list of leads: whoever says "everybody on the first of June" asks for that.
    """
    journey = ports.book.open(now).get(body["journey"])
    if journey is None or not is_called(journey, from_iso(body["due"])):
        return None
    cause = stable_id("call", body["journey"], body["due"])
    page = ports.effects.people.page(_PAGE, body.get("last"))
    for lead_id in page.ids:
        enter(journey, lead_id, cause, from_iso(body["due"]), ports, now)
    return {**body, "last": page.last} if page.last else None


def enter(
    journey: Journey, lead_id: str, cause: str, happened_at: datetime, ports: JourneyPorts, now: datetime
) -> None:
    """Enrols a person because of `cause`, which happened at `happened_at`. The same cause again does the effects again."""
    lead = ports.lead(lead_id)
    if lead is None or not may_enter(
        journey, ports.facts(lead, now), ports.past(journey, blank(journey, lead, now), now)
    ):
        return
    name, last = journey["journey"], None
    ports.book.keep(journey, now)
    enrolment = _entered(journey, lead, cause, 1, ports, now)
    if _was_in_as_another(journey, lead, happened_at, ports) or not ports.enrolments.enter(enrolment):
        last = ports.enrolments.get(lead.lead_id, name)
        if last is None:
            return
        if last.cause == cause:
            _do_effects(last, ports, now)
            return
        if not may_enter_again(journey, last, happened_at) or _was_in_as_another(journey, lead, happened_at, ports):
            return
        enrolment = _entered(journey, lead, cause, last.run + 1, ports, now)
        if not ports.enrolments.enter(enrolment):
            return
    _do_effects(enrolment, ports, now)


def _was_in_as_another(journey: Journey, lead: Lead, happened_at: datetime, ports: JourneyPorts) -> bool:
    """Whether the journey is closed to them because of one of those who were merged into them. Nobody else costs a read."""
    others = {*lead.members, *lead.via} - {lead.lead_id}
    known = (ports.enrolments.get(each, journey["journey"]) for each in sorted(others))
    return any(each is not None and not may_enter_again(journey, each, happened_at) for each in known)


def _entered(journey: Journey, lead: Lead, cause: str, run: int, ports: JourneyPorts, now: datetime) -> Enrolment:
    entering = replace(blank(journey, lead, now), cause=cause, run=run)
    return _move(journey, entering, first_step(journey), lead, cause, ports, now)


def blank(journey: Journey, lead: Lead, now: datetime) -> Enrolment:
    """The enrolment of somebody who enters now and has taken no step."""
    return Enrolment(
        lead.lead_id, journey["journey"], journey["version"], ACTIVE, "", None, "", (), now, entered_at=now
    )


def _move(
    journey: Journey, enrolment: Enrolment, start: str, lead: Lead, cause: str, ports: JourneyPorts, now: datetime
) -> Enrolment:
    claimed = replace(enrolment, cause=cause)
    traveller = Traveller(ports.facts(lead, now), partial(_zone, lead, ports), ports.past(journey, claimed, now))
    return move(journey, claimed, start, traveller, now)


def _zone(lead: Lead, ports: JourneyPorts) -> tzinfo:
    from shared.domain.gate import zone_of  # late: only a wait until an hour needs the table of time zones

    return zone_of(lead, ports.sending)


def take_step(lead_id: str, name: str, due: str, ports: JourneyPorts, now: datetime) -> None:
    """The wait that ended at `due` (ISO) is over: moves the enrolment on, if it still waits for that.

    Whatever happened meanwhile is looked at again: the person, the exits, and whether the event that was waited for came and nobody was woken.
    """
    enrolment = ports.enrolments.get(lead_id, name)
    if enrolment is None:
        return
    cause = stable_id("timer", lead_id, name, due)
    if enrolment.cause == cause:
        _do_effects(enrolment, ports, now)
        return
    if enrolment.status != ACTIVE or enrolment.due is None or enrolment.due != from_iso(due):
        return
    status = ports.book.status(name, now)
    if status == PAUSED:
        _look_again_later(enrolment, due, ports, now)
        return
    enrolment = ports.book.migrated(enrolment, now)
    journey = ports.book.of(enrolment, now) if status == LIVE else None
    if journey is None:
        reason = "journey_stopped" if status == STOPPED else "journey_removed"
        ports.enrolments.end(lead_id, name, reason, now)
        return
    lead = ports.lead(lead_id)
    if lead is None or (reason := exit_reason(journey, ports.facts(lead, now))):
        ports.enrolments.end(lead_id, name, "person_gone" if lead is None else reason, now)
        return
    step = step_of(journey, enrolment.step)
    came = step is not None and "event" in step and _came(journey, enrolment, step, ports, now)
    start = after_wait(journey, step, came=came) if step else ""
    _go_on(journey, enrolment, start, lead, cause, ports, now)


def _look_again_later(enrolment: Enrolment, due: str, ports: JourneyPorts, now: datetime) -> None:
    """Who is due while the journey is paused is looked at again each hour: one timer, and the wait itself stays as it is."""
    later = now + _HOUR
    key = stable_id("held", enrolment.lead_id, enrolment.journey, due, to_iso(later))
    body = {"kind": "enrolment", "lead_id": enrolment.lead_id, "journey": enrolment.journey, "due": due}
    ports.alarm.set(key, later, body, now)


def _came(journey: Journey, enrolment: Enrolment, step: Mapping[str, Any], ports: JourneyPorts, now: datetime) -> bool:
    return ports.past(journey, enrolment, now).happened(step["event"], since=enrolment.moved_at)


def _go_on(
    journey: Journey, enrolment: Enrolment, start: str, lead: Lead, cause: str, ports: JourneyPorts, now: datetime
) -> None:
    moved = _move(journey, enrolment, start, lead, cause, ports, now)
    if ports.enrolments.move(moved, expected_cause=enrolment.cause):
        _do_effects(moved, ports, now)


def catch_up(enrolment: Enrolment, ports: JourneyPorts, now: datetime) -> None:
    """What happened since the person entered and was heard by nobody, because a merge was just taking the enrolment here: the same as if it came now."""
    for activity in list(ports.effects.activities.since(enrolment.lead_id, enrolment.entered_at - _KEPT_EARLIER)):
        lead = ports.lead(enrolment.lead_id) if ports.book.hears(activity, now) else None
        here = ports.enrolments.get(lead.lead_id, enrolment.journey) if lead else None
        if lead is None or here is None or activity.at <= enrolment.entered_at:
            continue
        if not here.is_same_passing(enrolment) or here.status != ACTIVE:
            return
        _follow(activity, here, lead, ports.facts(lead, now), ports, now)


def follow_activity(activity: Activity, ports: JourneyPorts, now: datetime) -> None:
    """Ends every enrolment whose exit rules `activity` (or what is now true of the person) fulfils, and wakes those that waited for it."""
    if not ports.book.hears(activity, now):
        return
    lead = ports.lead(activity.lead_id)
    if lead is None:
        return
    facts = ports.facts(lead, now)
    for enrolment in ports.enrolments.of(lead.lead_id):
        _follow(activity, enrolment, lead, facts, ports, now)


def _follow(
    activity: Activity, enrolment: Enrolment, lead: Lead, facts: Mapping[str, Any], ports: JourneyPorts, now: datetime
) -> None:
    journey = ports.book.of(enrolment, now)
    if journey is None:
        return
    if enrolment.cause == activity.activity_id:
        _do_effects(enrolment, ports, now)
    elif enrolment.status != ACTIVE:
        return
    elif reason := exit_reason(journey, facts, activity):
        ports.enrolments.end(lead.lead_id, enrolment.journey, reason, now)
    elif ports.book.status(enrolment.journey, now) == LIVE:
        _wake(journey, enrolment, lead, activity, ports, now)


def _wake(
    journey: Journey, enrolment: Enrolment, lead: Lead, activity: Activity, ports: JourneyPorts, now: datetime
) -> None:
    """Moves on an enrolment whose wait is for this activity. An open or a click does so a little later: a filter that follows link after link is known
    for one only then.
    """
    step = step_of(journey, enrolment.step)
    if step is None or "event" not in step or activity.at < enrolment.moved_at:
        return
    event, past = step["event"], ports.past(journey, enrolment, now)
    if not past.fits(event, activity):
        return
    if activity.type in (EMAIL_OPENED, EMAIL_CLICKED):
        cause, at = activity.activity_id, now + ports.doubt
        body = {"kind": "journey_event", "lead_id": enrolment.lead_id, "journey": enrolment.journey, "cause": cause}
        key = stable_id("event", enrolment.lead_id, enrolment.journey, cause)
        ports.alarm.set(key, at, {**body, "due": to_iso(at)}, now)
    elif _enough(event, past, enrolment):
        _woken(journey, enrolment, step, lead, activity.activity_id, ports, now)


def _woken(
    journey: Journey,
    enrolment: Enrolment,
    step: Mapping[str, Any],
    lead: Lead,
    cause: str,
    ports: JourneyPorts,
    now: datetime,
) -> None:
    """The event came: on it goes. The effects of the move before are done again first: its own repetition would not find them."""
    take_effects(journey, enrolment, ports.effects, now)
    _go_on(journey, enrolment, after_wait(journey, step, came=True), lead, cause, ports, now)


def take_event(body: Mapping[str, Any], ports: JourneyPorts, now: datetime) -> None:
    """An open or a click that somebody may have waited for (``{"lead_id", "journey", "cause"}``) is no longer in doubt: whoever still waits for it goes on,
    if it is (still) a person's. While the journey is paused nobody does: the end of the wait looks back.
    """
    enrolment = ports.enrolments.get(body["lead_id"], body["journey"])
    if enrolment is None:
        return
    if enrolment.cause == body["cause"]:
        _do_effects(enrolment, ports, now)
        return
    journey = ports.book.of(enrolment, now)
    if journey is None or enrolment.status != ACTIVE or ports.book.status(enrolment.journey, now) != LIVE:
        return
    step, lead = step_of(journey, enrolment.step), ports.lead(enrolment.lead_id)
    if step is None or lead is None or "event" not in step or exit_reason(journey, ports.facts(lead, now)):
        return
    if _came(journey, enrolment, step, ports, now):
        _woken(journey, enrolment, step, lead, body["cause"], ports, now)


def _enough(event: Mapping[str, Any], past: Past, enrolment: Enrolment) -> bool:
    """One is enough unless the event says how often; only then the timeline is read."""
    return "times" not in event or past.happened(event, since=enrolment.moved_at)


def _do_effects(enrolment: Enrolment, ports: JourneyPorts, now: datetime) -> None:
    """Everything but `now` comes from the claim, so that it is the same when it is done again; only what is near is judged by the present.

    The timer is set last: who waits has done what stood before the wait.
    """
    journey = ports.book.of(enrolment, now)
    if journey is None or enrolment.went:
        # Whoever takes an enrolment elsewhere has done them before.
        return
    take_effects(journey, enrolment, ports.effects, now)
    wake_when_due(enrolment, ports, now)


def wake_when_due(enrolment: Enrolment, ports: JourneyPorts, now: datetime) -> None:
    """Sets the timer of a wait; again, it is the same timer."""
    if enrolment.due is not None and enrolment.status == ACTIVE:
        due = to_iso(enrolment.due)
        ports.alarm.set(
            stable_id("enrolment", enrolment.lead_id, enrolment.journey, enrolment.step, due),
            enrolment.due,
            {"kind": "enrolment", "lead_id": enrolment.lead_id, "journey": enrolment.journey, "due": due},
            now,
        )
