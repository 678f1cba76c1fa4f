"""Waits as rows: what is due, by the hour it falls due in.

A partition is an hour and a shard, so a tick's read costs what is due and not what is stored; TTL removes the rows for nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from zlib import crc32

from shared.domain.moments import floor_to, from_iso, to_iso
from shared.domain.timer import Timer
from shared.store.tables import TimerItem

_HOUR = 3600
_KEPT_AFTER_DUE = timedelta(days=3)
_WATERMARK = ("tick", "finished")


def _shards() -> int:
    return int(os.environ.get("TIMER_SHARDS", "4"))


def _bucket(hour: datetime, shard: int) -> str:
    return f"{hour:%Y-%m-%dT%H}#{shard}"


class Timers:
    """Sets timers and reads those that are due."""

    def set(self, timer: Timer) -> None:
        """Writes the timer; the same timer written again is the same row."""
        shard = crc32(timer.timer_id.encode()) % _shards()
        TimerItem(
            _bucket(floor_to(timer.due, _HOUR), shard),
            f"{to_iso(timer.due)}#{timer.timer_id}",
            due=to_iso(timer.due),
            body=timer.body,
            expires=int((timer.due + _KEPT_AFTER_DUE).timestamp()),
        ).save()

    def due_between(self, after: datetime, until: datetime) -> Iterator[Timer]:
        """Timers with `after` < due ≤ `until`, hour by hour."""
        hour = floor_to(after, _HOUR)
        while hour <= until:
            for shard in range(_shards()):
                span = TimerItem.due_key.between(f"{to_iso(after)}$", f"{to_iso(until)}#~")
                for item in TimerItem.query(_bucket(hour, shard), span, consistent_read=True):
                    yield Timer(item.due_key.partition("#")[2], from_iso(item.due or ""), item.body or {})
            hour += timedelta(seconds=_HOUR)

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
