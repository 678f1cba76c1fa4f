"""moto's queues, made so that what a call costs does not grow with what a queue holds: moto looks at every message of a queue, several times, for each
message that is sent, received or deleted.
"""

from __future__ import annotations

from copy import copy, deepcopy
from heapq import heappop, heappush
from itertools import count
from typing import Any, Final

from moto.core.utils import unix_time_millis
from moto.sqs import models
from moto.sqs.exceptions import ReceiptHandleIsInvalid
from moto.sqs.models import DEDUPLICATION_TIME_IN_SECONDS, Message, Queue

_receipts: Final = count()


class Parcel(Message):
    """A message that tells its shelf when it is handed out."""

    shelf: Shelf | None = None
    number = 0

    def mark_received(self, visibility_timeout: int | None = None) -> None:
        super().mark_received(visibility_timeout)
        if self.shelf:
            self.shelf.handed_out(self)

    def change_visibility(self, visibility_timeout: int) -> None:
        super().change_visibility(visibility_timeout)
        if self.shelf:
            self.shelf.wait(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Parcel:
        """Without the shelf: what a caller gets is no part of the queue."""
        copied = copy(self)
        copied.shelf = None
        for name in ("message_attributes", "system_attributes", "_old_receipt_handles"):
            setattr(copied, name, deepcopy(getattr(self, name), memo))
        return copied


class Groups(set[str]):
    """The groups that are being worked on. moto copies the set so as not to change it, and never does."""

    def __deepcopy__(self, _: dict[int, Any]) -> Groups:
        return self


class Shelf(Queue):
    """A queue that finds a message by its receipt, its deduplication id and the moment from which it can be seen."""

    def __init__(self, *named: Any, **attributes: Any) -> None:
        self._numbers = count()
        super().__init__(*named, **attributes)

    # moto sets an empty list when it makes a queue and when it purges one.
    @property
    def _messages(self) -> list[Message]:
        return list(self._stock.values())

    @_messages.setter
    def _messages(self, _: list[Message]) -> None:
        self._stock: dict[str, Parcel] = {}
        self._ready: dict[str, Parcel] = {}
        self._later: list[tuple[float, int, Parcel]] = []
        self._delayed: dict[str, Parcel] = {}
        self._by_receipt: dict[str, Parcel] = {}
        self._by_deduplication: dict[str | None, Parcel] = {}

    @property
    def messages(self) -> list[Message]:
        """Those that can be received now, oldest first."""
        now, back = unix_time_millis(), False
        while self._later and self._later[0][0] < now:
            parcel = heappop(self._later)[2]
            if parcel.id in self._stock and _seen_from(parcel) < now:
                self._ready[parcel.id], back = parcel, True
        if back:
            self._ready = dict(sorted(self._ready.items(), key=lambda item: item[1].number))
        return list(self._ready.values())

    @property
    def pending_message_groups(self) -> set[str]:
        return Groups(super().pending_message_groups if self.fifo_queue else ())

    @property
    def approximate_number_of_messages_delayed(self) -> int:
        return sum(parcel.delayed for parcel in self._delayed.values())

    @property
    def approximate_number_of_messages_not_visible(self) -> int:
        return len(self._stock) - len(self.messages) - self.approximate_number_of_messages_delayed

    def add_message(self, message: Message) -> None:
        assert isinstance(message, Parcel)
        if self.fifo_queue and message.deduplication_id:
            same = self._by_deduplication.setdefault(message.deduplication_id, message)
            if same is not message and _sent(message) - _sent(same) < DEDUPLICATION_TIME_IN_SECONDS:
                return
        message.shelf, message.number = self, next(self._numbers)
        self._stock[message.id] = message
        if message.delayed_until:
            self._delayed[message.id] = message
        self.wait(message)

    def wait(self, message: Parcel) -> None:
        """Until the message can be seen (again)."""
        self._ready.pop(message.id, None)
        if _seen_from(message):
            heappush(self._later, (_seen_from(message), message.number, message))
        else:
            self._ready[message.id] = message

    def handed_out(self, message: Parcel) -> None:
        self._by_receipt[str(message.receipt_handle)] = message

    def delete_message(self, receipt_handle: str) -> None:
        if receipt_handle in self.deleted_messages:
            return
        message = self._by_receipt.get(receipt_handle)
        if message is None or message.id not in self._stock:
            raise ReceiptHandleIsInvalid
        self.pending_messages.discard(message)
        self.deleted_messages.update(str(handle) for handle in message.all_receipt_handles if handle)
        for handle in message.all_receipt_handles:
            self._by_receipt.pop(str(handle), None)
        self._stock.pop(message.id)
        self._ready.pop(message.id, None)
        self._delayed.pop(message.id, None)
        if self._by_deduplication.get(message.deduplication_id) is message:
            del self._by_deduplication[message.deduplication_id]


def _seen_from(message: Message) -> float:
    return max(message.visible_at, message.delayed_until)


def _sent(message: Message) -> float:
    """Seconds."""
    return float(message.sent_timestamp) / 1000  # type: ignore[arg-type] # set when it is sent


def install() -> None:
    """From now on, in this process, for every queue that is made. A receipt takes moto 185 draws at random."""
    vars(models).update(Message=Parcel, Queue=Shelf, generate_receipt_handle=lambda: f"receipt-{next(_receipts):020}")
