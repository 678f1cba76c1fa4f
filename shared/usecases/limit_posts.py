"""Keeps floods out at the price of nothing for everybody else: a process counts in memory, and only who is busy is counted in the table."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.domain.ids import key_id
from shared.domain.limits import Limit, network_of

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
        self._over: set[str] = set()

    def is_over(self, subject: str, now: datetime, by: int = 1) -> bool:
        """Counts `by` more of `subject` (a keyed hash: whose they are stays unknown) and says whether that is too much.

        What is over stays so until its window ends, and is not counted any more: a flood costs no writes.
        """
        key = self._limit.key(subject, now)
        if key in self._over:
            return True
        if len(self._seen) >= _REMEMBERED and key not in self._seen:
            self._seen.clear()
            self._over.clear()
        self._seen[key] += by
        paid = self._seen[key] - self._limit.free
        if paid <= 0:
            return False
        expires = self._limit.window(now) + self._limit.within + _KEPT_AFTERWARDS
        if self._limits.count(key, expires, min(by, paid)) <= self._limit.posts - self._limit.free:
            return False
        self._over.add(key)
        return True


def is_too_much(limit: PostLimit, ip: str, *, secret: bytes, now: datetime, by: int = 1) -> bool:
    """Whether this network address has brought more than everybody behind it would; False where the address is not known."""
    return bool(ip) and limit.is_over(key_id(secret, "ip", network_of(ip)), now, by)
