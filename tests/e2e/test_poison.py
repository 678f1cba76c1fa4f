"""A record that no function can process ends in the failed queue and blocks nothing behind it."""

from __future__ import annotations

import json
import uuid
from typing import Any

from infra.local.place import STACK, Place
from tests.e2e.people import Console, Visitor, eventually


def test_poison_is_set_aside_and_the_next_lead_passes(place: Place, visitor: Visitor, console: Console) -> None:
    poison = f"poison-{uuid.uuid4().hex}"
    item = {"submission_id": {"S": poison}, "status": {"S": "accepted"}, "fields": {"S": "not json {"}}
    place.client("dynamodb").put_item(TableName=_variable(place, "TABLE_INTAKE"), Item=item)
    address = visitor.address("behind")
    visitor.submit(email=address, name="Alex Morgan", company="Acme", title="CTO", country="GB")

    assert console.scored(address)
    failed = eventually(lambda: _failed(place, poison), "the poison in the failed queue")
    assert failed["reason"]


def _variable(place: Place, name: str) -> str:
    configuration = place.client("lambda").get_function_configuration(FunctionName=f"{STACK}-Resolve")
    return str(configuration["Environment"]["Variables"][name])


def _failed(place: Place, poison: str) -> Any:
    """The message about the record. What was looked at is hidden for a moment, so that repeated looks see all of them."""
    found = place.client("sqs").receive_message(
        QueueUrl=_variable(place, "QUEUE_FAILED"), MaxNumberOfMessages=10, VisibilityTimeout=10
    )
    bodies = [json.loads(message["Body"]) for message in found.get("Messages", [])]
    return next((body for body in bodies if poison in json.dumps(body)), None)
