"""Whether a channel takes messages now: what its provider allows, and how long it is closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zlib import crc32

# Why a channel is closed, and for how long nobody knocks at it.
QUOTA_USED_UP, ACCOUNT_PAUSED = "quota_used_up", "account_paused"
CLOSED_FOR = {QUOTA_USED_UP: timedelta(minutes=10), ACCOUNT_PAUSED: timedelta(hours=1)}
# Messages that the provider found too fast come back spread over this time, those that wait for a closed channel over that.
_SPREAD_WHEN_FAST = timedelta(seconds=60)
_SPREAD_WHEN_CLOSED = timedelta(minutes=10)
_AT_LEAST = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Account:
    """What the provider says of the account. `rate` is messages a second, `daily` messages in 24 hours, of which `sent` are gone."""

    rate: float
    daily: float
    sent: float
    may_send: bool


@dataclass(frozen=True, slots=True)
class ChannelState:
    """`rate` is what the whole account may send in a second; None: not known yet, the provider's answer decides."""

    rate: float | None = None
    closed_until: datetime | None = None
    reason: str = ""

    def closed(self, now: datetime) -> datetime | None:
        """Until when it is closed; None when it is open."""
        return self.closed_until if self.closed_until is not None and self.closed_until > now else None


def closing_reason(account: Account) -> str:
    """Why the account takes nothing now; "" when it does. A daily limit below zero means that there is none."""
    if not account.may_send:
        return ACCOUNT_PAUSED
    return QUOTA_USED_UP if 0 <= account.daily <= account.sent else ""


def back_after_throttling(message_id: str, now: datetime) -> datetime:
    """When a message that came too fast is tried again: each at its own moment, so that they do not all come at once."""
    return now + _AT_LEAST + _share(message_id + now.isoformat(), _SPREAD_WHEN_FAST)


def back_after_closing(message_id: str, closed_until: datetime) -> datetime:
    """When a message that met a closed channel is tried again."""
    return closed_until + _share(message_id, _SPREAD_WHEN_CLOSED)


def _share(key: str, spread: timedelta) -> timedelta:
    return timedelta(seconds=crc32(key.encode()) % int(spread.total_seconds()))
