"""Other people's servers, as functions reach them: whatever is asked of them passes the same seam as calls of AWS, so that it can be struck like them.

WeChat and app push are answered by `phones`; every other host that the policy names is a server of the company, which takes what webhook steps tell it.
A path that is a status (`/410`) is always answered so.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError, ReadTimeoutError

from infra.rehearsal.calls import Call
from infra.rehearsal.clock import VirtualClock
from infra.rehearsal.deliveries import Deliveries
from infra.rehearsal.faults import STRANGERS
from infra.rehearsal.phones import Phones
from infra.rehearsal.strikes import THROTTLED
from shared.channels.http import Answer, NoAnswer, Request, Unreachable


@dataclass(frozen=True)
class Heard:
    """What a server of the company was told, and the status that it answered."""

    call_id: str
    url: str
    said: dict[str, Any]
    status: int
    at: datetime


class Strangers:
    """Answers what functions ask of servers that are not AWS."""

    def __init__(self, phones: Phones, deliveries: Deliveries, clock: VirtualClock) -> None:
        self._phones = phones
        self._deliveries = deliveries
        self._clock = clock
        self.says = 200
        """What the company's servers answer from now on."""
        self.heard: list[Heard] = []

    def answer(self, request: Request) -> Answer:
        """What the server of this address answers. Raises Unreachable (nothing was sent) or NoAnswer (it was, and nobody knows)."""
        host = urlsplit(request.url).hostname or ""
        call = Call(STRANGERS, request.method, {"host": host}, None)
        try:
            with self._deliveries.asking(call):
                return self._served(host, request)
        except ClientError as error:
            if call.notes["strike"] == THROTTLED:
                raise Unreachable(f"{host}: {error}") from error
            return Answer(503, {}, b"")
        except ReadTimeoutError as error:
            raise NoAnswer(f"{host}: {error}") from error

    def _served(self, host: str, request: Request) -> Answer:
        if host in self._phones.hosts:
            return self._phones.stranger(request)
        path = urlsplit(request.url).path.removeprefix("/")
        status = int(path) if path.isdigit() else self.says
        call_id, said = request.headers["webhook-id"], json.loads(request.body)
        self.heard.append(Heard(call_id, request.url, said, status, self._clock.now()))
        return Answer(status, {}, b"")
