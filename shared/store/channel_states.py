"""What is known of each channel's provider. Two rows in the table of waits: a closed channel is a wait of its own kind."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.domain.channel import ChannelState
from shared.domain.moments import from_iso, to_iso
from shared.store.rows.timers import TimerItem

_CLOSED, _ACCOUNT = "closed", "account"
_KEPT = timedelta(days=1)


class ChannelStates:
    """Reads and writes of the channels' states; whoever knows last is right, so nothing is conditional."""

    def get(self, channel: str) -> ChannelState:
        """The state as it was written last."""
        rows = {item.due_key: item for item in TimerItem.query(_partition(channel), consistent_read=True)}
        closed, account = rows.get(_CLOSED), rows.get(_ACCOUNT)
        return ChannelState(
            rate=account.channel["rate"] if account and account.channel else None,
            closed_until=from_iso(closed.channel["until"]) if closed and closed.channel else None,
            reason=closed.channel["reason"] if closed and closed.channel else "",
        )

    def close(self, channel: str, until: datetime, reason: str) -> None:
        """Nothing is offered to the provider until then."""
        TimerItem(
            _partition(channel),
            _CLOSED,
            channel={"until": to_iso(until), "reason": reason},
            expires=int((until + _KEPT).timestamp()),
        ).save()

    def open(self, channel: str) -> None:
        """The provider takes messages again; opening what is open is fine."""
        TimerItem(_partition(channel), _CLOSED).delete()

    def note_rate(self, channel: str, rate: float) -> None:
        """Keeps how many messages a second the account may send."""
        TimerItem(_partition(channel), _ACCOUNT, channel={"rate": rate}).save()


def _partition(channel: str) -> str:
    return f"channel#{channel}"
