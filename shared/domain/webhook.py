"""What a journey tells a server of the company: what is sent, how it is signed, when it is tried again.

Signatures are those of Standard Webhooks (standardwebhooks.com), for which every language has a library: the receiver checks
``webhook-signature`` with its own secret over id, time and body, and drops what it has seen by ``webhook-id``.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from shared.domain.moments import floor_to, from_iso, to_iso

# What a step may tell of the person; without `fields` only the id goes out.
TELLABLE = (
    *("email", "name", "phone", "company", "title", "industry", "company_size", "country", "locale"),
    *("grade", "stage", "score", "owner", "tags"),
)
DONE, AGAIN, IN_VAIN = "done", "again", "in_vain"
# Answers that say "not now": everything else that is no success will be the same tomorrow.
_NOT_NOW = (408, 425, 429)


@dataclass(frozen=True, slots=True)
class WebhookCall:
    """One call, as it travels. `call_id` is the same however often it is made; `tries` counts those that failed; `due_at` is when this try was due."""

    call_id: str
    lead_id: str
    journey: str
    step: str
    url: str
    happened_at: datetime
    fields: tuple[str, ...] = ()
    data: Mapping[str, str] = field(default_factory=dict)
    tries: int = 0
    due_at: datetime | None = None

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    def again_after(self, pause: timedelta, now: datetime) -> WebhookCall:
        """The next try, which is due a pause after this one was, not after it was made: two deliveries of one try lead to one next try. When that is over
        already, it is due at the end of a pause that is the same for whoever asks within it.
        """
        due = (self.due_at or self.happened_at) + pause
        if due <= now:
            due = floor_to(now, int(pause.total_seconds())) + pause
        return replace(self, tries=self.tries + 1, due_at=due)

    def body(self) -> dict[str, Any]:
        """The call as a message of the queue."""
        return {
            "call_id": self.call_id,
            "lead_id": self.lead_id,
            "journey": self.journey,
            "step": self.step,
            "url": self.url,
            "happened_at": to_iso(self.happened_at),
            "fields": list(self.fields),
            "data": dict(self.data),
            "tries": self.tries,
            **({"due_at": to_iso(self.due_at)} if self.due_at else {}),
        }


def call_from_body(body: Mapping[str, Any]) -> WebhookCall:
    """The call that travelled; KeyError or ValueError when it is none."""
    return WebhookCall(
        call_id=body["call_id"],
        lead_id=body["lead_id"],
        journey=body["journey"],
        step=body["step"],
        url=body["url"],
        happened_at=from_iso(body["happened_at"]),
        fields=tuple(body.get("fields", ())),
        data=dict(body.get("data", {})),
        tries=int(body.get("tries", 0)),
        due_at=from_iso(body["due_at"]) if "due_at" in body else None,
    )


def payload(call: WebhookCall, facts: Mapping[str, Any]) -> bytes:
    """What is posted: JSON in UTF-8, keys in order, so that the same call is the same bytes while the person is the same."""
    person = {"lead_id": call.lead_id} | {name: facts.get(name) for name in call.fields}
    told = {
        "type": "journey.step",
        "timestamp": to_iso(call.happened_at),
        "journey": call.journey,
        "step": call.step,
        "person": person,
        "data": dict(call.data),
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def secret_of(signing_key: bytes, host: str) -> bytes:
    """The secret that this installation shares with one host. Made from the signing key: nothing is stored, and no host learns another's."""
    return hmac.new(signing_key, b"webhook:" + host.encode(), hashlib.sha256).digest()


def shown(secret: bytes) -> str:
    """The secret as receivers' libraries take it."""
    return "whsec_" + base64.b64encode(secret).decode()


def headers(call: WebhookCall, body: bytes, secret: bytes, now: datetime) -> dict[str, str]:
    """The signed headers of a call that is made now."""
    stamp = str(int(now.timestamp()))
    signed = b".".join((call.call_id.encode(), stamp.encode(), body))
    signature = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    return {
        "content-type": "application/json",
        "user-agent": "Ripen",
        "webhook-id": call.call_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{signature}",
    }


def judge(status: int) -> str:
    """What an answer's status means: DONE, AGAIN (the server cannot now) or IN_VAIN (it will never take this)."""
    if 200 <= status < 300:
        return DONE
    return AGAIN if status >= 500 or status in _NOT_NOW else IN_VAIN
