"""An import goes through the door step by step: each takes so many rows, queues the next and holds nothing of the rest."""

from __future__ import annotations

import json
import random
import tracemalloc
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, cast

import pytest

from shared.domain.imports import PART_ROWS, Import, RowOutcome, Sheet, UnreadableFile, read_sheet
from shared.domain.moments import from_iso
from shared.domain.submission import QUARANTINED, Submission
from shared.usecases.import_people import WINDOW, ImportPorts, begin_import, take_import_step

NOW = datetime(2026, 3, 2, tzinfo=UTC)
HEADERS = {"email": ["email"], "name": ["name"], "message": ["message"]}


@dataclass
class Shelf:
    """Keeps imports as the table does."""

    head: Import | None = None
    parts: dict[int, bytes] = field(default_factory=dict)
    told: dict[int, list[RowOutcome]] = field(default_factory=dict)
    read: list[int] = field(default_factory=list)

    def packed(self, rows: bytes) -> bytes:
        return zlib.compress(rows, 6)

    def get(self, import_id: str) -> Import | None:
        return self.head

    def begin(self, found: Import, parts: Sequence[bytes]) -> None:
        self.head, self.parts = found, dict(enumerate(parts))

    def enlist(self, found: Import) -> None: ...

    def rows(self, found: Import, number: int) -> list[dict[str, str]]:
        self.read.append(number)
        return list(json.loads(zlib.decompress(self.parts[number])))

    def outcomes(self, import_id: str, number: int) -> list[RowOutcome]:
        return self.told[number]

    def keep_outcomes(self, found: Import, number: int, outcomes: list[RowOutcome], *, settled: bool) -> None:
        self.told[number] = outcomes
        if settled:
            del self.parts[number]

    def advance_submitted(self, import_id: str, reached: int, at: str) -> None:
        assert self.head
        self.head = replace(self.head, submitted=reached + 1, moved_at=at)

    def advance_settled(self, import_id: str, reached: int, counts: dict[str, int], reasons: dict[str, int]) -> None:
        assert self.head
        self.head = replace(self.head, settled=reached + 1, counts=counts, reasons=reasons)


@dataclass
class Quarantine:
    """Takes every post for junk."""

    posts: dict[str, Submission] = field(default_factory=dict)

    def accept(self, submission: Submission) -> None:
        self.posts[submission.submission_id] = replace(submission, status=QUARANTINED, reason="test_lead", fields={})

    def get_many(self, ids: Sequence[str]) -> dict[str, Submission]:
        return {each: self.posts[each] for each in ids}


@dataclass
class Stream(Quarantine):
    """Takes posts as they come and looks at them later, in their order."""

    taken: int = 0
    lost: frozenset[int] = frozenset()

    def get_many(self, ids: Sequence[str]) -> dict[str, Submission]:
        seen = {each for n, each in enumerate(self.posts) if n < self.taken and n not in self.lost}
        return {each: self.posts[each] for each in ids if each in seen}

    @property
    def waiting(self) -> int:
        return len(self.posts) - self.taken


@dataclass
class Nobody:
    """Nobody is known, nothing is told of anybody."""

    def homes(self, keys: Sequence[str]) -> dict[str, Any]:
        return {}

    def submitted(self, posts: Sequence[Any]) -> set[str]:
        return set()


@dataclass
class Line:
    """The queue of steps."""

    steps: list[dict[str, Any]] = field(default_factory=list)
    delays: list[timedelta] = field(default_factory=list)

    def put(self, body: dict[str, Any], delay: timedelta = timedelta()) -> None:
        self.steps.append(body)
        self.delays.append(delay)


def sheet(count: int, message: str = "") -> Sheet:
    """Every third row has an address that is none."""
    rows = (f"p{n}{'' if n % 3 else ' at'}@acme{n}.example,Person {n},{message}\n" for n in range(count))
    return read_sheet(f"email,name,message\n{''.join(rows)}".encode(), HEADERS)


def begun(table: Sheet, intake: Quarantine | None = None) -> tuple[str, Shelf, Line, ImportPorts]:
    shelf, line, nobody = Shelf(), Line(), Nobody()
    ports = ImportPorts(lambda: b"key", *cast(Any, (shelf, intake or Quarantine(), nobody, nobody, line, str)))
    return begin_import(table, "fair", "mara", "en", NOW, ports).import_id, shelf, line, ports


def test_a_step_takes_a_thousand_rows_and_queues_the_next_until_each_row_has_its_reason() -> None:
    import_id, shelf, line, ports = begun(sheet(2 * 1000 + 250))
    steps = 0
    while line.steps:
        read = len(shelf.read)
        take_import_step(import_id, line.steps.pop()["tries"], ports, NOW)
        steps += 1
        assert len(shelf.read) - read <= 5
    assert shelf.head
    assert shelf.head.is_done
    assert shelf.head.counts == {"quarantined": 1500, "refused": 750}
    assert [bool(each.reasons) for number in sorted(shelf.told) for each in shelf.told[number]] == [True] * 2250
    assert shelf.read == list(range(12))
    assert steps <= 7


def played(stream: Stream, rows: int, a_second: float) -> tuple[Shelf, list[int], int, datetime]:
    """The import through a stream that looks at `a_second` rows: (the shelf, rows waiting after each step, steps, when it was done)."""
    import_id, shelf, line, ports = begun(sheet(rows), stream)
    now, waiting, steps, pace = NOW, [], 0, 0.0
    while line.steps:
        pause = line.delays.pop().total_seconds() or 1
        now += timedelta(seconds=pause)
        pace += pause * a_second
        stream.taken = min(len(stream.posts), stream.taken + int(pace))
        pace -= int(pace)
        take_import_step(import_id, line.steps.pop()["tries"], ports, now)
        waiting.append(stream.waiting)
        steps += 1
    assert shelf.head
    assert shelf.head.is_done
    return shelf, waiting, steps, now


def test_a_form_post_waits_behind_a_window_of_rows_and_not_behind_the_whole_file() -> None:
    shelf, waiting, steps, done = played(Stream(), 6000, a_second=12)
    assert max(waiting) <= WINDOW
    assert shelf.head
    assert shelf.head.counts == {"quarantined": 4000, "refused": 2000}
    # The stream needs 333 seconds for the 4,000 rows; the steps neither leave it idle nor look all the time.
    assert done - NOW < timedelta(seconds=700)
    assert steps < 70


def test_a_row_without_an_outcome_holds_no_other_back_and_is_told_as_waiting_after_a_day() -> None:
    stream = Stream(lost=frozenset({3, 500}))
    shelf, waiting, steps, done = played(stream, 3000, a_second=12)
    assert max(waiting) <= WINDOW
    assert shelf.head
    assert shelf.head.counts == {"quarantined": 1998, "refused": 1000, "waiting": 2}
    assert timedelta(days=1) < done - NOW < timedelta(days=1, hours=1)
    assert steps < 200
    assert from_iso(shelf.head.moved_at) - NOW < timedelta(minutes=10)


def test_a_stream_that_stands_still_gets_no_more_than_a_window_a_day() -> None:
    _, waiting, steps, done = played(Stream(), 1000, a_second=0)
    assert waiting[0] <= WINDOW
    assert [count for count, following in pairwise(waiting) if following > count + WINDOW] == []
    assert timedelta(days=2) < done - NOW < timedelta(days=5)
    assert steps < 700


@pytest.mark.parametrize("a_second", [0.02, 0.2, 2, 20])
def test_the_end_is_told_soon_after_the_last_row_however_slow_the_stream_is(a_second: float) -> None:
    _, _, steps, done = played(Stream(), 150, a_second)
    last = timedelta(seconds=100 / a_second)
    assert done - NOW <= last * 1.2 + timedelta(seconds=10)
    assert steps < 60


def test_a_step_holds_no_more_of_a_large_file_than_of_a_small_one() -> None:
    peaks = []
    for parts in (6, 30):
        import_id, shelf, _, ports = begun(sheet(parts * PART_ROWS))
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        take_import_step(import_id, 0, ports, NOW)
        peaks.append(tracemalloc.get_traced_memory()[1] - before)
        tracemalloc.stop()
        assert shelf.read == [0, 1, 2]
    assert peaks[1] < 1.2 * peaks[0]


def test_a_cell_is_kept_as_far_as_it_takes_to_see_that_it_is_too_long() -> None:
    import_id, shelf, _, ports = begun(sheet(2, "x" * 30_000))
    assert shelf.head
    assert len(shelf.rows(shelf.head, 0)[0]["message"]) == 2001
    take_import_step(import_id, 0, ports, NOW)
    assert shelf.told[0][1].reasons[0] == "too_long"


def test_rows_that_say_more_than_can_be_kept_are_refused_with_their_numbers() -> None:
    dice = random.Random(7)
    lines = [
        f"p{n}@acme.example,P,{''.join(chr(dice.randrange(0x4E00, 0x9FFF)) for _ in range(2000))}" for n in range(400)
    ]
    with pytest.raises(UnreadableFile, match="rows 1 to 200"):
        begun(read_sheet("email,name,message\n{}".format("\n".join(lines)).encode(), HEADERS))


def test_a_table_of_thousands_of_columns_is_none() -> None:
    with pytest.raises(UnreadableFile, match="200 columns"):
        read_sheet(("email" + ",x" * 3000 + "\na@acme.example\n").encode(), HEADERS)


def test_the_same_file_is_the_same_import_and_another_is_another() -> None:
    assert begun(sheet(3))[0] == begun(sheet(3))[0] != begun(sheet(4))[0]
