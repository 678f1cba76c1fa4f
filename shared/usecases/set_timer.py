"""Something must happen at a moment: a row for what is far, a delayed message for what is near."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.domain.timer import Timer

if TYPE_CHECKING:
    from shared.channels.queues import DueQueue
    from shared.store.timers import Timers

# A tick may already have read what is due in the next moments, so a row that is nearly due could be missed; the queue's own delay cannot.
_NEAR = timedelta(minutes=5)
# As long as rows are kept after they were due: an installation whose very first ticks are missed loses nothing.
_LOOK_BACK_FIRST = timedelta(days=3)
_BATCH = 10


@dataclass(frozen=True, slots=True)
class Alarm:
    """Sets timers."""

    timers: Timers
    due_queue: DueQueue

    def set(self, timer_id: str, due: datetime, body: dict[str, Any], now: datetime) -> None:
        """At `due`, `body` comes to the advance function; setting the same timer again does no harm."""
        if due - now > _NEAR:
            self.timers.set(Timer(timer_id, due, body))
        else:
            self.due_queue.put([body], delay=max(due - now, timedelta()))


def hand_on_due(timers: Timers, due_queue: DueQueue, now: datetime) -> int:
    """Puts everything that fell due since the last finished tick on the due queue; returns how many.

    The watermark moves last: a tick that dies is done again by the next, and a missed hour is caught up. No row can appear behind it, because rows
    are written at least five minutes before they are due. Whoever consumes re-checks the state, so twice is once.
    """
    finished = timers.finished_until()
    after = finished or now - _LOOK_BACK_FIRST
    count = 0
    batch: list[dict[str, Any]] = []
    for timer in timers.due_between(after, now):
        batch.append(timer.body)
        count += 1
        if len(batch) == _BATCH:
            due_queue.put(batch)
            batch = []
    if batch:
        due_queue.put(batch)
    if finished is None or finished < now:
        timers.finish(now)
    return count
