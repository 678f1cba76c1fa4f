"""Replays what was set aside, after its cause was mended: `make redrive`.

    python -m infra.redrive --stack ripen [--local .local]

Three kinds of things wait in the failed queue, and each says what to do again:
- a record that a function called poison: {"function", "reason", "record"};
- a batch of a stream that Lambda gave up: it names the records, which are read from the stream (kept for 24 hours);
- an event of an asynchronous call that Lambda gave up: {"requestPayload"}.
Messages in a dead-letter queue go back to the queue they come from. Replaying is harmless: every consumer is idempotent.
What fails once more is set aside once more, and waits for the next redrive.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3

Json = Any
# While a message is replayed nobody else sees it; the longest function takes a minute.
HIDDEN_SECONDS = 300


class Redrive:
    """Replays what waits in the queues of one stack. Counts what was replayed and what stays."""

    def __init__(self, session: Any, stack: str, endpoint_url: str | None = None) -> None:
        self._stack = stack
        self._sqs = session.client("sqs", endpoint_url=endpoint_url)
        self._lambda = session.client("lambda", endpoint_url=endpoint_url)
        self._streams = session.client("dynamodbstreams", endpoint_url=endpoint_url)
        self._stacks = session.client("cloudformation", endpoint_url=endpoint_url)
        self._started_ms = 0.0
        self.replayed = 0
        self.kept: list[str] = []

    def run(self) -> None:
        """The failed queue, then every dead-letter queue."""
        self._started_ms = time.time() * 1000
        outputs = self._stacks.describe_stacks(StackName=self._stack)["Stacks"][0]["Outputs"]
        failed = next(output["OutputValue"] for output in outputs if output["OutputKey"] == "FailedQueueUrl")
        for message in self._waiting(failed):
            self._replay(failed, message)
        for source, dead in self._dead_letter_queues():
            for message in self._waiting(dead):
                self._send_back(source, dead, message)

    def _replay(self, queue: str, message: Json) -> None:
        try:
            function, event = self._work(json.loads(message["Body"]))
        except LookupError as error:
            self.kept.append(str(error))
            return
        answer = self._lambda.invoke(FunctionName=function, Payload=json.dumps(event).encode())
        if "FunctionError" in answer:
            self.kept.append(f"{function} failed again: {answer['Payload'].read().decode()[:200]}")
            return
        self._sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        self.replayed += 1

    def _work(self, body: Json) -> tuple[str, Json]:
        """The function and the event that it gets; LookupError when there is nothing left to give it."""
        if "record" in body:
            return f"{self._stack}-{body['function'].capitalize()}", {"Records": [body["record"]]}
        function = body.get("requestContext", {}).get("functionArn", "")
        if "DDBStreamBatchInfo" in body:
            return function, {"Records": self._records(body["DDBStreamBatchInfo"])}
        if "requestPayload" in body:
            return function, body["requestPayload"]
        raise LookupError(f"a message of an unknown kind: {sorted(body)}")

    def _records(self, batch: Json) -> list[Json]:
        """The stream's records from the batch's first to its last, as Lambda hands them over."""
        first, last, arn = batch["startSequenceNumber"], batch["endSequenceNumber"], batch["streamArn"]
        try:
            iterator = self._streams.get_shard_iterator(
                StreamArn=arn,
                ShardId=batch["shardId"],
                ShardIteratorType="AT_SEQUENCE_NUMBER",
                SequenceNumber=first,
            )["ShardIterator"]
            # Not `Limit=batchSize`: between the first and the last lie records that the filter kept from the function.
            found = self._until(iterator, int(last))
        except self._streams.exceptions.TrimmedDataAccessException:
            found = []
        wanted = [record for record in found if int(record["dynamodb"]["SequenceNumber"]) <= int(last)]
        if not wanted:
            raise LookupError(f"the stream no longer holds the records {first} to {last}")
        return [{**_plain(record), "eventSourceARN": arn} for record in wanted]

    def _until(self, iterator: str | None, last: int) -> list[Json]:
        """Everything from the iterator on, at least up to the sequence number `last`."""
        found: list[Json] = []
        while iterator:
            page = self._streams.get_records(ShardIterator=iterator)
            found += page["Records"]
            passed = found and int(found[-1]["dynamodb"]["SequenceNumber"]) >= last
            iterator = None if passed or not page["Records"] else page.get("NextShardIterator")
        return found

    def _dead_letter_queues(self) -> Iterator[tuple[str, str]]:
        """(source, dead-letter queue) of each queue that triggers a function of the stack."""
        for page in self._lambda.get_paginator("list_event_source_mappings").paginate():
            for mapping in page["EventSourceMappings"]:
                function = mapping["FunctionArn"].rpartition(":")[2]
                if ":sqs:" in mapping["EventSourceArn"] and function.startswith(f"{self._stack}-"):
                    source = self._url(mapping["EventSourceArn"])
                    policy = self._sqs.get_queue_attributes(QueueUrl=source, AttributeNames=["RedrivePolicy"])
                    target = json.loads(policy["Attributes"]["RedrivePolicy"])["deadLetterTargetArn"]
                    yield source, self._url(target)

    def _send_back(self, source: str, dead: str, message: Json) -> None:
        attributes = message["Attributes"]
        ordered = (
            {
                "MessageGroupId": attributes["MessageGroupId"],
                # Not the old id: the queue would take the message for one that it has seen.
                "MessageDeduplicationId": f"redrive-{message['MessageId']}",
            }
            if "MessageGroupId" in attributes
            else {}
        )
        self._sqs.send_message(QueueUrl=source, MessageBody=message["Body"], **ordered)
        self._sqs.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])
        self.replayed += 1

    def _waiting(self, queue: str) -> Iterator[Json]:
        """What waited when we began; what is set aside meanwhile stays for the next time."""
        while True:
            answer = self._sqs.receive_message(
                QueueUrl=queue,
                MaxNumberOfMessages=10,
                VisibilityTimeout=HIDDEN_SECONDS,
                MessageSystemAttributeNames=["All"],
            )
            messages = answer.get("Messages", [])
            old = [one for one in messages if float(one["Attributes"]["SentTimestamp"]) < self._started_ms]
            yield from old
            if not old:
                return

    def _url(self, arn: str) -> str:
        return str(self._sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"])


def _plain(record: Json) -> Json:
    """boto3 reads the moment as a datetime and bytes as bytes; Lambda hands over seconds and base64."""
    change = {name: _with_base64(value) for name, value in record["dynamodb"].items()}
    change["ApproximateCreationDateTime"] = change["ApproximateCreationDateTime"].timestamp()
    return {**record, "dynamodb": change}


def _with_base64(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {name: _with_base64(member) for name, member in value.items()}
    return [_with_base64(member) for member in value] if isinstance(value, list) else value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stack", default="ripen")
    parser.add_argument("--local", type=Path, help="the folder of a running local AWS")
    arguments = parser.parse_args()
    redrive = _local(arguments.local) if arguments.local else Redrive(boto3.session.Session(), arguments.stack)
    redrive.run()
    print(f"Replayed: {redrive.replayed}. Still there: {len(redrive.kept)}.")
    for reason in redrive.kept:
        print(f"  {reason}", file=sys.stderr)
    sys.exit(1 if redrive.kept else 0)


def _local(folder: Path) -> Redrive:
    from infra.local.place import STACK, Place, read_json

    stack = read_json(folder / "stack.json")
    if not stack:
        raise SystemExit(f"{folder} holds no local AWS; `make up` starts one.")
    place = Place(folder, int(stack["endpoint_url"].rpartition(":")[2]))
    return Redrive(place.session(), STACK, place.endpoint_url)


if __name__ == "__main__":
    main()
