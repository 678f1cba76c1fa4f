"""One message to one person, from the wish to send it to what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

MARKETING, TRANSACTIONAL, INTERNAL = "marketing", "transactional", "internal"

QUEUED, CLAIMED, SENT, DELIVERED = "queued", "claimed", "sent", "delivered"
REFUSED, UNKNOWN, BOUNCED, COMPLAINED = "refused", "unknown", "bounced", "complained"

# What counts against the frequency caps: everything that left, may have left or is about to.
COUNTED = (CLAIMED, SENT, DELIVERED, UNKNOWN, COMPLAINED)


@dataclass(frozen=True, slots=True)
class MessageOrder:
    """The wish to send, as it travels in the outbox queue. `to` is set for internal mail; else it goes to the lead."""

    message_id: str
    lead_id: str
    klass: str
    purpose: str
    template: str
    queued_at: datetime
    journey: str = ""
    step: str = ""
    to: str = ""
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Receipt:
    """What became of an order: the row that answers "why did this person (not) get this?".

    `reasons` are refusal codes in the order in which the gate found them (empty for what was sent), `checks` every question the gate asked with its answer,
    `consent` the consent it stood on.
    """

    lead_id: str
    message_id: str
    klass: str
    template: str
    status: str
    at: datetime
    channel: str = "email"
    to: str = ""
    subject: str = ""
    purpose: str = ""
    journey: str = ""
    step: str = ""
    locale: str = ""
    reasons: list[str] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    consent: dict[str, str] = field(default_factory=dict)
    not_before: datetime | None = None
    provider_id: str = ""
    settled_at: datetime | None = None
    error: str = ""
