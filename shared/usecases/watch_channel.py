"""The provider's limits are learnt from its account and from its answers, and every sender keeps to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.domain.channel import ACCOUNT_PAUSED, CLOSED_FOR, Account, ChannelState, closing_reason

if TYPE_CHECKING:
    from shared.store.channel_states import ChannelStates

# A sender believes for so long what it read: a row read a quarter-minute costs next to nothing, and a quarter-minute too long does no harm.
_BELIEVED_FOR = timedelta(seconds=15)


class Channel:
    """One channel as one process sees it. `tell` hears why it was closed (a metric, from which an alarm is made)."""

    def __init__(self, name: str, states: ChannelStates, tell: Callable[[str], None]) -> None:
        self._name, self._states, self._tell = name, states, tell
        self._read_at: datetime | None = None
        self._state = ChannelState()

    def state(self, now: datetime) -> ChannelState:
        """What is known now."""
        if self._read_at is None or not timedelta() <= now - self._read_at < _BELIEVED_FOR:
            self._state, self._read_at = self._states.get(self._name), now
        return self._state

    def close(self, reason: str, now: datetime) -> datetime:
        """Closes the channel for every sender; returns until when."""
        until = now + CLOSED_FOR[reason]
        self._states.close(self._name, until, reason)
        self._read_at = None
        self._tell(reason)
        return until

    def note(self, account: Account, now: datetime) -> None:
        """Takes over what the provider's account says; opens the channel when an account that was paused may send again."""
        reason, standing = closing_reason(account), self._states.get(self._name)
        if account.rate != standing.rate:
            self._states.note_rate(self._name, account.rate)
        if reason:
            self.close(reason, now)
        elif standing.reason == ACCOUNT_PAUSED and standing.closed(now):
            self._states.open(self._name)
        self._read_at = None
