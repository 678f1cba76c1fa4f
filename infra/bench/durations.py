"""Processor time of each function in a lead's life, against a local AWS in a process of its own.

The clock runs only while a handler does; the harness's observers, which sit inside each call, are taken out.
"""

from __future__ import annotations

import gc
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
from infra.rehearsal.deliveries import Event, Handler, LambdaContext
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
    """Within, `told(function, event, CPU seconds)` is called after each invocation that did not fail.

    What Lambda's runtime does counts, too: it reads the event from JSON and writes the answer to it. What the harness does around it does not,
    nor what its heap costs the collector of garbage, which in a function's own process is small.
    """
    overhead, find = Overhead(world), world.deliveries._handler

    def handler_of(function: Function) -> Handler:
        handle = find(function)

        def timed(event: Event, context: LambdaContext) -> Any:
            text = json.dumps(event)
            before, started = overhead.seconds, time.process_time()
            answer = handle(json.loads(text), context)
            json.dumps(answer)
            seconds = time.process_time() - started - (overhead.seconds - before)
            told(function, event, seconds)
            return answer

        return timed

    world.deliveries._handler = handler_of  # type: ignore[method-assign]
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        world.deliveries._handler = find  # type: ignore[method-assign]


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
