"""What one lead's life may write, part by part. Whoever makes a part dearer sees it here; `make bench ONLY=cost` shows the whole bill.

Units by DynamoDB's size rules, a life, on moto. Three people live side by side, because what is folded in batches is shared by all of the moment. What an
installation does once is behind it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
import yaml

from infra.bench.cost import installed
from infra.bench.ledger import Bookkeeper, Cause, Ledger, Spent
from infra.bench.life import START, Lives, Somebody, scan
from infra.bench.prices import Prices, Usage
from infra.rehearsal.units import item_size
from infra.rehearsal.world import World, running
from infra.template import ROOT

# part: (units, what may write them: (function, table))
PARTS: dict[str, tuple[float, set[tuple[str, str]]]] = {
    # The post; the person, their place in the lists of leads and of their company, and the keys of phone and browser; the timeline.
    "a captured lead": (7, {("Capture", "Intake"), ("Resolve", "People"), ("Resolve", "Activities")}),
    # Ten rows of the timeline; three visits are three folds; two grades' marks are crossed and told, one of them ten seconds after the click, when it is known to
    # be a person's; the lead comes on the list of the hot.
    "ten events": (
        17,
        {(who, table) for who in ("Score", "Advance") for table in ("People", "Activities")}
        | {("Track", "Activities")},
    ),
    # Each is claimed before it is sent, and settled by what SES says of it: eight. Three are opened, which is noted once.
    "four mails": (11, {("Send", "Messages"), ("Feedback", "Messages"), ("Score", "Messages")}),
    # Entering and two moves.
    "a journey of three steps": (3, {("React", "Enrolments"), ("Advance", "Enrolments")}),
    # Two of the journey's, one of the hand-off's clock, two by which grades fall and silence shows.
    "five waits": (5, {("React", "Timers"), ("Advance", "Timers"), ("Score", "Timers")}),
    # The claim and its place in the list of its stage; the hand-off and its place in the owner's list; the timeline.
    "a hand-off": (5, {("React", "People"), ("React", "Handoffs"), ("React", "Activities")}),
}
LIVES = 3
ANYTHING_ELSE = 6
"""The meter's folds of mails, of journeys and of what mails brought, the tick's mark: shared by all leads of the moment, so that few pay most."""
FOLLOW_UP = 9
KILOBYTE = 1024

Books = tuple[Ledger, Ledger, dict[str, int], Spent]


@pytest.fixture(scope="module")
def books() -> Iterator[Books]:
    """What the lives wrote and read, what the follow-ups cost after them, the largest row of each table, and all that the lives used."""
    with running("moto", START) as world:
        installed(world)
        life, after, spent = Bookkeeper(world), list[Bookkeeper](), list[Spent]()

        def after_life() -> None:
            spent.append(life.close())
            after.append(Bookkeeper(world))

        Lives(world, [Somebody(number) for number in range(LIVES)]).live(after_life=after_life)
        yield life.ledger, after[0].close().ledger, _largest(world), spent[0]


@pytest.mark.parametrize("part", PARTS)
def test_a_part_of_a_life_writes_no_more_than_its_budget(part: str, books: Books) -> None:
    budget, writers = PARTS[part]
    spent = {cause: units for cause, units in books[0].writes.items() if cause[:2] in writers}
    assert sum(spent.values()) / LIVES <= budget, _told(spent)
    assert spent, "nobody writes this any more: the part has moved"


def test_nothing_else_is_written_on_a_lead_s_way(books: Books) -> None:
    known = set[tuple[str, str]]().union(*(writers for _, writers in PARTS.values()))
    other = {cause: units for cause, units in books[0].writes.items() if cause[:2] not in known}
    assert sum(other.values()) / LIVES <= ANYTHING_ELSE, _told(other)


def test_a_follow_up_by_sales_writes_no_more_than_its_budget(books: Books) -> None:
    assert books[1].write / LIVES <= FOLLOW_UP, _told(books[1].writes)


def test_no_row_of_an_ordinary_life_is_over_a_kilobyte(books: Books) -> None:
    """Above it, each write of the row costs a unit more."""
    assert {name: size for name, size in books[2].items() if size > KILOBYTE} == {}


def test_what_the_console_says_a_lead_costs_is_what_a_life_costs(books: Books) -> None:
    """Everything but Lambda's time, which only `make bench ONLY=cost` measures, is counted here; that time is about a fifth of the whole."""
    spent = books[3]
    counted = Usage(
        write_units=spent.ledger.write,
        read_units=spent.ledger.read,
        lambda_requests=spent.asynchronous + spent.http,
        rest_api_calls=spent.http,
        sqs_standard_requests=spent.queue_requests - spent.fifo_requests,
        sqs_fifo_requests=spent.fifo_requests,
        sns_publishes=spent.sns,
        gb_seconds=0,
    )
    dollars = sum(Prices.read().bill(counted).values()) / LIVES
    told = float(yaml.safe_load((ROOT / "templates/policies/budget.yaml").read_text(encoding="utf-8"))["per_lead_usd"])
    assert 0.65 * told <= dollars <= told, f"counted {dollars:.6f}, told {told:.6f}: set it to what `make bench` says"
    operators = (ROOT / "docs/operators.md").read_text(encoding="utf-8")
    assert f"`per_lead_usd` in `templates/policies/budget.yaml` is {told:.6f}." in operators


def _largest(world: World) -> dict[str, int]:
    client = world.engine.client("dynamodb")
    return {
        name.removesuffix("Table"): max((item_size(row) for row in scan(client, table.name)), default=0)
        for name, table in world.template.tables.items()
    }


def _told(spent: Mapping[Cause, float]) -> str:
    return "\n" + "\n".join(f"{units:5.1f}  {':'.join(cause)}" for cause, units in spent.items())
