"""Posts a second and the way from a post to a scored lead, through a local AWS of the bench's own: gateway, functions, streams, tables.

Bounded in count and in time, on loopback only. What the local AWS does in a second says nothing about AWS; it says how much work a post is.
"""

from __future__ import annotations

import json
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import quote

import urllib3

from infra.bench.figure import Figure, say, table
from infra.bench.life import Somebody
from infra.template import ROOT

WARM_UP: Final = 8
POSTS: Final = 200
CALLERS: Final = 4
MOST_SECONDS: Final = 60.0
SAMPLES: Final = 30
PATIENCE: Final = 30.0
WORKED_OFF: Final = 240.0
POLL: Final = 0.05


class NotScored(Exception):
    """A lead did not appear in time."""


def figures() -> list[Figure]:
    """Every figure of this section."""
    with local_aws() as stack:
        load = Load(stack)
        for number in range(WARM_UP):
            load.post(Somebody(number))
        load.until_scored(Somebody(WARM_UP - 1))
        load.snippets(WARM_UP)
        trivial = POSTS / load.snippets(POSTS)
        accepted, seconds = load.posts(range(WARM_UP, WARM_UP + POSTS))
        load.until_scored(Somebody(WARM_UP + accepted - 1), WORKED_OFF)
        lags = [load.lag(Somebody(10_000 + number)) for number in range(SAMPLES)]
    p50, p95 = statistics.median(lags), statistics.quantiles(lags, n=20)[-1]
    table(
        "Local AWS", [("posts a second", accepted / seconds), ("lag p50, ms", 1e3 * p50), ("lag p95, ms", 1e3 * p95)], 1
    )
    how_lag = (
        f"from sending a post to its lead with a score in the admin API's answer, asked every {1e3 * POLL:.0f} ms;"
        f" {SAMPLES} posts one after another on a warm local AWS; the way is the same on AWS, the time is not"
    )
    return [
        Figure(
            "posts_per_second",
            accepted / seconds,
            f"{accepted} posts of {CALLERS} callers in {seconds:.1f} s, all answered 202, on a warm local AWS on this machine;"
            " the floor is what it answers in the same run where the function makes no AWS call (GET /t/ripen.js)",
            floor=round(trivial, 1),
            lower_is_better=False,
        ),
        Figure("lag_p50_ms", 1e3 * p50, how_lag),
        Figure("lag_p95_ms", 1e3 * p95, how_lag),
    ]


class Load:
    """A bounded load on a stack."""

    def __init__(self, stack: dict[str, Any]) -> None:
        self._public, self._admin = stack["public_url"], stack["admin_url"]
        self._http = urllib3.PoolManager(maxsize=CALLERS + 1, retries=False)
        user = stack["users"]["admin"]
        token = self._http.request("POST", f"{self._admin}/login", json=user, timeout=60).json()["token"]
        self._signed_in = {"Authorization": f"Bearer {token}"}

    def post(self, who: Somebody) -> None:
        """Posts a form. Errors: RuntimeError unless it is accepted."""
        headers = {"Content-Type": "application/json", "Accept": "application/json", "X-Forwarded-For": who.ip}
        body = json.dumps(who.fields, ensure_ascii=False).encode()
        answer = self._http.request("POST", f"{self._public}/f/whitepaper", body=body, headers=headers, timeout=60)
        if answer.status != 202:
            raise RuntimeError(f"a post got {answer.status}: {answer.data[:300]!r}")

    def posts(self, numbers: range) -> tuple[int, float]:
        """(how many were accepted, in how many seconds); stops after a minute."""
        started = time.monotonic()

        def one(number: int) -> bool:
            if time.monotonic() - started > MOST_SECONDS:
                return False
            self.post(Somebody(number))
            return True

        with ThreadPoolExecutor(CALLERS) as callers:
            accepted = sum(callers.map(one, numbers))
        return accepted, time.monotonic() - started

    def snippets(self, count: int) -> float:
        """Seconds for `count` requests of a function that only answers."""
        started = time.monotonic()

        def one(_: int) -> None:
            answer = self._http.request("GET", f"{self._public}/t/ripen.js", timeout=60)
            if answer.status != 200:
                raise RuntimeError(f"the snippet got {answer.status}")

        with ThreadPoolExecutor(CALLERS) as callers:
            list(callers.map(one, range(count)))
        return time.monotonic() - started

    def lag(self, who: Somebody) -> float:
        """Seconds from the post to the scored lead."""
        started = time.monotonic()
        self.post(who)
        self.until_scored(who)
        return time.monotonic() - started

    def until_scored(self, who: Somebody, patience: float = PATIENCE) -> None:
        """Waits until the admin API shows the lead with a score. Errors: NotScored."""
        deadline = time.monotonic() + patience
        address = f"{self._admin}/api/leads?email={quote(who.email)}"
        while time.monotonic() < deadline:
            answer = self._http.request("GET", address, headers=self._signed_in, timeout=60)
            if any(lead["score"] for lead in answer.json()["items"]):
                return
            time.sleep(POLL)
        raise NotScored(f"lead {who.number} had no score after {patience:.0f} s")


@contextmanager
def local_aws() -> Iterator[dict[str, Any]]:
    """What stack.json says of a fresh local AWS in a folder and on a port of its own; it is stopped in any case."""
    with TemporaryDirectory(prefix="ripen-load-") as directory:
        where = ["--folder", directory, "--port", str(_free_port())]
        try:
            say("  starting a local AWS …")
            _local(["up", "--leads", "0", *where])
            yield json.loads((Path(directory) / "stack.json").read_text(encoding="utf-8"))
        finally:
            _local(["down", *where])


def _local(arguments: list[str]) -> None:
    subprocess.run([sys.executable, "-m", "infra.local", *arguments], cwd=ROOT, check=True, stdout=sys.stderr)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
