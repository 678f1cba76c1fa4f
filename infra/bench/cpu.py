"""Processor time of each handler ÷ that of its own AWS calls, made by the low-level client.

Each invocation of a life is followed at once by the same calls, made plainly on a second set of tables and queues. Both sets see the same calls
in the same order, so each condition holds or fails alike in both.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from botocore.exceptions import ClientError

from infra.bench.durations import watching
from infra.bench.figure import Figure, table
from infra.bench.life import START, Lives, Somebody
from infra.rehearsal.calls import Call, Calls, watched_by
from infra.rehearsal.deliveries import Event
from infra.rehearsal.requests import BROWSER
from infra.rehearsal.world import World, running
from infra.template import Function

WARM_UP: Final = 2
PEOPLE: Final = 8
GOAL: Final = 1.15
_HOW: Final = (
    f"processor time of {{count}} invocations ÷ that of their own AWS calls by the low-level botocore client on twin tables, each right after"
    f" its invocation ({PEOPLE} lives side by side, local AWS, harness taken out); JSON of the event included"
)


def figures() -> list[Figure]:
    """Every figure of this section: one for each function that a life passes through."""
    with running("ministack", START) as world:
        twin = Twin(world)
        measured = Measured(world, twin)
        world.calls.after.insert(0, twin.note)
        with watching(world, measured.told):
            _live(world, range(WARM_UP))
            measured.reset()
            _live(world, range(WARM_UP, WARM_UP + PEOPLE))
    return measured.figures()


def _live(world: World, numbers: range) -> None:
    """Lives that end with a withdrawal, so that Preferences is among the functions."""
    people = [Somebody(number) for number in numbers]
    Lives(world, people).live()
    newest = {mail.to: mail for mail in world.mails if mail.header("List-Unsubscribe")}
    for who in people:
        address = newest[who.email].header("List-Unsubscribe").strip("<>")
        world.http("POST", address, form={"List-Unsubscribe": "One-Click"}, headers=BROWSER, source_ip=who.ip)
    world.settle()


class Measured:
    """Processor seconds by function: the handlers' and their calls'."""

    def __init__(self, world: World, twin: Twin) -> None:
        self._world = world
        self._twin = twin
        self.reset()

    def reset(self) -> None:
        """Forgets what was measured: imports and first clients are no event's."""
        self._handler: Counter[str] = Counter()
        self._calls: Counter[str] = Counter()
        self._count: Counter[str] = Counter()

    def told(self, function: Function, _: Event, seconds: float) -> None:
        name = function.logical_id.removesuffix("Function")
        plain, count = self._twin.replay()
        if count:
            self._handler[name] += seconds  # type: ignore[assignment] # seconds are no counts
            self._calls[name] += plain  # type: ignore[assignment]
            self._count[name] += 1

    def figures(self) -> list[Figure]:
        rows = [(name, 1e3 * self._handler[name] / self._count[name]) for name in sorted(self._count)]
        table("Processor milliseconds of one invocation", rows)
        return [
            Figure(
                f"cpu:{name.lower()}",
                self._handler[name] / self._calls[name],
                _HOW.format(count=self._count[name]),
                floor=1.0,
                goal=GOAL,
            )
            for name in sorted(self._count)
        ]


class Twin:
    """A second set of tables and queues on the same engine."""

    def __init__(self, world: World) -> None:
        self._engine = world.engine
        self._clients: dict[str, Any] = {}
        self._noted: list[Call] = []
        dynamodb = world.engine.client("dynamodb")
        for table_ in world.template.tables.values():
            dynamodb.create_table(**{**table_.create, "TableName": _twin(table_.name)})
        sqs = world.engine.client("sqs")
        self._queues = {
            queue.url: sqs.create_queue(
                QueueName=f"twin-{queue.name}", Attributes={"FifoQueue": "true"} if queue.fifo else {}
            )["QueueUrl"]
            for queue in world.template.queues.values()
        }

    def note(self, call: Call) -> None:
        """Observes calls: those of functions are to be replayed."""
        if call.function is not None:
            self._noted.append(call)

    def replay(self) -> tuple[float, int]:
        """(processor seconds, number) of the calls noted since, made again on the twins."""
        noted, self._noted = self._noted, []
        ready = [(self._method(call), self._params(call)) for call in noted]
        with watched_by(Calls()):
            return sum(_timed(method, params) for method, params in ready), len(ready)

    def _method(self, call: Call) -> Callable[..., Any]:
        name = {"dynamodb-streams": "dynamodbstreams"}.get(call.service, call.service)
        if name not in self._clients:
            self._clients[name] = self._engine.client(name)
        client = self._clients[name]
        operations: Mapping[str, str] = client.meta.method_to_api_mapping
        method: Callable[..., Any] = getattr(client, next(m for m, api in operations.items() if api == call.operation))
        return method

    def _params(self, call: Call) -> dict[str, Any]:
        params = dict(call.params)
        if "TableName" in params:
            params["TableName"] = _twin(params["TableName"])
        if "RequestItems" in params:
            params["RequestItems"] = {_twin(name): asked for name, asked in params["RequestItems"].items()}
        if "TransactItems" in params:
            params["TransactItems"] = [
                {kind: {**body, "TableName": _twin(body["TableName"])} for kind, body in part.items()}
                for part in params["TransactItems"]
            ]
        if "QueueUrl" in params:
            params["QueueUrl"] = self._queues[params["QueueUrl"]]
        return params


def _twin(table_name: str) -> str:
    return f"{table_name}-twin"


def _timed(method: Callable[..., Any], params: Mapping[str, Any]) -> float:
    started = time.process_time()
    with suppress(ClientError):  # a condition that fails for the function fails here too, and costs the same
        method(**params)
    return time.process_time() - started
