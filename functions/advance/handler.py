"""What fell due: the next step of a journey, the clock of a hand-off, a deferred mail, a score that faded below a mark (due queue)."""

from __future__ import annotations

from typing import Any

from shared.domain.message import order_from_body
from shared.runtime import clock
from shared.runtime.batches import each_message
from shared.runtime.observe import observed
from shared.runtime.wiring import wiring
from shared.usecases.fill_segment import take_step as walk_segment
from shared.usecases.hand_off import on_clock
from shared.usecases.keep_segments import on_clock as on_clock_of_segments
from shared.usecases.score_activities import let_time_tell
from shared.usecases.walk_journey import call_audience, enter_on_date, take_event, take_step


@observed
def handler(event: dict[str, Any], context: Any) -> Any:
    return each_message(event, _advance)


def _advance(body: dict[str, Any]) -> None:
    now = clock.now()
    match body["kind"]:
        case "enrolment":
            take_step(body["lead_id"], body["journey"], body["due"], wiring.journey_ports, now)
        case "journey_event":
            take_event(body, wiring.journey_ports, now)
        case "journey_date":
            enter_on_date(body, wiring.journey_ports, now)
        case "journey_call":
            if following := call_audience(body, wiring.journey_ports, now):
                wiring.due_queue.put([following])
        case "handoff":
            on_clock(body, wiring.handoff_ports, now)
        case "score":
            let_time_tell(body["lead_id"], body["due"], wiring.score_ports, now)
        case "message":
            # A deferred mail comes back to the gate; its return must not be taken for a repetition of its first coming.
            wiring.outbox.order(order_from_body(body["order"]), attempt=f"-{body['due'].replace(':', '')}")
        case "segment":
            on_clock_of_segments(body["lead_id"], body["due"], wiring.segment_ports, now)
        case "segment_walk":
            walk_segment(body, wiring.segment_ports, now)
        case unknown:
            raise ValueError(f"nothing knows what to do with {unknown!r}")
