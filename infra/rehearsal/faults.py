"""What may go wrong on purpose. Today nothing does: `Calm` is the only implementation; the seams are in place.

`deliver` sees each batch before it reaches a function and says in which batches, how often and in which order its records are
delivered. `before_call` and `after_call` see each AWS call of a function and may raise: a throttling error, or `Killed`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from infra.rehearsal.calls import Call

Record = dict[str, Any]


class Killed(BaseException):
    """The function's process ended between two calls. Not an Exception: no handler of the product may catch it."""


class Faults(Protocol):
    def deliver(self, source: str, records: Sequence[Record]) -> list[list[Record]]:
        """The batches to deliver instead of this one, in order. `source` is the ARN of the stream or queue."""

    def before_call(self, call: Call) -> None:
        """Called before each AWS call of a function; may raise."""

    def after_call(self, call: Call) -> None:
        """Called after each AWS call of a function that took effect; may raise."""


class Calm:
    """Everything is delivered once, in order; every call succeeds."""

    def deliver(self, source: str, records: Sequence[Record]) -> list[list[Record]]:  # noqa: ARG002
        return [list(records)]

    def before_call(self, call: Call) -> None:
        """Nothing goes wrong."""

    def after_call(self, call: Call) -> None:
        """Nothing goes wrong."""
