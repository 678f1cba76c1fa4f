"""Leads that are there already: the rows that one real life left, multiplied.

Each stored lead is a copy of the rows of somebody who lived through the functions, under ids of its own, so that sizes, attributes and index
keys are those that the functions write.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import urllib3

from infra.bench.life import scan, table_named
from infra.rehearsal.world import World
from shared.domain.timeline import TOUCHPOINT_FOLLOWED, Activity

Row = dict[str, Any]
# What lists and indexes are made of. Timelines and receipts are a partition each: how long one is, is measured apart.
TABLES: Final = ("people", "enrolments", "handoffs", "timers")
_BATCH: Final = 25
_HEADERS: Final = {
    "Content-Type": "application/x-amz-json-1.0",
    "X-Amz-Target": "DynamoDB_20120810.BatchWriteItem",
    # The emulators read the account and the region from it, and check nothing but that it is there.
    "X-Amz-Date": "20260302T000000Z",
    "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260302/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
}


class Refused(Exception):
    """A batch was not stored whole."""


class Pattern(NamedTuple):
    """What one life left. JSON can hold it."""

    ids: list[str]
    """What names the one who lived, longest first: it differs in each copy."""
    puts: list[tuple[str, str]]
    """(table, the request that writes a row into it, as JSON)."""


def pattern_of(world: World) -> Pattern:
    """Asked when exactly one lead lives there."""
    rows = {name: _rows(world, name) for name in TABLES}
    puts = [
        (table_named(world.template, name), json.dumps({"PutRequest": {"Item": _spread(name, row)}}, default=_base64))
        for name, found in rows.items()
        for row in found
    ]
    return Pattern(sorted(set(_ids(rows)), key=len, reverse=True), puts)


class Stock:
    """Copies of one lead's rows, at the address of something that speaks DynamoDB."""

    def __init__(self, endpoint: str, pattern: Pattern) -> None:
        self._endpoint = endpoint
        self._http = urllib3.PoolManager(maxsize=1, retries=False)
        self._ids, self._texts = pattern
        self.rows_per_lead = len(pattern.puts)

    def store(self, first: int, count: int) -> None:
        """Writes `count` leads, numbered from `first`. Errors: Refused."""
        # Plain requests: botocore would spend more on packing the rows than the engine on storing them.
        together = max(1, _BATCH // self.rows_per_lead)
        for number in range(first, first + count, together):
            self._write(
                [copy for n in range(number, min(number + together, first + count)) for copy in self._copies(n)]
            )

    def _copies(self, number: int) -> Iterator[tuple[str, str]]:
        others = [(known, another(known, number)) for known in self._ids]
        later = f"{datetime(2026, 6, 1) + timedelta(days=number % 30):%Y-%m-%d}"  # noqa: DTZ001 - a day, no moment
        for name, text in self._texts:
            for known, other in others:
                text = text.replace(known, other)
            yield name, text.replace(_DAY, later).replace(_NUMBER, f"{number:08}")

    def _write(self, batch: list[tuple[str, str]]) -> None:
        tables: dict[str, list[str]] = {}
        for name, text in batch:
            tables.setdefault(name, []).append(text)
        body = ",".join(f'"{name}":[{",".join(texts)}]' for name, texts in tables.items())
        answer = self._http.request(
            "POST", self._endpoint, body=f'{{"RequestItems":{{{body}}}}}'.encode(), headers=_HEADERS
        )
        if answer.status != 200 or answer.json().get("UnprocessedItems"):
            raise Refused(f"{answer.status}: {answer.data[:300]!r}")


_DAY: Final = "9999-12-31"
_NUMBER: Final = "NUMBER00"


def _base64(value: bytes) -> str:
    """What is packed, as DynamoDB's JSON has it."""
    return base64.b64encode(value).decode()


def _rows(world: World, name: str) -> list[Row]:
    rows = scan(world.engine.client("dynamodb"), table_named(world.template, name))
    return [row for row in rows if "body" in row][:1] if name == "timers" else rows


def _spread(name: str, row: Row) -> Row:
    """Stored timers fall due over a month, as waits do, and long after the lives that are measured."""
    if name != "timers":
        return row
    due = f"{_DAY}T{row['due']['S'].partition('T')[2]}"
    shard = row["bucket"]["S"].partition("#")[2]
    return row | {
        "bucket": {"S": f"{_DAY}#{shard}"},
        "due": {"S": due},
        "due_key": {"S": f"{due}#{row['due_key']['S'].partition('#')[2]}-{_NUMBER}"},
    }


def _ids(rows: dict[str, list[Row]]) -> Iterator[str]:
    """What names the one who lived: ids of the lead, of its keys and of its hand-off."""
    yield from (row["id"]["S"] for row in rows["people"])
    yield from (row["handoff_id"]["S"] for row in rows["handoffs"])


def another(known: str, number: int) -> str:
    """The id, of the same length, that the copy of this number has for a `known` one."""
    return hashlib.sha256(f"{known}|{number}".encode()).hexdigest()[: len(known)].ljust(len(known), "0")


def remember(world: World, lead_id: str, count: int, until: datetime, span: timedelta) -> None:
    """Writes `count` codes that were followed into one person's timeline, evenly over `span` before `until`."""
    client, table = world.engine.client("dynamodb"), table_named(world.template, "activities")
    rows = [_followed(lead_id, until - span / count * number, number) for number in range(1, count + 1)]
    for start in range(0, count, _BATCH):
        client.batch_write_item(
            RequestItems={table: [{"PutRequest": {"Item": row}} for row in rows[start : start + _BATCH]]}
        )


def _followed(lead_id: str, at: datetime, number: int) -> Row:
    """What no function waits for: the history is there already, nobody has to work it off first."""
    from shared.store.activities import to_item  # late: tables take their names from the environment of the world

    touch = Activity(lead_id, TOUCHPOINT_FOLLOWED, at, f"stand-{number}:visitor", "event", detail={"code": "stand-7"})
    row: Row = to_item(touch).to_dynamodb_dict()
    # As JSON has it; the client that writes it wants bytes.
    return {name: {"B": base64.b64decode(value["B"])} if "B" in value else value for name, value in row.items()}
