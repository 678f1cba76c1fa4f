"""A transaction that DynamoDB refuses has changed nothing. moto puts a copy of each table back, and whoever reads the stream of the one that went
reads nothing ever after; here the table itself stays, with what the copy says.
"""

from __future__ import annotations

from typing import Any, Final

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import StreamShard, Table

_written: Final = DynamoDBBackend.transact_write_items


def _transact(backend: DynamoDBBackend, items: list[dict[str, Any]]) -> None:
    names = {operation.get("TableName") for item in items for operation in item.values()}
    before = {name: (table, _records(table)) for name, table in backend.tables.items() if name in names}
    try:
        _written(backend, items)
    except Exception:
        for name, (table, count) in before.items():
            if backend.tables[name] is not table:
                table.items = backend.tables[name].items
                backend.tables[name] = table
                if table.stream_shard:
                    del table.stream_shard.items[count:]
        raise


def _records(table: Table) -> int:
    return len(table.stream_shard.items) if table.stream_shard else 0


def install() -> None:
    """From now on, in this process. A shard is no part of what is copied: it stays, too."""
    vars_of: Any = DynamoDBBackend
    vars_of.transact_write_items = _transact
    shard: Any = StreamShard
    shard.__deepcopy__ = lambda self, _memo: self
