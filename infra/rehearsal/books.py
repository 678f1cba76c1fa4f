"""The books: every row of every table, as it stands when a rehearsal is over, and who had said no when."""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Final, cast

from boto3.dynamodb.types import Binary, TypeDeserializer

from infra.rehearsal.calls import Call
from infra.rehearsal.clock import VirtualClock
from infra.rehearsal.engines import Engine
from infra.template import Template
from shared.store.packed import unpack

Row = dict[str, Any]
_PREFIX: Final = "TABLE_"
_ZLIB: Final = b"\x78"
_value: Final = TypeDeserializer().deserialize


@dataclass(frozen=True)
class Books:
    """Rows by table (`people`, `activities`, …); JSON in attributes is read."""

    rows: Mapping[str, list[Row]]

    def __getitem__(self, table: str) -> list[Row]:
        return self.rows[table]

    @cached_property
    def leads(self) -> dict[str, Row]:
        return {row["id"]: row for row in self["people"] if row["kind"] == "lead"}

    @cached_property
    def survivors(self) -> dict[str, str]:
        """{id: whose it is now} of everybody who was merged into somebody."""
        into = {row["id"]: row["lead_id"] for row in self["people"] if row["kind"] == "merged"}
        found = dict(into)
        while any(found[each] in into for each in found):
            found = {each: into.get(whose, whose) for each, whose in found.items()}
        return found

    def now(self, lead_id: str) -> str:
        """Who answers under this id now."""
        return self.survivors.get(lead_id, lead_id)

    @cached_property
    def timelines(self) -> dict[str, list[Row]]:
        """Activities by lead, oldest first."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in sorted(self["activities"], key=lambda row: row["sk"]):
            found[row["lead_id"]].append(row)
        return found

    @cached_property
    def finished_until(self) -> datetime | None:
        """Up to when due timers were handed on."""
        mark = next((row["finished_until"] for row in self["timers"] if "finished_until" in row), None)
        return datetime.fromisoformat(mark) if mark else None

    def timers(self, kind: str) -> list[Row]:
        """Bodies of the timers of this kind that are still to come."""
        done = self.finished_until
        return [
            row["body"]
            for row in self["timers"]
            if "body" in row and row["body"]["kind"] == kind and (done is None or moment(row["due"]) > done)
        ]


def read_books(template: Template, engine: Engine) -> Books:
    """Reads every table whose name the functions are told."""
    names = {k.removeprefix(_PREFIX).lower(): v for k, v in template.environment.items() if k.startswith(_PREFIX)}
    return Books({table: _rows(engine, name) for table, name in names.items()})


def _rows(engine: Engine, table: str) -> list[Row]:
    found: list[Row] = []
    start: dict[str, Any] = {}
    while True:
        page = engine.client("dynamodb").scan(TableName=table, ConsistentRead=True, **start)
        found += map(read_row, page["Items"])
        if not page.get("LastEvaluatedKey"):
            return found
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def read_row(item: Mapping[str, Any]) -> Row:
    """The row of an item as DynamoDB tells it; JSON in attributes is read."""
    return {name: _read(value) for name, value in item.items()}


def _read(value: Any) -> Any:
    plain = _value(value)
    if isinstance(plain, Binary):
        return _unpacked(cast(Any, plain).value)  # the stubs do not know it
    return json.loads(plain) if isinstance(plain, str) and plain[:1] in ("{", "[") else plain


def _unpacked(packed: bytes) -> Any:
    """JSON in few bytes: the rows of an imported file as zlib writes them, everything else by a dictionary."""
    return json.loads(zlib.decompress(packed)) if packed[:1] == _ZLIB else unpack(packed)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@dataclass(frozen=True)
class Objection:
    """A row of the suppression table came (or `lifted`: went) at this moment. `said_at` is the moment that the row tells."""

    at: datetime
    address: str
    list: str
    said_at: datetime | None
    lifted: bool


@dataclass
class Objections:
    """Watches the suppression table: rows may be lifted later, so that what stood at a moment is not in the books."""

    table: str
    clock: VirtualClock
    seen: list[Objection] = field(default_factory=list)

    def after(self, call: Call) -> None:
        """Observes writes."""
        if call.service != "dynamodb" or call.table != self.table or call.error:
            return
        if call.operation == "PutItem":
            row = {name: _value(value) for name, value in call.params["Item"].items()}
            self.seen.append(Objection(self.clock.now(), row["address"], row["list"], moment(row["at"]), False))
        elif call.operation == "DeleteItem":
            key = {name: _value(value) for name, value in call.params["Key"].items()}
            self.seen.append(Objection(self.clock.now(), key["address"], key["list"], None, True))

    def standing(self, address: str, at: datetime) -> list[Objection]:
        """What stood against this address (`email:a@b`) before the moment."""
        last: dict[str, Objection] = {}
        for objection in self.seen:
            if objection.address == address and objection.at < at:
                last[objection.list] = objection
        return [objection for objection in last.values() if not objection.lifted]
