"""DynamoDB's size rules, by which units are computed where the engine does not report them."""

from __future__ import annotations

from typing import Any

import pytest

from infra.rehearsal.calls import Call
from infra.rehearsal.units import SizedMeter, item_size
from infra.template import Table

TABLE = Table(
    logical_id="Things",
    name="things",
    arn="arn",
    create={
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "by_kind",
                "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    },
    ttl_attribute=None,
    due_attribute=None,
)


@pytest.mark.parametrize(
    ("item", "size"),
    [
        ({"id": {"S": "abc"}}, 5),
        ({"id": {"S": "林"}}, 5),
        ({"n": {"N": "123"}}, 1 + 3),
        ({"n": {"N": "-1.50"}}, 1 + 2),
        ({"b": {"BOOL": True}}, 2),
        ({"l": {"L": [{"S": "a"}, {"S": "bb"}]}}, 1 + 3 + 2 + 3),
        ({"m": {"M": {"k": {"S": "v"}}}}, 1 + 3 + 1 + 1 + 1),
        ({"s": {"SS": ["a", "bb"]}}, 1 + 3),
        ({"b": {"B": "YWJj"}}, 1 + 3),
    ],
)
def test_the_size_of_an_item(item: dict[str, Any], size: int) -> None:
    assert item_size(item) == size


def units_of(
    operation: str, params: dict[str, Any], *, old: Any = None, new: Any = None, answer: Any = None
) -> tuple[float, float]:
    states = iter([old, new])
    meter = SizedMeter({"Things": TABLE}, lambda table, key: next(states))
    call = Call("dynamodb", operation, params, "SomeFunction")
    meter.before(call)
    call.answer = answer or {}
    meter.after(call)
    return meter.units.read, meter.units.write


def test_a_write_costs_its_kilobytes_and_its_index_entries() -> None:
    item = {"id": {"S": "a"}, "kind": {"S": "k"}, "text": {"S": "x" * 1500}}
    assert units_of("PutItem", {"TableName": "things", "Item": item}, new=item) == (0, 3)


def test_a_smaller_item_over_a_larger_one_costs_like_the_larger() -> None:
    large, small = {"id": {"S": "a"}, "text": {"S": "x" * 3000}}, {"id": {"S": "a"}}
    assert units_of("PutItem", {"TableName": "things", "Item": small}, old=large, new=small) == (0, 3)


def test_a_transaction_costs_twice() -> None:
    item = {"id": {"S": "a"}}
    params = {"TransactItems": [{"Put": {"TableName": "things", "Item": item}}]}
    assert units_of("TransactWriteItems", params, new=item) == (0, 2)


def test_a_refused_condition_is_paid_too() -> None:
    item = {"id": {"S": "a"}}
    refused = {"Error": {"Code": "ConditionalCheckFailedException"}}
    assert units_of("PutItem", {"TableName": "things", "Item": item}, old=item, new=item, answer=refused) == (0, 1)


def test_reads_cost_by_four_kilobytes_and_half_when_not_consistent() -> None:
    item = {"id": {"S": "x" * 5000}}
    key = {"TableName": "things", "Key": {"id": {"S": "a"}}}
    assert units_of("GetItem", key, answer={"Item": item}) == (1, 0)
    assert units_of("GetItem", key | {"ConsistentRead": True}, answer={"Item": item}) == (2, 0)
    assert units_of("GetItem", key, answer={}) == (0.5, 0)


def test_what_a_filter_drops_is_paid_for() -> None:
    answer = {"Items": [{"id": {"S": "x" * 2000}}], "Count": 1, "ScannedCount": 10}
    assert units_of("Query", {"TableName": "things"}, answer=answer) == (2.5, 0)


def test_the_harness_itself_costs_nothing() -> None:
    meter = SizedMeter({"Things": TABLE}, lambda table, key: None)
    call = Call("dynamodb", "PutItem", {"TableName": "things", "Item": {"id": {"S": "a"}}}, None)
    meter.before(call)
    meter.after(call)
    assert meter.units.write == 0
