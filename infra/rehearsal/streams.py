"""DynamoDB streams → functions, as Lambda's event source mapping does it, on virtual time.

Records come in order; a failing batch is halved (when the mapping says so), tried again with growing pauses, and given up after the
mapping's retries or age: the on-failure queue learns where it lay in the stream. Nothing behind it overtakes it.
"""

from __future__ import annotations

import base64
import json
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zlib import crc32

from infra.rehearsal.clock import VirtualClock
from infra.rehearsal.deliveries import Deliveries, Event, FunctionError
from infra.rehearsal.engines import Engine
from infra.rehearsal.faults import Delivery
from infra.rehearsal.filters import lets_through
from infra.template import Function, StreamSource, Template

_LONGEST_PAUSE: Final = 60
_PAGE: Final = 1000


@dataclass
class Chunk:
    """Records that are delivered together. `attempts` counts the failed deliveries since they were last cut."""

    records: list[Event]
    arrived: datetime
    ready_at: datetime
    attempts: int = 0


class StreamReader:
    """Reads one table's stream once for all of its mappings."""

    def __init__(self, engine: Engine, clock: VirtualClock, table: str) -> None:
        self._client = engine.client("dynamodbstreams")
        self._clock = clock
        self._emulated = engine.kind == "moto"
        self._images: dict[str, Any] = {}
        self.dirty = False
        self.arn = engine.client("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]
        self._iterators: dict[str, str] = {}
        self._last: dict[str, str] = {}

    def read(self) -> list[Event]:
        """What was written since the last read, as Lambda presents it."""
        if not self.dirty:
            return []
        self.dirty = False
        self._find_shards()
        return [self._event(r) for shard in list(self._iterators) for r in self._records(shard) if self._changed(r)]

    def _find_shards(self) -> None:
        if self._iterators and all(self._iterators.values()):
            return  # a shard that is still open has no successor
        for shard in self._client.describe_stream(StreamArn=self.arn)["StreamDescription"]["Shards"]:
            if shard["ShardId"] not in self._iterators:
                answer = self._client.get_shard_iterator(
                    StreamArn=self.arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
                )
                self._iterators[shard["ShardId"]] = answer["ShardIterator"]

    def _records(self, shard: str) -> Iterator[Mapping[str, Any]]:
        while iterator := self._iterators.get(shard):
            try:
                answer = self._client.get_records(ShardIterator=iterator, Limit=_PAGE)
            except self._client.exceptions.ExpiredIteratorException:
                # It lives for fifteen minutes, and whoever stores 100,000 leads in between takes longer.
                self._iterators[shard] = self._resumed(shard)
                continue
            self._iterators[shard] = answer.get("NextShardIterator", "")
            for record in answer["Records"]:
                self._last[shard] = record["dynamodb"]["SequenceNumber"]
                yield record
            if not answer["Records"]:
                return

    def _resumed(self, shard: str) -> str:
        """An iterator behind the last record that was read."""
        last = self._last.get(shard)
        where = {"ShardIteratorType": "TRIM_HORIZON"}
        if last is not None:
            where = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": last}
        return str(self._client.get_shard_iterator(StreamArn=self.arn, ShardId=shard, **where)["ShardIterator"])

    def _changed(self, record: Mapping[str, Any]) -> bool:
        """moto reports writes that changed nothing; DynamoDB does not."""
        if not self._emulated:
            return True
        key = json.dumps(record["dynamodb"]["Keys"], sort_keys=True, default=str)
        image = record["dynamodb"].get("NewImage")
        same = record["eventName"] == "MODIFY" and self._images.get(key) == image
        self._images[key] = image
        return not same

    def _event(self, record: Mapping[str, Any]) -> Event:
        change = _plain(record["dynamodb"])
        change["ApproximateCreationDateTime"] = self._clock.now().timestamp()
        # A JSON object promises no order: nobody may rely on one.
        change["Keys"] = dict(reversed(change["Keys"].items()))
        return {
            "eventID": record["eventID"],
            "eventName": record["eventName"],
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": record["awsRegion"],
            "dynamodb": change,
            "eventSourceARN": self.arn,
        }


def _plain(value: Any) -> Any:
    """Bytes as base64, as in Lambda's JSON; the moment is replaced by the caller."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items() if not isinstance(v, datetime)}
    return value


def _written_at(records: list[Event]) -> datetime:
    return datetime.fromtimestamp(min(r["dynamodb"]["ApproximateCreationDateTime"] for r in records), UTC)


class StreamMapping:
    """One function's mapping on one stream, for one of its shards."""

    def __init__(
        self,
        function: Function,
        source: StreamSource,
        template: Template,
        engine: Engine,
        deliveries: Deliveries,
        clock: VirtualClock,
        shard: int,
    ) -> None:
        self._function = function
        self._source = source
        self._shard, self._shards = shard, deliveries.faults.shards
        self._partition = next(table.key[0] for table in template.tables.values() if table.name == source.table)
        self._deliveries = deliveries
        self._clock = clock
        self._sqs = engine.client("sqs")
        self._on_failure = template.queue_by_arn(source.on_failure).url if source.on_failure else None
        self._waiting: deque[Event] = deque()
        self._work: deque[Chunk] = deque()

    @property
    def table(self) -> str:
        return self._source.table

    def take(self, records: list[Event]) -> None:
        """New records of the stream; those that the filters let through wait to be delivered."""
        filters = self._source.filters
        own = (r for r in records if self._shards == 1 or self._shard_of(r) == self._shard)
        self._waiting.extend(r for r in own if not filters or any(lets_through(f, r) for f in filters))

    def _shard_of(self, record: Event) -> int:
        """The shard that holds the record's partition key: within it records keep their order, beside it others go their own pace."""
        key = record["dynamodb"]["Keys"][self._partition]
        return crc32(json.dumps(key, sort_keys=True).encode()) % self._shards

    @property
    def function(self) -> str:
        """Logical id of the function."""
        return self._function.logical_id

    def step(self) -> bool:
        """Delivers one batch if one is ready. Whether it did."""
        if self._deliveries.is_busy(self.function) or self._deliveries.faults.down_until(self.function):
            return False
        if not self._work and self._waiting:
            size = min(self._source.batch_size, len(self._waiting))
            self._enqueue([self._waiting.popleft() for _ in range(size)])
        if not self._work or self._work[0].ready_at > self._clock.now():
            return False
        self._deliver(self._work.popleft())
        return True

    def ready_at(self) -> datetime | None:
        """When the next batch can be delivered; None: nothing waits, or the function is at work and takes none before it is done."""
        if self._deliveries.is_busy(self.function):
            return None
        ready = self._work[0].ready_at if self._work else (self._clock.now() if self._waiting else None)
        down_until = self._deliveries.faults.down_until(self.function)
        return max(ready, down_until) if ready and down_until else ready

    def _enqueue(self, records: list[Event]) -> None:
        now = self._clock.now()
        batches = self._deliveries.faults.deliver(Delivery(self.function, self._source.stream, records))
        self._work.extend(Chunk(batch, _written_at(batch), now) for batch in batches if batch)

    def _deliver(self, chunk: Chunk) -> None:
        if self._is_too_old(chunk):
            self._give_up(chunk)
            return
        try:
            answer = self._deliveries.invoke(self._function, {"Records": chunk.records, **self._named})
        except FunctionError:
            self._again(chunk)
            return
        if self._source.reports_items and (failed := self._first_failed(chunk, answer)) is not None:
            self._again(
                Chunk(chunk.records[failed:], chunk.arrived, chunk.ready_at, chunk.attempts if failed == 0 else 0)
            )

    @property
    def _named(self) -> Event:
        """Where there is more than one shard, the event says which it is of, as it does on AWS with a tumbling window."""
        return {"shardId": f"shardId-{self._shard:020}"} if self._shards > 1 else {}

    def _first_failed(self, chunk: Chunk, answer: Any) -> int | None:
        """Index of the first record that the function reports as failed; everything after it is delivered again."""
        failures = [f["itemIdentifier"] for f in (answer or {}).get("batchItemFailures", [])]
        if not failures:
            return None
        numbers = [r["dynamodb"]["SequenceNumber"] for r in chunk.records]
        return min((numbers.index(f) for f in failures if f in numbers), default=0)

    def _again(self, chunk: Chunk) -> None:
        chunk.attempts += 1
        now = self._clock.now()
        pause = timedelta(seconds=min(_LONGEST_PAUSE, 2 ** min(chunk.attempts, 6)))
        if self._exhausted(chunk):
            self._give_up(chunk)
            return
        if self._source.bisect and len(chunk.records) > 1:
            middle = len(chunk.records) // 2
            halves = (chunk.records[:middle], chunk.records[middle:])
            self._work.extendleft(Chunk(h, chunk.arrived, now + pause, chunk.attempts - 1) for h in reversed(halves))
            return
        chunk.ready_at = now + pause
        self._work.appendleft(chunk)

    def _exhausted(self, chunk: Chunk) -> bool:
        source = self._source
        too_often = 0 <= source.retries < chunk.attempts
        return self._is_too_old(chunk) or (too_often and not (source.bisect and len(chunk.records) > 1))

    def _is_too_old(self, chunk: Chunk) -> bool:
        return 0 <= self._source.max_age <= (self._clock.now() - chunk.arrived).total_seconds()

    def _give_up(self, chunk: Chunk) -> None:
        """Lambda tells the on-failure queue where the records lie, not what they hold."""
        if self._on_failure:
            self._sqs.send_message(QueueUrl=self._on_failure, MessageBody=json.dumps(self._obituary(chunk)))

    def _obituary(self, chunk: Chunk) -> Event:
        first, last = (chunk.records[i]["dynamodb"]["SequenceNumber"] for i in (0, -1))
        now = self._clock.now().isoformat()
        return {
            "requestContext": {
                "requestId": chunk.records[0]["eventID"],
                "functionArn": self._function.arn,
                "condition": "RetryAttemptsExhausted",
                "approximateInvokeCount": chunk.attempts,
            },
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
            "version": "1.0",
            "timestamp": now,
            "DDBStreamBatchInfo": {
                "shardId": "shardId-rehearsal",
                "startSequenceNumber": first,
                "endSequenceNumber": last,
                "approximateArrivalOfFirstRecord": chunk.arrived.isoformat(),
                "approximateArrivalOfLastRecord": chunk.arrived.isoformat(),
                "batchSize": len(chunk.records),
                "streamArn": self._source.stream,
            },
        }
