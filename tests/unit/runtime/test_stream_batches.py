"""What a failed record of a stream does to its neighbours."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from shared.runtime.batches import Record, each_stream_group

Group = tuple[list[Record], Callable[[], None]]


class Aside:
    """The failed queue: (function, who, reason) of what was set aside."""

    def __init__(self) -> None:
        self.put_aside: list[tuple[str, str, str]] = []

    def put(self, function: str, record: dict[str, Any], reason: str) -> None:
        self.put_aside.append((function, record["name"], reason))


class Work:
    """Notes whose record was worked on; raises what the record's name is down for."""

    def __init__(self, **raised: Exception) -> None:
        self.done: list[str] = []
        self.aside = Aside()
        self._raised = raised

    def __call__(self, *leads: str) -> None:
        """Works on a batch of records named `<lead><number>`, such as `lin1`."""
        groups: list[Group] = [([record(name)], partial(self._act, name)) for name in leads]
        each_stream_group("react", groups, ordered_by="lead_id", failed=self.aside)  # type: ignore[arg-type]

    def _act(self, name: str) -> None:
        if error := self._raised.get(name):
            raise error
        self.done.append(name)


def record(name: str) -> Record:
    """A row of lead `lin` under its own sort key; the sort key stands first, as it may."""
    return {"name": name, "dynamodb": {"Keys": {"sk": {"S": name}, "lead_id": {"S": name.rstrip("0123456789")}}}}


def test_behind_a_transient_fault_the_same_persons_records_wait_and_nobody_elses() -> None:
    work = Work(lin1=TimeoutError())
    with pytest.raises(TimeoutError):
        work("lin1", "wang1", "lin2", "wang2")
    assert work.done == ["wang1", "wang2"]
    assert work.aside.put_aside == []


def test_behind_poison_the_same_persons_records_go_on() -> None:
    work = Work(lin1=ValueError("no such day"))
    work("lin1", "lin2", "wang1")
    assert work.done == ["lin2", "wang1"]
    assert work.aside.put_aside == [("react", "lin1", "ValueError: no such day")]


def test_a_batch_without_faults_is_worked_on_in_its_order() -> None:
    work = Work()
    work("lin1", "wang1", "lin2")
    assert work.done == ["lin1", "wang1", "lin2"]
