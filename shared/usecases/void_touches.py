"""What was taken for a person's and was a machine's is taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from shared.domain.machines import sweeps
from shared.domain.moments import floor_to
from shared.domain.score_state import State, clicks_near, is_void
from shared.domain.timeline import EMAIL_CLICKED, HUMAN, Activity

if TYPE_CHECKING:
    from shared.domain.scoring import ScoringModel
    from shared.store.activities import Activities


def doubtful_clicks(
    fresh: Sequence[Activity], state: State, model: ScoringModel, policy: Mapping[str, Any]
) -> list[Activity]:
    """The clicks among `fresh` that may be part of a sweep: they gave themselves away, or the score remembers another within seconds of them. Costs nothing;
    for everybody else the timeline need not be read.
    """
    clicks = [activity for activity in fresh if activity.type == EMAIL_CLICKED and not is_void(state, activity)]
    seconds = policy["sweep"]["seconds"]
    return [click for click in clicks if click.agent != HUMAN or clicks_near(model.model, state, click.at, seconds) > 1]


def void_sweeps(clicks: Sequence[Activity], policy: Mapping[str, Any], activities: Activities) -> bool:
    """Says on the timeline which touches were a sweep, if these `clicks` of one person are part of one."""
    around = timedelta(seconds=policy["sweep"]["seconds"] * policy["sweep"]["links"])
    since = floor_to(min(click.at for click in clicks) - around, 3600)
    found = [
        void
        for void in sweeps(activities.since(clicks[0].lead_id, since), policy)
        if any(void.covers(click) for click in clicks)
    ]
    for void in found:
        activities.append(void.as_activity(void.since))
    return bool(found)
