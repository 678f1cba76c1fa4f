"""python -m tests.rehearsal.dirty_import [ROWS]: a dirty file of people with known truth goes through the real import, and is held against the truth.

`make import-truth ROWS=10000` runs it, on a local AWS unless ENGINE says otherwise: moto walks whole tables at each query, so that ten thousand rows take it
for ever. The suite does so with fewer rows.
"""

from __future__ import annotations

import csv
import io
import os
import resource
import sys
import time
import warnings
from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from infra.build.content import compile_content
from infra.rehearsal.books import Books, read_books
from infra.template import ROOT
from shared.domain.doubles import SAME, features_of, find_pairs
from shared.runtime import content
from tests.bed import Bed, bed_on
from tests.unit.domain.dirty_people import Row, dirty_people

_COLUMNS = {"name": "姓名", "company": "公司", "country": "国家", "email": "邮箱", "phone_key": "手机"}
_FEW = 500
Pair = tuple[int, int]


@dataclass(frozen=True)
class Found:
    """What became of a file, against the truth. `decided`: pairs of rows that Ripen took for one person by itself; `asked`: those that the review of doubles
    calls the same besides; `true`: those that are one person.
    """

    rows: int
    people: int
    decided: set[Pair]
    asked: set[Pair]
    true: set[Pair]
    junk: int
    caught: int
    wrongly_held: int
    seconds: float
    write_units: float
    read_units: float

    @property
    def precision(self) -> float:
        """Of what was decided by itself, how much is right."""
        return len(self.decided & self.true) / max(len(self.decided), 1)

    @property
    def recall(self) -> float:
        """Of what is one person, how much was found: decided, or shown as the same for a person to confirm."""
        return len((self.decided | self.asked) & self.true) / max(len(self.true), 1)

    @property
    def alone(self) -> float:
        """Of what is one person, how much was decided without anybody."""
        return len(self.decided & self.true) / max(len(self.true), 1)

    @property
    def precision_with_review(self) -> float:
        """Precision when whatever the review calls the same is confirmed unseen."""
        both = self.decided | self.asked
        return len(both & self.true) / max(len(both), 1)

    def told(self) -> str:
        """The figures, in a few lines."""
        return (
            f"{self.rows} rows, {self.people} people: precision {self.precision:.4f}; recall {self.recall:.4f} of {len(self.true)} pairs, "
            f"{self.alone:.4f} decided by exact keys, the rest shown as doubles (precision with them {self.precision_with_review:.4f})\n"
            f"junk set aside {self.caught} of {self.junk}, wrongly {self.wrongly_held}\n"
            f"{self.rows / self.seconds:.0f} rows/s in one process, {self.write_units / self.rows:.2f} write and "
            f"{self.read_units / self.rows:.2f} read units a row"
        )


def play(bed: Bed, rows: list[Row]) -> Found:
    """Uploads the rows as one file, lets the import end, and compares."""
    meter, began = bed.world.meter.units, time.monotonic()
    written, read = meter.write, meter.read
    answer = bed.admin("POST", "/api/imports", body=as_file(rows), headers={"Content-Type": "text/csv"})
    assert answer.status == 200, answer.text
    import_id = answer.json()["import_id"]
    while bed.admin("GET", f"/api/imports/{import_id}").json()["status"] != "done":
        bed.later(minutes=1)
    seconds, units = time.monotonic() - began, (meter.write - written, meter.read - read)
    books = read_books(bed.world.template, bed.world.engine)
    outcomes = _outcomes(books, import_id)
    assert len(outcomes) == len(rows)
    owners = {at: books.now(lead_id) for at, (_, lead_id) in enumerate(outcomes) if lead_id}
    held = [status == "quarantined" for status, _ in outcomes]
    return Found(
        rows=len(rows),
        people=len(set(owners.values())),
        decided=_pairs(owners.items()),
        asked=_asked(books, owners),
        true=_pairs((at, rows[at].truth) for at in owners if rows[at].truth > 0),
        junk=sum(row.truth < 0 for row in rows),
        caught=sum(row.truth < 0 for row, out in zip(rows, held, strict=True) if out),
        wrongly_held=sum(row.truth > 0 for row, out in zip(rows, held, strict=True) if out),
        seconds=seconds,
        write_units=units[0],
        read_units=units[1],
    )


def as_file(rows: list[Row]) -> bytes:
    """The rows as a Chinese spreadsheet program saves them."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(_COLUMNS.values())
    table.writerows([row.fields.get(name, "") for name in _COLUMNS] for row in rows)
    return text.getvalue().encode("gb18030")


def _outcomes(books: Books, import_id: str) -> list[tuple[str, str]]:
    parts = [row for row in books["imports"] if row["import_id"] == import_id and row["part"] != "head"]
    parts.sort(key=lambda row: str(row["part"]))
    return [(status, lead_id) for part in parts for status, _, _, lead_id in part["outcomes"]]


def _asked(books: Books, owners: dict[int, str]) -> set[Pair]:
    """Pairs of rows whose people the review of doubles calls the same."""
    people = sorted(set(owners.values()))
    domains = content.mail_domains()
    found = find_pairs([features_of(books.leads[lead_id]["profile"], domains) for lead_id in people])
    joined = {lead_id: lead_id for lead_id in people}
    for one, other, verdict in found:
        if verdict.verdict == SAME:
            into, was = joined[people[one]], joined[people[other]]
            joined |= {each: into for each, at in joined.items() if at == was}
    return _pairs((at, joined[lead_id]) for at, lead_id in owners.items())


def _pairs(members: Iterable[tuple[int, Hashable]]) -> set[Pair]:
    together: dict[Any, list[int]] = defaultdict(list)
    for index, group in members:
        together[group].append(index)
    return {pair for group in together.values() for pair in combinations(sorted(group), 2)}


def main() -> int:
    """Exit code 1: the figures are not what they should be."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    if count > _FEW:
        os.environ.setdefault("ENGINE", "ministack")
    warnings.filterwarnings("ignore")
    with TemporaryDirectory(prefix="ripen-content-") as directory:
        compiled = Path(directory) / "content"
        assert compile_content(ROOT / "templates", compiled) == []
        with bed_on(compiled) as bed:
            found = play(bed, dirty_people(count))
    print(found.told())  # noqa: T201
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB at most in this process")  # noqa: T201
    # Six equal digits in a number are set aside by rule, and chance deals them to somebody real now and then.
    held = found.wrongly_held <= found.rows / 1000
    return 0 if found.precision >= 0.99 and found.recall >= 0.95 and held else 1


if __name__ == "__main__":
    sys.exit(main())
