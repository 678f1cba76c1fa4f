"""A provider that takes nothing now is waited for, by each message at its own moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.channel import (
    ACCOUNT_PAUSED,
    QUOTA_USED_UP,
    Account,
    ChannelState,
    back_after_closing,
    back_after_throttling,
    closing_reason,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def account(*, daily: float = 200, sent: float = 0, may_send: bool = True) -> Account:
    return Account(rate=14, daily=daily, sent=sent, may_send=may_send)


@pytest.mark.parametrize(
    ("standing", "reason"),
    [
        (account(), ""),
        (account(sent=199), ""),
        (account(sent=200), QUOTA_USED_UP),
        (account(daily=-1, sent=10_000_000), ""),
        (account(may_send=False), ACCOUNT_PAUSED),
    ],
)
def test_an_account_is_closed_by_its_daily_limit_or_its_provider(standing: Account, reason: str) -> None:
    assert closing_reason(standing) == reason


def test_a_channel_is_closed_until_its_moment_and_open_from_then_on() -> None:
    state = ChannelState(closed_until=NOON)
    assert state.closed(NOON - timedelta(seconds=1)) == NOON
    assert state.closed(NOON) is None
    assert ChannelState().closed(NOON) is None


def test_messages_that_came_too_fast_come_back_spread_over_a_minute() -> None:
    moments = {back_after_throttling(f"m{number}", NOON) for number in range(1000)}
    assert len(moments) > 50
    assert NOON + timedelta(seconds=5) <= min(moments) < max(moments) < NOON + timedelta(seconds=66)


def test_messages_that_met_a_closed_channel_come_back_spread_over_ten_minutes_after_it_opens() -> None:
    moments = {back_after_closing(f"m{number}", NOON) for number in range(1000)}
    assert len(moments) > 400
    assert NOON <= min(moments) < max(moments) < NOON + timedelta(minutes=10)
