"""Segments: standing questions about people, whose answers are kept. Who enters and who leaves is told on the timeline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zlib import crc32

from shared.domain import timeline
from shared.domain.conditions import Facts as Facts
from shared.domain.conditions import History as History
from shared.domain.conditions import fields_of, holds, moves_with_time, next_change
from shared.domain.ids import stable_id
from shared.domain.text import fold
from shared.domain.timeline import SEGMENT_ENTERED, SEGMENT_LEFT, Activity

if TYPE_CHECKING:
    from shared.domain.condition_fields import Path, Problem

FILE, CONSOLE = "file", "console"
READY, BUILDING, LEAVING = "ready", "building", "leaving"
# Members are listed and counted in so many partitions: one takes about a thousand changes a second.
BUCKETS = 8
TAG = "tag:"
MAX_SEGMENTS = 100
ANYTHING: frozenset[str] = frozenset({"*"})
_DEED = frozenset({"last_activity_at"})
_NOTHING: frozenset[str] = frozenset()
_SCORE = frozenset({"score", "fit", "interest", "grade", "last_activity_at"})
_CONSENT = frozenset({"consent_email", "consent_sms", "consent_phone", "locale", "country", "tags"})
_STAGE = frozenset({"stage", "owner", "stage_at", "handed_at"})
# Which facts an activity may have moved; of any other type: all of them.
_MOVED = {
    timeline.EMAIL_OPENED: _SCORE,
    timeline.EMAIL_CLICKED: _SCORE,
    timeline.PAGE_VIEWED: _SCORE,
    timeline.GRADE_CHANGED: _SCORE,
    timeline.STAGE_CHANGED: _STAGE | _SCORE,
    timeline.HANDED_OFF: _STAGE,
    timeline.HANDOFF_UPDATED: _STAGE | _SCORE,
    timeline.UNSUBSCRIBED: _CONSENT | _SCORE,
    timeline.CHANNEL_STOPPED: _CONSENT,
    timeline.CONSENT_GIVEN: _CONSENT | _DEED,
    timeline.PREFERENCES_CHANGED: _CONSENT | _DEED,
    timeline.EMAIL_BOUNCED: _NOTHING,
    timeline.EMAIL_COMPLAINED: _NOTHING,
    timeline.TAG_ADDED: frozenset({"tags"}),
    timeline.TAG_REMOVED: frozenset({"tags"}),
}
# What tells of segments and journeys is no reason to ask again.
_TELL_ONLY = frozenset(
    {SEGMENT_ENTERED, SEGMENT_LEFT, timeline.JOURNEY_ENTERED, timeline.JOURNEY_ENDED, timeline.ANONYMOUS_PAGE_VIEWED}
)


@dataclass(frozen=True)
class Segment:
    """A segment in force. `version` names the condition; `status`: READY, BUILDING (a new condition is being asked about everybody), or LEAVING
    (everybody is being led out, then it is gone). `walked` is how far that is: see `usecases/fill_segment`.
    """

    segment_id: str
    name: Mapping[str, str]
    condition: Mapping[str, Any]
    version: str
    source: str = CONSOLE
    status: str = READY
    walked: Mapping[str, Any] = field(default_factory=dict)
    changed_at: datetime | None = None
    changed_by: str = ""

    @property
    def share(self) -> int | None:
        """How much of its filling is done, in whole percents; None before it begins and for what is not being filled. Who comes meanwhile is not counted."""
        total = int(self.walked.get("total") or 0)
        seen = int(self.walked.get("seen") or 0)
        return min(99, 100 * seen // total) if total and self.status == BUILDING else None

    @cached_property
    def reads(self) -> frozenset[str]:
        """The facts that its answer depends on."""
        return fields_of(self.condition)

    @cached_property
    def moves_with_time(self) -> bool:
        """Whether somebody may enter or leave although nothing happens."""
        return moves_with_time(self.condition)

    def takes(self, facts: Facts, now: datetime, history: History) -> bool:
        """Whether the person of `facts` belongs in it at `now`."""
        return self.status != LEAVING and holds(self.condition, facts, now=now, history=history)

    def turns(self, facts: Facts, now: datetime, history: History) -> datetime | None:
        """When that changes by time alone."""
        return next_change(self.condition, facts, now, history) if self.moves_with_time else None


@dataclass(frozen=True, slots=True)
class Membership:
    """Whether a person is in a segment, since when, and after how many changes (odd: in)."""

    lead_id: str
    segment_id: str
    is_in: bool
    since: datetime
    changes: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A person's memberships, past ones too, by segment."""

    memberships: Mapping[str, Membership] = field(default_factory=dict)

    def is_in(self, segment_id: str) -> bool:
        """Whether the person is in it now."""
        return segment_id in self.memberships and self.memberships[segment_id].is_in


@dataclass(frozen=True, slots=True)
class Change:
    """One person enters or leaves one segment. `told` is the activity that says so (None where nobody is left to be told about)."""

    after: Membership
    told: Activity | None


def version_of(condition: Mapping[str, Any]) -> str:
    """The same condition has the same version."""
    return stable_id(repr(condition))[:12]


def moved_by(activities: Iterable[Activity]) -> frozenset[str]:
    """The facts that these activities may have moved."""
    moved: set[str] = set()
    for activity in activities:
        if activity.type in _TELL_ONLY:
            continue
        moved |= _MOVED.get(activity.type, ANYTHING) | {f"did:{activity.type}"}
    return frozenset(moved)


def affected(segments: Iterable[Segment], moved: frozenset[str]) -> list[Segment]:
    """The segments whose answer may have changed: those that read what moved, and those that are only being filled, lest the walk miss somebody."""
    if not moved:
        return []
    return [each for each in segments if moved >= ANYTHING or each.status != READY or each.reads & moved]


def changes_of(
    lead_id: str, segments: Sequence[Segment], standing: Standing, wanted: Mapping[str, bool], at: datetime
) -> list[Change]:
    """What must be written so that `standing` becomes what is `wanted` of each of `segments`."""
    return [
        _change(lead_id, segment, standing.memberships.get(segment.segment_id), at)
        for segment in segments
        if wanted[segment.segment_id] != standing.is_in(segment.segment_id)
    ]


def _change(lead_id: str, segment: Segment, before: Membership | None, at: datetime) -> Change:
    changes = before.changes + 1 if before else 1
    after = Membership(lead_id, segment.segment_id, changes % 2 == 1, at, changes)
    detail = {"segment": segment.segment_id, "name": dict(segment.name), "version": segment.version}
    cause = stable_id(segment.segment_id, str(changes))
    return Change(after, Activity(lead_id, SEGMENT_ENTERED if after.is_in else SEGMENT_LEFT, at, cause, detail=detail))


def tag_changes(lead_id: str, tags: Iterable[str], standing: Standing, at: datetime) -> list[Change]:
    """Tags are listed and counted as segments are. The tag's own activity tells of it, so these changes tell nothing."""
    wanted = {tag_key(tag) for tag in tags}
    present = {name for name in standing.memberships if name.startswith(TAG) and standing.is_in(name)}
    changes = []
    for name in sorted(wanted ^ present):
        before = standing.memberships.get(name)
        changes.append(Change(Membership(lead_id, name, name in wanted, at, before.changes + 1 if before else 1), None))
    return changes


def tag_key(tag: str) -> str:
    """What a tag is listed under: width, case and spaces do not tell two tags apart."""
    return TAG + fold(tag)


def leaving(standing: Standing, lead_id: str, at: datetime) -> list[Change]:
    """A person who is no more (erased, or merged into another) leaves every segment, and nobody is told."""
    return [
        Change(Membership(lead_id, each.segment_id, False, at, each.changes + 1), None)
        for each in standing.memberships.values()
        if each.is_in
    ]


def bucket_of(lead_id: str) -> int:
    """The partition in which a person is listed and counted, in every segment."""
    return crc32(lead_id.encode()) % BUCKETS


def wrong_with(condition: Any) -> list[Problem]:
    """What keeps a condition from being a segment's: what the language says, and that the past is asked about for a year at most."""
    from shared.domain.condition_fields import PERSON, problems  # late: only who writes a segment asks

    return problems(condition, PERSON) or list(_endless(condition, ()))


def _endless(condition: Any, path: Path) -> Iterable[Problem]:
    """A person's whole past is never read while something happens."""
    if isinstance(condition, Mapping) and "did" in condition:
        if "within" not in condition:
            from shared.domain.condition_fields import Problem

            yield Problem(path, f"did {condition['did']} asks about all times", "add within: 365d, or less")
    elif isinstance(condition, Mapping):
        for key, part in condition.items():
            yield from _endless(part, (*path, key))
    elif isinstance(condition, list):
        for index, part in enumerate(condition):
            yield from _endless(part, (*path, index))
