"""What was set aside is replayed by `make redrive` once its cause is mended."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any

import pytest

from infra.local.place import STACK, Place
from infra.redrive import Redrive
from shared.store.packed import pack, unpack
from tests.e2e.people import Console, Visitor, eventually

Json = Any


@pytest.fixture
def variables(place: Place) -> dict[str, str]:
    """Resolve's environment: the names of the tables and queues."""
    configuration = place.client("lambda").get_function_configuration(FunctionName=f"{STACK}-Resolve")
    return dict(configuration["Environment"]["Variables"])


@pytest.fixture
def redrive(place: Place) -> Redrive:
    return Redrive(place.session(), STACK, place.endpoint_url)


def stream_record(place: Place, table: str, submission_id: str) -> tuple[str, str, Json]:
    """(stream, shard, record) of the submission's insertion."""
    streams = place.client("dynamodbstreams")
    arn = place.client("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    records = streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    mine = [one for one in records if one["dynamodb"]["Keys"]["submission_id"]["S"] == submission_id]
    return arn, shard, mine[0]


def put_unresolved(place: Place, table: str, like: str) -> tuple[str, Json]:
    """A submission that never reached resolve, made like an accepted one; its address and stored image."""
    dynamodb = place.client("dynamodb")
    image = dynamodb.get_item(TableName=table, Key={"submission_id": {"S": like}})["Item"]
    fields = unpack(image["fields"]["B"])
    fields["email"] = Visitor.address("redriven")
    image |= {"submission_id": {"S": uuid.uuid4().hex[:20]}, "fields": {"B": pack(fields)}}
    dynamodb.put_item(TableName=table, Item={**image, "status": {"S": "set_aside"}})
    return fields["email"], image


def test_a_record_called_poison_is_given_to_its_function_again(
    place: Place, variables: dict[str, str], redrive: Redrive, visitor: Visitor, console: Console
) -> None:
    like = visitor.submit(email=visitor.address("like"), name="Alex Morgan", company="Acme", title="CTO", country="GB")
    address, image = put_unresolved(place, variables["TABLE_INTAKE"], like)
    record = {
        "eventID": uuid.uuid4().hex,
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "dynamodb": {"Keys": {"submission_id": image["submission_id"]}, "NewImage": image, "SequenceNumber": "1"},
    }
    body = {"function": "resolve", "reason": "a bug, mended since", "record": record}
    # Bytes are base64 in what Lambda hands over, and so they are in what a function sets aside.
    text = json.dumps(body, default=lambda value: base64.b64encode(value).decode())
    place.client("sqs").send_message(QueueUrl=variables["QUEUE_FAILED"], MessageBody=text)

    redrive.run()

    assert redrive.replayed >= 1
    assert console.scored(address)


def test_a_batch_that_lambda_gave_up_is_read_from_its_stream_again(
    place: Place, variables: dict[str, str], redrive: Redrive, visitor: Visitor, console: Console
) -> None:
    address = visitor.address("batch")
    submission = visitor.submit(email=address, name="Alex Morgan", company="Acme", title="CTO", country="GB")
    lead = console.scored(address)
    arn, shard, record = stream_record(place, variables["TABLE_INTAKE"], submission)
    number = record["dynamodb"]["SequenceNumber"]
    batch = {
        "streamArn": arn,
        "shardId": shard,
        "startSequenceNumber": number,
        "endSequenceNumber": number,
        "batchSize": 1,
    }
    function = place.client("lambda").get_function_configuration(FunctionName=f"{STACK}-Resolve")["FunctionArn"]
    body = {
        "requestContext": {"functionArn": function, "condition": "RetryAttemptsExhausted"},
        "DDBStreamBatchInfo": batch,
    }
    place.client("sqs").send_message(QueueUrl=variables["QUEUE_FAILED"], MessageBody=json.dumps(body))

    redrive.run()

    assert redrive.replayed >= 1
    timeline = console.get(f"/api/leads/{lead['lead_id']}/timeline")["items"]
    assert sum(item["type"] == "form_submitted" for item in timeline) == 1, "a replay does nothing twice"


def test_a_dead_letter_goes_back_to_its_queue(place: Place, variables: dict[str, str], redrive: Redrive) -> None:
    sqs = place.client("sqs")
    policy = sqs.get_queue_attributes(QueueUrl=variables["QUEUE_DUE"], AttributeNames=["RedrivePolicy"])
    dead_arn = json.loads(policy["Attributes"]["RedrivePolicy"])["deadLetterTargetArn"]
    dead = sqs.get_queue_url(QueueName=dead_arn.rpartition(":")[2])["QueueUrl"]
    stale = {
        "kind": "enrolment",
        "lead_id": "nobody",
        "journey": "whitepaper-three-steps",
        "due": "2026-01-01T00:00:00.000Z",
    }
    sqs.send_message(QueueUrl=dead, MessageBody=json.dumps(stale))

    redrive.run()

    def look() -> bool:
        waiting = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["ApproximateNumberOfMessages"])
        return waiting["Attributes"]["ApproximateNumberOfMessages"] == "0"

    assert eventually(look, "an empty dead-letter queue")
    assert redrive.replayed >= 1
