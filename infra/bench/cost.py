"""What one lead's life costs: units by table and cause, invocations, requests of queues, dollars."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from infra.bench import durations
from infra.bench.figure import Figure, say, table
from infra.bench.ledger import Bookkeeper, Cause, Spent
from infra.bench.life import EVENTS, MAILS, START, Lives, Somebody
from infra.bench.prices import Prices, Usage
from infra.rehearsal.world import World, running

LEADS: Final = int(os.environ.get("LEADS", "50"))
_LIFE: Final = f"capture, {EVENTS} events (5 views, 3 opens, 2 clicks, in three visits), {MAILS} mails, 1 hand-off, through the template's functions"


def figures() -> list[Figure]:
    """Every figure of this section."""
    with running("moto", START) as world:
        installed(world)
        spent, followed = _lived(world, 0, LEADS)
        alone, _ = _lived(world, LEADS, 1)
        memory = {f.logical_id.removesuffix("Function"): f.memory for f in world.template.functions.values()}
    counted = _counted(spent)
    return [*counted, *_alone(alone), *_follow_up(followed), *_dollars(spent, memory), *_by_cause(spent)]


def installed(world: World) -> None:
    """A first lead comes and lives to the end of its journey: what an installation does once, such as making its key and filling its segments, is no lead's."""
    first = Somebody(900_000)
    world.http("POST", "/f/whitepaper", form=first.fields, source_ip=first.ip)
    world.run_until(world.clock.now() + timedelta(days=10))


def _lived(world: World, first: int, count: int) -> tuple[Spent, Spent]:
    """What the lives cost, and what the follow-ups of sales cost after them."""
    book, spent = Bookkeeper(world), list[Spent]()
    after: list[Bookkeeper] = []

    def after_life() -> None:
        spent.append(book.close())
        after.append(Bookkeeper(world))

    Lives(world, [Somebody(first + number) for number in range(count)]).live(after_life=after_life)
    return spent[0], after[0].close()


def _follow_up(spent: Spent) -> list[Figure]:
    how = f"sales notes a follow-up through the admin API, and the three days after it; average of {LEADS}"
    return [Figure("write_units_per_follow_up", spent.ledger.write / LEADS, how)]


def _counted(spent: Spent) -> list[Figure]:
    side = f"{LEADS} leads side by side on moto, average per lead; {_LIFE}"
    ledger = spent.ledger
    return [
        Figure(
            "write_units_per_lead",
            ledger.write / LEADS,
            f"{side}; units by DynamoDB's size rules, indexes and transactions included",
            floor=24.3,
            goal=30,
        ),
        Figure(
            "read_units_per_lead", ledger.read / LEADS, f"{side}; units by DynamoDB's size rules", floor=0.1, goal=3
        ),
        Figure(
            "invocations_per_lead",
            spent.asynchronous / LEADS,
            f"{side}; stream, queue and schedule functions, batches as full as the template allows; HTTP counted apart",
            floor=3.4,
            goal=6,
        ),
        Figure(
            "http_invocations_per_lead",
            spent.http / LEADS,
            f"{side}; one for each request of Capture and Track",
            floor=EVENTS + 1,
        ),
        Figure(
            "queue_calls_per_lead",
            spent.queue_requests / LEADS,
            f"{side}; sends, receives and deletes of SQS, and SNS's deliveries to it; polls of empty queues are idle cost",
            floor=16,
            goal=28,
        ),
        Figure("ses_calls_per_lead", spent.ses / LEADS, side, floor=MAILS, goal=MAILS),
    ]


def _alone(spent: Spent) -> list[Figure]:
    return [
        Figure(
            "invocations_per_lead:alone",
            spent.asynchronous,
            f"one lead when nobody else is there, so that no batch holds a stranger; {_LIFE}",
            floor=3.4,
        )
    ]


def _dollars(spent: Spent, memory: Mapping[str, int]) -> list[Figure]:
    prices = Prices.read()
    seconds = durations.measured_elsewhere()
    billed = {
        name: prices.billed_seconds(found["cpu"], found["calls"], memory[name]) * memory[name] / 1024
        for name, found in seconds.items()
    }
    standard = spent.queue_requests - spent.fifo_requests
    usage = Usage(
        write_units=spent.ledger.write / LEADS,
        read_units=spent.ledger.read / LEADS,
        lambda_requests=(spent.asynchronous + spent.http) / LEADS,
        rest_api_calls=spent.http / LEADS,
        sqs_standard_requests=standard / LEADS,
        sqs_fifo_requests=spent.fifo_requests / LEADS,
        sns_publishes=spent.sns / LEADS,
        gb_seconds=sum(billed.values()),
    )
    bill = {name: price * 1000 for name, price in prices.bill(usage).items()}
    table("Dollars per 1,000 leads, without SES", [*_sorted(bill), ("total", sum(bill.values()))], digits=5)
    say(f"  (SES itself: {prices.ses_mail * spent.ses / LEADS * 1000:.2f})")
    how = (
        f"counts of this run × list prices of {prices.region}, {prices.as_of} (infra/bench/prices.yaml); Lambda: processor time measured"
        f" against a local AWS ÷ the memory's share of a vCPU + {prices.assumed['milliseconds_per_call']:.0f} ms for each AWS call"
    )
    total = Figure("usd_per_1000_leads_without_ses", sum(bill.values()), how, floor=0.039, goal=0.06)
    return [total, *(Figure(f"usd_per_1000_leads:{name}", dollars, how) for name, dollars in _sorted(bill))]


def _by_cause(spent: Spent) -> list[Figure]:
    found = []
    for kind, counted in (("write", spent.ledger.writes), ("read", spent.ledger.reads)):
        rows = [(":".join(cause), units / LEADS) for cause, units in _by_size(counted)]
        table(f"{kind.capitalize()} units per lead, by function, table and operation", rows)
        found += [
            Figure(f"{kind}_units_per_lead:{name}", units, "the same run, this cause alone") for name, units in rows
        ]
    runs = [(name, count / LEADS) for name, count in spent.invocations.most_common()]
    table("Invocations per lead", runs)
    return found


def _by_size(counted: Counter[Cause]) -> list[tuple[Cause, float]]:
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))


def _sorted(bill: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(bill.items(), key=lambda pair: -pair[1])
