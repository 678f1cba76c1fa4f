"""Activities of one person move their score; crossing a grade's mark becomes an activity itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from shared.domain.ids import stable_id
from shared.domain.lead import Lead
from shared.domain.scoring import ScoringModel
from shared.domain.timeline import GRADE_CHANGED, Activity
from shared.domain.traffic import TooMuchTraffic

if TYPE_CHECKING:
    from shared.store.people import People

_ATTEMPTS = 8


def score_activities(
    lead_id: str, fresh: Sequence[Activity], *, model: ScoringModel, people: People, now: datetime
) -> None:
    """Folds `fresh` (in any order, perhaps seen before) into the score of `lead_id`: one read and at most one write, whatever the history."""
    for _ in range(_ATTEMPTS):
        lead = people.find(lead_id)
        if lead is None:
            # An activity may come before its person only for a visitor nobody knows; there is no score to keep.
            return
        if _saved(lead, fresh, model, people, now):
            return
    raise TooMuchTraffic(f"the score of lead {lead_id} is written by too many at once")


def _saved(lead: Lead, fresh: Sequence[Activity], model: ScoringModel, people: People, now: datetime) -> bool:
    before = (lead.score, lead.fit, lead.interest, lead.grade, lead.score_state)
    state = lead.score_state
    for activity in fresh:
        state = model.add(state, activity)
    score = model.read(state, lead.profile, lead.known_at, now, lead.created_at)
    grade_before, grade = lead.grade, model.grade(score.total, lead.grade)
    lead.score, lead.fit, lead.interest, lead.grade, lead.score_state = (
        score.total,
        score.fit,
        score.interest,
        grade,
        state,
    )
    if before == (lead.score, lead.fit, lead.interest, lead.grade, lead.score_state):
        return True
    crossing = _crossing(lead, grade_before, max(activity.at for activity in fresh)) if grade != grade_before else None
    return people.save_score(lead, crossing=crossing)


def _crossing(lead: Lead, grade_before: str, at: datetime) -> Activity:
    cause = stable_id(lead.lead_id, str(lead.score_version), grade_before, lead.grade)
    return Activity(
        lead.lead_id, GRADE_CHANGED, at, cause, detail={"from": grade_before, "to": lead.grade, "score": lead.score}
    )
