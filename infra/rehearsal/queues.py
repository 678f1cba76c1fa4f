"""SQS → functions, as Lambda's event source mapping does it, on virtual time.

Messages are received from the engine at once and kept hidden there until they are deleted; delays, visibility time-outs, receive
counts, FIFO group order and the redrive to the dead-letter queue are kept here, because the engine knows only real time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from infra.rehearsal.calls import Call
from infra.rehearsal.clock import VirtualClock
from infra.rehearsal.deliveries import Deliveries, Event, FunctionError
from infra.rehearsal.engines import Engine
from infra.rehearsal.faults import Delivery
from infra.template import Function, Queue, QueueSource, Template

_HIDDEN_FOR: Final = 43200  # seconds; the longest that SQS knows
_DEDUPLICATED_FOR: Final = timedelta(minutes=5)


@dataclass
class Message:
    """A message that the pump holds. `receives` counts its deliveries so far."""

    id: str
    receipt: str
    body: str
    attributes: dict[str, str]
    message_attributes: dict[str, Any]
    arrived: datetime
    visible_at: datetime
    receives: int = 0

    @property
    def group(self) -> str | None:
        return self.attributes.get("MessageGroupId")


class SendTimes:
    """Rewrites sends so that the engine's real clock does not matter: delays are noted here, deduplication ids get their virtual window."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._windows: dict[tuple[str, str, str], datetime] = {}
        self._visible_at: dict[str, datetime] = {}

    def rewrite(self, call: Call) -> None:
        if call.service == "sqs" and call.operation == "SendMessage":
            call.notes["delays"] = {"": call.params.get("DelaySeconds", 0)}
            call.params = self._timeless(call.params["QueueUrl"], call.params)
        elif call.service == "sqs" and call.operation == "SendMessageBatch":
            entries = call.params["Entries"]
            call.notes["delays"] = {e["Id"]: e.get("DelaySeconds", 0) for e in entries}
            call.params = {**call.params, "Entries": [self._timeless(call.params["QueueUrl"], e) for e in entries]}

    def after(self, call: Call) -> None:
        """Notes when the messages that were just accepted become visible."""
        if "delays" not in call.notes or call.error:
            return
        accepted = call.answer.get("Successful", [{"Id": "", "MessageId": call.answer.get("MessageId")}])
        for entry in accepted:
            delay = timedelta(seconds=call.notes["delays"][entry["Id"]])
            if delay:
                self._visible_at[entry["MessageId"]] = self._clock.now() + delay

    def visible_at(self, message_id: str) -> datetime:
        return self._visible_at.pop(message_id, self._clock.now())

    def _timeless(self, queue: str, entry: Mapping[str, Any]) -> dict[str, Any]:
        timeless = {k: v for k, v in entry.items() if k != "DelaySeconds"}
        if "MessageDeduplicationId" in entry:
            timeless["MessageDeduplicationId"] = self._in_window(
                queue, entry.get("MessageGroupId", ""), entry["MessageDeduplicationId"]
            )
        return timeless

    def _in_window(self, queue: str, group: str, deduplication_id: str) -> str:
        """The same id within five virtual minutes is the same to the engine; later it is another."""
        now = self._clock.now()
        opened = self._windows.get((queue, group, deduplication_id))
        if opened is None or now - opened >= _DEDUPLICATED_FOR:
            opened = self._windows[queue, group, deduplication_id] = now
        return hashlib.sha256(f"{deduplication_id}|{opened.isoformat()}".encode()).hexdigest()


class QueueMapping:
    """One function's mapping on one queue."""

    def __init__(
        self,
        function: Function,
        source: QueueSource,
        template: Template,
        engine: Engine,
        deliveries: Deliveries,
        clock: VirtualClock,
        times: SendTimes,
    ) -> None:
        self._function = function
        self._source = source
        self._deliveries = deliveries
        self._clock = clock
        self._times = times
        self._sqs = engine.client("sqs")
        self.queue: Queue = template.queue_by_arn(source.queue)
        self._dead_letter = template.queue_by_arn(self.queue.dead_letter) if self.queue.dead_letter else None
        self._held: dict[str, Message] = {}
        self._worn: dict[str, Message] = {}
        """Those that were received as often as the queue allows."""
        self._taken: dict[tuple[str | None, str | None], str] = {}
        self.dirty = False
        self.requests = 0
        """Receives and deletes that AWS would charge for."""

    def step(self) -> bool:
        """Delivers one batch if one is ready. Whether it did."""
        if self._deliveries.is_busy(self.function) or self._down_until():
            return False
        self._receive()
        self._bury()
        batch = self._batch()
        if not batch:
            return False
        delivery = Delivery(self.function, self.queue.arn, [self._record(m) for m in batch])
        for part in self._deliveries.faults.deliver(delivery):
            self._deliver([m for m in batch if m.id in {r["messageId"] for r in part}], part)
        return True

    @property
    def function(self) -> str:
        """Logical id of the function."""
        return self._function.logical_id

    def _down_until(self) -> datetime | None:
        return self._deliveries.faults.down_until(self.function)

    def ready_at(self) -> datetime | None:
        """When the next message can be delivered; None: nothing waits, or the function is at work and takes none before it is done."""
        if self._deliveries.is_busy(self.function):
            return None
        down_until = self._down_until()
        if self.dirty:
            return down_until or self._clock.now()
        ready = min((m.visible_at for m in self._next_of_each_group()), default=None)
        return max(ready, down_until) if ready and down_until else ready

    # ------------------------------------------------------------ taking

    def _receive(self) -> None:
        while self.dirty:
            answer = self._sqs.receive_message(
                QueueUrl=self.queue.url,
                MaxNumberOfMessages=10,
                VisibilityTimeout=_HIDDEN_FOR,
                AttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
            messages = [self._message(m) for m in answer.get("Messages", [])]
            self._held |= {m.id: m for m in messages}
            self._drop_repeated(messages)
            self.dirty = bool(messages)

    def _drop_repeated(self, received: list[Message]) -> None:
        """A FIFO queue takes an id once in five minutes, even when the first message is gone; engines forget it with the message."""
        repeated = []
        for message in received:
            key = (message.group, message.attributes.get("MessageDeduplicationId"))
            if key[1] and self._taken.setdefault(key, message.id) != message.id:
                repeated.append(message)
        self._delete(repeated)

    def _message(self, received: Mapping[str, Any]) -> Message:
        now = self._clock.now()
        return Message(
            id=received["MessageId"],
            receipt=received["ReceiptHandle"],
            body=received["Body"],
            attributes=dict(received.get("Attributes", {})),
            message_attributes=dict(received.get("MessageAttributes", {})),
            arrived=now,
            visible_at=self._times.visible_at(received["MessageId"]),
        )

    def _next_of_each_group(self) -> Iterator[Message]:
        """What may be delivered when it is visible: nothing of a FIFO group before its first message."""
        blocked: dict[str | None, bool] = {}
        now = self._clock.now()
        for message in self._held.values():
            if message.group is None or not blocked.get(message.group):
                yield message
            if message.group is not None:
                blocked.setdefault(message.group, message.visible_at > now)

    def _batch(self) -> list[Message]:
        now = self._clock.now()
        ready = (m for m in self._next_of_each_group() if m.visible_at <= now)
        return list(islice(ready, self._source.batch_size))

    def _bury(self) -> None:
        """What was received too often goes to the dead-letter queue."""
        if not self._dead_letter:
            return
        now = self._clock.now()
        for message in [m for m in self._worn.values() if m.visible_at <= now]:
            target: dict[str, Any] = {"QueueUrl": self._dead_letter.url, "MessageBody": message.body}
            if self._dead_letter.fifo:
                target |= {"MessageGroupId": message.group, "MessageDeduplicationId": message.id}
            self._sqs.send_message(**target)
            self._delete([message])

    # ------------------------------------------------------------ delivering

    def _deliver(self, batch: list[Message], records: list[Event]) -> None:
        self.requests += 1
        for message in batch:
            message.receives += 1
            message.visible_at = self._clock.now() + timedelta(seconds=self.queue.visibility)
            if message.receives >= self.queue.max_receives and message.id in self._held:
                self._worn[message.id] = message
        try:
            answer = self._deliveries.invoke(self._function, {"Records": records})
        except FunctionError:
            return
        failed = self._failed(batch, answer)
        late = {m.id for number, m in enumerate(batch, 1) if self._deliveries.faults.is_late(self.function, number)}
        self._delete([m for m in batch if m.id not in failed | late])

    def _failed(self, batch: list[Message], answer: Any) -> set[str]:
        """Ids of the messages that stay; an answer that names a stranger fails the whole batch."""
        if not self._source.reports_items or not answer:
            return set()
        ids = {m.id for m in batch}
        failed = {f.get("itemIdentifier") for f in answer.get("batchItemFailures", [])}
        return failed if failed <= ids else ids

    def _delete(self, messages: list[Message]) -> None:
        messages = [m for m in messages if m.id in self._held]
        if not messages:
            return
        self.requests += 1
        entries = [{"Id": str(i), "ReceiptHandle": m.receipt} for i, m in enumerate(messages)]
        answer = self._sqs.delete_message_batch(QueueUrl=self.queue.url, Entries=entries)
        if answer.get("Failed"):
            raise RuntimeError(f"{self.queue.name}: {answer['Failed']}")
        for message in messages:
            del self._held[message.id]
            self._worn.pop(message.id, None)
        if self.queue.fifo:
            self.dirty = True  # an engine holds back what stands behind a message that is being worked on

    def _record(self, message: Message) -> Event:
        arrived = str(int(message.arrived.timestamp() * 1000))
        times = {"SentTimestamp": arrived, "ApproximateFirstReceiveTimestamp": arrived}
        counts = {"ApproximateReceiveCount": str(message.receives + 1)}
        return {
            "messageId": message.id,
            "receiptHandle": message.receipt,
            "body": message.body,
            "attributes": {**message.attributes, **times, **counts},
            "messageAttributes": {
                name: {k[0].lower() + k[1:]: v for k, v in value.items()}
                for name, value in message.message_attributes.items()
            },
            "md5OfBody": hashlib.md5(message.body.encode(), usedforsecurity=False).hexdigest(),
            "eventSource": "aws:sqs",
            "eventSourceARN": self.queue.arn,
            "awsRegion": self.queue.arn.split(":")[3],
        }
