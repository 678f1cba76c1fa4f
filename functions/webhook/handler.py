"""Calls the servers that webhook steps of journeys name (calls queue, one at a time: a slow server holds nobody else up)."""

from __future__ import annotations

from typing import Any

from shared.domain.webhook import IN_VAIN, call_from_body
from shared.runtime import clock
from shared.runtime.batches import each_message
from shared.runtime.observe import count, logger, observed
from shared.runtime.wiring import wiring
from shared.usecases.call_webhook import call_webhook


@observed
def handler(event: dict[str, Any], context: Any) -> Any:
    return each_message(event, _call)


def _call(body: dict[str, Any]) -> None:
    call = call_from_body(body)
    outcome = call_webhook(call, wiring.webhook_ports, clock.now())
    logger().info("webhook", extra={"call_id": call.call_id, "host": call.host, "outcome": outcome})
    if outcome == IN_VAIN:
        count("WebhooksInVain")
