"""Points in time as Ripen stores and speaks them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_DURATION = re.compile(r"(\d+)\s*(w|d|h|m|s)")
_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}


def to_iso(moment: datetime) -> str:
    """UTC with milliseconds, such as ``2026-03-02T01:00:00.000Z``: sorts as text the way it sorts in time."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_iso(text: str) -> datetime:
    """The aware UTC moment that `text` (ISO 8601 with a zone) names. Raises ValueError without a zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"a time needs a zone: {text!r}")
    return moment.astimezone(UTC)


def end_of_day(text: str, now: datetime) -> datetime | None:
    """The last moment (UTC, to the millisecond) of the day that `text` (YYYY-MM-DD) names, `now` for today; None when it names no day.
    Raises ValueError for a day that no calendar has.
    """
    if not _DAY.fullmatch(text):
        return None
    start = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return now if start.date() == now.astimezone(UTC).date() else start + timedelta(hours=24, milliseconds=-1)


def parse_duration(text: str) -> timedelta:
    """``3d``, ``40h``, ``1d12h`` → timedelta. Raises ValueError for anything else."""
    parts = _DURATION.findall(text)
    if not parts or _DURATION.sub("", text).strip():
        raise ValueError(f"not a duration: {text!r} (write 3d, 40h, 1d12h)")
    return timedelta(seconds=sum(int(number) * _SECONDS[unit] for number, unit in parts))


def floor_to(moment: datetime, seconds: int) -> datetime:
    """`moment` rounded down to a multiple of `seconds` since the epoch."""
    stamp = int(moment.timestamp())
    return datetime.fromtimestamp(stamp - stamp % seconds, UTC)
