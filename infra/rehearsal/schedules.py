"""Schedules on virtual time: instead of each minute, a schedule is fired at the first whole minute when something is due.

What is due is learnt from the writes themselves: a table whose template resource says `Metadata: {Ripen: {DueAttribute: x}}` announces by
its attribute `x` when the next thing is due. Nothing here knows what that thing is.
"""

from __future__ import annotations

import heapq
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from infra.rehearsal.calls import Call
from infra.rehearsal.clock import VirtualClock, next_minute
from infra.rehearsal.deliveries import Deliveries, Event, FunctionError
from infra.template import Function, ScheduleSource, Template


class Schedules:
    """Every schedule of the template, and the moments at which they have something to do."""

    def __init__(self, template: Template, deliveries: Deliveries, clock: VirtualClock) -> None:
        self._sources = [(f, s) for f in template.functions.values() for s in f.schedules]
        self._due_attributes = {t.name: t.due_attribute for t in template.tables.values() if t.due_attribute}
        self._deliveries = deliveries
        self._clock = clock
        self._at = template.stack.at
        self._due: list[datetime] = [next_minute(clock.now())]
        self._periodic = {s.name: clock.now() for _, s in self._sources if s.minutes > 1}

    def after(self, call: Call) -> None:
        """Observes writes: remembers the moments that a due table announces."""
        if call.service == "dynamodb" and not call.error:
            for moment in self._announced(call):
                heapq.heappush(self._due, moment)

    def ready_at(self) -> datetime | None:
        """The minute at which the next schedule fires."""
        moments = [next_minute(self._due[0])] if self._due else []
        moments += [
            last + timedelta(minutes=s.minutes) for _, s in self._sources if (last := self._periodic.get(s.name))
        ]
        return max(self._clock.now(), min(moments)) if moments else None

    def step(self) -> bool:
        """Fires what is to be fired now. Whether anything was."""
        now = self._clock.now()
        fired = self._fire_periodic(now)
        if self._due and next_minute(self._due[0]) <= now:
            while self._due and self._due[0] <= now:
                heapq.heappop(self._due)
            each_minute = [(function, source) for function, source in self._sources if source.minutes == 1]
            for function, source in each_minute:
                self._fire_unless_kept(function, source)
            return True
        return fired

    def _fire_periodic(self, now: datetime) -> bool:
        fired = False
        for function, source in self._sources:
            last = self._periodic.get(source.name)
            if last and last + timedelta(minutes=source.minutes) <= now:
                self._periodic[source.name] = last + timedelta(minutes=source.minutes)
                self._fire(function, source)
                fired = True
        return fired

    def fire_again(self, function: str) -> None:
        """Fires the schedules of a function (by logical id) now, whatever is due."""
        for found, source in self._sources:
            if found.logical_id == function:
                self._fire(found, source)

    def _fire_unless_kept(self, function: Function, source: ScheduleSource) -> None:
        """A schedule that does not fire, or whose function is at work or out of order, has its next chance later."""
        faults, name = self._deliveries.faults, function.logical_id
        if self._deliveries.is_busy(name):
            heapq.heappush(self._due, self._clock.now() + timedelta(minutes=1))
        elif until := faults.down_until(name) or faults.misses(name):
            heapq.heappush(self._due, until)
        else:
            self._fire(function, source)

    def _fire(self, function: Function, source: ScheduleSource) -> None:
        try:
            self._deliveries.invoke(function, self._event(source))
        except FunctionError:
            heapq.heappush(self._due, self._clock.now() + timedelta(minutes=1))  # the next minute comes in any case

    def _event(self, source: ScheduleSource) -> Event:
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": self._at.account,
            "time": self._clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": self._at.region,
            "resources": [self._at.arn("events", f"rule/{source.name}")],
            "detail": {},
        }

    def _announced(self, call: Call) -> Iterator[datetime]:
        for table, attributes in _written(call):
            due = self._due_attributes.get(table)
            if due and due in attributes:
                yield datetime.fromisoformat(attributes[due]["S"])


def _written(call: Call) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(table, item) of everything that the call puts; a moment that is due is put, never updated."""
    if call.operation == "PutItem":
        yield call.params["TableName"], call.params["Item"]
    elif call.operation == "BatchWriteItem":
        for table, requests in call.params["RequestItems"].items():
            yield from ((table, r["PutRequest"]["Item"]) for r in requests if "PutRequest" in r)
    elif call.operation == "TransactWriteItems":
        puts = (part["Put"] for part in call.params["TransactItems"] if "Put" in part)
        yield from ((put["TableName"], put["Item"]) for put in puts)
