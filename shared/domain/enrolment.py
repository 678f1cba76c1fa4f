"""One person in one journey."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

ACTIVE, COMPLETED, EXITED = "active", "completed", "exited"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """`step` is the wait at which the person stands, until `due` at the latest. `run` counts how often they entered.

    The last move was made at `moved_at` because of `cause` (an activity or a timer) and took the steps of `path`: whoever sees the same cause again does
    the effects of the same steps again, whatever has changed since, and all of them have deterministic keys. `marks` are the moments (ISO)
    of the steps that a condition of the journey looks back to, `ways` what a split drew and how often a repeat was taken.
    """

    lead_id: str
    journey: str
    version: str
    status: str
    step: str
    due: datetime | None
    cause: str
    path: tuple[str, ...]
    moved_at: datetime
    entered_at: datetime
    run: int = 1
    marks: Mapping[str, str] = field(default_factory=dict)
    ways: Mapping[str, str] = field(default_factory=dict)
    ended_at: datetime | None = None
    exit_reason: str = ""
