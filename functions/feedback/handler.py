"""Records what SES reports about each mail (SNS → feedback queue, raw delivery)."""

from __future__ import annotations

import json
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from shared.runtime import clock
from shared.runtime.observe import count, observed
from shared.runtime.wiring import wiring
from shared.usecases.record_feedback import record_feedback

_processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@observed
def handler(event: dict[str, Any], context: Any) -> Any:
    return process_partial_response(event=event, record_handler=_record, processor=_processor, context=context)


def _record(record: Any) -> None:
    kind = record_feedback(json.loads(record.body), wiring.feedback_ports, clock.now())
    if kind in ("Bounce", "Complaint", "Reject"):
        count(f"Mail{kind}")
