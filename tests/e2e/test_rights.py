"""Each function may do its own work and nothing else: asked with its own role's credentials, IAM enforced."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.local.place import REGION, SENDER, STACK, Place

# SNS has its own word for it.
REFUSED = {"AccessDenied", "AccessDeniedException", "AuthorizationError"}

# One session for all clients: its models are the slow part.
_SESSION = boto3.session.Session(region_name=REGION)


@cache
def _keys(place: Place, name: str) -> dict[str, str]:
    role = place.client("lambda").get_function_configuration(FunctionName=f"{STACK}-{name}")["Role"]
    return dict(place.client("sts").assume_role(RoleArn=role, RoleSessionName=f"test-{name}")["Credentials"])


@cache
def as_function(place: Place, name: str, service: str) -> Any:
    """A client with the credentials of the function's role."""
    keys = _keys(place, name)
    return _SESSION.client(
        service,
        endpoint_url=place.endpoint_url,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )


def variable(place: Place, name: str, variable: str) -> str:
    configuration = place.client("lambda").get_function_configuration(FunctionName=f"{STACK}-{name}")
    return str(configuration["Environment"]["Variables"][variable])


def send_mail(ses: Any) -> Any:
    content = {"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}}
    to = {"ToAddresses": ["rights@acme.example"]}
    return ses.send_email(FromEmailAddress=SENDER, Destination=to, Content=content)


def test_capture_cannot_send_mail(place: Place) -> None:
    with pytest.raises(ClientError) as refused:
        send_mail(as_function(place, "Capture", "sesv2"))
    assert refused.value.response["Error"]["Code"] in REFUSED


def test_send_can_send_mail(place: Place) -> None:
    assert send_mail(as_function(place, "Send", "sesv2"))["MessageId"]


def test_send_cannot_write_people(place: Place) -> None:
    people = variable(place, "Send", "TABLE_PEOPLE")
    with pytest.raises(ClientError) as refused:
        as_function(place, "Send", "dynamodb").put_item(TableName=people, Item={"id": {"S": "intruder"}})
    assert refused.value.response["Error"]["Code"] in REFUSED


def test_resolve_can_write_people(place: Place) -> None:
    people = variable(place, "Resolve", "TABLE_PEOPLE")
    as_function(place, "Resolve", "dynamodb").put_item(
        TableName=people, Item={"id": {"S": "rights-test"}, "kind": {"S": "pointer"}}
    )
    place.client("dynamodb").delete_item(TableName=people, Key={"id": {"S": "rights-test"}})


@pytest.mark.parametrize(
    "name", ["Capture", "Resolve", "Score", "React", "Tick", "Advance", "Send", "Feedback", "Track", "Preferences"]
)
def test_no_function_reads_the_audit_but_the_consoles(place: Place, name: str) -> None:
    audit = variable(place, name, "TABLE_AUDIT")
    with pytest.raises(ClientError) as refused:
        as_function(place, name, "dynamodb").get_item(TableName=audit, Key={"day": {"S": "x"}, "sk": {"S": "x"}})
    assert refused.value.response["Error"]["Code"] in REFUSED
