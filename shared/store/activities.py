"""The append-only timeline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.domain.moments import from_iso, to_iso
from shared.domain.timeline import FORM_SUBMITTED, HUMAN, Activity
from shared.store.conditional import saved
from shared.store.rows.activities import ActivityItem

if TYPE_CHECKING:
    from shared.domain.submission import Submission


class TimelinePage(NamedTuple):
    """Activities, newest first, and the sort key before which the next page begins (None: no more)."""

    activities: list[Activity]
    before: str | None


def to_item(activity: Activity) -> ActivityItem:
    """The row of an activity."""
    return ActivityItem(
        activity.lead_id,
        activity.sort_key,
        type=activity.type,
        at=to_iso(activity.at),
        cause=activity.cause,
        channel=activity.channel or None,
        agent=activity.agent if activity.agent != HUMAN else None,
        detail=activity.detail or None,
    )


def from_item(item: ActivityItem) -> Activity:
    """The activity of a row, also of a raw stream image by ``ActivityItem.from_raw_data``."""
    return Activity(
        lead_id=item.lead_id,
        type=item.type,
        at=from_iso(item.at),
        cause=item.cause,
        channel=item.channel or "",
        agent=item.agent or HUMAN,
        detail=item.detail or {},
    )


def from_stream_image(image: dict[str, Any]) -> Activity:
    """The activity in the NewImage of a stream record (DynamoDB's typed JSON)."""
    return from_item(ActivityItem.from_raw_data(image))


class Activities:
    """Appends to and reads timelines."""

    def append(self, activity: Activity) -> bool:
        """Writes the activity once; False when its cause has been written already."""
        return saved(to_item(activity), ActivityItem.lead_id.does_not_exist())

    def move(self, activity: Activity, moved: Activity) -> None:
        """Puts the line where it belongs now and takes it from where it was; repeated, it is moved once."""
        to_item(moved).save()
        ActivityItem(activity.lead_id, activity.sort_key).delete()

    def has(self, activity: Activity) -> bool:
        """Whether this very activity was written."""
        return ActivityItem.count(activity.lead_id, ActivityItem.sk == activity.sort_key, consistent_read=True) > 0

    def submitted(self, posts: Sequence[tuple[Submission, str]]) -> set[str]:
        """Ids of those submissions that stand on the timeline of the lead named beside them."""
        keys = {
            (
                lead_id,
                Activity(lead_id, FORM_SUBMITTED, post.received_at, post.submission_id).sort_key,
            ): post.submission_id
            for post, lead_id in posts
        }
        return {keys[item.lead_id, item.sk] for item in ActivityItem.batch_get(list(keys))}

    def whole(self, lead_id: str) -> Iterator[Activity]:
        """The whole timeline, oldest first: for replays, exports and explanations of the past, never on a live path."""
        for item in ActivityItem.query(lead_id, consistent_read=True):
            yield from_item(item)

    def since(self, lead_id: str, moment: datetime) -> Iterator[Activity]:
        """Activities from `moment` on, oldest first."""
        for item in ActivityItem.query(lead_id, ActivityItem.sk >= to_iso(moment), consistent_read=True):
            yield from_item(item)

    def page(self, lead_id: str, limit: int, before: str | None = None) -> TimelinePage:
        """One page, newest first."""
        condition = ActivityItem.sk < before if before else None
        rows = ActivityItem.query(lead_id, condition, scan_index_forward=False, limit=limit)
        items = list(rows)
        return TimelinePage(
            [from_item(item) for item in items], items[-1].sk if items and rows.last_evaluated_key else None
        )
