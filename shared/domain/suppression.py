"""Who must not be contacted, and which list says so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

UNSUBSCRIBED, BOUNCED, COMPLAINED, DNC, BLACKLIST, WHITELIST = (
    "unsubscribed",
    "bounced",
    "complained",
    "dnc",
    "blacklist",
    "whitelist",
)
# Kept by Ripen alone: an address whose mailbox was full too often rests for a while.
SOFT_BOUNCED = "soft_bounced"
LISTS = (UNSUBSCRIBED, BOUNCED, COMPLAINED, DNC, BLACKLIST, WHITELIST)


@dataclass(frozen=True, slots=True)
class Suppression:
    """`address` is a table key: ``email:a@b`` or ``domain:b``. `by` is ``self``, ``ses`` or the admin who wrote it. `until` is when an address that
    rests may be written to again; the other lists know no end.
    """

    address: str
    list: str
    channel: str
    at: datetime
    reason: str = ""
    by: str = ""
    until: datetime | None = None

    def stands(self, now: datetime) -> bool:
        """Whether it holds anything back now."""
        return self.list != SOFT_BOUNCED or (self.until is not None and self.until > now)


@dataclass(frozen=True, slots=True)
class SoftBounceRule:
    """`count` soft bounces `within` this time let the address rest for `pause`."""

    count: int
    within: timedelta
    pause: timedelta

    def rests_until(self, bounces: Iterable[datetime]) -> datetime | None:
        """Until when an address with these soft bounces rests; None when there are too few. The order in which they are told does not matter."""
        at = sorted(bounces)
        full = [last for first, last in zip(at, at[self.count - 1 :], strict=False) if last - first <= self.within]
        return full[-1] + self.pause if full else None


def soft_bounce_rule(policy: dict[str, int]) -> SoftBounceRule:
    """From `soft_bounces` of templates/policies/sending.yaml."""
    return SoftBounceRule(policy["count"], timedelta(days=policy["within_days"]), timedelta(days=policy["pause_days"]))
