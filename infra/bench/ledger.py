"""What the functions of a world spend: units by cause, invocations, requests of queues."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from infra.rehearsal.calls import Call
from infra.rehearsal.units import Units
from infra.rehearsal.world import World

Cause = tuple[str, str, str]
"""(function, table, operation), such as ("Score", "People", "UpdateItem")."""

HTTP = frozenset({"Capture", "Track", "Preferences", "Admin"})


@dataclass
class Ledger(Units):
    """The meter's units, also by cause."""

    names: dict[str, str] = field(default_factory=dict)
    writes: Counter[Cause] = field(default_factory=Counter)
    reads: Counter[Cause] = field(default_factory=Counter)
    calls: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """(function, service, operation), every AWS call."""

    def add(self, call: Call, read: float = 0.0, write: float = 0.0) -> None:
        super().add(call, read, write)
        cause = (_short(call.function or ""), self._tables_of(call), call.operation)
        if write:
            self.writes[cause] += write  # type: ignore[assignment] # halves of a unit are counted too
        if read:
            self.reads[cause] += read  # type: ignore[assignment]

    def _tables_of(self, call: Call) -> str:
        named = {call.params["TableName"]} if "TableName" in call.params else set(call.params.get("RequestItems", ()))
        named |= {body["TableName"] for part in call.params.get("TransactItems", ()) for body in part.values()}
        return "+".join(sorted(self.names[name] for name in named))


def _short(function: str) -> str:
    return function.removesuffix("Function")


@dataclass(frozen=True)
class Spent:
    """Totals since the ledger was opened."""

    ledger: Ledger
    invocations: Counter[str]
    queue_requests: int
    fifo_requests: int
    ses: int
    sns: int

    @property
    def asynchronous(self) -> int:
        return sum(count for function, count in self.invocations.items() if function not in HTTP)

    @property
    def http(self) -> int:
        return sum(count for function, count in self.invocations.items() if function in HTTP)


class Bookkeeper:
    """Opens a ledger in a world and closes it."""

    def __init__(self, world: World) -> None:
        self._world = world
        names = {table.name: logical.removesuffix("Table") for logical, table in world.template.tables.items()}
        self.ledger = Ledger(names=names)
        world.meter.units = self.ledger
        self._invoked = Counter(world.deliveries.count)
        self._sent: Counter[bool] = Counter()
        self._published = 0
        self._fifo = {queue.url for queue in world.template.queues.values() if queue.fifo}
        self._polled = {mapping.queue.url: mapping.requests for mapping in world.queues}
        self._ses = world.ses_calls
        self._closed = False
        world.calls.after.append(self._count)

    def _count(self, call: Call) -> None:
        if self._closed:
            return
        if call.function is not None:
            self.ledger.calls[_short(call.function), call.service, call.operation] += 1
        if call.service == "sqs" and call.function is not None:
            self._sent[call.params["QueueUrl"] in self._fifo] += 1
        elif call.service == "sns" and call.operation == "Publish":
            self._published += 1

    def close(self) -> Spent:
        """What was spent since. SNS hands each event to its queue by a request of its own."""
        polled = Counter[bool]()
        for mapping in self._world.queues:
            polled[mapping.queue.fifo] += mapping.requests - self._polled[mapping.queue.url]
        self._closed = True
        counts = Counter({_short(k): v for k, v in self._world.deliveries.count.items()})
        counts.subtract({_short(k): v for k, v in self._invoked.items()})
        return Spent(
            ledger=self.ledger,
            invocations=+counts,
            queue_requests=sum(self._sent.values()) + sum(polled.values()) + self._published,
            fifo_requests=self._sent[True] + polled[True],
            ses=self._world.ses_calls - self._ses,
            sns=self._published,
        )
