"""Segments: who is in which, how many they are, and what each asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from shared.domain.moments import from_iso, to_iso
from shared.domain.segments import BUCKETS, Change, Membership, Segment, Standing, bucket_of
from shared.store.activities import to_item as activity_item
from shared.store.conditional import deleted, saved, updated
from shared.store.connection import CONNECTION
from shared.store.faults import is_lost_condition
from shared.store.rows.segments import SegmentItem

_DEFINITIONS, _TAGS = "#definitions", "#tags"
# A transaction takes a hundred items; a change is three of them.
_AT_ONCE = 30


class MemberPage(NamedTuple):
    """Members of one bucket, latest first: (when they entered, id); and where the next page begins (None: no more)."""

    members: list[tuple[str, str]]
    last: dict[str, Any] | None


def _partition(segment_id: str, bucket: int) -> str:
    return f"{segment_id}#{bucket}"


def _to_membership(item: SegmentItem) -> Membership:
    return Membership(
        item.lead_id,
        item.segment,
        item.member_of is not None,
        from_iso(item.since or ""),
        int(item.changes or 0),
    )


def _to_segment(item: SegmentItem) -> Segment:
    return Segment(
        segment_id=item.segment,
        name=item.name or {},
        condition=item.condition or {},
        version=item.version or "",
        source=item.source or "",
        status=item.status or "",
        walked=item.walked or {},
        changed_at=from_iso(item.changed_at) if item.changed_at else None,
        changed_by=item.changed_by or "",
    )


def _to_item(segment: Segment) -> SegmentItem:
    return SegmentItem(
        _DEFINITIONS,
        segment.segment_id,
        name=dict(segment.name),
        condition=dict(segment.condition),
        version=segment.version,
        source=segment.source,
        status=segment.status,
        walked=dict(segment.walked),
        changed_at=to_iso(segment.changed_at) if segment.changed_at else None,
        changed_by=segment.changed_by or None,
    )


class Memberships:
    """Who is in which segment."""

    def of(self, lead_id: str, *, consistent: bool = False) -> Standing:
        """Everything about one person, in one read. Every change is conditional on what was read, so the cheap read will do the first time."""
        rows = SegmentItem.query(lead_id, consistent_read=consistent)
        return Standing({item.segment: _to_membership(item) for item in rows})

    def change(self, changes: Sequence[Change]) -> bool:
        """Writes memberships, counts and the activities that tell of them, all or none; False when somebody else was first: read again.

        A transaction, so that whoever enters is counted once and told once, whatever dies in between.
        """
        for start in range(0, len(changes), _AT_ONCE):
            try:
                with TransactWrite(connection=CONNECTION) as transaction:
                    for change in changes[start : start + _AT_ONCE]:
                        self._write(transaction, change)
            except TransactWriteError as error:
                if is_lost_condition(error):
                    return False
                raise
        return True

    @staticmethod
    def _write(transaction: TransactWrite, change: Change) -> None:
        after, bucket = change.after, bucket_of(change.after.lead_id)
        item = SegmentItem(
            after.lead_id,
            after.segment_id,
            since=to_iso(after.since),
            member_of=_partition(after.segment_id, bucket) if after.is_in else None,
            changes=after.changes,
        )
        unchanged = (
            SegmentItem.changes == after.changes - 1 if after.changes > 1 else SegmentItem.lead_id.does_not_exist()
        )
        transaction.save(item, condition=unchanged)
        counter = SegmentItem(f"#count#{after.segment_id}", str(bucket))
        transaction.update(counter, actions=[SegmentItem.members.add(1 if after.is_in else -1)])
        if change.told:
            transaction.save(activity_item(change.told))

    def forget(self, standing: Standing, lead_id: str) -> None:
        """Removes the rows of somebody who is in no segment any more."""
        for segment_id in standing.memberships:
            deleted(SegmentItem(lead_id, segment_id), SegmentItem.member_of.does_not_exist())

    def page(self, segment_id: str, bucket: int, limit: int, after: dict[str, Any] | None = None) -> MemberPage:
        """Members of one bucket, latest first."""
        rows = SegmentItem.member_index.query(
            _partition(segment_id, bucket), scan_index_forward=False, limit=limit, last_evaluated_key=after
        )
        return MemberPage([(str(row.since), row.lead_id) for row in rows], rows.last_evaluated_key)

    def counts(self, segment_ids: Iterable[str]) -> dict[str, int]:
        """How many are in each, exactly."""
        keys = [(f"#count#{each}", str(bucket)) for each in dict.fromkeys(segment_ids) for bucket in range(BUCKETS)]
        found: Counter[str] = Counter()
        for item in SegmentItem.batch_get(keys) if keys else ():
            found[item.lead_id.removeprefix("#count#")] += int(item.members or 0)
        return dict(found)


def member_key(segment_id: str, bucket: int, since: str, lead_id: str) -> dict[str, Any]:
    """Where somebody stands in `Memberships.page`: to go on behind them."""
    return {
        "member_of": {"S": _partition(segment_id, bucket)},
        "since": {"S": since},
        "lead_id": {"S": lead_id},
        "segment": {"S": segment_id},
    }


class Tags:
    """Every tag that was ever given, for lists to choose from."""

    def all(self) -> list[str]:
        """As they were written, in the order of their keys."""
        return [str((item.name or {}).get("tag", "")) for item in SegmentItem.query(_TAGS)]

    def note(self, key: str, tag: str) -> None:
        """Notes a tag; the same tag again is the same row."""
        SegmentItem(_TAGS, key, name={"tag": tag}).save()


class Definitions:
    """What each segment asks."""

    def all(self) -> list[Segment]:
        """Every segment, also those that are going."""
        return [_to_segment(item) for item in SegmentItem.query(_DEFINITIONS, consistent_read=True)]

    def get(self, segment_id: str) -> Segment | None:
        """One segment."""
        try:
            return _to_segment(SegmentItem.get(_DEFINITIONS, segment_id, consistent_read=True))
        except SegmentItem.DoesNotExist:
            return None

    def save(self, segment: Segment, *, replaces: Segment | None) -> bool:
        """Writes the segment where `replaces` stands (None: nothing); False when somebody else wrote meanwhile. Written already: that was this write."""
        same = (SegmentItem.version == segment.version) & (
            SegmentItem.changed_at == to_iso(segment.changed_at or _EPOCH)
        )
        condition = SegmentItem.lead_id.does_not_exist() | same
        if replaces is not None:
            condition = (SegmentItem.version == replaces.version) & (SegmentItem.status == replaces.status) | same
        return saved(_to_item(segment), condition)

    def walk_on(self, segment: Segment, walked: dict[str, Any], status: str) -> bool:
        """Notes how far a walk has come; False when the segment changed meanwhile or somebody else took this step."""
        return updated(
            SegmentItem(_DEFINITIONS, segment.segment_id),
            [SegmentItem.walked.set(walked), SegmentItem.status.set(status)],
            (SegmentItem.version == segment.version)
            & (SegmentItem.status == segment.status)
            & (SegmentItem.walked == dict(segment.walked)),
        )

    def remove(self, segment: Segment) -> None:
        """Removes a segment whose members have left, unless it was made anew meanwhile; its counts, which are zero, go too."""
        deleted(
            SegmentItem(_DEFINITIONS, segment.segment_id),
            (SegmentItem.version == segment.version) & (SegmentItem.status == segment.status),
        )


_EPOCH = from_iso("1970-01-01T00:00:00Z")
