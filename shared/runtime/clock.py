"""The only place that asks what time it is. The rehearsal puts a virtual clock here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime


def _system() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system


def now() -> datetime:
    """The present as an aware UTC datetime. Ask once per invocation and pass it on."""
    return _source()


def use(source: Callable[[], datetime] | None) -> None:
    """From now on `source` tells the time; None gives the system clock back."""
    global _source
    _source = source or _system
