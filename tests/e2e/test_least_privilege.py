"""Each function tries, with its own role, what its policy in the template does not name: the local AWS refuses every one.

The attempts are generated from the template, so a function or a right that is added tomorrow is tried tomorrow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.template import load
from tests.e2e.test_rights import REFUSED, as_function, send_mail

TEMPLATE = load(parameters={"SenderAddress": "hello@ripen.example"})


@dataclass(frozen=True)
class Attempt:
    """What `function` must not be able to do; `variable` names the environment variable that holds the resource."""

    function: str
    service: str
    action: str
    variable: str = ""

    def __str__(self) -> str:
        return f"{self.function} {self.action} {self.variable}".strip()


def _allowed(function: str) -> set[tuple[str, str]]:
    """(action, ARN) pairs of the function's own statements."""
    found: set[tuple[str, str]] = set()
    for statement in TEMPLATE.functions[function].statements:
        for action in statement["Action"]:
            found |= {(action, resource) for resource in statement["Resource"]}
    return found


def _attempts() -> Iterator[Attempt]:
    for logical_id in TEMPLATE.functions:
        name, allowed = logical_id.removesuffix("Function"), _allowed(logical_id)
        for table in TEMPLATE.tables.values():
            variable = f"TABLE_{table.logical_id.rpartition('.')[2].removesuffix('Table').upper()}"
            for action in ("Scan", "DeleteItem", "PutItem", "GetItem"):
                if (f"dynamodb:{action}", table.arn) not in allowed:
                    yield Attempt(name, "dynamodb", action, variable)
                    break
        for queue, variable in (
            ("OutboxQueue", "QUEUE_OUTBOX"),
            ("DueQueue", "QUEUE_DUE"),
            ("FailedQueue", "QUEUE_FAILED"),
        ):
            arn = next(q.arn for q in TEMPLATE.queues.values() if q.logical_id.endswith(queue))
            # SAM lets a function write to its own on-failure queue.
            own = TEMPLATE.functions[logical_id].on_failure
            if ("sqs:SendMessage", arn) not in allowed and arn != own:
                yield Attempt(name, "sqs", "SendMessage", variable)
        if not any(action == "ses:SendEmail" for action, _ in allowed):
            yield Attempt(name, "sesv2", "SendEmail")
        if not any(action.startswith("ssm:") for action, _ in allowed):
            yield Attempt(name, "ssm", "GetParameter", "PUBLIC_URL_PARAMETER")
        yield Attempt(name, "sns", "Publish")
        yield Attempt(name, "lambda", "Invoke")
        yield Attempt(name, "s3", "ListBuckets")
        yield Attempt(name, "iam", "ListRoles")


def _key(table: str) -> dict[str, Any]:
    found = next(
        t
        for t in TEMPLATE.tables.values()
        if f"TABLE_{t.logical_id.rpartition('.')[2].removesuffix('Table').upper()}" == table
    )
    return {name: {"S": "intruder"} for name in found.key}


TRIES: dict[str, Callable[[Any, str, Attempt], Any]] = {
    "Scan": lambda client, resource, _: client.scan(TableName=resource, Limit=1),
    "DeleteItem": lambda client, resource, attempt: client.delete_item(TableName=resource, Key=_key(attempt.variable)),
    "PutItem": lambda client, resource, attempt: client.put_item(TableName=resource, Item=_key(attempt.variable)),
    "GetItem": lambda client, resource, attempt: client.get_item(TableName=resource, Key=_key(attempt.variable)),
    "SendMessage": lambda client, resource, _: client.send_message(
        QueueUrl=resource,
        MessageBody="{}",
        **({"MessageGroupId": "x", "MessageDeduplicationId": "x"} if resource.endswith(".fifo") else {}),
    ),
    "SendEmail": lambda client, _, __: send_mail(client),
    "GetParameter": lambda client, resource, _: client.get_parameter(Name=resource),
    "Publish": lambda client, _, __: client.publish(TopicArn="arn:aws:sns:us-east-1:000000000000:any", Message="{}"),
    "Invoke": lambda client, _, __: client.invoke(FunctionName="ripen-Admin", Payload=b"{}"),
    "ListBuckets": lambda client, _, __: client.list_buckets(),
    "ListRoles": lambda client, _, __: client.list_roles(),
}


@pytest.fixture(scope="module")
def variables(place: Any) -> dict[str, str]:
    configuration = place.client("lambda").get_function_configuration(FunctionName="ripen-Capture")
    return dict(configuration["Environment"]["Variables"])


@pytest.mark.parametrize("attempt", list(_attempts()), ids=str)
def test_a_function_can_do_nothing_that_its_policy_does_not_name(
    place: Any, variables: dict[str, str], attempt: Attempt
) -> None:
    client = as_function(place, attempt.function, attempt.service)
    resource = variables[attempt.variable] if attempt.variable else ""
    with pytest.raises(ClientError) as refused:
        TRIES[attempt.action](client, resource, attempt)
    assert refused.value.response["Error"]["Code"] in REFUSED
