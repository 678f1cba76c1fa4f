"""One message to one person, from the wish to send it to what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.domain.moments import from_iso, to_iso

MARKETING, TRANSACTIONAL, INTERNAL = "marketing", "transactional", "internal"
EMAIL, SMS, WECHAT, PUSH = "email", "sms", "wechat", "push"
CHANNELS = (EMAIL, SMS, WECHAT, PUSH)

# Claimed: SES is being asked, or has taken the mail and its Delivery event is on the way. To people this is "sent".
QUEUED, CLAIMED, SENT, DELIVERED = "queued", "claimed", "sent", "delivered"
REFUSED, UNKNOWN, BOUNCED, COMPLAINED = "refused", "unknown", "bounced", "complained"

# What a person did with a message; NOBODY: what was taken for a person's was a machine's.
OPENED, CLICKED, NOBODY = "opened", "clicked", "nobody"

# What counts against the frequency caps: everything that left, may have left or is about to.
COUNTED = (CLAIMED, SENT, DELIVERED, UNKNOWN, COMPLAINED)


@dataclass(frozen=True, slots=True)
class MessageOrder:
    """The wish to send, as it travels in the outbox queue. `to` is set for internal mail; else it goes to the lead's address on the channel.
    `version` is the journey's, `ways` are what its splits drew for the person.
    """

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
    channel: str = EMAIL
    version: str = ""
    ways: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as its recipient gets it. `headers` are the additional ones; `locale` is the language it is written in."""

    to: str
    subject: str
    html: str
    text: str
    headers: Mapping[str, str]
    locale: str


@dataclass(frozen=True, slots=True)
class Note:
    """A message of another channel than e-mail, as its recipient gets it: a text message has a `text`; app push a `subject` above it and a `url` behind
    it; of WeChat's template message `fields` are what the template's places are filled with. `sender` is what the channel knows the company by.
    """

    to: str
    text: str
    locale: str
    subject: str = ""
    url: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    template_id: str = ""
    sender: str = ""


@dataclass(slots=True)
class Receipt:
    """What became of an order: the row that answers "why did this person (not) get this?".

    `reasons` are refusal codes in the order in which the gate found them (empty for what was sent), `checks` every question the gate asked with its answer,
    `consent` the consent it stood on. `claimed_by` names the invocation that claimed the message. `version` and `ways` are of the journey; `response` is what the person did with
    it: opened, clicked, or nobody when that was a machine after all; kept for the mails of journeys. `parts` is how many times its channel's price it
    costs: a long text message is several.
    """

    lead_id: str
    message_id: str
    klass: str
    template: str
    status: str
    at: datetime
    channel: str = EMAIL
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
    claimed_by: str = ""
    version: str = ""
    ways: Mapping[str, str] = field(default_factory=dict)
    response: str = ""
    parts: int = 1

    @property
    def shown_status(self) -> str:
        """The status in people's words (queued sent delivered refused unknown bounced complained)."""
        return SENT if self.status == CLAIMED else self.status


def order_to_body(order: MessageOrder) -> dict[str, Any]:
    """The order as it travels (docs/design.md)."""
    body: dict[str, Any] = {
        "message_id": order.message_id,
        "lead_id": order.lead_id,
        "class": order.klass,
        "purpose": order.purpose,
        "template": order.template,
        "queued_at": to_iso(order.queued_at),
    }
    optional = {"journey": order.journey, "step": order.step, "to": order.to, "data": order.data}
    optional |= {"version": order.version, "ways": dict(order.ways)}
    channel = {} if order.channel == EMAIL else {"channel": order.channel}
    return body | channel | {key: value for key, value in optional.items() if value}


def order_from_body(body: dict[str, Any]) -> MessageOrder:
    """The order that travelled; KeyError or ValueError when it is none."""
    return MessageOrder(
        message_id=body["message_id"],
        lead_id=body["lead_id"],
        klass=body["class"],
        purpose=body["purpose"],
        template=body["template"],
        queued_at=from_iso(body["queued_at"]),
        journey=body.get("journey", ""),
        step=body.get("step", ""),
        to=body.get("to", ""),
        data=body.get("data", {}),
        channel=body.get("channel", EMAIL),
        version=body.get("version", ""),
        ways=body.get("ways", {}),
    )
