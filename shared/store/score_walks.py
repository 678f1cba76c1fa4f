"""How far everybody's score is folded anew. One row, in the segments table: the walks of segments stand there too, and whoever walks may write there."""

from __future__ import annotations

from typing import Any

from shared.domain.moments import from_iso, to_iso
from shared.domain.score_walk import ScoreWalk
from shared.store.conditional import saved, updated
from shared.store.rows.segments import SegmentItem

_KEY = ("#scores", "walk")


class ScoreWalks:
    """Reads and conditional writes of the walk."""

    def get(self) -> ScoreWalk | None:
        """The walk that is on its way, or the last one."""
        try:
            item = SegmentItem.get(*_KEY, consistent_read=True)
        except SegmentItem.DoesNotExist:
            return None
        begun_at, begun_by = from_iso(item.changed_at or ""), item.changed_by or ""
        return ScoreWalk(item.version or "", begun_at, begun_by, item.status or "", item.walked or {})

    def begin(self, walk: ScoreWalk, *, replaces: ScoreWalk | None) -> bool:
        """Writes a new walk where `replaces` stands (None: nothing); False when somebody else wrote meanwhile. Written already: that was this write."""
        item = SegmentItem(
            *_KEY,
            version=walk.version,
            status=walk.status,
            walked=dict(walk.walked),
            changed_at=to_iso(walk.begun_at),
            changed_by=walk.begun_by,
        )
        condition = SegmentItem.lead_id.does_not_exist() | (SegmentItem.changed_at == to_iso(walk.begun_at))
        if replaces is not None:
            condition = condition | (
                (SegmentItem.changed_at == to_iso(replaces.begun_at)) & (SegmentItem.status == replaces.status)
            )
        return saved(item, condition)

    def walk_on(self, walk: ScoreWalk, walked: dict[str, Any], status: str) -> bool:
        """Notes how far it has come; False when another walk began meanwhile or somebody else took this step."""
        return updated(
            SegmentItem(*_KEY),
            [SegmentItem.walked.set(walked), SegmentItem.status.set(status)],
            (SegmentItem.changed_at == to_iso(walk.begun_at))
            & (SegmentItem.status == walk.status)
            & (SegmentItem.walked == dict(walk.walked)),
        )
