"""The same life when a thousand leads are stored, and when a hundred times as many are; and beside a timeline of 20,000 activities."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from typing import Final

from infra.bench.figure import Figure, say, table
from infra.bench.ledger import Bookkeeper, Ledger
from infra.bench.life import START, Lives, Somebody, scan, table_named
from infra.bench.stock import Stock, remember
from infra.rehearsal.world import World, running
from infra.template import ROOT

FEW: Final = 1_000
MANY: Final = 100_000 if os.environ.get("FULL") else 10_000
PEOPLE: Final = 3
ACTIVITIES: Final = 20_000
YEARS: Final = timedelta(days=730)
GOAL: Final = 1.05


def figures() -> list[Figure]:
    """Every figure of this section."""
    return [*_by_leads(), *_by_history()]


# ------------------------------------------------------------------ more leads


def _by_leads() -> list[Figure]:
    with running("ministack", START) as world:
        Lives(world, [Somebody(0)]).live()
        stock = Stock(world)
        stock.store(1, FEW)
        few = _lived(world, 1)
        say(f"  {FEW:,} leads stored; storing {MANY - FEW:,} more, {stock.rows_per_lead} rows each …")
        stock.store(FEW + 1, MANY - FEW)
        many = _lived(world, 1 + PEOPLE)
    _compare(f"Units per lead with {FEW:,} and with {MANY:,} leads stored", few, many, PEOPLE)
    full = "" if MANY == 100_000 else f"; FULL=1 stores 100,000 instead of {MANY:,}"
    how = (
        f"units of {PEOPLE} lives with {MANY:,} stored leads ÷ with {FEW:,}, as a local AWS reports them; stored leads are copies of the"
        f" {stock.rows_per_lead} rows that a real life leaves in people, enrolments, hand-offs and timers{full}"
    )
    return [
        Figure("write_units_growth", many.write / few.write, how, floor=1.0, goal=GOAL),
        Figure("read_units_growth", many.read / few.read, how, floor=1.0, goal=GOAL),
    ]


def _lived(world: World, first: int) -> Ledger:
    book = Bookkeeper(world)
    Lives(world, [Somebody(first + number) for number in range(PEOPLE)]).live()
    return book.close().ledger


# ------------------------------------------------------------------ a longer history


def _by_history() -> list[Figure]:
    short, long = _elsewhere(0), _elsewhere(ACTIVITIES)
    how = (
        f"units of one life after the post, beside {ACTIVITIES:,} page views spread over the two years before ÷ beside none;"
        " moto, units by DynamoDB's size rules"
    )
    return [
        Figure(f"{kind}_units_growth:history", long[kind] / short[kind], how, floor=1.0, goal=GOAL)
        for kind in ("write", "read")
    ]


def _elsewhere(activities: int) -> dict[str, float]:
    """`_beside` in a process of its own: clients are bound to the engine that they first met."""
    command = [sys.executable, "-m", "infra.bench.growth", str(activities)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    units: dict[str, float] = json.loads(done.stdout)
    return units


def _beside(activities: int) -> dict[str, float]:
    with running("moto", START) as world:
        books: list[Bookkeeper] = []

        def after_post() -> None:
            if activities:
                rows = scan(world.engine.client("dynamodb"), table_named(world.template, "people"))
                (lead_id,) = (row["id"]["S"] for row in rows if row["kind"]["S"] == "lead")
                # Two years that end an hour ago: what is recent grows with the history, as it does for somebody this busy.
                remember(world, lead_id, activities, world.clock.now() - timedelta(hours=1), YEARS)
                world.settle()
            books.append(Bookkeeper(world))

        Lives(world, [Somebody(0)]).live(after_post=after_post)
        ledger = books[0].close().ledger
    table(
        f"Read units of one life beside {activities:,} activities",
        [(":".join(cause), units) for cause, units in ledger.reads.most_common()],
    )
    return {"write": ledger.write, "read": ledger.read}


def _compare(title: str, few: Ledger, many: Ledger, people: int) -> None:
    grown = {
        ":".join(cause): many.reads[cause] / people - few.reads[cause] / people
        for cause in few.reads.keys() | many.reads.keys()
        if many.reads[cause] != few.reads[cause]
    }
    rows = [("write, few", few.write), ("write, many", many.write), ("read, few", few.read), ("read, many", many.read)]
    table(title, [(name, units / people) for name, units in rows] + [(f"  grew: {n}", g) for n, g in grown.items()])


if __name__ == "__main__":
    print(json.dumps(_beside(int(sys.argv[1]))))
