"""The only place that asks what time it is. The rehearsal puts a virtual clock here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import sleep as _sleep


def _system() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system


def now() -> datetime:
    """The present as an aware UTC datetime. Ask once per invocation and pass it on."""
    return _source()


def sleep(span: timedelta) -> bool:
    """Waits; False when the clock is a virtual one, on which nothing passes meanwhile."""
    if _source is not _system:
        return False
    if span > timedelta():
        _sleep(span.total_seconds())
    return True


def use(source: Callable[[], datetime] | None) -> None:
    """From now on `source` tells the time; None gives the system clock back."""
    global _source
    _source = source or _system
