"""moto as rehearsals use it answers as it did, whatever is stored, and looks only at what a call is about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import Table

from infra.rehearsal.engines import Engine, engine

KEYS = [{"AttributeName": "who", "KeyType": "HASH"}, {"AttributeName": "what", "KeyType": "RANGE"}]
BY_PLACE = {
    "IndexName": "by_place",
    "KeySchema": [{"AttributeName": "place", "KeyType": "HASH"}, {"AttributeName": "what", "KeyType": "RANGE"}],
    "Projection": {"ProjectionType": "ALL"},
}


@pytest.fixture
def moto() -> Iterator[Engine]:
    with engine("moto") as running:
        yield running


@pytest.fixture
def rows(moto: Engine) -> Any:
    client = moto.client("dynamodb")
    client.create_table(
        TableName="rows",
        KeySchema=KEYS,
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("who", "what", "place")],
        GlobalSecondaryIndexes=[BY_PLACE],
        BillingMode="PAY_PER_REQUEST",
    )
    return client


def item(who: str, what: str, place: str | None = None) -> dict[str, Any]:
    named = {"who": who, "what": what} | ({"place": place} if place else {})
    return {name: {"S": value} for name, value in named.items()}


def at(rows: Any, place: str, **named: Any) -> list[str]:
    values = {":p": {"S": place}}
    query = {"IndexName": "by_place", "KeyConditionExpression": "place = :p", "ExpressionAttributeValues": values}
    return [found["what"]["S"] for found in rows.query(TableName="rows", **query, **named)["Items"]]


def put(rows: Any, *items: dict[str, Any]) -> None:
    for one in items:
        rows.put_item(TableName="rows", Item=one)


def test_an_index_shows_who_stands_where_now(rows: Any) -> None:
    put(rows, item("lin", "b", "hall"), item("mei", "a", "hall"), item("kim", "c"), item("jo", "d", "hall"))
    put(rows, item("lin", "b", "door"))
    for who, what, change in (("jo", "d", "REMOVE place"), ("kim", "c", "SET place = :v")):
        values = {"ExpressionAttributeValues": {":v": {"S": "hall"}}} if ":v" in change else {}
        rows.update_item(TableName="rows", Key=item(who, what), UpdateExpression=change, **values)
    assert (at(rows, "hall"), at(rows, "door"), at(rows, "roof")) == (["a", "c"], ["b"], [])
    rows.delete_item(TableName="rows", Key=item("mei", "a"))
    assert at(rows, "hall", ScanIndexForward=False, Limit=1) == ["c"]


def test_a_query_looks_at_its_own_partition(rows: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    put(rows, *(item(f"person {number}", "a", f"place {number % 10}") for number in range(50)))
    looked_at: list[int] = []
    found = Table.all_items
    monkeypatch.setattr(Table, "all_items", lambda table: looked_at.append(len(found(table))) or found(table))
    values = {":w": {"S": "person 7"}}
    rows.query(TableName="rows", KeyConditionExpression="who = :w", ExpressionAttributeValues=values)
    assert len(at(rows, "place 3")) == 5
    assert looked_at == [1, 5]


def test_a_refused_transaction_changes_nothing_that_it_names(rows: Any) -> None:
    put(rows, item("lin", "a", "hall"))
    parts = [
        {"Put": {"TableName": "rows", "Item": item("lin", "a", "door")}},
        {"Put": {"TableName": "rows", "Item": item("new", "b", "door")}},
        {
            "ConditionCheck": {
                "TableName": "rows",
                "Key": item("no", "one"),
                "ConditionExpression": "attribute_exists(who)",
            }
        },
    ]
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        rows.transact_write_items(TransactItems=parts)
    assert (at(rows, "hall"), at(rows, "door")) == (["a"], [])
    rows.transact_write_items(TransactItems=parts[:2])
    assert at(rows, "door") == ["a", "b"]


def test_moto_keeps_no_copy_of_what_was_read(rows: Any) -> None:
    put(rows, item("lin", "a"))
    assert at(rows, "hall") == []
    rows.scan(TableName="rows")
    assert Item.instances_tracked == []  # type: ignore[attr-defined] # set by a metaclass


def queue(moto: Engine, name: str, **attributes: str) -> tuple[Any, str]:
    sqs = moto.client("sqs")
    return sqs, sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]


def received(sqs: Any, url: str, hidden_for: int = 60, many: int = 10) -> list[dict[str, Any]]:
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=many, VisibilityTimeout=hidden_for)
    messages: list[dict[str, Any]] = found.get("Messages", [])
    return messages


def counted(sqs: Any, url: str) -> list[str]:
    names = ["", "NotVisible", "Delayed"]
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return [answer[f"ApproximateNumberOfMessages{name}"] for name in names]


def test_a_queue_counts_what_can_be_seen_what_is_worked_on_and_what_is_delayed(moto: Engine) -> None:
    sqs, url = queue(moto, "plain")
    for number in range(5):
        sqs.send_message(QueueUrl=url, MessageBody=str(number), DelaySeconds=900 if number == 4 else 0)
    first, second = received(sqs, url, many=2)
    assert counted(sqs, url) == ["2", "2", "1"]
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=second["ReceiptHandle"], VisibilityTimeout=0)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    assert [message["Body"] for message in received(sqs, url)] == ["1", "2", "3"]
    assert counted(sqs, url) == ["0", "3", "1"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])  # again: no harm
    with pytest.raises(ClientError, match="ReceiptHandleIsInvalid"):
        sqs.delete_message(QueueUrl=url, ReceiptHandle="somebody else's")
    sqs.purge_queue(QueueUrl=url)
    assert counted(sqs, url) == ["0", "0", "0"]


def test_a_fifo_queue_takes_an_id_once_and_holds_back_what_stands_behind_a_message(moto: Engine) -> None:
    sqs, url = queue(moto, "line.fifo", FifoQueue="true")
    for body, group in (("1", "a"), ("1", "a"), ("2", "a"), ("3", "b")):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group, MessageDeduplicationId=body)
    (first,) = received(sqs, url, many=1)
    assert [message["Body"] for message in received(sqs, url)] == ["3"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    assert [message["Body"] for message in received(sqs, url)] == ["2"]
