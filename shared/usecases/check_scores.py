"""A sample of people each night: is the live score that of the whole timeline?

Both are folds of the same things, so they are one number unless something is broken: a defect, a row that somebody changed by hand, a restored
table. Whoever differs is looked at again some minutes later, because what happened this moment may not have been counted yet. Who differs still
is told and folded anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any
from zlib import crc32

from shared.domain.ids import stable_id
from shared.domain.lead import Lead
from shared.domain.scoring import Score, ScoringModel, profile_as_of
from shared.domain.timeline import Activity
from shared.usecases.refold_scores import fold_with_segments
from shared.usecases.score_activities import ScorePorts

if TYPE_CHECKING:
    from shared.channels.queues import DueQueue
    from shared.usecases.keep_segments import SegmentPorts

SAMPLE, LOOK = "score_sample", "score_look"
HOT, ALL = "hot", "all"
# So many people of the hot ones, for whom most depends on it, and of all; of a person no more lines than this, lest one night's look is another night's bill.
_PEOPLE, _LINES = {HOT: 20, ALL: 40}, 1000
_AGAIN_AFTER = timedelta(minutes=10)
_PRECISION = 10_000


@dataclass(frozen=True, slots=True)
class Difference:
    """What the live score says and what the timeline says: (total, fit, interest)."""

    lead_id: str
    live: tuple[int, int, int]
    replayed: tuple[int, int, int]
    rules: tuple[str, ...]
    """The rules whose points differ."""


Tell = Callable[[Difference], None]


def samples_of(day: str) -> list[dict[str, Any]]:
    """What to put on the due queue for the sample of this day (``2026-03-02``): a message for each list."""
    return [{"kind": SAMPLE, "day": day, "among": among} for among in _PEOPLE]


def check_sample(body: dict[str, Any], ports: ScorePorts, queue: DueQueue, now: datetime) -> int:
    """Looks at some people of one list, others each day; asks for a second look at those who differ. Returns how many it looked at."""
    looked = 0
    for lead_id in _chosen(body["day"], body["among"], ports, now):
        lead = ports.people.find(lead_id, consistent=False)
        if lead is None:
            continue
        looked += 1
        if difference(lead, ports, now):
            queue.put([{"kind": LOOK, "lead_id": lead_id, "day": body["day"]}], delay=_AGAIN_AFTER)
    return looked


def look_again(body: dict[str, Any], ports: ScorePorts, segments: SegmentPorts, tell: Tell, now: datetime) -> None:
    """Tells of somebody who still differs, and folds them anew."""
    lead = ports.people.find(body["lead_id"])
    found = lead and difference(lead, ports, now)
    if lead and found:
        tell(found)
        fold_with_segments(lead.lead_id, stable_id(LOOK, body["day"]), ports, segments, now)


def difference(lead: Lead, ports: ScorePorts, now: datetime) -> Difference | None:
    """How the live score differs from that of the timeline; None when it does not, when other rules folded it, or when the timeline is too long to ask."""
    model = ports.model.for_stage(lead.stage)
    if model.needs_history(lead.score_state):
        return None
    lines = list(islice(ports.activities.whole(lead.lead_id), _LINES + 1))
    if not lines or len(lines) > _LINES:
        return None
    live = model.read(lead.score_state, lead.profile, lead.known_at, now, lead.created_at)
    replayed = _replayed(lead, lines, model, now)
    if _numbers(live) == _numbers(replayed):
        return None
    return Difference(lead.lead_id, _numbers(live), _numbers(replayed), tuple(_rules(live, replayed)))


def _replayed(lead: Lead, lines: list[Activity], model: ScoringModel, now: datetime) -> Score:
    profile, known_at = profile_as_of(lines, now)
    return model.read(model.replay(lines), profile, known_at, now, lead.created_at)


def _numbers(score: Score) -> tuple[int, int, int]:
    return score.total, score.fit, score.interest


def _rules(live: Score, replayed: Score) -> Iterator[str]:
    points: dict[str, int] = {}
    for score, sign in ((live, 1), (replayed, -1)):
        for entry in score.entries:
            points[entry.rule] = points.get(entry.rule, 0) + sign * entry.points
    return (rule for rule, left in sorted(points.items()) if left)


def _chosen(day: str, among: str, ports: ScorePorts, now: datetime) -> list[str]:
    """People of one list who came around some moment between the first of them and now; the day says which."""
    first = ports.people.oldest(hot=among == HOT)
    if first is None:
        return []
    share = crc32(f"{day}:{among}".encode()) % _PRECISION / _PRECISION
    return ports.people.around(first + (now - first) * share, _PEOPLE[among], hot=among == HOT)
