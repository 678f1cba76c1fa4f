"""Asks the gate, claims the message, sends it once (outbox queue, one person's mails in order)."""

from __future__ import annotations

from functools import partial
from typing import Any

from shared.domain.message import CLAIMED, SENT, order_from_body
from shared.runtime import clock
from shared.runtime.batches import each_message
from shared.runtime.observe import count, logger, observed
from shared.runtime.wiring import wiring
from shared.usecases.send_message import send_message


@observed
def handler(event: dict[str, Any], context: Any) -> Any:
    # The end of the request's id is enough to tell two attempts at one message apart.
    return each_message(event, partial(_send, attempt=context.aws_request_id[-12:]))


def _send(body: dict[str, Any], attempt: str) -> None:
    order = order_from_body(body)
    status = send_message(order, wiring.send_ports, clock.now(), attempt)
    logger().info(
        "message settled", extra={"message_id": order.message_id, "template": order.template, "status": status}
    )
    # What was claimed was given to SES.
    count(f"Messages{(SENT if status == CLAIMED else status).capitalize()}")
