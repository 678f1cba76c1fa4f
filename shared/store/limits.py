"""Counters of posts, one row for each subject and window; DynamoDB removes them when their window is long over."""

from __future__ import annotations

from datetime import datetime

from shared.store.rows.limits import LimitItem


class Limits:
    """Counts."""

    def count(self, key: str, expires: datetime) -> int:
        """One more; how many there are now. Not exact to the one: a retry after a lost answer counts twice."""
        item = LimitItem(key)
        item.update(actions=[LimitItem.posts.add(1), LimitItem.expires.set(int(expires.timestamp()))])
        return int(item.posts or 0)
