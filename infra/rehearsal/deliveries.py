"""The seam that every invocation passes: the handler named by the template, called in this process as Lambda would call it."""

from __future__ import annotations

import io
import json
import traceback
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any, Final

from infra.rehearsal.calls import Call, Calls
from infra.rehearsal.chance import Chance
from infra.rehearsal.clock import VirtualClock
from infra.rehearsal.cold import restart
from infra.rehearsal.engines import environment
from infra.rehearsal.faults import Faults, Killed
from infra.template import Function, Template

Event = dict[str, Any]

# What one invocation takes on the virtual clock: things that follow one another do not happen at the same instant.
_TAKES: Final = timedelta(milliseconds=10)


class _Log(io.TextIOBase):
    """Where functions print their log and metric lines; nobody reads them here, failures carry their own trace."""

    def write(self, text: str) -> int:
        return len(text)


# One for all: loggers keep the stream that they find first.
_LOG: Final = _Log()


@dataclass
class Running:
    """An invocation that is going on: the `number`-th of its function, with so many AWS calls behind it."""

    function: str
    number: int
    event: Event
    drawn: tuple[str, int]
    """Where the chance stood when it began."""
    calls: int = 0
    is_twin: bool = False


class FunctionError(Exception):
    """The handler raised; `__cause__` is what it raised."""


@dataclass(frozen=True)
class Failure:
    """An invocation that failed, for reports. `trace` is the handler's traceback."""

    function: str
    at: datetime
    error: str
    trace: str
    cause: BaseException


class LambdaContext:
    """What Lambda passes beside the event."""

    memory_limit_in_mb: int
    function_version = "$LATEST"

    def __init__(self, function: Function, number: int) -> None:
        self.function_name = function.name
        self.memory_limit_in_mb = function.memory
        self.invoked_function_arn = function.arn
        self.aws_request_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"invocation {number}"))  # a retry has another
        self.log_group_name = f"/aws/lambda/{function.name}"
        self.log_stream_name = "rehearsal"
        self._milliseconds = function.timeout * 1000

    def get_remaining_time_in_millis(self) -> int:
        return self._milliseconds


Handler = Callable[[Event, LambdaContext], Any]


class Deliveries:
    """Calls functions, counts the calls, remembers the failures."""

    def __init__(self, template: Template, calls: Calls, clock: VirtualClock, faults: Faults) -> None:
        self._calls = calls
        self._clock = clock
        self.faults = faults
        self.chance = Chance("unseeded")
        """What the product draws at random, when somebody seeded it."""
        self._own = {
            f.logical_id: {k: v for k, v in f.environment.items() if k not in template.environment}
            for f in template.functions.values()
        }
        self._functions = template.functions
        self._handlers: dict[str, Handler] = {}
        self.count: Counter[str] = Counter()
        self.failures: list[Failure] = []
        self._running: list[Running] = []
        calls.repeats = self._repeats
        calls.before.append(self._before_call)
        calls.after.append(self._after_call)

    def deployed(self, function: str, **variables: str) -> None:
        """Gives a function (by logical id) variables that only a deployment knows, such as the id of a user pool."""
        self._own[function].update(variables)

    def is_busy(self, function: str) -> bool:
        """Whether an invocation of this function (by logical id) is going on."""
        return any(running.function == function for running in self._running)

    def invoke(self, function: Function, event: Event) -> Any:
        """The handler's answer. Errors: FunctionError when it raised, was killed or cannot be invoked now."""
        if self.faults.down_until(function.logical_id):
            raise FunctionError(f"{function.logical_id} cannot be invoked now")
        return self._run(function, event)

    def may_have_a_twin(self, function: str) -> bool:
        """Whether the invocation that is going on may be made a second time at the same moment: requests and messages of standard queues are."""
        found = self._functions[function]
        standard = any(not source.queue.endswith(".fifo") for source in found.queues)
        return (standard or bool(found.routes)) and not self._running[-1].is_twin

    def beside_itself(self) -> None:
        """Makes the invocation that is going on a second time, to its end; it draws the same at random, so that what comes of it can be compared."""
        running = self._running[-1]
        with suppress(FunctionError), self._calls.made_by(None), self.chance.again_from(running.drawn):
            self._run(self._functions[running.function], running.event, is_twin=True)

    def _run(self, function: Function, event: Event, *, is_twin: bool = False) -> Any:
        self.count[function.logical_id] += 1
        number = self.count[function.logical_id]
        self._running.append(Running(function.logical_id, number, event, self.chance.place, is_twin=is_twin))
        try:
            return self._invoke(function, event)
        finally:
            self._running.pop()

    def _invoke(self, function: Function, event: Event) -> Any:
        self._clock.pass_by(_TAKES)
        event = json.loads(json.dumps(event))  # as Lambda does: the handler gets its own copy, and JSON only
        own = self._own[function.logical_id]
        with environment(own), redirect_stdout(_LOG), self._calls.made_by(function.logical_id):
            try:
                return self._handler(function)(event, LambdaContext(function, self.count.total()))
            except (Exception, Killed) as error:
                if isinstance(error, Killed):
                    restart()
                self._remember(function, error)
                raise FunctionError(f"{function.logical_id}: {type(error).__name__}: {error}") from error

    def _handler(self, function: Function) -> Handler:
        if function.logical_id not in self._handlers:
            self._handlers[function.logical_id] = getattr(import_module(function.module), function.attribute)
        return self._handlers[function.logical_id]

    def _remember(self, function: Function, error: BaseException) -> None:
        trace = "".join(traceback.format_exception(error))
        said = f"{type(error).__name__}: {error}"
        self.failures.append(Failure(function.logical_id, self._clock.now(), said, trace, error))

    @contextmanager
    def asking(self, call: Call) -> Iterator[None]:
        """Within, the function that is at work asks somebody who is not AWS; what can happen at calls of AWS can happen here."""
        if self._running:
            call.function = self._running[-1].function
        self._before_call(call)
        yield
        self._after_call(call)

    def _before_call(self, call: Call) -> None:
        if call.function:
            running = self._running[-1]
            running.calls += 1
            call.site = f"{running.function} {running.number} call {running.calls}"
            self.faults.before_call(call)

    def _repeats(self, call: Call) -> bool:
        return bool(call.function) and self.faults.repeats(call)

    def _after_call(self, call: Call) -> None:
        if call.function and not call.notes.get("lost") and (not call.error or "strike" in call.notes):
            self.faults.after_call(call)
