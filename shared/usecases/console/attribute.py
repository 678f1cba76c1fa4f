"""What each touch contributed to a lead, and whose the lead is: for the person's page and the JSON call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared.domain.attribution import MODELS, Assignment, Touch, assignment, by_channel, touches_of

if TYPE_CHECKING:
    from shared.store.activities import Activities


@dataclass(frozen=True, slots=True)
class Attribution:
    """`touches` oldest first; `credit` maps a model to ``{channel: share}``, each model's shares summing to 1."""

    touches: list[Touch]
    credit: dict[str, dict[str, float]]
    assignment: Assignment | None


def attribute(lead_id: str, policy: Mapping[str, Any], now: datetime, activities: Activities) -> Attribution:
    """Reads one person's whole timeline: for who looks at one person, never on a live path."""
    touches = touches_of(activities.whole(lead_id), policy)
    credit = {
        model: {channel: round(float(share), 4) for channel, share in by_channel(touches, model, policy).items()}
        for model in MODELS
    }
    return Attribution(touches, credit, assignment(touches, policy, now))
