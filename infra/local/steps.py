"""Progress on the terminal: what is being done, how long it took, a bar for what is counted."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

BAR = 32


@contextmanager
def step(what: str) -> Iterator[None]:
    """Prints `what` when it begins and the seconds it took when it ends."""
    started = time.monotonic()
    _say(f"  {what} …")
    if not sys.stdout.isatty():
        _say("\n")
    yield
    _say(f"\r\x1b[K  ✓ {what}" if sys.stdout.isatty() else f"  ✓ {what}")
    _say(f"  {time.monotonic() - started:.1f} s\n")


class Bar:
    """`done of total`, redrawn in place on a terminal and every tenth part elsewhere."""

    def __init__(self, what: str, total: int) -> None:
        self._what = what
        self._total = total
        self._done = 0
        self._started = time.monotonic()

    def advance(self) -> None:
        self._done += 1
        rate = self._done / max(time.monotonic() - self._started, 0.001)
        filled = BAR * self._done // self._total
        line = f"  {self._what} [{'█' * filled}{'·' * (BAR - filled)}] {self._done}/{self._total}  {rate:.0f}/s"
        if sys.stdout.isatty():
            _say(f"\r{line}\x1b[K" + ("\n" if self._done == self._total else ""))
        elif self._done % max(1, self._total // 10) == 0:
            _say(line + "\n")


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
