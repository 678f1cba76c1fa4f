"""The virtual clock: it stands still until told to go on, and never goes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class VirtualClock:
    """`now()` is an aware UTC datetime that only `advance_to` and `pass_by` move."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock needs a moment with its zone")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def advance_to(self, moment: datetime) -> None:
        """On to that moment; a moment that has passed changes nothing."""
        self._now = max(self._now, moment.astimezone(UTC))

    def pass_by(self, duration: timedelta) -> None:
        self._now += duration


def next_minute(moment: datetime) -> datetime:
    """The first whole minute that is not before `moment`."""
    whole = moment.replace(second=0, microsecond=0)
    return whole if whole == moment else whole + timedelta(minutes=1)
