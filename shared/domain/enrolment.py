"""One person in one journey."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

ACTIVE, COMPLETED, EXITED = "active", "completed", "exited"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """`step` is what happens next, at `due`. The last move began at step `moved_from`, at `moved_at`, because of `cause` (an activity or a timer):
    whoever sees the same cause again does the same effects again, and all of them have deterministic keys.
    """

    lead_id: str
    journey: str
    version: str
    status: str
    step: str
    due: datetime | None
    cause: str
    moved_from: str
    moved_at: datetime
    entered_at: datetime
    ended_at: datetime | None = None
    exit_reason: str = ""
