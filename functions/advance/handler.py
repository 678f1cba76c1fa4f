"""What fell due: the next step of a journey, the clock of a hand-off, a deferred mail (due queue)."""

from __future__ import annotations

import json
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from shared.domain.message import order_from_body
from shared.runtime import clock
from shared.runtime.observe import observed
from shared.runtime.wiring import wiring
from shared.usecases.hand_off import on_clock
from shared.usecases.walk_journey import take_step

_processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@observed
def handler(event: dict[str, Any], context: Any) -> Any:
    return process_partial_response(event=event, record_handler=_advance, processor=_processor, context=context)


def _advance(record: Any) -> None:
    body, now = json.loads(record.body), clock.now()
    match body["kind"]:
        case "enrolment":
            take_step(body["lead_id"], body["journey"], body["due"], wiring.journey_ports, now)
        case "handoff":
            on_clock(body, wiring.handoff_ports, now)
        case "message":
            # A deferred mail comes back to the gate; its return must not be taken for a repetition of its first coming.
            wiring.outbox.order(order_from_body(body["order"]), attempt=f"-{body['due'].replace(':', '')}")
        case unknown:
            raise ValueError(f"nothing knows what to do with {unknown!r}")
