"""Batches of records: what each failure does to the record, to its neighbours and to the batch."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from pynamodb.exceptions import PynamoDBConnectionError, PynamoDBException

from shared.domain.traffic import TooMuchTraffic
from shared.runtime.observe import logger

if TYPE_CHECKING:
    from shared.channels.queues import FailedQueue

Record = Mapping[str, Any]


def is_transient(error: BaseException) -> bool:
    """Whether the same record may well succeed later: the fault lies with a service or with too many writers, not with what the record says."""
    return isinstance(
        error,
        (
            BotoCoreError,
            ClientError,
            HTTPClientError,
            PynamoDBConnectionError,
            PynamoDBException,
            TooMuchTraffic,
            TimeoutError,
            ConnectionError,
        ),
    )


def each_stream_group(
    function: str,
    groups: Iterable[tuple[list[Record], Callable[[], None]]],
    *,
    ordered_by: str,
    failed: FailedQueue,
    on_poison: Callable[[Record, str], None] | None = None,
) -> None:
    """Runs every group's action. Poison is set aside at once with its reason, so that it holds nobody up; transient faults are raised at the end,
    when all other groups are done, so that the stream retries the batch (bisecting it) and what succeeded is done again harmlessly. What
    stands behind a transient fault under the same partition key, the attribute `ordered_by`, waits for the retry too: one person's records keep
    their order.
    """
    transient: Exception | None = None
    held: set[str] = set()
    for records, act in groups:
        key = json.dumps(records[0]["dynamodb"]["Keys"][ordered_by])
        if key in held:
            continue
        try:
            act()
        except Exception as error:  # noqa: BLE001 - whatever a record provokes is judged: retried or set aside, never lost
            if is_transient(error):
                logger().warning("transient fault, the batch is tried again", extra={"error": type(error).__name__})
                transient = error
                held.add(key)
                continue
            reason = f"{type(error).__name__}: {error}"[:300]
            logger().error(
                "poison record set aside", extra={"error": type(error).__name__, "records": len(records)}, exc_info=True
            )
            for record in records:
                failed.put(function, dict(record), reason)
                if on_poison:
                    on_poison(record, reason)
    if transient is not None:
        raise transient


def each_message(event: Mapping[str, Any], act: Callable[[dict[str, Any]], None]) -> dict[str, list[dict[str, str]]]:
    """Runs `act` on the body of every message of a queue's batch; the answer names those that failed, and the queue keeps only them.

    In a FIFO queue a failed message holds back what stands behind it in its own group: one person's trouble is nobody else's. Not the batch
    processor of Powertools: it does the same and makes a cold start a fifth longer.
    """
    failed: list[str] = []
    held_groups: set[str] = set()
    for record in event["Records"]:
        group = record.get("attributes", {}).get("MessageGroupId")
        if group in held_groups:
            failed.append(record["messageId"])
            continue
        try:
            act(json.loads(record["body"]))
        except Exception as error:  # noqa: BLE001 - the queue delivers it again, and sets it aside when that does not help
            logger().warning("message failed, it comes again", extra={"error": type(error).__name__}, exc_info=True)
            failed.append(record["messageId"])
            if group is not None:
                held_groups.add(group)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
