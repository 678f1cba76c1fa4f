"""The score at any moment, with a reason for each point."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from shared.domain.lead import Lead
from shared.domain.lifecycle import LEAD
from shared.domain.scoring import Score, ScoringModel, profile_as_of
from shared.domain.timeline import GRADE_CHANGED, HANDED_OFF, STAGE_CHANGED, Activity

if TYPE_CHECKING:
    from shared.store.activities import Activities


def explain_now(lead: Lead, model: ScoringModel, now: datetime) -> tuple[Score, str]:
    """Score and grade at `now`, from the state that the lead carries: reads nothing."""
    model = model.for_stage(lead.stage)
    score = model.read(lead.score_state, lead.profile, lead.known_at, now, lead.created_at)
    return score, model.grade(score.total, lead.grade)


def explain_as_of(lead: Lead, as_of: datetime, model: ScoringModel, activities: Activities) -> tuple[Score, str]:
    """Score and grade as they stood at `as_of`, replayed from the timeline. The profile is what the person had said by
    then; before anybody knew them there is nothing to explain.
    """
    if as_of < lead.created_at:
        return Score(0, 0, 0, ()), model.grade(0, "cold")
    past = [activity for activity in activities.whole(lead.lead_id) if activity.at <= as_of]
    profile, known_at = profile_as_of(past, as_of)
    model = model.for_stage(_stage_then(past))
    score = model.read(model.replay(past), profile, known_at, as_of, lead.created_at)
    return score, model.grade(score.total, _grade_before(past))


def _stage_then(past: list[Activity]) -> str:
    """The stage that the last move led to."""
    moves = [activity for activity in past if activity.type in (STAGE_CHANGED, HANDED_OFF)]
    return str(max(moves, key=lambda activity: activity.at).detail.get("to", LEAD)) if moves else LEAD


def _grade_before(past: list[Activity]) -> str:
    """The grade that the last crossing led to: a grade is kept until its own leaving mark."""
    crossings = [activity for activity in past if activity.type == GRADE_CHANGED]
    return str(max(crossings, key=lambda activity: activity.at).detail.get("to", "cold")) if crossings else "cold"
