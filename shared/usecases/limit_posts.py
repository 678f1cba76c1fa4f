"""Keeps floods out at the price of nothing for everybody else: a process counts in memory, and only who is busy is counted in the table."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.domain.limits import Limit

if TYPE_CHECKING:
    from shared.store.limits import Limits

# A flood from ever new addresses must not fill the memory; forgetting only makes the first few free again.
_REMEMBERED = 20_000
_KEPT_AFTERWARDS = timedelta(hours=1)


class PostLimit:
    """One kind of limit in one process.

    With `n` processes at work up to ``posts + n * free`` come through in a window: the price of writing nothing for ordinary visitors.
    """

    def __init__(self, limit: Limit, limits: Limits) -> None:
        self._limit = limit
        self._limits = limits
        self._seen: Counter[str] = Counter()

    def is_over(self, subject: str, now: datetime) -> bool:
        """Counts a post of `subject` (a keyed hash: whose it is stays unknown) and says whether it is one too many."""
        key = self._limit.key(subject, now)
        if len(self._seen) >= _REMEMBERED and key not in self._seen:
            self._seen.clear()
        self._seen[key] += 1
        if self._seen[key] <= self._limit.free:
            return False
        counted = self._limits.count(key, self._limit.window(now) + self._limit.within + _KEPT_AFTERWARDS)
        return counted > self._limit.posts - self._limit.free
