"""Something must happen at a moment: a row for what is far, a delayed message for what is near."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.domain.ids import stable_id
from shared.domain.timer import Timer

if TYPE_CHECKING:
    from shared.channels.queues import DueQueue
    from shared.store.timers import Timers

# A tick may already have read what is due in the next moments, so a row that is nearly due could be missed; the queue's own delay cannot.
_NEAR = timedelta(minutes=5)
# As long as rows are kept after they were due: an installation whose very first ticks are missed loses nothing.
_LOOK_BACK_FIRST = timedelta(days=3)
_BATCH = 10
# So many timers are handed on between two writes of the mark.
_MARKED_EVERY = 2000


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


def set_clock(lead_id: str, due: str, alarm: Alarm, now: datetime) -> None:
    """The person is looked at again at `due` (ISO), although nothing happens: their grade or a segment changes by time alone.

    One clock for everything, so that somebody has one timer at most; the row of the lead names it (`score_due`).
    """
    alarm.set(
        stable_id("score", lead_id, due),
        datetime.fromisoformat(due),
        {"kind": "score", "lead_id": lead_id, "due": due},
        now,
    )


def hand_on_due(
    timers: Timers, due_queue: DueQueue, now: datetime, may_go_on: Callable[[], bool] = lambda: True
) -> int:
    """Puts everything that fell due since the last finished tick on the due queue; returns how many.

    The mark moves behind what was handed on: a tick that dies is done again from there, and a missed hour is caught up. When so much is due that the
    time of one tick is not enough (`may_go_on` is asked now and then), the next goes on where it stopped. No row can appear behind the mark, because rows
    are written at least five minutes before they are due. Whoever consumes re-checks the state, so twice is once.
    """
    mark = timers.mark()
    after = mark.finished or now - _LOOK_BACK_FIRST
    until = mark.until or now
    count = 0
    batch: list[dict[str, Any]] = []
    for place, timer in timers.due_between(after, until, mark.beyond):
        batch.append(timer.body)
        count += 1
        if len(batch) == _BATCH:
            due_queue.put(batch)
            batch = []
            if count % _MARKED_EVERY == 0:
                timers.set_mark(replace(mark, finished=after, until=until, beyond=place))
                if not may_go_on():
                    return count
    if batch:
        due_queue.put(batch)
    if mark.finished is None or mark.finished < until or mark.beyond:
        timers.set_mark(replace(mark, finished=until, until=None, beyond=None))
    return count
