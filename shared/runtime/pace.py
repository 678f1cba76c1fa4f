"""Senders keep the rate that the provider gives to the whole account."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.runtime import clock

# Longer than this nobody sleeps in a function that is paid by the millisecond: the message comes back later.
_PATIENCE = timedelta(seconds=2)


class Pace:
    """This process's share of the account's rate; `senders` is how many there may be at once."""

    def __init__(self, senders: int) -> None:
        self._senders = senders
        self._free_at: datetime | None = None

    def __call__(self, rate: float | None) -> bool:
        """Waits until the next message may go; False when that is too far away."""
        if not rate:
            return True
        now = clock.now()
        free_at = max(self._free_at or now, now)
        if free_at - now > _PATIENCE:
            return False
        # A virtual clock stands still while we would sleep: then there is nothing to keep pace with.
        slept = clock.sleep(free_at - now)
        self._free_at = (free_at if slept else now) + timedelta(seconds=self._senders / rate)
        return True
