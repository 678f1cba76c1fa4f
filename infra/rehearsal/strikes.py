"""What each kind of strike does. Which strikes happen is decided by subclasses: `Scripted` here, `Storm` by chance, the crash search one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError, ReadTimeoutError

from infra.rehearsal.faults import Calm, Delivery, Killed, Record, Strike

if TYPE_CHECKING:
    from infra.rehearsal.calls import Call
    from infra.rehearsal.world import World

KILL_BEFORE, KILL_AFTER = "kill_before", "kill_after"
THROTTLED, SERVER_ERROR = "throttled", "server_error"
TIMEOUT_AFTER, REPEATED = "timeout_after", "repeated"
OVERTAKEN, SECOND_TICK, TWIN = "overtaken", "second_tick", "twin"
DOUBLED, CUT, SHUFFLED, LATE = "doubled", "cut", "shuffled", "late"
MISSED, DOWN = "missed", "down"
_RETRIES_TAKE: Final = timedelta(minutes=30)
KINDS: Final = {
    KILL_BEFORE: "the function dies before the call",
    KILL_AFTER: "the function dies after the call took effect",
    THROTTLED: "the service throttles the call until the SDK gives up",
    SERVER_ERROR: "the service answers 5xx, without effect, until the SDK gives up",
    TIMEOUT_AFTER: "the call takes effect, and the function is told of a time-out",
    REPEATED: "the call takes effect, its answer is lost, the SDK makes it again",
    OVERTAKEN: "the function is slow here: everything else goes on meanwhile",
    SECOND_TICK: "the schedule fires a second time, while the first is at this call",
    TWIN: "the same request or message is worked on a second time, from its start to its end, while the first is at this call",
    DOUBLED: "the batch is delivered twice",
    CUT: "the batch is delivered in pieces",
    SHUFFLED: "the batch is delivered in another order, which the service allows",
    LATE: "the message comes again after its visibility time-out",
    MISSED: "the schedule does not fire, for so many minutes",
    DOWN: "from this batch on the function cannot be invoked, for so many minutes",
}


class Striking(Calm):
    """Faults that are lists of strikes. `struck` are those that happened, in order."""

    def __init__(self, shards: int = 1) -> None:
        self.shards = shards
        self.struck: list[Strike] = []
        self.outages: list[tuple[str, datetime, datetime]] = []
        """(function, from, until) in which it cannot be invoked."""
        self._world: World | None = None
        self._batches: Counter[str] = Counter()
        self._firings: Counter[str] = Counter()
        self._missing: dict[str, datetime] = {}
        # A tick that is itself the second has none beside it: it would never end.
        self.is_second_tick = False

    # ------------------------------------------------------------ what subclasses decide

    def at_call(self, where: str, call: Call) -> Strike | None:  # noqa: ARG002
        return None

    def at_delivery(self, where: str, delivery: Delivery) -> Sequence[Strike]:  # noqa: ARG002
        return ()

    def at_message(self, where: str) -> Strike | None:  # noqa: ARG002
        return None

    def at_firing(self, where: str) -> Strike | None:  # noqa: ARG002
        return None

    # ------------------------------------------------------------ the seam

    @property
    def delay(self) -> timedelta:
        """Retries, and the outages one after another."""
        missed = sum((_minutes(strike) for strike in self.struck if strike.what == MISSED), timedelta())
        return sum((until - begin for _, begin, until in self.outages), _RETRIES_TAKE + missed)

    @property
    def world(self) -> World:
        if self._world is None:
            raise RuntimeError("the faults have no world yet")
        return self._world

    def begin(self, world: World) -> None:
        self._world = world

    def before_call(self, call: Call) -> None:
        strike = self.at_call(call.site, call)
        if strike is None:
            return
        self._note(strike)
        call.notes["strike"] = strike.what
        if strike.what == KILL_BEFORE:
            raise Killed(str(strike))
        if strike.what in (THROTTLED, SERVER_ERROR):
            raise _refusal(strike.what, call)
        if strike.what == OVERTAKEN:
            self.world.meanwhile()
        elif strike.what == SECOND_TICK:
            self._fire_again(call.function or "")
        elif strike.what == TWIN:
            self.world.deliveries.beside_itself()

    def _fire_again(self, function: str) -> None:
        self.is_second_tick = True
        try:
            self.world.schedules.fire_again(function)
        finally:
            self.is_second_tick = False

    def repeats(self, call: Call) -> bool:
        return call.notes.get("strike") == REPEATED

    def after_call(self, call: Call) -> None:
        if call.notes.get("strike") == KILL_AFTER:
            raise Killed(f"{call.site}: kill after")
        if call.notes.get("strike") == TIMEOUT_AFTER and not call.error:
            raise ReadTimeoutError(endpoint_url=f"https://{call.service}.invalid")

    def deliver(self, delivery: Delivery) -> list[list[Record]]:
        self._batches[delivery.function] += 1
        where = f"{delivery.function} batch {self._batches[delivery.function]}"
        batches = [list(delivery.records)]
        for strike in self.at_delivery(where, delivery):
            self._note(strike)
            if strike.what == DOWN:
                now = self.world.clock.now()
                self.outages.append((delivery.function, now, now + _minutes(strike)))
            else:
                batches = _rearranged(strike, batches, delivery)
        return batches

    def is_late(self, function: str, message: int) -> bool:
        strike = self.at_message(f"{function} batch {self._batches[function]} message {message}")
        if strike:
            self._note(strike)
        return strike is not None

    def down_until(self, function: str) -> datetime | None:
        now = self.world.clock.now()
        return max(
            (until for name, begin, until in self.outages if name == function and begin <= now < until), default=None
        )

    def misses(self, function: str) -> datetime | None:
        now = self.world.clock.now()
        if (until := self._missing.get(function)) and now < until:
            return until
        self._firings[function] += 1
        strike = self.at_firing(f"{function} firing {self._firings[function]}")
        if strike is None:
            return None
        self._note(strike)
        self._missing[function] = now + _minutes(strike)
        return self._missing[function]

    def _note(self, strike: Strike) -> None:
        self.struck.append(strike)


def _minutes(strike: Strike) -> timedelta:
    return timedelta(minutes=float(strike.more["minutes"]))


class Scripted(Striking):
    """Exactly these strikes, each once."""

    def __init__(self, strikes: Iterable[Strike], shards: int = 1) -> None:
        super().__init__(shards)
        self.planned: dict[str, list[Strike]] = {}
        for strike in strikes:
            self.planned.setdefault(strike.where, []).append(strike)

    def at_call(self, where: str, call: Call) -> Strike | None:  # noqa: ARG002
        return self._next(where)

    def at_delivery(self, where: str, delivery: Delivery) -> Sequence[Strike]:  # noqa: ARG002
        return self.planned.pop(where, ())

    def at_message(self, where: str) -> Strike | None:
        return self._next(where)

    def at_firing(self, where: str) -> Strike | None:
        return self._next(where)

    @property
    def missed_the_mark(self) -> list[Strike]:
        """Those that found their place nowhere: the run does not come there any more, or never did."""
        return [strike for strikes in self.planned.values() for strike in strikes]

    def _next(self, where: str) -> Strike | None:
        planned = self.planned.pop(where, None)
        return planned[0] if planned else None


def _refusal(what: str, call: Call) -> ClientError:
    code, status = _REFUSALS[what].get(call.service, _REFUSALS[what][""])
    error = {"Error": {"Code": code, "Message": "the weather"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(error, call.operation)  # type: ignore[arg-type]


_REFUSALS: Final = {
    THROTTLED: {
        "": ("ThrottlingException", 400),
        "dynamodb": ("ProvisionedThroughputExceededException", 400),
        "sesv2": ("TooManyRequestsException", 429),
    },
    SERVER_ERROR: {"": ("InternalServerError", 500)},
}


def _rearranged(strike: Strike, batches: list[list[Record]], delivery: Delivery) -> list[list[Record]]:
    draw = Random(strike.where)
    if strike.what == DOUBLED:
        return [batch for batch in batches for _ in (1, 2)]
    if strike.what == CUT:
        return [piece for batch in batches for piece in _cut(batch, draw)]
    if strike.what == SHUFFLED:
        return [_shuffled(list(delivery.records), delivery.ordered_by, draw)]
    raise ValueError(f"{strike.what} cannot happen to a batch")


def _cut(batch: list[Record], draw: Random) -> list[list[Record]]:
    if len(batch) < 2:
        return [batch]
    at = draw.randrange(1, len(batch))
    return [batch[:at], batch[at:]]


def _shuffled(records: list[Record], keys: list[str], draw: Random) -> list[Record]:
    """Any order in which the records of one key stand as before."""
    queues: dict[str, list[Record]] = {}
    for key, record in zip(keys, records, strict=True):
        queues.setdefault(key, []).append(record)
    order = [key for key in queues for _ in queues[key]]
    draw.shuffle(order)
    return [queues[key].pop(0) for key in order]
