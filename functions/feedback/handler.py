"""Records what SES reports about each mail (SNS → feedback queue, raw delivery)."""

from __future__ import annotations

from typing import Any

from shared.runtime import clock
from shared.runtime.batches import each_message
from shared.runtime.observe import count, observed
from shared.runtime.wiring import wiring
from shared.usecases.record_feedback import record_feedback


@observed
def handler(event: dict[str, Any], context: Any) -> Any:
    return each_message(event, _record)


def _record(body: dict[str, Any]) -> None:
    kind = record_feedback(body, wiring.feedback_ports, clock.now())
    if kind in ("Bounce", "Complaint", "Reject"):
        count(f"Mail{kind}")
