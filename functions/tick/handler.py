"""Hands what is due to the due queue, each minute; looks at the e-mail account now and then, and at a sample of the scores each night."""

from __future__ import annotations

from typing import Any

from shared.domain.journeys.rules import calls_after
from shared.runtime import clock, content
from shared.runtime.observe import observed
from shared.runtime.wiring import wiring
from shared.usecases.set_timer import hand_on_due

_LEFT_FOR_THE_REST = 15_000  # milliseconds
_LOOK_AT_ACCOUNT_EVERY = 10  # minutes
_LOOK_AT_SCORES_AT = (18, 17)  # hour and minute of the day, UTC: night in Shanghai, evening in Berlin


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    now = clock.now()
    if wiring.dates_to_announce:
        # What stands in files has no row of its own until the first tick of a process writes one, always the same.
        for timer in calls_after(content.journeys(), now):
            wiring.alarm.set(timer.timer_id, timer.due, timer.body, now)
        wiring.dates_to_announce = False
    due = hand_on_due(
        wiring.timers, wiring.due_queue, now, lambda: context.get_remaining_time_in_millis() > _LEFT_FOR_THE_REST
    )
    if now.minute % _LOOK_AT_ACCOUNT_EVERY == 0:
        wiring.email_channel.note(wiring.read_account(), now)
    if (now.hour, now.minute) == _LOOK_AT_SCORES_AT:
        from shared.usecases.check_scores import samples_of  # late: once a night

        wiring.due_queue.put(samples_of(now.date().isoformat()))
    return {"due": due}
