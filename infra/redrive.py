"""Replays what was set aside: `make redrive`.

Three kinds of things wait, and each goes back to the function that could not process it. What succeeds is deleted; what fails again stays, with its
reason printed. All consumers are idempotent, so replaying too much does no harm.

- the failed queue, records that a function set aside itself: ``{"function", "reason", "record"}``
- the failed queue, stream batches that Lambda gave up: a range of sequence numbers, whose records the stream still holds for 24 hours
- the dead-letter queues of outbox, due and feedback: moved back to their queues
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import boto3

from infra.rehearsal.filters import lets_through

_WAIT_SECONDS: Final = 2
_HIDDEN_SECONDS: Final = 300


@dataclass(frozen=True)
class Waiting:
    """One message that waits, and the queue it waits in."""

    queue_url: str
    receipt: str
    body: str
    attributes: dict[str, str]

    @property
    def sent_at(self) -> float:
        """Seconds since the epoch."""
        return int(self.attributes.get("SentTimestamp", "0")) / 1000


class Redrive:
    """Replays what waits in the queues of one stack."""

    def __init__(self, stack: str, session: boto3.Session, endpoint_url: str | None) -> None:
        self._stack = stack
        self._sqs = session.client("sqs", endpoint_url=endpoint_url)
        self._lambda = session.client("lambda", endpoint_url=endpoint_url)
        self._streams = session.client("dynamodbstreams", endpoint_url=endpoint_url)
        self._cloudformation = session.client("cloudformation", endpoint_url=endpoint_url)

    def run(self) -> tuple[int, int]:
        """(replayed, failed again)."""
        began, done, failed = time.time(), 0, 0
        for waiting in self._receive(self._output("FailedQueueUrl")):
            if waiting.sent_at > began:
                # A function set it aside again just now, as a new message; it waits for the next redrive.
                failed, done = failed + 1, done - 1
                print(f"  still fails: {json.loads(waiting.body).get('reason', 'see the message')}")
                continue
            reason = self._replay(json.loads(waiting.body))
            if reason:
                failed += 1
                print(f"  still fails: {reason}")
            else:
                done += 1
                self._sqs.delete_message(QueueUrl=waiting.queue_url, ReceiptHandle=waiting.receipt)
        return done + self._move_back(), failed

    # ------------------------------------------------------------------ the failed queue

    def _replay(self, body: dict[str, Any]) -> str:
        """Why it failed again; "" when it went through."""
        if "record" in body:
            return self._invoke(f"{self._stack}-{body['function'].capitalize()}", [body["record"]])
        if "DDBStreamBatchInfo" in body:
            function = body["requestContext"]["functionArn"]
            records = self._wanted(function, list(self._records(body["DDBStreamBatchInfo"])))
            return self._invoke(function, records) if records else ""
        if "requestPayload" in body:
            # A failed tick: the next one catches up by itself.
            return ""
        return "unknown kind of record"

    def _invoke(self, function: str, records: list[dict[str, Any]]) -> str:
        answer = self._lambda.invoke(FunctionName=function, Payload=json.dumps({"Records": records}).encode())
        payload = answer["Payload"].read().decode() or "null"
        if answer.get("FunctionError"):
            return f"{function}: {json.loads(payload).get('errorMessage', payload)[:200]}"
        return ""

    def _records(self, info: dict[str, Any]) -> Iterator[dict[str, Any]]:
        iterator = self._streams.get_shard_iterator(
            StreamArn=info["streamArn"],
            ShardId=info["shardId"],
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=info["startSequenceNumber"],
        )["ShardIterator"]
        while iterator:
            page = self._streams.get_records(ShardIterator=iterator)
            for record in page["Records"]:
                yield json.loads(json.dumps(record, default=lambda moment: moment.timestamp()))
                if record["dynamodb"]["SequenceNumber"] == info["endSequenceNumber"]:
                    return
            iterator = page.get("NextShardIterator") if page["Records"] else None

    def _wanted(self, function: str, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Those that the function's own event source mapping would deliver."""
        mappings = self._lambda.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
        filters = [
            json.loads(one["Pattern"])
            for mapping in mappings
            for one in mapping.get("FilterCriteria", {}).get("Filters", [])
        ]
        return [
            record for record in records if not filters or any(lets_through(pattern, record) for pattern in filters)
        ]

    # ------------------------------------------------------------------ dead-letter queues

    def _move_back(self) -> int:
        moved = 0
        for name in ("Outbox", "Due", "Feedback"):
            home = self._output(f"{name}QueueUrl")
            for waiting in self._receive(self._output(f"{name}DeadQueueUrl")):
                if home.endswith(".fifo"):
                    self._sqs.send_message(
                        QueueUrl=home,
                        MessageBody=waiting.body,
                        MessageGroupId=waiting.attributes["MessageGroupId"],
                        MessageDeduplicationId=f"{waiting.attributes['MessageDeduplicationId']}-redriven",
                    )
                else:
                    self._sqs.send_message(QueueUrl=home, MessageBody=waiting.body)
                self._sqs.delete_message(QueueUrl=waiting.queue_url, ReceiptHandle=waiting.receipt)
                moved += 1
        return moved

    def _receive(self, queue_url: str) -> Iterator[Waiting]:
        """Everything that waits now, each message once: what is not deleted stays hidden for five minutes."""
        while True:
            page = self._sqs.receive_message(
                QueueUrl=queue_url,
                MaxNumberOfMessages=10,
                WaitTimeSeconds=_WAIT_SECONDS,
                VisibilityTimeout=_HIDDEN_SECONDS,
                MessageSystemAttributeNames=["All"],
            ).get("Messages", [])
            if not page:
                return
            for message in page:
                yield Waiting(queue_url, message["ReceiptHandle"], message["Body"], {str(key): value for key, value in message.get("Attributes", {}).items()})

    def _output(self, name: str) -> str:
        stack = self._cloudformation.describe_stacks(StackName=self._stack)["Stacks"][0]
        return next(str(output["OutputValue"]) for output in stack["Outputs"] if output["OutputKey"] == name)


def _place(local: Path | None) -> tuple[boto3.Session, str | None]:
    if local is None:
        return boto3.Session(), None
    from infra.local.place import REGION, ROOT_CREDENTIALS

    session = boto3.Session(
        aws_access_key_id=ROOT_CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=ROOT_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    )
    return session, json.loads(local.read_text(encoding="utf-8"))["endpoint_url"]


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Replay what was set aside in the queues of a stack.")
    parser.add_argument("--stack", default="ripen")
    parser.add_argument("--local", type=Path, help=".local/stack.json of a running local AWS")
    arguments = parser.parse_args()
    session, endpoint_url = _place(arguments.local)
    done, failed = Redrive(arguments.stack, session, endpoint_url).run()
    print(f"replayed {done}, still failing {failed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
