"""The seam that every invocation passes: the handler named by the template, called in this process as Lambda would call it."""

from __future__ import annotations

import io
import json
import traceback
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any, Final

from infra.rehearsal.calls import Call, Calls
from infra.rehearsal.clock import VirtualClock
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

    def __init__(self, function: Function) -> None:
        self.function_name = function.name
        self.memory_limit_in_mb = function.memory
        self.invoked_function_arn = function.arn
        self.aws_request_id = str(uuid.uuid4())
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
        self._own = {
            f.logical_id: {k: v for k, v in f.environment.items() if k not in template.environment}
            for f in template.functions.values()
        }
        self._handlers: dict[str, Handler] = {}
        self.count: Counter[str] = Counter()
        self.failures: list[Failure] = []
        calls.before.append(self._before_call)
        calls.after.append(self._after_call)

    def deployed(self, function: str, **variables: str) -> None:
        """Gives a function (by logical id) variables that only a deployment knows, such as the id of a user pool."""
        self._own[function].update(variables)

    def invoke(self, function: Function, event: Event) -> Any:
        """The handler's answer. Errors: FunctionError when it raised or was killed."""
        self.count[function.logical_id] += 1
        self._clock.pass_by(_TAKES)
        event = json.loads(json.dumps(event))  # as Lambda does: the handler gets its own copy, and JSON only
        own = self._own[function.logical_id]
        with environment(own), redirect_stdout(_LOG), self._calls.made_by(function.logical_id):
            try:
                return self._handler(function)(event, LambdaContext(function))
            except (Exception, Killed) as error:
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

    def _before_call(self, call: Call) -> None:
        if call.function:
            self.faults.before_call(call)

    def _after_call(self, call: Call) -> None:
        if call.function and not call.error:
            self.faults.after_call(call)
