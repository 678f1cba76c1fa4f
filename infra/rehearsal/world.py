"""The running system: the template's wiring on an engine, on a virtual clock, with every seam in place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Protocol

from infra.intrinsics import Surroundings
from infra.rehearsal.calls import Call, Calls, watched_by
from infra.rehearsal.clock import VirtualClock
from infra.rehearsal.cold import forget
from infra.rehearsal.deliveries import Deliveries, Event, Failure, FunctionError
from infra.rehearsal.engines import Engine, engine, environment
from infra.rehearsal.faults import Calm, Faults
from infra.rehearsal.mails import Mail, PostOffice
from infra.rehearsal.phones import Phones
from infra.rehearsal.provision import provision, variables
from infra.rehearsal.queues import QueueMapping, SendTimes
from infra.rehearsal.requests import Request, Response, proxy_event, response, with_body
from infra.rehearsal.rights import Rights
from infra.rehearsal.schedules import Schedules
from infra.rehearsal.strangers import Strangers
from infra.rehearsal.streams import StreamMapping, StreamReader
from infra.template import ROOT, Template, load
from shared.channels import http as product_http
from shared.runtime import clock as product_clock

PUBLIC_URL: Final = "https://ripen.example"
ADMIN_URL: Final = "https://admin.ripen.example"
# One shard: each shard is a query more for each tick.
PARAMETERS: Final = {
    "SenderAddress": "news@ripen.example",
    "PublicUrl": PUBLIC_URL,
    "TimerShards": "1",
    "SmsConfigurationSet": "ripen-sms",
}
_TOO_MANY_STEPS: Final = 1_000_000
_MOST_LOOKS: Final = 1000
_SLOW: Final = timedelta(seconds=20)  # shorter than the shortest time-out of a function that writes


class NeverQuietError(RuntimeError):
    """Something keeps delivering to itself without time passing."""


class Source(Protocol):
    """What delivers: a stream's or a queue's mapping, the schedules."""

    def step(self) -> bool: ...

    def ready_at(self) -> datetime | None: ...


class World:
    """Streams, queues, schedules, mail and HTTP around the functions of a template. Made by `running`."""

    def __init__(self, template: Template, running: Engine, start: datetime, faults: Faults) -> None:
        self.template = template
        self.engine = running
        self.clock = VirtualClock(start)
        self.calls = Calls()
        self.rights = Rights(template)
        self.meter = running.meter(template)
        self.deliveries = Deliveries(template, self.calls, self.clock, faults)
        faults.begin(self)
        self.schedules = Schedules(template, self.deliveries, self.clock)
        self.post_office = PostOffice(template, running, self.clock)
        self.phones = Phones(template, running, self.clock)
        self.strangers = Strangers(self.phones, self.deliveries, self.clock)
        self.calls.shortcut = self.phones.before(running.shortcut())
        self._times = SendTimes(self.clock)
        self.queues: list[QueueMapping] = []
        self._streams: list[StreamMapping] = []
        self._readers: dict[str, StreamReader] = {}
        self._failure_urls = {template.queues[name].url for name in template.failure_queues}
        self.set_aside: list[str] = []
        """Bodies of the messages that functions put where failures end."""
        self.ses_calls = 0
        self.sqs_sends = 0

    def wire(self) -> None:
        """Connects functions with streams and queues, which exist now, and starts to watch the calls."""
        common = (self.template, self.engine, self.deliveries, self.clock)
        for function in self.template.functions.values():
            self.queues += [QueueMapping(function, source, *common, self._times) for source in function.queues]
            self._streams += [
                StreamMapping(function, source, *common, shard)
                for source in function.streams
                for shard in range(self.deliveries.faults.shards)
            ]
        for table in {m.table for m in self._streams}:
            self._readers[table] = StreamReader(self.engine, self.clock, table)
        self.calls.rewriters += [self._times.rewrite, self.meter.rewrite]
        self.calls.before[:0] = [self.rights.check, self.meter.before]
        observers = [
            self.meter.after,
            self._times.after,
            self._mark,
            self._count,
            self.schedules.after,
            self.post_office.after,
        ]
        self.calls.after[:0] = observers

    # ------------------------------------------------------------ acting

    @property
    def mails(self) -> list[Mail]:
        """Every mail that SES accepted, oldest first."""
        return self.post_office.mails

    @property
    def failures(self) -> list[Failure]:
        """Every invocation that failed."""
        return self.deliveries.failures

    def invoke(self, function: str, event: Event) -> Any:
        """Calls a function by its logical id. Errors: FunctionError."""
        return self.deliveries.invoke(self.template.function(function), event)

    def http(
        self,
        method: str,
        url: str,
        *,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        source_ip: str = "203.0.113.7",
        authorizer: Mapping[str, str] | None = None,
    ) -> Response:
        """Sends a request to whichever function the template routes it to; 403 without a route, 502 when it fails, as API Gateway."""
        sent, raw = with_body(headers, json, form, body)
        request = Request.to(
            method, url, PUBLIC_URL, headers=sent, body=raw, source_ip=source_ip, authorizer=authorizer
        )
        found = self.template.handler_of(request.method, request.path)
        if found is None:
            return Response(403, {"content-type": "application/json"}, b'{"message":"Missing Authentication Token"}')
        route, function, parameters = found
        try:
            return response(self.deliveries.invoke(function, proxy_event(request, route, parameters, self.clock.now())))
        except FunctionError:
            return Response(502, {"content-type": "application/json"}, b'{"message":"Internal server error"}')

    # ------------------------------------------------------------ time

    def settle(self) -> None:
        """Delivers everything that can be delivered at this moment, and what follows from it, until all is quiet."""
        for _ in range(_TOO_MANY_STEPS):
            if not self._step():
                return
        raise NeverQuietError(f"still busy after {_TOO_MANY_STEPS} deliveries at {self.clock.now().isoformat()}")

    def written_elsewhere(self) -> None:
        """Rows were written past this world's clients: the streams are read at the next step although nothing told of it."""
        for reader in self._readers.values():
            reader.dirty = True

    def next_due(self) -> datetime | None:
        """When the next delayed message, retry or timer is due; None: nothing waits."""
        moments = [s.ready_at() for s in self._sources]
        return min((m for m in moments if m), default=None)

    def meanwhile(self) -> None:
        """While a function is at work: twenty seconds pass, in which whatever else can be delivered is. The same function is not started beside itself."""
        with self.calls.made_by(None):
            self.run_until(self.clock.now() + _SLOW)

    def has_work_within_reach(self, function: str) -> bool:
        """Whether anything but this function itself could be delivered while it takes its time."""
        soon = self.clock.now() + _SLOW
        if (
            any(reader.dirty for reader in self._readers.values())
            or self.post_office.has_fresh
            or self.phones.has_fresh
        ):
            return True
        mappings: list[StreamMapping | QueueMapping] = [*self._streams, *self.queues]
        others = [mapping.ready_at() for mapping in mappings if mapping.function != function]
        return any(at and at <= soon for at in (*others, self.schedules.ready_at()))

    @contextmanager
    def calm(self) -> Iterator[None]:
        """Within, nothing goes wrong: for whoever looks and does not act."""
        faults, self.deliveries.faults = self.deliveries.faults, Calm()
        try:
            yield
        finally:
            self.deliveries.faults = faults

    def drain(self) -> None:
        """Time passes until no stream and no queue holds anything that is not delayed on purpose; due timers come as they fall due meanwhile."""
        self.settle()
        while due := self._next_retry():
            self.clock.advance_to(due)
            self.settle()

    def _next_retry(self) -> datetime | None:
        mappings: list[Source] = [*self._streams, *self.queues]
        moments = [mapping.ready_at() for mapping in mappings]
        return min((moment for moment in moments if moment), default=None)

    def run_until(self, moment: datetime) -> None:
        """Lets time pass up to that moment, stopping wherever something is due."""
        self.settle()
        while (due := self.next_due()) and due <= moment:
            self.clock.advance_to(due)
            self.settle()
        self.clock.advance_to(moment)
        self.settle()

    @property
    def _sources(self) -> list[Source]:
        return [*self._in_turn(self._streams), *self.queues, self.schedules]

    def _in_turn(self, streams: list[StreamMapping]) -> list[StreamMapping]:
        """Shards have no order among each other: now this one is first, now that one."""
        first = self.deliveries.count.total() % len(streams) if self.deliveries.faults.shards > 1 else 0
        return streams[first:] + streams[:first]

    def _step(self) -> bool:
        """One batch for each source that has one. Whether there was any."""
        busy = self.post_office.step() | self.phones.step()
        for table, reader in self._readers.items():
            if records := reader.read():
                for mapping in self._streams:
                    if mapping.table == table:
                        mapping.take(records)
        for source in self._sources:
            busy |= source.step()
        return busy

    # ------------------------------------------------------------ watching

    def waiting(self, queue: str) -> int:
        """How many messages a queue (by logical id) holds, hidden ones included."""
        url = self.template.queues[queue].url
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self.engine.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(attributes[n]) for n in names)

    def peek(self, queue: str) -> list[str]:
        """Bodies of the messages in a queue that nothing consumes; they stay there."""
        url = self.template.queues[queue].url
        found: dict[str, str] = {}
        for _ in range(_MOST_LOOKS):
            if len(found) >= self.waiting(queue):
                return list(found.values())
            answer = self.engine.client("sqs").receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=1, WaitTimeSeconds=1
            )
            # Who looks slowly sees the first ones again.
            found |= {message["MessageId"]: message["Body"] for message in answer.get("Messages", ())}
        raise RuntimeError(f"{queue} holds {self.waiting(queue)} messages and shows {len(found)}")

    def _mark(self, call: Call) -> None:
        """What was written to has something to read."""
        if call.service == "dynamodb":
            for table in _tables_written(call):
                if table in self._readers:
                    self._readers[table].dirty = True
        elif call.service == "sqs" and call.operation.startswith("SendMessage"):
            self._wake(url=call.params["QueueUrl"])
        elif call.service == "sns" and call.operation.startswith("Publish"):
            for subscription in self.template.subscriptions:
                if subscription.topic == call.params["TopicArn"]:
                    self._wake(arn=subscription.endpoint)

    def _wake(self, url: str = "", arn: str = "") -> None:
        for mapping in self.queues:
            if url == mapping.queue.url or arn == mapping.queue.arn:
                mapping.dirty = True

    def _count(self, call: Call) -> None:
        if call.function is None:
            return
        self.ses_calls += (call.service, call.operation) == ("sesv2", "SendEmail")
        self.sqs_sends += call.service == "sqs"
        if call.service == "sqs" and call.params.get("QueueUrl") in self._failure_urls:
            self.set_aside += [e["MessageBody"] for e in call.params.get("Entries", [call.params])]


def _tables_written(call: Call) -> set[str]:
    if call.operation in ("PutItem", "UpdateItem", "DeleteItem"):
        return {call.params["TableName"]}
    if call.operation == "BatchWriteItem":
        return set(call.params["RequestItems"])
    if call.operation == "TransactWriteItems":
        return {body["TableName"] for part in call.params["TransactItems"] for body in part.values()}
    return set()


@lru_cache
def _resolved(path: Path, at: Surroundings) -> Template:
    return load(path, PARAMETERS, at)


@contextmanager
def running(
    kind: str,
    start: datetime,
    *,
    faults: Faults | None = None,
    template: Path = ROOT / "template.yaml",
    content_dir: Path = ROOT / ".build" / "content",
) -> Iterator[World]:
    """A fresh world on an engine of this kind, whose clock stands at `start`. Within, the product's clock is the world's."""
    with engine(kind) as here:
        resolved = _resolved(template, here.surroundings)
        with environment(variables(resolved, public_url=PUBLIC_URL, admin_url=ADMIN_URL, content_dir=str(content_dir))):
            forget(content_dir)
            world = World(resolved, here, start, faults or Calm())
            with watched_by(world.calls):
                provision(resolved, here)
                world.wire()
                product_clock.use(world.clock.now)
                product_http.use(world.strangers.answer)
                try:
                    yield world
                finally:
                    product_clock.use(None)
                    product_http.use(None)
