"""Processor time of each function in a lead's life, against a local AWS in a process of its own.

The clock runs only while a handler does; the harness's observers, which sit inside each call, are taken out.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from infra.bench.ledger import Bookkeeper
from infra.bench.life import START, Lives, Somebody
from infra.rehearsal.calls import Call, Observer
from infra.rehearsal.deliveries import Event
from infra.rehearsal.world import World, running
from infra.template import ROOT, Function

WARM_UP: Final = 2
PEOPLE: Final = 6


class Overhead:
    """Processor time that the harness spends inside the functions' calls."""

    def __init__(self, world: World) -> None:
        self.seconds = 0.0
        for observers in (world.calls.rewriters, world.calls.before, world.calls.after):
            observers[:] = [self._timed(observe) for observe in observers]

    def _timed(self, observe: Observer) -> Observer:
        def timed(call: Call) -> None:
            started = time.process_time()
            try:
                observe(call)
            finally:
                self.seconds += time.process_time() - started

        return timed


Invoked = Callable[[Function, Event, float], None]


@contextmanager
def watching(world: World, told: Invoked) -> Iterator[None]:
    """Within, `told(function, event, CPU seconds)` is called after each invocation."""
    overhead, invoke = Overhead(world), world.deliveries.invoke

    def timed(function: Function, event: Event) -> Any:
        before, started = overhead.seconds, time.process_time()
        answer = invoke(function, event)
        told(function, event, time.process_time() - started - (overhead.seconds - before))
        return answer

    world.deliveries.invoke = timed  # type: ignore[method-assign]
    try:
        yield
    finally:
        world.deliveries.invoke = invoke  # type: ignore[method-assign]


def measure() -> dict[str, dict[str, float]]:
    """{function: {"cpu": seconds, "calls": AWS calls, "invocations"}} for one lead, with imports and first clients behind it."""
    cpu: Counter[str] = Counter()
    with running("ministack", START) as world:
        Lives(world, [Somebody(n) for n in range(WARM_UP)]).live()
        book = Bookkeeper(world)

        def told(function: Function, _: Event, seconds: float) -> None:
            cpu[function.logical_id.removesuffix("Function")] += seconds  # type: ignore[assignment] # seconds are no counts

        with watching(world, told):
            Lives(world, [Somebody(WARM_UP + n) for n in range(PEOPLE)]).live()
        spent = book.close()
    calls: Counter[str] = Counter()
    for (function, _, _), count in spent.ledger.calls.items():
        calls[function] += count
    return {
        name: {
            "cpu": cpu[name] / PEOPLE,
            "calls": calls[name] / PEOPLE,
            "invocations": spent.invocations[name] / PEOPLE,
        }
        for name in cpu
    }


def measured_elsewhere() -> dict[str, dict[str, float]]:
    """`measure` in a process of its own: clients are bound to the engine that they first met."""
    command = [sys.executable, "-m", "infra.bench.durations"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    found: dict[str, dict[str, float]] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    print(json.dumps(measure()))
