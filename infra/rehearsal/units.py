"""How many DynamoDB units the functions consumed.

`ReportedMeter` believes the engine (ReturnConsumedCapacity). moto reports constants, so `SizedMeter` computes DynamoDB's rules from
item sizes: a write costs ceil(KB) of the larger of the old and the new item, plus the same for each index entry that changed,
twice that in a transaction; a failed condition costs like the write. A read costs ceil(size / 4 KB), half when eventually consistent.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Final, Protocol

from infra.rehearsal.calls import Call
from infra.template import Table

Item = Mapping[str, Any]
_READS: Final = frozenset({"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"})
_WRITES: Final = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})


@dataclass
class Units:
    read: float = 0.0
    write: float = 0.0
    by_function: dict[str, dict[str, float]] = field(default_factory=dict)

    def add(self, call: Call, read: float = 0.0, write: float = 0.0) -> None:
        self.read += read
        self.write += write
        spent = self.by_function.setdefault(call.function or "", {"read": 0.0, "write": 0.0})
        spent["read"] += read
        spent["write"] += write


class Meter(Protocol):
    units: Units

    def rewrite(self, call: Call) -> None: ...

    def before(self, call: Call) -> None: ...

    def after(self, call: Call) -> None: ...


def _counts(call: Call) -> bool:
    return call.service == "dynamodb" and call.function is not None and call.operation in _READS | _WRITES


class ReportedMeter:
    """Asks the engine with each call what it consumed."""

    def __init__(self) -> None:
        self.units = Units()

    def rewrite(self, call: Call) -> None:
        if _counts(call):
            call.params.setdefault("ReturnConsumedCapacity", "TOTAL")

    def before(self, call: Call) -> None:
        """The engine knows."""

    def after(self, call: Call) -> None:
        if not _counts(call):
            return
        reported = call.answer.get("ConsumedCapacity", [])
        total = sum(float(c.get("CapacityUnits", 0)) for c in (reported if isinstance(reported, list) else [reported]))
        if call.operation in _READS:
            self.units.add(call, read=total)
        else:
            # A refused condition is paid like a write, but an error answer carries no capacity.
            self.units.add(call, write=total or 1.0)


Lookup = Callable[[Table, Item], Item | None]


class SizedMeter:
    """Computes the units; `lookup(table, key)` gives the stored item without counting as a call."""

    def __init__(self, tables: Mapping[str, Table], lookup: Lookup) -> None:
        self.units = Units()
        self._tables = {t.name: t for t in tables.values()}
        self._lookup = lookup

    def rewrite(self, call: Call) -> None:
        """Nothing to ask the engine."""

    def before(self, call: Call) -> None:
        if _counts(call) and call.operation in _WRITES:
            call.notes["old"] = [(t, k, self._lookup(t, k)) for t, k in self._written(call)]

    def after(self, call: Call) -> None:
        if not _counts(call):
            return
        if call.operation in _READS:
            self.units.add(call, read=_read_units(call))
            return
        factor = 2 if call.operation == "TransactWriteItems" else 1
        costs = (_write_units(t, old, self._lookup(t, k)) for t, k, old in call.notes["old"])
        self.units.add(call, write=factor * sum(costs))

    def _written(self, call: Call) -> list[tuple[Table, Item]]:
        """(table, key) of each item that the call writes."""
        parts: list[tuple[str, Item]] = []
        if call.operation == "TransactWriteItems":
            bodies = [body for part in call.params["TransactItems"] for body in part.values()]
            parts = [(b["TableName"], b.get("Item") or b["Key"]) for b in bodies]
        elif call.operation == "BatchWriteItem":
            for table, requests in call.params["RequestItems"].items():
                parts += [
                    (table, r["PutRequest"]["Item"] if "PutRequest" in r else r["DeleteRequest"]["Key"])
                    for r in requests
                ]
        else:
            parts = [(call.params["TableName"], call.params.get("Item") or call.params["Key"])]
        return [(self._tables[t], {k: item[k] for k in self._tables[t].key}) for t, item in parts]


def _write_units(table: Table, old: Item | None, new: Item | None) -> float:
    units: float = max(1, _kilobytes(old or {}), _kilobytes(new or {}))
    for index in table.indexes.values():
        before, after = _projected(table, index, old), _projected(table, index, new)
        if before == after:
            continue
        keys = [k["AttributeName"] for k in index["KeySchema"]]
        moved = before and after and any(before[k] != after[k] for k in keys)
        sizes = _kilobytes(before or {}), _kilobytes(after or {})
        units += sum(sizes) if moved else max(sizes)
    return units


def _projected(table: Table, index: Mapping[str, Any], item: Item | None) -> Item | None:
    """What the index holds of the item; None: nothing, because a key attribute is missing."""
    keys = [k["AttributeName"] for k in index["KeySchema"]]
    if item is None or not all(k in item for k in keys):
        return None
    projection = index["Projection"]
    if projection["ProjectionType"] == "ALL":
        return item
    wanted = {*keys, *table.key, *projection.get("NonKeyAttributes", [])}
    return {k: v for k, v in item.items() if k in wanted}


def _read_units(call: Call) -> float:
    answer, params = call.answer, call.params
    if call.operation == "GetItem":
        return _reads([answer.get("Item", {})], bool(params.get("ConsistentRead")))
    if call.operation == "TransactGetItems":
        return sum(_reads([r.get("Item", {})], True) * 2 for r in answer.get("Responses", []))
    if call.operation == "BatchGetItem":
        return _batch_read_units(call)
    items = answer.get("Items", [])
    size = sum(map(item_size, items))
    if 0 < answer.get("Count", 0) < answer.get("ScannedCount", 0):  # what a filter dropped was read all the same
        size = round(size * answer["ScannedCount"] / answer["Count"])
    return max(1, ceil(size / 4096)) * (1.0 if params.get("ConsistentRead") else 0.5)


def _batch_read_units(call: Call) -> float:
    units = 0.0
    for table, request in call.params["RequestItems"].items():
        found = call.answer.get("Responses", {}).get(table, [])
        consistent = bool(request.get("ConsistentRead"))
        absent = max(0, len(request["Keys"]) - len(found))
        units += sum(_reads([item], consistent) for item in [*found, *([{}] * absent)])
    return units


def _reads(items: list[Item], consistent: bool) -> float:
    return sum(max(1, ceil(item_size(i) / 4096)) for i in items) * (1.0 if consistent else 0.5)


def _kilobytes(item: Item) -> int:
    return ceil(item_size(item) / 1024)


def item_size(item: Item) -> int:
    """Bytes of an item by DynamoDB's rules: names and values in UTF-8, numbers by digits, 3 (+1 each) for lists and maps."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Mapping[str, Any]) -> int:
    (kind, content), *_ = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return ceil(len(content.strip("-").replace(".", "").strip("0")) / 2) + 1
        case "B":
            return len(content) if isinstance(content, bytes) else len(base64.b64decode(content))
        case "SS" | "NS" | "BS":
            return sum(_value_size({kind[0]: one}) for one in content)
        case "L":
            return 3 + sum(1 + _value_size(one) for one in content)
        case "M":
            return 3 + sum(1 + len(name.encode()) + _value_size(one) for name, one in content.items())
    return 1
