"""A fresh Ripen for one test: everything that template.yaml declares, on an engine, with the clock in the test's hands.

def test_…(bed):
    bed.http("POST", "/f/whitepaper", form={"email": "lin@acme.example", …})
    bed.pump()                       # streams, queues and due timers until all is quiet
    bed.later(days=3)                # time passes; what falls due meanwhile happens
    assert [m.subject for m in bed.mails] == …
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from infra.rehearsal.clock import VirtualClock
from infra.rehearsal.deliveries import Event
from infra.rehearsal.mails import Mail
from infra.rehearsal.requests import Response
from infra.rehearsal.world import World, running

if TYPE_CHECKING:
    from pynamodb.models import Model

START: Final = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # a Monday, 09:00 in Shanghai
ADMIN: Final = {"username": "manager", "groups": "admin"}


class Bed:
    """What a test needs of the world. A function that raises, or sets a record aside, fails the test, unless `tolerant`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tolerant = False
        """True: failures of functions are left in `failures`, and are retried as AWS would."""

    @property
    def clock(self) -> VirtualClock:
        return self.world.clock

    @property
    def mails(self) -> list[Mail]:
        """Every mail that SES accepted, oldest first."""
        return self.world.mails

    @property
    def failures(self) -> list[str]:
        """Tracebacks of the invocations that failed."""
        return [f.trace for f in self.world.failures]

    def invoke(self, function: str, event: Event) -> Any:
        """Calls a function by its logical id (`Capture` or `CaptureFunction`)."""
        return self.world.invoke(function, event)

    def http(self, method: str, url: str, **request: Any) -> Response:
        """A request to whichever function the template routes it to; `json`, `form` or `body`, `headers`, `authorizer`."""
        answer = self.world.http(method, url, **request)
        self._report()
        return answer

    def admin(self, method: str, url: str, who: Mapping[str, str] = ADMIN, **request: Any) -> Response:
        """A request to the admin API as somebody who signed in."""
        return self.http(method, url, authorizer=who, **request)

    def open_and_click(self, number: int = -1, *, seconds: int = 15) -> None:
        """The reader of a mail (the newest) opens it and follows its first link; after so many seconds it is known that no filter did."""
        mail = self.mails[number]
        self.http("GET", next(image for image in mail.images if "/t/o/" in image))
        self.http("GET", next(link for link in mail.links if "/t/c/" in link))
        self.pump()
        if seconds:
            self.later(seconds=seconds)

    def pump(self) -> None:
        """Delivers until streams and queues are quiet at this moment."""
        self.world.settle()
        self._report()

    def later(self, **duration: float) -> None:
        """Lets time pass (`days=3, minutes=5`); whatever falls due on the way happens at its moment."""
        self.until(self.clock.now() + timedelta(**duration))

    def until(self, moment: datetime) -> None:
        self.world.run_until(moment)
        self._report()

    def _report(self) -> None:
        if self.world.failures and not self.tolerant:
            raise self.world.failures[0].cause
        if self.world.set_aside and not self.tolerant:
            raise AssertionError(f"set aside: {self.world.set_aside[0]}")


@contextmanager
def bed_on(content_dir: Path, start: datetime = START, template: Path | None = None) -> Iterator[Bed]:
    """A bed on the engine that the environment variable ENGINE names; moto when it names none."""
    options: dict[str, Any] = {"template": template} if template else {}
    with running(os.environ.get("ENGINE", "moto"), start, content_dir=content_dir, **options) as world:
        yield Bed(world)


def stream_image(row: Model) -> dict[str, Any]:
    """The row as the records of a stream hold it: typed JSON, bytes in base64."""
    typed = json.dumps(row.serialize(), default=lambda value: base64.b64encode(value).decode())
    return cast(dict[str, Any], json.loads(typed))
