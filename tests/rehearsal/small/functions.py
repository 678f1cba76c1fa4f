"""Handlers of the small system. What they see is kept in `seen`, which each test empties."""

from __future__ import annotations

import base64
import json
import os
from collections import Counter
from functools import lru_cache
from typing import Any

import botocore.session

from shared.runtime import clock

seen: list[tuple[str, Any, str]] = []
"""(function, what it got, when)"""
fails: Counter[str] = Counter()
"""How often the thing of this name still makes its function fail."""

Event = dict[str, Any]


@lru_cache
def _client(service: str) -> Any:
    return botocore.session.Session().create_client(service)


def write(event: Event, context: Any) -> Event:
    """POST /things/{id} {"kind", "due"?, "delay"?, "group"?, "job"?}: a row, a timer, or a message."""
    if event["resource"] == "/overreach":
        _client("dynamodb").delete_item(TableName=os.environ["THINGS"], Key={"id": {"S": "x"}})
    body = json.loads(base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"])
    name = (event["pathParameters"] or {}).get("id", "special")
    if "due" in body:
        _client("dynamodb").put_item(
            TableName=os.environ["TIMERS"], Item={"id": {"S": name}, "due": {"S": body["due"]}}
        )
    elif "group" in body:
        _client("sqs").send_message(
            QueueUrl=os.environ["ORDERED"], MessageBody=name, MessageGroupId=body["group"], MessageDeduplicationId=name
        )
    elif "delay" in body:
        _client("sqs").send_message(QueueUrl=os.environ["JOBS"], MessageBody=name, DelaySeconds=body["delay"])
    else:
        item = {"id": {"S": name}, "kind": {"S": body["kind"]}}
        _client("dynamodb").put_item(TableName=os.environ["THINGS"], Item=item)
    return {"statusCode": 201, "headers": {"Content-Type": "text/plain"}, "body": f"{event['httpMethod']} {name}"}


def _note(function: str, name: Any) -> None:
    seen.append((function, name, clock.now().isoformat(timespec="seconds")))


def _stumble(name: str) -> bool:
    if fails[name] > 0:
        fails[name] -= 1
        return True
    return False


def follow(event: Event, context: Any) -> None:
    names = [record["dynamodb"]["Keys"]["id"]["S"] for record in event["Records"]]
    _note("follow", names)
    for record, name in zip(event["Records"], names, strict=True):
        if record["dynamodb"]["NewImage"]["kind"]["S"] == "poison" or _stumble(name):
            raise ValueError(f"cannot follow {name}")


def work(event: Event, context: Any) -> Event:
    failed = []
    for record in event["Records"]:
        name = record["body"]
        _note("work", name)
        if _stumble(name):
            failed.append({"itemIdentifier": record["messageId"]})
        elif name.startswith("mail"):
            _mail(name)
    return {"batchItemFailures": failed}


def _mail(name: str) -> None:
    body = {
        "Html": {
            "Data": f'<a href="https://a.example/{name}?a=1&amp;b=2">x</a><img alt="" src="https://a.example/pixel">'
        }
    }
    _client("sesv2").send_email(
        FromEmailAddress=os.environ["SENDER"],
        Destination={"ToAddresses": [f"Lin <{name}@b.example>"]},
        Content={"Simple": {"Subject": {"Data": name}, "Body": body, "Headers": [{"Name": "X-Of", "Value": name}]}},
        ConfigurationSetName=os.environ["EVENTS"],
        EmailTags=[{"Name": "of", "Value": name}],
    )


def report(event: Event, context: Any) -> None:
    for record in event["Records"]:
        _note("report", json.loads(record["body"])["eventType"])


def tick(event: Event, context: Any) -> None:
    _note("tick", event["time"])
    if _stumble("tick"):
        raise TimeoutError("the table did not answer")
