"""The questions that pages and functions put to tables, asked of a thousand and of a million items in a store that behaves as an index does (dynalite).

Optional: it needs node ≥ 20 and fetches dynalite by npx. `make bench ONLY=shapes`, some ten minutes.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import boto3

from infra.bench.figure import Figure, say, table
from infra.bench.life import START, Lives, Somebody
from infra.bench.stock import Pattern, Stock, another, pattern_of
from infra.rehearsal.world import PARAMETERS, running
from infra.template import ROOT, Template, load

DYNALITE: Final = "dynalite@4.0.0"
FEW: Final = 1_000
MANY: Final = int(os.environ.get("ITEMS", "1000000"))
ROUNDS: Final = 21
PAGE: Final = 50
_STARTS_WITHIN: Final = 120.0

Questions = dict[str, Callable[[], Any]]


class Answered(NamedTuple):
    """What a question took: seconds (the median of some rounds), and read units."""

    seconds: float
    units: float


def figures() -> list[Figure]:
    """Every figure of this section."""
    told = subprocess.run([sys.executable, "-m", "infra.bench.shapes"], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    pattern = Pattern(*json.loads(told.stdout))
    template = load(parameters=PARAMETERS)
    with _dynalite() as endpoint:
        _found(template, endpoint)
        stock = Stock(endpoint, pattern)
        leads = [max(2, items // stock.rows_per_lead) for items in (FEW, MANY)]
        say(f"  storing {FEW:,} items …")
        stock.store(1, leads[0])
        few = _asked(_questions(pattern))
        say(f"  storing {MANY:,} items …")
        stock.store(leads[0] + 1, leads[1] - leads[0])
        many = _asked(_questions(pattern))
    table(
        f"Milliseconds with {FEW:,} → {MANY:,} items",
        [
            (f"{name}, {which}", 1e3 * units.seconds)
            for name in few
            for which, units in (("few", few[name]), ("many", many[name]))
        ],
    )
    how = f"{MANY:,} ÷ {FEW:,} items (copies of what one life leaves) in dynalite; all leads in one company, all hand-offs with one owner"
    return [
        *(
            Figure(
                f"shape_units:{name}", many[name].units / few[name].units, f"read units, {how}", floor=1.0, goal=1.05
            )
            for name in few
        ),
        *(
            Figure(
                f"shape:{name}",
                many[name].seconds / few[name].seconds,
                f"median time of {ROUNDS} rounds, {how}",
                floor=1.0,
            )
            for name in few
        ),
    ]


def _questions(pattern: Pattern) -> Questions:
    """Each list that a page shows, each look that a function takes, by the product's own store."""
    from shared.store.enrolments import Enrolments  # late: tables take their names from the environment
    from shared.store.handoffs import Handoffs
    from shared.store.people import People
    from shared.store.timers import Timers

    rows = [json.loads(put)["PutRequest"]["Item"] for _, put in pattern.puts]
    [lead] = [row for row in rows if row.get("kind") == {"S": "lead"}]
    [handoff] = [row for row in rows if "owner" in row and "handoff_id" in row and "kind" not in row]
    somebody = another(lead["id"]["S"], 7)
    nothing_due = datetime(2026, 7, 1, tzinfo=UTC)
    people, timers = People(), Timers()
    return {
        "person": lambda: people.find(somebody),
        "newest": lambda: people.page(PAGE),
        "newest_in_the_middle": lambda: people.around(START + timedelta(minutes=1), PAGE),
        "hot": lambda: people.page(PAGE, hot=True),
        "stage": lambda: people.page_by_stage(lead["stage"]["S"], PAGE),
        "company": lambda: people.page_by_account(lead["account"]["S"], PAGE),
        "handoffs_of_owner": lambda: Handoffs().page_of_owner(handoff["owner"]["S"], PAGE),
        "journeys_of_person": lambda: Enrolments().of(somebody),
        "due_in_a_minute": lambda: list(timers.due_between(nothing_due, nothing_due + timedelta(minutes=1))),
    }


def _asked(questions: Questions) -> dict[str, Answered]:
    """In turn, so that what else the machine does meets all alike."""
    from shared.store.connection import CONNECTION  # late, as above

    spent: list[float] = []
    events = CONNECTION.client.meta.events
    events.register("before-parameter-build.dynamodb", _want_units)
    events.register("after-call.dynamodb", lambda parsed, **_: spent.append(_units(parsed)))
    seconds: dict[str, list[float]] = {name: [] for name in questions}
    units: dict[str, float] = {}
    for _ in range(ROUNDS):
        for name, ask in questions.items():
            spent.clear()
            began = time.perf_counter()
            found = ask()
            seconds[name].append(time.perf_counter() - began)
            units[name] = sum(spent)
            if found is None:
                raise LookupError(f"{name} found nothing")
    return {name: Answered(statistics.median(took), units[name]) for name, took in seconds.items()}


def _want_units(params: dict[str, Any], **_: Any) -> None:
    params["ReturnConsumedCapacity"] = "TOTAL"


def _units(parsed: dict[str, Any]) -> float:
    told = parsed.get("ConsumedCapacity") or []
    # An answer without rows costs half a unit too, which dynalite does not count.
    return sum(max(0.5, float(each["CapacityUnits"])) for each in (told if isinstance(told, list) else [told]))


def _found(template: Template, endpoint: str) -> None:
    """Creates the tables, and tells this process where they are."""
    os.environ |= template.environment | {
        "AWS_ENDPOINT_URL_DYNAMODB": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": template.stack.at.region,
        "AWS_DEFAULT_REGION": template.stack.at.region,
    }
    client = boto3.client("dynamodb", endpoint_url=endpoint, region_name=template.stack.at.region)
    for each in template.tables.values():
        # It has no streams, and nobody reads any here.
        client.create_table(**{name: value for name, value in each.create.items() if name != "StreamSpecification"})
        client.get_waiter("table_exists").wait(TableName=each.name, WaiterConfig={"Delay": 1})


@contextmanager
def _dynalite() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["npx", "--yes", DYNALITE, "--host", "127.0.0.1", "--port", str(port), "--createTableMs", "0"]
    running_one = subprocess.Popen(command, stdout=sys.stderr, start_new_session=True)
    try:
        _until_open(port, running_one)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(running_one.pid, 15)
        running_one.wait(30)


def _until_open(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"{DYNALITE} did not start: it needs node ≥ 20, and npm's registry the first time")


def _pattern() -> Pattern:
    with running("moto", START) as world:
        Lives(world, [Somebody(0)]).live()
        return pattern_of(world)


if __name__ == "__main__":
    print(json.dumps(_pattern()))
