"""Asks the gate, claims the message, sends it once (outbox queue, one person's mails in order)."""

from __future__ import annotations

import json
from typing import Any

from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response

from shared.domain.message import CLAIMED, SENT, order_from_body
from shared.runtime import clock
from shared.runtime.observe import count, logger, observed
from shared.runtime.wiring import wiring
from shared.usecases.send_message import send_message

# A failure holds back the rest of its own group only: one person's trouble is nobody else's.
_processor = SqsFifoPartialProcessor(skip_group_on_error=True)


@observed
def handler(event: dict[str, Any], context: Any) -> Any:
    return process_partial_response(event=event, record_handler=_send, processor=_processor, context=context)


def _send(record: Any) -> None:
    order = order_from_body(json.loads(record.body))
    status = send_message(order, wiring.send_ports, clock.now())
    logger().info(
        "message settled", extra={"message_id": order.message_id, "template": order.template, "status": status}
    )
    # What was claimed was given to SES.
    count(f"Messages{(SENT if status == CLAIMED else status).capitalize()}")
