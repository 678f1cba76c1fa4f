"""Counts the messages that were given to SES and what people did with those of journeys, and tells when the month's budget is nearly used (messages stream);
counts where people are in their journeys (enrolments stream).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from shared.domain.budget import FINE, month_of
from shared.domain.journey_counts import counts_of
from shared.domain.mail_counts import mail_steps_of
from shared.domain.meter import Step, steps_of
from shared.runtime import clock
from shared.runtime.batches import Record, each_stream_group
from shared.runtime.observe import gauge, observed
from shared.runtime.wiring import wiring
from shared.store.enrolments import from_stream_image as enrolment_in
from shared.store.messages import from_stream_image
from shared.usecases.count_messages import count_messages

# Where the event names no shard (it does with a tumbling window on AWS) there is one: on the local AWS and in rehearsals.
_ONE_SHARD = "single"


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    steps: list[Step] = []
    groups: list[tuple[list[Record], Callable[[], None]]] = [
        ([record], partial(_read, record, steps)) for record in event["Records"]
    ]
    each_stream_group("meter", groups, ordered_by="lead_id", failed=wiring.failed)
    count_messages(steps, event.get("shardId", _ONE_SHARD), wiring.meters)
    _warn(steps)
    # A window asks for a state to hand to its next batch. There is none: everything is in the table.
    return {"state": {}}


def _read(record: Record, steps: list[Step]) -> None:
    change = record["dynamodb"]
    if "journey" in change["Keys"]:
        old = enrolment_in(change["OldImage"]) if "OldImage" in change else None
        steps += counts_of(int(change["SequenceNumber"]), old, enrolment_in(change["NewImage"]))
        return
    before = from_stream_image(change["OldImage"]) if "OldImage" in change else None
    after, sequence = from_stream_image(change["NewImage"]), int(change["SequenceNumber"])
    steps += steps_of(sequence, before, after) + mail_steps_of(sequence, before, after)


def _warn(steps: list[Step]) -> None:
    now = clock.now()
    if any(step.month == month_of(now) for step in steps):
        spend = wiring.spending.read(now)
        if spend.state != FINE:
            gauge("BudgetUsedPercent", float(spend.percent))
