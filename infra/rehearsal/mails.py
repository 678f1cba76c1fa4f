"""The mails that SES accepted, and what SES then publishes about them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from html import unescape
from typing import Any, Final

from infra import ses_events
from infra.rehearsal.calls import Call
from infra.rehearsal.clock import VirtualClock
from infra.rehearsal.engines import Engine
from infra.template import Template

_PUBLISHED_AS: Final = {
    "Send": "SEND",
    "Delivery": "DELIVERY",
    "Bounce": "BOUNCE",
    "Complaint": "COMPLAINT",
    "Reject": "REJECT",
    "DeliveryDelay": "DELIVERY_DELAY",
    "Rendering Failure": "RENDERING_FAILURE",
}
# SES's own list answers for the whole account: the bounce that put the address there came before.
_KNOWN_TO_SES: Final = ("OnAccountSuppressionList",)


@dataclass(frozen=True)
class Mail:
    """An accepted SendEmail request."""

    sent: ses_events.SentMail

    @property
    def at(self) -> datetime:
        return self.sent.at

    @property
    def to(self) -> str:
        """The bare address of the one recipient."""
        return parseaddr(self.sent.recipients[0])[1]

    @property
    def subject(self) -> str:
        return self.sent.subject

    @property
    def html(self) -> str:
        return self._body("Html")

    @property
    def text(self) -> str:
        return self._body("Text")

    @property
    def tags(self) -> dict[str, str]:
        return self.sent.tags

    def header(self, name: str) -> str:
        """The value of one of the request's own headers; empty when absent."""
        return next((v for n, v in self.sent.headers if n.lower() == name.lower()), "")

    @property
    def links(self) -> list[str]:
        """The addresses of the links in the HTML part, in order."""
        return [unescape(found) for found in re.findall(r"""<a\s[^>]*?href=["']([^"']+)["']""", self.html, re.I | re.S)]

    @property
    def images(self) -> list[str]:
        return [
            unescape(found) for found in re.findall(r"""<img\s[^>]*?src=["']([^"']+)["']""", self.html, re.I | re.S)
        ]

    def _body(self, part: str) -> str:
        body = self.sent.request["Content"]["Simple"]["Body"]
        return str(body.get(part, {}).get("Data", ""))


class PostOffice:
    """Collects what SES accepts, and publishes events as its configuration set says."""

    def __init__(self, template: Template, engine: Engine, clock: VirtualClock) -> None:
        self._destinations = template.event_destinations
        self._sns = engine.client("sns")
        self._clock = clock
        self._fresh: list[Mail] = []
        self.mails: list[Mail] = []
        self.unwanted: list[tuple[str, str]] = []
        """(address, list of suppressions) of whom a permanent bounce or a complaint was published."""

    def after(self, call: Call) -> None:
        """Observes calls: an accepted SendEmail is a mail."""
        if call.service == "sesv2" and call.operation == "SendEmail" and not call.error:
            mail = Mail(ses_events.SentMail(call.params, call.answer["MessageId"], self._clock.now()))
            self.mails.append(mail)
            self._fresh.append(mail)

    @property
    def has_fresh(self) -> bool:
        """Whether mails were accepted about which nothing is published yet."""
        return bool(self._fresh)

    def step(self) -> bool:
        """Publishes Send and Delivery of the mails that were accepted since. Whether there were any."""
        fresh, self._fresh = self._fresh, []
        for mail in fresh:
            self.publish(mail, ses_events.send(mail.sent))
            self.publish(mail, ses_events.delivery(mail.sent, self._clock.now()))
        return bool(fresh)

    def bounce(self, mail: Mail, kind: str = "Permanent", subtype: str = "General") -> None:
        if kind == "Permanent" and subtype not in _KNOWN_TO_SES:
            self.unwanted.append((mail.to, "bounced"))
        self.publish(mail, ses_events.bounce(mail.sent, self._clock.now(), kind, subtype))

    def complain(self, mail: Mail) -> None:
        self.unwanted.append((mail.to, "complained"))
        self.publish(mail, ses_events.complaint(mail.sent, self._clock.now()))

    def publish(self, mail: Mail, event: dict[str, Any]) -> None:
        """To the topics that the mail's configuration set names for this type of event; without one, nowhere."""
        for destination in self._destinations:
            same = destination.configuration_set == mail.sent.request.get("ConfigurationSetName")
            if same and _PUBLISHED_AS[event["eventType"]] in destination.types:
                self._sns.publish(TopicArn=destination.topic, Message=json.dumps(event, ensure_ascii=False))

    def newest_to(self, address: str) -> Mail | None:
        """The newest mail to this address; None: it has got none."""
        wanted = address.casefold()
        return next((m for m in reversed(self.mails) if m.to.casefold() == wanted), None)

    def all_to(self, address: str) -> list[Mail]:
        """The mails to this address, newest first."""
        wanted = address.casefold()
        return [mail for mail in reversed(self.mails) if mail.to.casefold() == wanted]
