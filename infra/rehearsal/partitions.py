"""A query of moto's looks at the partition that it asks for, and not at the whole table, sorted anew each time: what a call costs does not grow with
what is stored.

moto keeps a table as {partition: {sort key: item}} and knows no indexes: it looks for an index's entries among all items. Here every write notes under which
values of the indexes' partition keys an item has ever stood; a query asks among those. moto still decides which of them answer it.
"""

from __future__ import annotations

from collections import defaultdict
from copy import copy
from typing import Any, Final

from moto.core.common_models import BaseModel
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

_queried: Final = Table.query
_put: Final = Table.put_item
_updated: Final = DynamoDBBackend.update_item

Key = tuple[DynamoType, DynamoType | None]
Partitions = dict[tuple[str, DynamoType], dict[Key, None]]


def _query(table: Table, hash_key: DynamoType | None, *rest: Any, **named: Any) -> Any:
    narrow: Any = copy(table)
    conditions = named.get("hash_key_conditions")
    # The positions are those of moto's one caller, which names only the conditions.
    index_name = rest[6] if len(rest) > 6 else named.get("index_name")
    if index_name is None:
        narrow.items = {hash_key: table.items[hash_key]} if hash_key in table.items else {}
    elif conditions:
        narrow.items = _entries(table, conditions[0][0], conditions[0][1])
    return _queried(narrow, hash_key, *rest, **named)


def _entries(table: Table, attribute: str, value: DynamoType) -> dict[Any, Any]:
    """The items that have this value of the attribute, as moto keeps items."""
    noted = _noted(table).get((attribute, value), {})
    found: dict[Any, Any] = {}
    for key in list(noted):
        item = table.get_item(*key)
        if item is None or (stands := item.attrs.get(attribute)) is None or stands != value:
            del noted[key]
        elif key[1] is None:
            found[key[0]] = item
        else:
            found.setdefault(key[0], {})[key[1]] = item
    return found


def _noted(table: Table) -> Partitions:
    partitions: Partitions = table.__dict__.setdefault("noted", defaultdict(dict))
    return partitions


def _note(table: Table, item: Item) -> None:
    for index in table.all_indexes():
        attribute = index.schema_key_attrs[0]
        if (value := item.attrs.get(attribute)) is not None:
            _noted(table)[attribute, DynamoType(value)][item.hash_key, item.range_key] = None


def _put_item(table: Table, *rest: Any, **named: Any) -> Item:
    item = _put(table, *rest, **named)
    _note(table, item)
    return item


def _update_item(backend: DynamoDBBackend, table_name: str, *rest: Any, **named: Any) -> Item:
    item = _updated(backend, table_name, *rest, **named)
    _note(backend.get_table(table_name), item)
    return item


def install() -> None:
    """From now on, in this process. Nor does moto remember everything that it ever made, such as each copy of each item that was read."""
    table: Any = Table
    backend: Any = DynamoDBBackend
    model: Any = BaseModel
    table.query, table.put_item, backend.update_item = _query, _put_item, _update_item
    model.__new__ = lambda kind, *_, **__: object.__new__(kind)
