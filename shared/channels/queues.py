"""The queues: mails to send, things that fell due, and what nobody could process."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING, Any

from shared.channels.aws import client
from shared.domain.message import MessageOrder, order_to_body

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

_BATCH = 10


class QueueRefused(Exception):
    """SQS took only a part of a batch; all of it is tried again."""


def _sqs() -> SQSClient:
    sqs: SQSClient = client("sqs")
    return sqs


class Outbox:
    """Mails to send: one person's in order, one at a time."""

    def order(self, order: MessageOrder, *, attempt: str = "") -> None:
        """Queues the order. The same order within five minutes is one message; later ones are caught by the receipt's claim.

        `attempt` tells a deferred mail's return from its first coming.
        """
        _sqs().send_message(
            QueueUrl=os.environ["QUEUE_OUTBOX"],
            MessageBody=json.dumps(order_to_body(order), ensure_ascii=False),
            MessageGroupId=order.lead_id,
            MessageDeduplicationId=order.message_id + attempt,
        )


class DueQueue:
    """Things that fell due."""

    def put(self, bodies: Sequence[dict[str, Any]], *, delay: timedelta = timedelta()) -> None:
        """Queues the bodies for advance, `delay` (at most 15 minutes, never rounded down) from now."""
        for start in range(0, len(bodies), _BATCH):
            entries: list[SendMessageBatchRequestEntryTypeDef] = [
                {
                    "Id": str(index),
                    "MessageBody": json.dumps(body, ensure_ascii=False),
                    "DelaySeconds": ceil(delay.total_seconds()),
                }
                for index, body in enumerate(bodies[start : start + _BATCH])
            ]
            answer = _sqs().send_message_batch(QueueUrl=os.environ["QUEUE_DUE"], Entries=entries)
            if answer.get("Failed"):
                raise QueueRefused(str([failure["Code"] for failure in answer["Failed"]]))


class ImportQueue:
    """Steps of imports."""

    def put(self, body: dict[str, Any], *, delay: timedelta = timedelta()) -> None:
        """Queues the next step, `delay` (at most 15 minutes) from now."""
        _sqs().send_message(
            QueueUrl=os.environ["QUEUE_IMPORTS"],
            MessageBody=json.dumps(body, ensure_ascii=False),
            DelaySeconds=ceil(delay.total_seconds()),
        )


class CallQueue:
    """Calls to servers of the company."""

    def put(self, body: dict[str, Any]) -> None:
        """Queues one call."""
        _sqs().send_message(QueueUrl=os.environ["QUEUE_CALLS"], MessageBody=json.dumps(body, ensure_ascii=False))


class FailedQueue:
    """What could not be processed, with its reason and all that is needed to try again."""

    def put(self, function: str, record: dict[str, Any], reason: str) -> None:
        """Sets `record` of `function`'s event source aside."""
        _sqs().send_message(
            QueueUrl=os.environ["QUEUE_FAILED"],
            MessageBody=json.dumps(
                {"function": function, "reason": reason, "record": record}, ensure_ascii=False, default=str
            ),
        )
