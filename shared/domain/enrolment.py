"""One person in one journey."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

ACTIVE, COMPLETED, EXITED = "active", "completed", "exited"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """`step` is the wait at which the person stands, until `due` at the latest. `run` counts how often they entered.

    The last move was made at `moved_at` because of `cause` (an activity or a timer) and took the steps of `path`: whoever sees the same cause again does
    the effects of the same steps again, whatever has changed since, and all of them have deterministic keys. `marks` are the moments (ISO)
    of the steps that a condition of the journey looks back to, `ways` what a split drew and how often a repeat was taken.

    A merge, and its undoing, takes an enrolment from one person to another (docs/adr/0017). What was left behind is ended, and `went` says where it went:
    ``{"to": lead_id, "by": the decision, "step", "due"}``. Where it went it says by which decision it came (`came_by`), and under which id the
    person had entered (`entered_as`, empty: this one): messages and draws are named after that, so they stay the same ones.
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
    entered_as: str = ""
    came_by: str = ""
    went: Mapping[str, str] = field(default_factory=dict)

    @property
    def identity(self) -> str:
        """The id under which the person entered, whoever they are now."""
        return self.entered_as or self.lead_id

    def is_same_passing(self, other: Enrolment) -> bool:
        """Whether both are one entry of one person into one journey, perhaps before and after it was taken elsewhere."""
        own = (self.journey, self.identity, self.entered_at)
        return own == (other.journey, other.identity, other.entered_at)


def whereabouts(enrolments: Iterable[Enrolment], lead_id: str, journey: str) -> Enrolment | None:
    """Among `enrolments`, where the one of `lead_id` in `journey` is now, wherever merges took it; one that was taken out of sight is as it was left."""
    rows = {each.lead_id: each for each in enrolments if each.journey == journey}
    found = rows.pop(lead_id, None)
    while found is not None and found.went:
        following = rows.pop(found.went["to"], None)
        if following is None or not following.is_same_passing(found):
            break
        found = following
    return found
