"""Waits as rows: what is due, by the day it falls due on.

A partition is a day and a shard, sorted by the moment, so a tick's read costs what is due and not what is stored, and a tick that catches up over
weeks reads few partitions; TTL removes the rows for nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zlib import crc32

from shared.domain.moments import floor_to, from_iso, to_iso
from shared.domain.timer import Timer
from shared.store.rows.timers import TimerItem

_DAY = 86_400
_KEPT_AFTER_DUE = timedelta(days=3)
_WATERMARK = ("tick", "finished")


def _shards() -> int:
    return int(os.environ.get("TIMER_SHARDS", "4"))


def _bucket(day: datetime, shard: int) -> str:
    return f"{day:%Y-%m-%d}#{shard}"


# (bucket, due_key) of a timer's row.
Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Mark:
    """Everything due until `finished` was handed on (None: nothing ever); of what is due until `until` also everything up to the place `beyond`."""

    finished: datetime | None = None
    until: datetime | None = None
    beyond: Place | None = None


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

    def due_between(
        self, after: datetime, until: datetime, beyond: Place | None = None
    ) -> Iterator[tuple[Place, Timer]]:
        """Timers with `after` < due ≤ `until` with their places, day by day and shard by shard; only those `beyond` a place where somebody stopped."""
        begin = beyond[0] if beyond else ""
        day = floor_to(after, _DAY)
        while day <= until:
            for shard in range(_shards()):
                bucket = _bucket(day, shard)
                if bucket < begin:
                    continue
                lowest = f"{beyond[1]} " if beyond and bucket == begin else f"{to_iso(after)}$"
                span = TimerItem.due_key.between(lowest, f"{to_iso(until)}#~")
                for item in TimerItem.query(bucket, span, consistent_read=True):
                    timer = Timer(item.due_key.partition("#")[2], from_iso(item.due or ""), item.body or {})
                    yield (bucket, item.due_key), timer
            day += timedelta(seconds=_DAY)

    def mark(self) -> Mark:
        """How far the ticks have come."""
        try:
            item = TimerItem.get(*_WATERMARK, consistent_read=True)
        except TimerItem.DoesNotExist:
            return Mark()
        finished = from_iso(item.finished_until) if item.finished_until else None
        if not item.halfway:
            return Mark(finished)
        bucket, due_key = item.halfway["beyond"]
        return Mark(finished, from_iso(item.halfway["until"]), (bucket, due_key))

    def set_mark(self, mark: Mark) -> None:
        """Moves the mark; two ticks at once leave the later or the earlier one, and both are right: what is read twice is done once."""
        item = TimerItem(*_WATERMARK, finished_until=to_iso(mark.finished) if mark.finished else None)
        if mark.until and mark.beyond:
            item.halfway = {"until": to_iso(mark.until), "beyond": list(mark.beyond)}
        item.save()
