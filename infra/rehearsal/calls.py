"""The seam that every AWS call of this process passes.

botocore hooks report each call to the `Calls` that is in force: first `rewriters` (may change the parameters), then `before`
(may raise), then the engine, then `after` (sees the answer). The hooks sit in botocore's builtin handlers, which every later
session copies, so this module is imported before any client exists; clients that outlive one `Calls` report to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.client import BaseClient
from botocore.handlers import BUILTIN_HANDLERS

_NOTE: Final = "rehearsal_call"
_SEEN: Final = "rehearsal_seen"


@dataclass
class Call:
    """One AWS call. `function` is the logical id of the function that makes it; None: the harness itself.

    `service` and `operation` as botocore names them (`dynamodb`, `PutItem`); `answer` is the parsed response, with `Error` when
    the engine refused. `notes` carry what a `before` observer wants to find in its `after`.
    """

    service: str
    operation: str
    params: dict[str, Any]
    function: str | None
    attempts: int = 1
    """How often the client that makes it tries."""
    site: str = ""
    """Which call of which invocation this is: `SendFunction 3 call 2`."""
    answer: dict[str, Any] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def error(self) -> str | None:
        """The error code, when the engine refused."""
        code: str | None = self.answer.get("Error", {}).get("Code")
        return code

    @property
    def table(self) -> str | None:
        return self.params.get("TableName")


Observer = Callable[[Call], None]
Shortcut = Callable[[Call], Any]


class Calls:
    """Who looks at the calls, and on whose behalf they are made."""

    def __init__(self) -> None:
        self.rewriters: list[Observer] = []
        self.before: list[Observer] = []
        self.after: list[Observer] = []
        self.shortcut: Shortcut | None = None
        """Answers calls before they leave botocore, or leaves them to the engine."""
        self.repeats: Callable[[Call], bool] | None = None
        """Whether the answer is lost on the way and the SDK makes the call again."""
        self.brisk = False
        """True: what the shortcut answers does not pass through botocore's validation, endpoint rules, headers and serialiser."""
        self._function: str | None = None

    @contextmanager
    def made_by(self, function: str | None) -> Iterator[None]:
        """Within, calls are the function's; None: the harness's own."""
        outer, self._function = self._function, function
        try:
            yield
        finally:
            self._function = outer

    def start(self, service: str, operation: str, params: dict[str, Any], attempts: int = 1) -> Call:
        call = Call(service, operation, params, self._function, attempts)
        for rewrite in self.rewriters:
            rewrite(call)
        return call


_in_force: list[Calls] = []
_begun: list[Call] = []
"""A call that was to be brisk and goes the long way after all: whoever watches has seen its beginning."""


@contextmanager
def watched_by(calls: Calls) -> Iterator[None]:
    """Within, every AWS call of this process is reported to `calls` (and to no outer one)."""
    _in_force.append(calls)
    try:
        yield
    finally:
        _in_force.remove(calls)


def _on_params(params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> dict[str, Any] | None:
    if not _in_force:
        return None
    if _begun:
        context[_NOTE] = _begun.pop()
        return dict(params)
    service = str(model.service_model.service_id.hyphenize())
    config = context.get("client_config")
    attempts = (getattr(config, "retries", None) or {}).get("total_max_attempts", 1)
    call = _in_force[-1].start(service, model.name, dict(params), attempts)
    context[_NOTE] = call
    return call.params


def _on_before(context: dict[str, Any], **_: Any) -> Any:
    if not _in_force or not (call := context.get(_NOTE)) or call.notes.pop(_SEEN, False):
        return None
    calls = _in_force[-1]
    for observe in calls.before:
        observe(call)
    answer = calls.shortcut(call) if calls.shortcut else None
    if answer and calls.repeats and calls.repeats(call):
        _took_effect(calls, call, answer[1])
        return calls.shortcut(call) if calls.shortcut else None
    return answer


def _took_effect(calls: Calls, call: Call, parsed: dict[str, Any]) -> None:
    """The first of two: whoever watches sees its effect, the caller does not. Observers that concern the caller look at `lost`."""
    call.answer, call.notes["lost"] = parsed, True
    for observe in calls.after:
        observe(call)
    call.notes["lost"] = False


def _on_answer(
    response: tuple[Any, dict[str, Any]] | None, request_dict: dict[str, Any], attempts: int, **_: Any
) -> int | None:
    """botocore asks whether to try again, and how many seconds from now."""
    call = request_dict.get("context", {}).get(_NOTE)
    calls = _in_force[-1] if _in_force else None
    if not (
        calls
        and call
        and response
        and attempts == 1
        and "lost" not in call.notes
        and calls.repeats
        and calls.repeats(call)
    ):
        return None
    if "Error" in response[1]:
        return None
    _took_effect(calls, call, response[1])
    return 0


def _on_after(parsed: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    if _in_force and (call := context.get(_NOTE)):
        call.answer = parsed
        for observe in _in_force[-1].after:
            observe(call)


def _briskly(
    make: Callable[[BaseClient, str, dict[str, Any]], dict[str, Any]],
) -> Callable[[BaseClient, str, dict[str, Any]], dict[str, Any]]:
    """botocore's way of making a call, unless `Calls.brisk` allows the short one."""

    def make_api_call(client: BaseClient, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        if not _in_force or not _in_force[-1].brisk:
            return make(client, operation, params)
        context: dict[str, Any] = {"client_config": client.meta.config}
        _on_params(params, client.meta.service_model.operation_model(operation), context)
        call: Call = context[_NOTE]
        answer = _on_before(context)
        if answer is None:
            call.notes[_SEEN] = True
            _begun.append(call)
            return make(client, operation, call.params)
        parsed: dict[str, Any] = answer[1]
        _on_after(parsed, context)
        return parsed

    return make_api_call


_client_class: Any = BaseClient
_client_class._make_api_call = _briskly(_client_class._make_api_call)
BUILTIN_HANDLERS.extend(
    [
        ("provide-client-params", _on_params),
        ("before-call", _on_before),
        ("after-call", _on_after),
        ("needs-retry", _on_answer),
    ]
)
