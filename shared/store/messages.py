"""Send receipts. The row is the claim: whoever writes it sends, nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.update import Action

from shared.domain.message import CLAIMED, QUEUED, Receipt
from shared.domain.moments import from_iso, to_iso
from shared.store.conditional import saved, updated
from shared.store.rows.messages import MessageItem


def _to_receipt(item: MessageItem) -> Receipt:
    return Receipt(
        lead_id=item.lead_id,
        message_id=item.message_id,
        klass=item.klass,
        template=item.template,
        status=item.status,
        at=from_iso(item.at),
        channel=item.channel,
        to=item.to or "",
        subject=item.subject or "",
        purpose=item.purpose or "",
        journey=item.journey or "",
        step=item.step or "",
        locale=item.locale or "",
        reasons=item.reasons or [],
        checks=item.checks or [],
        consent=item.consent or {},
        not_before=from_iso(item.not_before) if item.not_before else None,
        provider_id=item.provider_id or "",
        settled_at=from_iso(item.settled_at) if item.settled_at else None,
        error=item.error or "",
        claimed_by=item.claimed_by or "",
        version=item.version or "",
        ways=item.ways or {},
        response=item.response or "",
        parts=int(item.parts or 1),
    )


def _to_item(receipt: Receipt) -> MessageItem:
    return MessageItem(
        receipt.lead_id,
        receipt.message_id,
        klass=receipt.klass,
        channel=receipt.channel,
        template=receipt.template,
        status=receipt.status,
        at=to_iso(receipt.at),
        to=receipt.to or None,
        subject=receipt.subject or None,
        purpose=receipt.purpose or None,
        journey=receipt.journey or None,
        step=receipt.step or None,
        locale=receipt.locale or None,
        reasons=receipt.reasons or None,
        checks=receipt.checks or None,
        consent=receipt.consent or None,
        not_before=to_iso(receipt.not_before) if receipt.not_before else None,
        error=receipt.error or None,
        claimed_by=receipt.claimed_by or None,
        version=receipt.version or None,
        ways=dict(receipt.ways) or None,
        response=receipt.response or None,
        parts=receipt.parts if receipt.parts > 1 else None,
    )


def from_stream_image(image: dict[str, Any]) -> Receipt:
    """The receipt in an image of a stream record (DynamoDB's typed JSON)."""
    return _to_receipt(MessageItem.from_raw_data(image))


class Messages:
    """Reads and conditional writes of receipts."""

    def get(self, lead_id: str, message_id: str, *, consistent: bool = True) -> Receipt | None:
        """One receipt. Where a moment's delay does no harm, `consistent=False` halves the price; what that does not find is looked for once more."""
        try:
            return _to_receipt(MessageItem.get(lead_id, message_id, consistent_read=consistent))
        except DoesNotExist:
            return None if consistent else self.get(lead_id, message_id)

    def of(self, lead_id: str) -> list[Receipt]:
        """Every receipt of this person (also internal mail about them)."""
        return [_to_receipt(item) for item in MessageItem.query(lead_id, consistent_read=True)]

    def write_first(self, receipt: Receipt) -> bool:
        """Writes the receipt where none stands or one still waits in the queue; False when the message was claimed or settled.

        A claim that stands already by the same invocation is its own: the SDK repeats a write whose answer was lost.
        """
        condition = MessageItem.lead_id.does_not_exist() | (MessageItem.status == QUEUED)
        if receipt.claimed_by:
            condition |= (MessageItem.status == CLAIMED) & (MessageItem.claimed_by == receipt.claimed_by)
        return saved(_to_item(receipt), condition)

    def settle(
        self,
        lead_id: str,
        message_id: str,
        status: str,
        at: datetime,
        *,
        expected: Sequence[str] = (CLAIMED,),
        provider_id: str = "",
        error: str = "",
        reasons: Sequence[str] = (),
    ) -> bool:
        """Moves the receipt from one of `expected` to `status`; False when it stands elsewhere."""
        actions: list[Action] = [MessageItem.status.set(status), MessageItem.settled_at.set(to_iso(at))]
        if provider_id:
            actions.append(MessageItem.provider_id.set(provider_id))
        if error:
            actions.append(MessageItem.error.set(error))
        if reasons:
            actions.append(MessageItem.reasons.set(list(reasons)))
        return updated(MessageItem(lead_id, message_id), actions, MessageItem.status.is_in(*expected))

    def respond(self, receipt: Receipt, response: str) -> bool:
        """Notes what the person did with a message, where `receipt` stands as it was read; False when somebody noted something else meanwhile."""
        noted = MessageItem.response
        unchanged = (noted == receipt.response) if receipt.response else noted.does_not_exist()
        item = MessageItem(receipt.lead_id, receipt.message_id)
        return updated(item, [noted.set(response)], MessageItem.status.exists() & unchanged)
