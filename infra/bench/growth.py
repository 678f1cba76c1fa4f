"""The same life when a thousand leads are stored, and when a hundred times as many are; and beside a timeline of 20,000 activities."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Final

from infra.bench.figure import Figure, say, table
from infra.bench.ledger import Bookkeeper, Ledger
from infra.bench.life import START, Lives, Somebody, scan, table_named
from infra.bench.stock import Stock, pattern_of, remember
from infra.rehearsal.world import running
from infra.template import ROOT

FEW: Final = 1_000
MANY: Final = 100_000 if os.environ.get("FULL") else 10_000
PEOPLE: Final = 3
ACTIVITIES: Final = 20_000
YEARS: Final = timedelta(days=730)
LONG_AGO: Final = timedelta(days=120)
"""Before any window that somebody looks back on: 90 days of touches, 30 of a brief."""
GOAL: Final = 1.05

Units = dict[str, dict[str, float]]
"""``{"write" | "read": {cause: units}}``."""


def figures() -> list[Figure]:
    """Every figure of this section."""
    return [*_by_leads(), *_by_history()]


# ------------------------------------------------------------------ more leads


def _by_leads() -> list[Figure]:
    few, many = _elsewhere("leads", FEW), _elsewhere("leads", MANY)
    _compare(f"Units per lead with {FEW:,} and with {MANY:,} leads stored", few, many)
    full = "" if MANY == 100_000 else f"; FULL=1 stores 100,000 instead of {MANY:,}"
    how = (
        f"units of {PEOPLE} lives with {MANY:,} stored leads ÷ with {FEW:,}, as a local AWS reports them; stored leads are copies of the"
        f" rows that a real life leaves in people, enrolments, hand-offs and timers{full}"
    )
    return [
        Figure(f"{kind}_units_growth", sum(many[kind].values()) / sum(few[kind].values()), how, floor=1.0, goal=GOAL)
        for kind in ("write", "read")
    ]


def _among(leads: int) -> Units:
    """What some lives cost among so many stored leads."""
    with running("ministack", START) as world:
        Lives(world, [Somebody(0)]).live()
        say(f"  storing {leads:,} leads …")
        Stock(str(world.engine.endpoint), pattern_of(world)).store(1, leads)
        # What the streams tell of the stored rows is worked off first: it is no part of the lives that are measured.
        world.written_elsewhere()
        world.settle()
        say("  living beside them …")
        book = Bookkeeper(world)
        Lives(world, [Somebody(1 + number) for number in range(PEOPLE)]).live()
        return _units(book.close().ledger)


# ------------------------------------------------------------------ a longer history


def _by_history() -> list[Figure]:
    none, long, busy = _elsewhere("history", 0), _elsewhere("history", ACTIVITIES), _elsewhere("busy", ACTIVITIES)
    _compare(f"Units of one life beside no history and beside {ACTIVITIES:,} activities of long ago", none, long)
    _compare(f"The same beside {ACTIVITIES:,} activities until an hour ago", none, busy)
    how = (
        f"units of one life after the post, beside {ACTIVITIES:,} followed codes spread over two years ÷ beside none;"
        " moto, units by DynamoDB's size rules"
    )
    old, recent = f"{how}; the years ended {LONG_AGO.days} days ago", f"{how}; the years ended an hour ago, 27 a day"
    return [
        *(_growth(f"{kind}_units_growth:history", none[kind], long[kind], old, GOAL) for kind in none),
        *(_growth(f"{kind}_units_growth:busy", none[kind], busy[kind], recent) for kind in none),
    ]


def _growth(name: str, few: dict[str, float], many: dict[str, float], how: str, goal: float | None = None) -> Figure:
    return Figure(name, sum(many.values()) / sum(few.values()), how, floor=1.0, goal=goal)


def _beside(activities: int, ended: timedelta) -> Units:
    """What one life costs from the post on, beside so many activities of the same person, over two years that `ended` so long ago."""
    with running("moto", START) as world:
        books: list[Bookkeeper] = []

        def after_post() -> None:
            if activities:
                rows = scan(world.engine.client("dynamodb"), table_named(world.template, "people"))
                (lead_id,) = (row["id"]["S"] for row in rows if row["kind"]["S"] == "lead")
                remember(world, lead_id, activities, world.clock.now() - ended, YEARS)
                world.settle()
            books.append(Bookkeeper(world))

        Lives(world, [Somebody(0)]).live(after_post=after_post)
        return _units(books[0].close().ledger)


# ------------------------------------------------------------------ in a world of its own each

_KINDS: Final[dict[str, Callable[[int], Units]]] = {
    "leads": _among,
    "history": partial(_beside, ended=LONG_AGO),
    # What is recent grows with the history, as it does for somebody this busy.
    "busy": partial(_beside, ended=timedelta(hours=1)),
}


def _units(ledger: Ledger) -> Units:
    counted = {"write": ledger.writes, "read": ledger.reads}
    return {kind: {":".join(cause): units for cause, units in causes.items()} for kind, causes in counted.items()}


def _elsewhere(kind: str, number: int) -> Units:
    """In a process of its own: clients are bound to the engine that they first met, and both worlds have the same past."""
    command = [sys.executable, "-m", "infra.bench.growth", kind, str(number)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    units: Units = json.loads(done.stdout)
    return units


def _compare(title: str, few: Units, many: Units) -> None:
    rows: list[tuple[str, float]] = []
    for kind, causes in few.items():
        rows += [(f"{kind}, {which}", sum(units[kind].values())) for which, units in (("few", few), ("many", many))]
        differ = {name: many[kind].get(name, 0.0) - causes.get(name, 0.0) for name in causes.keys() | many[kind].keys()}
        rows += [(f"  {name}", grown) for name, grown in sorted(differ.items()) if grown]
    table(title, rows)


if __name__ == "__main__":
    print(json.dumps(_KINDS[sys.argv[1]](int(sys.argv[2]))))
