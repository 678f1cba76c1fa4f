"""Activities of one person move their score, and so does time; crossing a grade's mark becomes an activity itself.

Nothing looks through everybody each night: whoever will cross a mark, enter or leave a segment by the passing of time alone has one timer at the
first such moment. The timer is set first and the lead's row, which names it (`score_due`), is written last, so whoever dies in between leaves a timer that nobody waits for. When a
later activity puts the crossing off, the timer is left as it is: it rings early, finds nothing to do and sets the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from shared.domain.crossing import KEPT, Crossing, newest, shortened
from shared.domain.ids import stable_id
from shared.domain.lead import Lead
from shared.domain.moments import from_iso, to_iso
from shared.domain.score_state import State, latest_touch
from shared.domain.scoring import ScoringModel
from shared.domain.timeline import Activity
from shared.domain.traffic import TooMuchTraffic
from shared.usecases.set_timer import set_clock
from shared.usecases.void_touches import doubtful_clicks, void_sweeps

if TYPE_CHECKING:
    from shared.store.activities import Activities
    from shared.store.people import People
    from shared.usecases.set_timer import Alarm

_ATTEMPTS = 8

Turn = Callable[[Lead], datetime | None]
"""When time alone changes something else about a person, as they stand there."""


class Question(Protocol):
    """What else follows the passing of time: `keep_segments.Question`."""

    def turn(self, lead: Lead) -> datetime | None: ...

    def answer(self, lead: Lead | None = None, *, sets_clock: bool = True) -> None: ...


def no_turn(lead: Lead) -> None:
    """Nothing else changes by time."""


class ScorePorts(NamedTuple):
    """What scoring touches."""

    model: ScoringModel
    people: People
    activities: Activities
    alarm: Alarm
    machines: Mapping[str, Any]
    """templates/policies/machines.yaml"""


def score_activities(
    lead_id: str, fresh: Sequence[Activity], ports: ScorePorts, now: datetime, turn: Turn = no_turn
) -> Lead | None:
    """Folds `fresh` (in any order, perhaps seen before) into the score of `lead_id`: one read and at most one write, whatever the history.

    Where a grade's mark is crossed there is a second write: the crossing is told.
    The timeline is read only when something is taken back or the model's rules have changed since the person was scored last. `turn` tells when
    time changes something else than the grade.
    Returns the person as they stand then; None where there is none.
    """
    for _ in range(_ATTEMPTS):
        lead = ports.people.find(lead_id)
        if lead is None:
            # An activity may come before its person only for a visitor nobody knows; there is no score to keep.
            return None
        if any(activity.cause == lead.created_by for activity in fresh) and lead.score_due:
            # The row was born with its first score, and names a timer that nobody has set yet.
            set_clock(lead.lead_id, lead.score_due, ports.alarm, now)
        _tell_again(lead, [activity.activity_id for activity in fresh], ports)
        if _saved(lead, _own(lead, fresh, ports), ports, now, turn):
            return lead
    raise TooMuchTraffic(f"the score of lead {lead_id} is written by too many at once")


def let_time_tell(
    lead_id: str, due: str, ports: ScorePorts, now: datetime, question: Callable[[datetime], Question]
) -> None:
    """The timer of `due` (ISO) rang: brings segments and grade to where time has led them, and sets the next timer where there is more to come.

    `question` is what the segments are asked at a moment. They come first: what is written last is that the timer has rung.
    """
    now = max(now, from_iso(due))
    for _ in range(_ATTEMPTS):
        lead = ports.people.find(lead_id)
        if lead is None:
            return
        _tell_again(lead, [_ringing(due)], ports)
        if lead.score_due != due:
            return
        asked = question(now)
        asked.answer(lead, sets_clock=False)
        if _saved(lead, (), ports, now, asked.turn, by=_ringing(due)):
            return
    raise TooMuchTraffic(f"the score of lead {lead_id} is written by too many at once")


def end_doubt(
    lead_id: str, known: str, ports: ScorePorts, now: datetime, question: Callable[[datetime], Question]
) -> None:
    """At `known` (ISO) it is known whether the touches before it were a machine's: a grade that waited for that is taken now, unless newer ones are in doubt."""
    now = max(now, from_iso(known))
    cause = stable_id("doubt", known)
    for _ in range(_ATTEMPTS):
        lead = ports.people.find(lead_id)
        if lead is None:
            return
        _tell_again(lead, [cause], ports)
        if _saved(lead, (), ports, now, question(now).turn, by=cause):
            return
    raise TooMuchTraffic(f"the score of lead {lead_id} is written by too many at once")


def fold_anew(lead_id: str, cause: str, ports: ScorePorts, now: datetime) -> bool:
    """Folds the whole timeline of `lead_id` by the rules in force, and tells of a crossing once for each `cause`. Whether anything changed.

    Costs as many reads as the timeline is long: not for a live path.
    """
    for _ in range(_ATTEMPTS):
        lead = ports.people.find(lead_id)
        if lead is None or lead.lead_id != lead_id:
            # Whoever was merged lies in the survivor, who has a turn of their own.
            return False
        _tell_again(lead, [cause], ports)
        before = _written(lead)
        if _saved(lead, (), ports, now, no_turn, by=cause, whole=True):
            return _written(lead) != before
    raise TooMuchTraffic(f"the score of lead {lead_id} is written by too many at once")


def when_time_tells(lead: Lead, model: ScoringModel, now: datetime) -> str:
    """The ISO time at which the passing of time alone moves `lead` out of its grade; "" when it never does."""
    at = model.for_stage(lead.stage).leaves_grade_at(
        lead.score_state, lead.profile, lead.known_at, lead.created_at, present=lead.grade, now=now
    )
    return to_iso(at) if at else ""


def _saved(
    lead: Lead,
    fresh: Sequence[Activity],
    ports: ScorePorts,
    now: datetime,
    turn: Turn,
    *,
    by: str = "",
    whole: bool = False,
) -> bool:
    """Writes what `fresh` makes of the lead, or what the `whole` timeline says. `by`: the cause where nothing is fresh."""
    before = _written(lead)
    grade_before, model = lead.grade, ports.model.for_stage(lead.stage)
    whole = whole or model.needs_history(lead.score_state, fresh)
    lead.score_state = _replayed(lead, model, ports) if whole else _folded(lead, fresh, model)
    doubtful_until = _take_sweeps_back(lead, fresh, model, ports, now)
    score = model.read(lead.score_state, lead.profile, lead.known_at, now, lead.created_at)
    lead.score, lead.fit, lead.interest = score.total, score.fit, score.interest
    grade = model.grade(score.total, grade_before)
    if doubtful_until is None and grade == model.highest != grade_before:
        doubtful_until = _known_at(lead, model, ports, now)
    if doubtful_until is None:
        lead.grade = grade
    if not lead.score_due or lead.score_due <= to_iso(now) or _written(lead) != before:
        _put_timer(lead, ports, now, turn(lead))
    if lead.grade != grade_before:
        cause, at = (newest(fresh).activity_id, newest(fresh).at) if fresh else (by, now)
        return _saved_crossing(lead, Crossing(grade_before, lead.grade, lead.score, at, shortened(cause)), ports)
    if before != _written(lead) and not ports.people.save_score(lead):
        return False
    if doubtful_until is not None:
        # Behind the write: whoever dies between them comes again, and what is known meanwhile is no doubt any more.
        _ask_again(lead.lead_id, doubtful_until, ports, now)
    return True


def _ask_again(lead_id: str, known: datetime, ports: ScorePorts, now: datetime) -> None:
    body = {"kind": "score_doubt", "lead_id": lead_id, "known": to_iso(known)}
    ports.alarm.set(stable_id("doubt", lead_id, body["known"]), known, body, now)


def _saved_crossing(lead: Lead, crossing: Crossing, ports: ScorePorts) -> bool:
    """Claims the crossing with the score, then tells it."""
    for forgotten in lead.crossings[: 1 - KEPT]:
        ports.activities.append(forgotten.told(lead.lead_id))
    lead.crossings = (*lead.crossings, crossing)[-KEPT:]
    if not ports.people.save_score(lead):
        return False
    ports.activities.append(crossing.told(lead.lead_id))
    return True


def _tell_again(lead: Lead, causes: Iterable[str], ports: ScorePorts) -> None:
    """What these very causes led to when they came before, perhaps to somebody who died before telling it."""
    known = {shortened(cause) for cause in causes}
    for crossing in lead.crossings:
        if crossing.by in known:
            ports.activities.append(crossing.told(lead.lead_id))


def _ringing(due: str) -> str:
    """The id of the cause when it is a timer."""
    return stable_id("score_due", due)


def _written(lead: Lead) -> tuple[object, ...]:
    return lead.score, lead.fit, lead.interest, lead.grade, lead.score_state, lead.score_due


def _replayed(lead: Lead, model: ScoringModel, ports: ScorePorts) -> State:
    return model.replay(_own(lead, list(ports.activities.whole(lead.lead_id)), ports))


def _own(lead: Lead, activities: Sequence[Activity], ports: ScorePorts) -> list[Activity]:
    """Those that are still this person's: what came from somebody who was merged into them and is parted again (`via`) went with them, or is about to.
    Reads nothing unless something came from somebody who is no part of the person.
    """
    strangers = {each for activity in activities for each in activity.detail.get("via", ())} - set(lead.members)
    rows = {each: ports.people.row(each) for each in strangers}
    parted = {each for each, row in rows.items() if row is not None and not row.merge}
    return [activity for activity in activities if parted.isdisjoint(activity.detail.get("via", ()))]


def _folded(lead: Lead, fresh: Sequence[Activity], model: ScoringModel) -> State:
    state = lead.score_state
    for activity in fresh:
        state = model.add(state, activity)
    return state


def _take_sweeps_back(
    lead: Lead, fresh: Sequence[Activity], model: ScoringModel, ports: ScorePorts, now: datetime
) -> datetime | None:
    """Folds anew without the sweeps that `fresh` is part of. A moment means: two links within seconds may be the beginning of one, so the grade
    waits until then; whoever is only quick is hot some seconds later, and no machine is handed to sales.
    """
    clicks = doubtful_clicks(fresh, lead.score_state, model, ports.machines)
    if not clicks:
        return None
    if void_sweeps(clicks, ports.machines, ports.activities):
        lead.score_state = _replayed(lead, model, ports)
        return None
    known = max(click.at for click in clicks) + timedelta(seconds=ports.machines["sweep"]["seconds"])
    return known if known > now else None


def _known_at(lead: Lead, model: ScoringModel, ports: ScorePorts, now: datetime) -> datetime | None:
    """The grade that calls sales, when it may rest on a touch of these last seconds, waits until it is known whose that was: the first link that a filter
    follows looks like a person's. None: nothing is in doubt.
    """
    touched = latest_touch(model.model, lead.score_state, now.timestamp())
    known = datetime.fromtimestamp(touched + 1, UTC) + timedelta(seconds=ports.machines["sweep"]["seconds"])
    return known if known > now else None


def _put_timer(lead: Lead, ports: ScorePorts, now: datetime, turn: datetime | None) -> None:
    """One timer for each lead at most: a running one that rings in time is kept."""
    grade_due = when_time_tells(lead, ports.model, now)
    wanted = min(filter(None, (grade_due, to_iso(turn) if turn else "")), default="")
    if lead.score_due and to_iso(now) < lead.score_due and (not wanted or lead.score_due <= wanted):
        return
    lead.score_due = wanted
    if wanted:
        set_clock(lead.lead_id, wanted, ports.alarm, now)
