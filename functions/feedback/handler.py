"""Records what SES and the text-message service report about each message (SNS → feedback queue, raw delivery)."""

from __future__ import annotations

from typing import Any

from shared.domain.sms import is_event
from shared.runtime import clock
from shared.runtime.batches import each_message
from shared.runtime.observe import count, observed
from shared.runtime.wiring import wiring
from shared.usecases.record_feedback import record_feedback


@observed
def handler(event: dict[str, Any], context: Any) -> Any:
    return each_message(event, _record)


def _record(body: dict[str, Any]) -> None:
    if is_event(body):
        from shared.usecases.record_sms_feedback import record_sms_feedback  # late: most installations send no texts

        record_sms_feedback(body, wiring.sms_feedback_ports, clock.now())
        return
    kind = record_feedback(body, wiring.feedback_ports, clock.now())
    if kind in ("Bounce", "Complaint", "Reject"):
        count(f"Mail{kind}")
