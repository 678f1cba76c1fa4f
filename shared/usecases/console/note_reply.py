"""Somebody answered a mail: noted by the colleague in whose mailbox the answer lies."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from shared.domain.ids import stable_id
from shared.domain.lead import Lead
from shared.domain.message import COUNTED, INTERNAL, Receipt
from shared.domain.timeline import EMAIL_REPLIED, Activity
from shared.usecases.console.texts import InvalidField

if TYPE_CHECKING:
    from shared.store.activities import Activities


def note_reply(
    lead: Lead,
    message_id: str,
    by: str,
    note: str,
    *,
    receipts: Iterable[Receipt],
    activities: Activities,
    now: datetime,
) -> Receipt:
    """Puts the answer to the mail `message_id` ("": the newest that reached them) on the timeline, once for each mail and hour; journeys that wait for it go on.
    Returns the mail's receipt. Raises InvalidField when no such mail reached them.
    """
    reached = [
        each for each in receipts if each.channel == "email" and each.klass != INTERNAL and each.status in COUNTED
    ]
    wanted = [each for each in reached if not message_id or each.message_id == message_id]
    if not wanted:
        raise InvalidField("message_id", "a mail that reached this person")
    mail = max(wanted, key=lambda each: each.at)
    about = {"message_id": mail.message_id, "template": mail.template, "journey": mail.journey, "by": by, "note": note}
    detail = {name: value for name, value in about.items() if value}
    cause = stable_id("reply", mail.message_id)
    activities.append(Activity(lead.lead_id, EMAIL_REPLIED, max(now, mail.at), cause, "email", detail=detail))
    return mail
