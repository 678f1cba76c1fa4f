"""Waits as rows: what is due, by the day it falls due on.

A partition is a day and a shard, sorted by the moment, so a tick's read costs what is due and not what is stored, and a tick that catches up over
weeks reads few partitions; TTL removes the rows for nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from zlib import crc32

from shared.domain.moments import floor_to, from_iso, to_iso
from shared.domain.timer import Timer
from shared.store.tables import TimerItem

_DAY = 86_400
_KEPT_AFTER_DUE = timedelta(days=3)
_WATERMARK = ("tick", "finished")


def _shards() -> int:
    return int(os.environ.get("TIMER_SHARDS", "4"))


def _bucket(day: datetime, shard: int) -> str:
    return f"{day:%Y-%m-%d}#{shard}"


class Timers:
    """Sets timers and reads those that are due."""

    def set(self, timer: Timer) -> None:
        """Writes the timer; the same timer written again is the same row."""
        shard = crc32(timer.timer_id.encode()) % _shards()
        TimerItem(
            _bucket(floor_to(timer.due, _DAY), shard),
            f"{to_iso(timer.due)}#{timer.timer_id}",
            due=to_iso(timer.due),
            body=timer.body,
            expires=int((timer.due + _KEPT_AFTER_DUE).timestamp()),
        ).save()

    def due_between(self, after: datetime, until: datetime) -> Iterator[Timer]:
        """Timers with `after` < due ≤ `until`, day by day."""
        day = floor_to(after, _DAY)
        while day <= until:
            for shard in range(_shards()):
                span = TimerItem.due_key.between(f"{to_iso(after)}$", f"{to_iso(until)}#~")
                for item in TimerItem.query(_bucket(day, shard), span, consistent_read=True):
                    yield Timer(item.due_key.partition("#")[2], from_iso(item.due or ""), item.body or {})
            day += timedelta(seconds=_DAY)

    def finished_until(self) -> datetime | None:
        """Up to when every due timer has been handed on; None before the first tick."""
        try:
            item = TimerItem.get(*_WATERMARK, consistent_read=True)
        except TimerItem.DoesNotExist:
            return None
        return from_iso(item.finished_until) if item.finished_until else None

    def finish(self, until: datetime) -> None:
        """Moves the watermark; two ticks at once leave the later or the earlier one, and both are right: what is read twice is done once."""
        bucket, due_key = _WATERMARK
        TimerItem(bucket, due_key, finished_until=to_iso(until)).save()
