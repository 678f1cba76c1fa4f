"""What was written when, of the rows whose history matters: the books show only how they stand when a rehearsal is over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from infra.rehearsal.books import Row, read_row
from infra.rehearsal.calls import Call
from infra.rehearsal.clock import VirtualClock
from infra.template import Template

_KEPT: Final = ("enrolments", "journeys", "messages")


@dataclass(frozen=True)
class Entry:
    """A row that was put whole into a table at this moment."""

    at: datetime
    table: str
    item: dict[str, Any]

    @cached_property
    def row(self) -> Row:
        return read_row(self.item)


@dataclass
class Ledger:
    """Watches what is put into the tables of enrolments, journeys and messages."""

    template: Template
    clock: VirtualClock
    entries: list[Entry] = field(default_factory=list)

    @cached_property
    def _tables(self) -> dict[str, str]:
        return {self.template.environment[f"TABLE_{name.upper()}"]: name for name in _KEPT}

    def after(self, call: Call) -> None:
        """Observes writes."""
        if call.service != "dynamodb" or call.error:
            return
        if call.operation == "PutItem":
            puts = [call.params]
        elif call.operation == "TransactWriteItems":
            puts = [part["Put"] for part in call.params["TransactItems"] if "Put" in part]
        else:
            return
        for put in puts:
            if table := self._tables.get(put["TableName"]):
                self.entries.append(Entry(self.clock.now(), table, put["Item"]))

    def of(self, table: str) -> Iterator[Entry]:
        """What was put into this table, oldest first."""
        return (entry for entry in self.entries if entry.table == table)
