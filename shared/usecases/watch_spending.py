"""How much of the month's budget is spent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.domain.budget import Budget, Spend, month_of
from shared.domain.meter import spend_of, total

if TYPE_CHECKING:
    from shared.store.meters import Meters

_KEPT = timedelta(minutes=1)


class Spending:
    """The month's spend, read at most once a minute by `of`. One for each process, made by the wiring."""

    def __init__(self, budget: Budget, meters: Meters) -> None:
        self.budget = budget
        self._meters = meters
        self._known: tuple[datetime, Spend] | None = None

    def of(self, now: datetime) -> Spend:
        """The spend of `now`'s month, not older than a minute."""
        if self._known and self._is_good(self._known[0], now):
            return self._known[1]
        return self.read(now)

    def read(self, now: datetime) -> Spend:
        """The spend of `now`'s month as the table has it."""
        spend = spend_of(total(self._meters.of_month(month_of(now))), self.budget)
        self._known = (now, spend)
        return spend

    def _is_good(self, read_at: datetime, now: datetime) -> bool:
        # Also not from the future: a clock that was set back must not freeze the spend.
        return timedelta(0) <= now - read_at < _KEPT and month_of(read_at) == month_of(now)
