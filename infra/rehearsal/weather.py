"""`faults:` of a scenario: strikes by chance, and the same ones for the same seed.

Each place draws for itself from the seed and its own name, so that the weather at one place does not depend on how often another was asked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from infra.rehearsal.faults import STRANGERS, Delivery, Strike
from infra.rehearsal.strikes import (
    CUT,
    DOUBLED,
    KILL_AFTER,
    KILL_BEFORE,
    LATE,
    MISSED,
    OVERTAKEN,
    REPEATED,
    SECOND_TICK,
    SERVER_ERROR,
    SHUFFLED,
    THROTTLED,
    TIMEOUT_AFTER,
    TWIN,
    Scripted,
    Striking,
)

if TYPE_CHECKING:
    from infra.rehearsal.calls import Call

# Chances between 0 and 1, and of what.
CHANCES: Final = {
    "duplicate": "that a batch is delivered twice",
    "reorder": "that a batch is shuffled, as far as the service allows (true: always)",
    "cut": "that a batch is delivered in pieces",
    "late": "that a queue's message comes again after its visibility time-out",
    "crash": "that an invocation dies at one of its first twelve AWS calls (at none, when it makes fewer than the one that is drawn)",
    "throttle": "that an AWS call is throttled; the SDK tries again as it is configured",
    "server_errors": "that an AWS call is answered 5xx; the SDK tries again",
    "timeout_after_effect": "that an AWS call takes effect and its answer is lost; the SDK tries again",
    "ses_accept_then_die": "that the sender dies when a provider (SES, text messages, WeChat, push, a webhook's server) has just taken its message",
    "slow": "that a function is overtaken by everything else at an AWS call",
    "missed_ticks": "that a due schedule does not fire for an hour",
    "double_tick": "that a schedule fires twice at once",
    "twin": "that a request or a message of a standard queue is worked on twice at once",
}
_MISSED_MINUTES: Final = 60
_SENDING: Final = ("SendEmail", "SendTextMessage")
_DYING_CALLS: Final = 12


@dataclass(frozen=True)
class Weather:
    """What a scenario says under `faults`. `down`: function → (from, until). `script`: these strikes and no chance."""

    seed: int = 0
    chances: Mapping[str, float] = field(default_factory=dict)
    down: Mapping[str, tuple[datetime, datetime]] = field(default_factory=dict)
    script: tuple[Strike, ...] = ()
    shards: int = 1
    """Of each stream. Where deliveries are reordered there are two."""

    @property
    def is_calm(self) -> bool:
        return not (self.down or self.script or self.shards > 1 or any(self.chances.values()))

    def faults(self) -> Striking:
        found: Striking = Storm(self.seed, self.chances, self.shards)
        if self.script or not self.chances:
            found = Scripted(self.script, self.shards)
        found.outages += [(name, begin, until) for name, (begin, until) in self.down.items()]
        return found

    def as_row(self) -> dict[str, Any]:
        """As it stands in a scenario file."""
        down = {name: [begin.isoformat(), until.isoformat()] for name, (begin, until) in self.down.items()}
        rows = [strike.as_row() for strike in self.script]
        return {
            "seed": self.seed,
            **({"shards": self.shards} if self.shards > 1 else {}),
            **(self.chances if not rows else {}),
            **({"consumer_down": down} if down else {}),
            **({"script": rows} if rows else {}),
        }


class Storm(Striking):
    """Strikes by chance."""

    def __init__(self, seed: int, chances: Mapping[str, float], shards: int) -> None:
        super().__init__(shards)
        self._seed = seed
        self._chances = chances

    def _draw(self, *place: str) -> float:
        digest = hashlib.blake2b("|".join((str(self._seed), *place)).encode(), digest_size=8).digest()
        return int.from_bytes(digest) / 2**64

    def _happens(self, chance: str, where: str, more: str = "") -> bool:
        likely = float(self._chances.get(chance, 0))
        return likely > 0 and self._draw(chance, where, more) < likely

    # ------------------------------------------------------------ calls

    def at_call(self, where: str, call: Call) -> Strike | None:
        what = self._death(where, call) or self._failure(where, call)
        if what is None and self._happens("slow", where):
            what = OVERTAKEN
        if what is None and self._is_first_of_second_tick(where, call):
            what = SECOND_TICK
        if what is None and self._is_at_twin(where, call):
            what = TWIN
        return Strike(where, what, {"doing": f"{call.service} {call.operation}"}) if what else None

    def _death(self, where: str, call: Call) -> str | None:
        """An invocation that is to die does so at a call that is drawn with it; a short one may end before it comes to that."""
        if (call.operation in _SENDING or call.service == STRANGERS) and self._happens("ses_accept_then_die", where):
            return KILL_AFTER
        invocation, _, number = where.rpartition(" call ")
        if self._happens("crash", invocation) and int(number) == 1 + int(
            self._draw("which", invocation) * _DYING_CALLS
        ):
            return KILL_BEFORE if self._draw("when", invocation) < 0.5 else KILL_AFTER
        return None

    def _failure(self, where: str, call: Call) -> str | None:
        """What the SDK's tries come to: the first that succeeds ends them."""
        lost = False
        what: str | None = None
        for attempt in map(str, range(call.attempts)):
            if self._happens("throttle", where, attempt):
                what = THROTTLED
            elif self._happens("server_errors", where, attempt):
                what = SERVER_ERROR
            elif self._happens("timeout_after_effect", where, attempt):
                what, lost = TIMEOUT_AFTER, True
            else:
                return REPEATED if lost else None
        return TIMEOUT_AFTER if lost else what

    def _is_first_of_second_tick(self, where: str, call: Call) -> bool:
        scheduled = self.world.template.functions[call.function or ""].schedules
        invocation, _, number = where.rpartition(" call ")
        return (
            bool(scheduled)
            and not self.is_second_tick
            and int(number) == 1 + int(self._draw("second", invocation) * 3)
            and self._happens("double_tick", invocation)
        )

    def _is_at_twin(self, where: str, call: Call) -> bool:
        invocation, _, number = where.rpartition(" call ")
        return (
            self.world.deliveries.may_have_a_twin(call.function or "")
            and int(number) == 1 + int(self._draw("beside", invocation) * 4)
            and self._happens("twin", invocation)
        )

    # ------------------------------------------------------------ deliveries

    def at_delivery(self, where: str, delivery: Delivery) -> Sequence[Strike]:
        likely = (("reorder", SHUFFLED), ("cut", CUT), ("duplicate", DOUBLED))
        possible = [pair for pair in likely if pair[1] == DOUBLED or len(delivery.records) > 1]
        if delivery.is_of_stream:  # its shards are what may change places
            possible = [pair for pair in possible if pair[1] != SHUFFLED]
        return [Strike(where, what) for chance, what in possible if self._happens(chance, where)]

    def at_message(self, where: str) -> Strike | None:
        return Strike(where, LATE) if self._happens("late", where) else None

    def at_firing(self, where: str) -> Strike | None:
        return Strike(where, MISSED, {"minutes": _MISSED_MINUTES}) if self._happens("missed_ticks", where) else None
