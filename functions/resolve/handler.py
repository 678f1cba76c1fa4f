"""Makes one person out of each accepted post (intake stream)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from shared.domain.submission import ACCEPTED, RELEASED
from shared.runtime.batches import Record, each_stream_group
from shared.runtime.observe import observed
from shared.runtime.wiring import wiring
from shared.store.intake import from_stream_image
from shared.usecases.resolve_submission import resolve_submission


@observed
def handler(event: dict[str, Any], context: Any) -> None:
    groups: list[tuple[list[Record], Callable[[], None]]] = [
        ([record], partial(_resolve, record)) for record in event["Records"]
    ]
    each_stream_group("resolve", groups, ordered_by="submission_id", failed=wiring.failed, on_poison=_set_aside)


def _resolve(record: Record) -> None:
    submission = from_stream_image(record["dynamodb"]["NewImage"])
    if submission.status not in (ACCEPTED, RELEASED):
        # The stream's filter keeps these away; a redrive of a whole batch does not.
        return
    resolve_submission(submission, wiring.resolve_ports)


def _set_aside(record: Record, reason: str) -> None:
    """The post itself stays and shows up in quarantine, from where it can be released once the cause is mended."""
    wiring.intake.set_aside(record["dynamodb"]["Keys"]["submission_id"]["S"], reason.partition(":")[0])
