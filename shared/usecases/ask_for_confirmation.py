"""Double opt-in: who ticked the e-mail box where that is not enough is asked once, by a mail that they need no consent for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.domain.consent import is_pending, question_id
from shared.domain.message import TRANSACTIONAL, MessageOrder
from shared.domain.timeline import FORM_SUBMITTED, Activity

if TYPE_CHECKING:
    from shared.channels.queues import Outbox
    from shared.store.people import People

TEMPLATE, PURPOSE = "consent-confirmation", "double_opt_in"


def ask_for_confirmation(activity: Activity, people: People, outbox: Outbox) -> None:
    """Orders the mail that asks, when `activity` is a form whose box is still to be confirmed. Asking twice is asking once: the order's id says so."""
    if activity.type != FORM_SUBMITTED or not activity.detail.get("to_confirm"):
        return
    lead = people.find(activity.lead_id)
    if lead is None or not lead.email or not is_pending(lead):
        return
    outbox.order(
        MessageOrder(
            message_id=question_id(lead, activity.at),
            lead_id=lead.lead_id,
            klass=TRANSACTIONAL,
            purpose=PURPOSE,
            template=TEMPLATE,
            queued_at=activity.at,
        )
    )
