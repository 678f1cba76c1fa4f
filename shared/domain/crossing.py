"""A person left one grade for another: told on the timeline exactly once, without a transaction.

The row of the lead that carries the new grade also carries what is to be told (the claim); the activity follows (the effect). Whoever dies
between the two gets the same cause again, finds the crossing that it made, and tells it again: the same row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared.domain.ids import stable_id
from shared.domain.timeline import GRADE_CHANGED, Activity

# A cause may come again after a later one has moved the grade on; further back than this nothing is remembered, so it is told before it is forgotten.
KEPT = 2
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Crossing:
    """From which grade to which, with which score, at which moment; `by` is the cause, shortened (`shortened`)."""

    before: str
    after: str
    score: int
    at: datetime
    by: str

    def told(self, lead_id: str) -> Activity:
        """The activity that tells it: always the same one."""
        cause = stable_id(lead_id, self.before, self.after, self.by)
        detail = {"from": self.before, "to": self.after, "score": self.score}
        return Activity(lead_id, GRADE_CHANGED, self.at, cause, detail=detail)


def shortened(cause: str) -> str:
    """Enough of a cause's id to tell the causes of one person apart: the row that it stands in shall stay under 1 KB."""
    return cause[:8]


def newest(activities: Iterable[Activity]) -> Activity:
    """The activity that a crossing is put down to, in whatever order they came."""
    return max(activities, key=lambda activity: (activity.at, activity.activity_id))


def to_text(crossings: Sequence[Crossing]) -> str:
    """In as few bytes as it takes: ``warm>hot 50 1773104410250 abcdefgh``, one after the other."""
    return ";".join(
        f"{crossing.before}>{crossing.after} {crossing.score} {(crossing.at - _EPOCH) // timedelta(milliseconds=1)} {crossing.by}"
        for crossing in crossings
    )


def from_text(text: str) -> tuple[Crossing, ...]:
    """The crossings of `to_text`."""
    return tuple(_read(part) for part in text.split(";")) if text else ()


def _read(text: str) -> Crossing:
    grades, score, milliseconds, by = text.split(" ")
    before, _, after = grades.partition(">")
    return Crossing(before, after, int(score), _EPOCH + timedelta(milliseconds=int(milliseconds)), by)
