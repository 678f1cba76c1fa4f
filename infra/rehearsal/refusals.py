"""A transaction that DynamoDB refuses has changed nothing. moto copies each table whole, before every transaction, and puts the copies back: that takes the longer
the more is stored, and whoever reads the stream of a table that went reads nothing ever after. Here tables stay, and the items that the transaction names are put back.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Final

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import StreamShard, Table

_written: Final = DynamoDBBackend.transact_write_items


def _transact(backend: DynamoDBBackend, items: list[dict[str, Any]]) -> None:
    operations = [
        operation for item in items for operation in item.values() if operation["TableName"] in backend.tables
    ]
    tables = {operation["TableName"]: backend.tables[operation["TableName"]] for operation in operations}
    places = [(tables[o["TableName"]], *_key(tables[o["TableName"]], o.get("Key") or o["Item"])) for o in operations]
    before = [(place, deepcopy(place[0].get_item(*place[1:]))) for place in places]
    records = [(table.stream_shard, len(table.stream_shard.items)) for table in tables.values() if table.stream_shard]
    try:
        _written(backend, items)
    except Exception:
        for place, item in before:
            _put_back(*place, item)
        for shard, count in records:
            del shard.items[count:]
        raise


def _key(table: Table, attributes: dict[str, Any]) -> tuple[DynamoType, DynamoType | None]:
    sort = table.range_key_attr
    return DynamoType(attributes[str(table.hash_key_attr)]), DynamoType(attributes[sort]) if sort else None


def _put_back(table: Table, partition: DynamoType, sort: DynamoType | None, item: Item | None) -> None:
    held: dict[Any, Any] = table.items if sort is None else table.items[partition]
    key = partition if sort is None else sort
    if item is None:
        held.pop(key, None)
    else:
        held[key] = item


def install() -> None:
    """From now on, in this process. What moto copies before a transaction, it gets itself."""
    backend: Any = DynamoDBBackend
    backend.transact_write_items = _transact
    for kind in (StreamShard, Table):
        uncopied: Any = kind
        uncopied.__deepcopy__ = lambda self, _memo: self
