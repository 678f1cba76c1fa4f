"""Counters of what is limited, one row for each subject and window; DynamoDB removes them when their window is long over."""

from __future__ import annotations

from datetime import datetime


class Limits:
    """Counts."""

    def count(self, key: str, expires: datetime, by: int = 1) -> int:
        """`by` more; how many there are now. Not exact to the one: a retry after a lost answer counts twice."""
        from shared.store.rows.limits import LimitItem  # late: only who is busy is counted here

        item = LimitItem(key)
        item.update(actions=[LimitItem.posts.add(by), LimitItem.expires.set(int(expires.timestamp()))])
        return int(item.posts or 0)
