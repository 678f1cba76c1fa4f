"""The seam for faults: what is delivered, when functions die, which calls fail, what is late. `Calm` does nothing of the kind.

A strike is one fault at one place. Places have names that stay the same while what came before them stays the same:
`SendFunction 3 call 2` is the second AWS call of the third invocation of that function, `SendFunction batch 4` its fourth batch,
`TickFunction firing 17` the seventeenth time that its schedule was due. So a list of strikes is a run that can be had again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from infra.rehearsal.calls import Call
    from infra.rehearsal.world import World

Record = dict[str, Any]
# The service of calls to servers that are not AWS.
STRANGERS: Final = "https"
_CALM_TAKES: Final = timedelta(minutes=2)


class Killed(BaseException):
    """The function's process ended between two calls. Not an Exception: no handler of the product may catch it."""


@dataclass(frozen=True)
class Delivery:
    """A batch on its way to a function. `source` is the ARN of the stream or queue."""

    function: str
    source: str
    records: Sequence[Record]

    @property
    def is_of_stream(self) -> bool:
        return bool(self.records) and "dynamodb" in self.records[0]

    @property
    def ordered_by(self) -> list[str]:
        """For each record the key within which the service keeps order: a FIFO queue's group, else its own. A stream's shard keeps all."""
        return [_order_key(record, number) for number, record in enumerate(self.records)]


def _order_key(record: Record, number: int) -> str:
    if "dynamodb" in record:
        return "shard"
    return str(record.get("attributes", {}).get("MessageGroupId", number))


@dataclass(frozen=True)
class Strike:
    """One fault at one place, such as `kill_after` at `SendFunction 3 call 2`; `more` holds what the kind needs besides."""

    where: str
    what: str
    more: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        told = "".join(f", {name} {value}" for name, value in self.more.items())
        return f"{self.where}: {self.what.replace('_', ' ')}{told}"

    def as_row(self) -> dict[str, Any]:
        return {"where": self.where, "what": self.what, **self.more}

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Strike:
        more = {name: value for name, value in row.items() if name not in ("where", "what")}
        return cls(str(row["where"]), str(row["what"]), more)


class Faults(Protocol):
    @property
    def shards(self) -> int:
        """How many shards each stream has; records of different shards are delivered in any order."""

    @property
    def delay(self) -> timedelta:
        """How late something may be because of what happened so far."""

    def begin(self, world: World) -> None:
        """The world that the faults happen to; called once."""

    def deliver(self, delivery: Delivery) -> list[list[Record]]:
        """The batches to deliver instead of this one, in order."""

    def is_late(self, function: str, message: int) -> bool:
        """Whether this message of the function's latest batch comes again after its visibility time-out although the function has done its work."""

    def before_call(self, call: Call) -> None:
        """Called before each AWS call of a function; may raise."""

    def repeats(self, call: Call) -> bool:
        """Whether the answer is lost on the way and the SDK makes the call a second time."""

    def after_call(self, call: Call) -> None:
        """Called after each AWS call of a function that took effect; may raise."""

    def down_until(self, function: str) -> datetime | None:
        """Until when the function cannot be invoked; None: it can."""

    def misses(self, function: str) -> datetime | None:
        """Until when the schedule of this function does not fire; None: it fires now."""


class Calm:
    """Everything is delivered once, in order; every call succeeds."""

    shards = 1

    @property
    def delay(self) -> timedelta:
        return _CALM_TAKES

    def begin(self, world: World) -> None:
        """Nothing goes wrong."""

    def deliver(self, delivery: Delivery) -> list[list[Record]]:
        return [list(delivery.records)]

    def is_late(self, function: str, message: int) -> bool:  # noqa: ARG002
        return False

    def before_call(self, call: Call) -> None:
        """Nothing goes wrong."""

    def repeats(self, call: Call) -> bool:  # noqa: ARG002
        return False

    def after_call(self, call: Call) -> None:
        """Nothing goes wrong."""

    def down_until(self, function: str) -> datetime | None:  # noqa: ARG002
        return None

    def misses(self, function: str) -> datetime | None:  # noqa: ARG002
        return None
