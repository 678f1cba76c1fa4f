"""What a visitor has said already is not asked again.

A signed cookie holds which questions were answered, for whom (a keyed hash of the address) and when: no answer, no name, no address. Whoever sits at the
same browser afterwards sees fewer questions, and nothing of the one before. The address itself is always asked: it says who answers now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.domain.forms import clean
from shared.domain.identity import email_key
from shared.domain.ids import key_id
from shared.domain.moments import from_iso, to_iso
from shared.domain.tokens import BadToken, read, sign
from shared.usecases.contact_points import parse_email

COOKIE = "ripen_said"
KEPT = timedelta(days=180)
_SIGNED_FOR = "said"
_WHO = "email"


@dataclass(frozen=True, slots=True)
class Said:
    """`names` of the fields that `owner` (a keyed hash of an address) has answered."""

    owner: str = ""
    names: frozenset[str] = frozenset()


NOTHING = Said()


def recall(secret: bytes, cookie: str, now: datetime) -> Said:
    """What the cookie says; nothing when it is not ours, or old."""
    try:
        owner, names, at = read(secret, _SIGNED_FOR, cookie)
        old = now - from_iso(at) > KEPT
    except (BadToken, ValueError):
        return NOTHING
    return NOTHING if old else Said(owner, frozenset(filter(None, names.split(","))))


def remember(secret: bytes, form: Mapping[str, Any], raw: Mapping[str, Any], before: Said, now: datetime) -> str:
    """The cookie after a post, or "" when it does not say whose it is."""
    owner = owner_of(secret, raw)
    if not owner:
        return ""
    answered = {
        field["name"]
        for field in form["fields"]
        if isinstance(raw.get(field["name"]), str) and clean(raw[field["name"]])
    }
    names = answered | (before.names if before.owner == owner else frozenset())
    return sign(secret, _SIGNED_FOR, owner, ",".join(sorted(names - {_WHO, "message"})), to_iso(now))


def owner_of(secret: bytes, raw: Mapping[str, Any]) -> str:
    """Whose post this is."""
    address = parse_email(clean(raw[_WHO])) if isinstance(raw.get(_WHO), str) else None
    return key_id(secret, "said", email_key(address)) if address else ""


def shortened(form: Mapping[str, Any], said: Iterable[str]) -> dict[str, Any]:
    """The form without the questions that were answered; as many of those that were folded away take their place."""
    known = set(said) - {_WHO, "message"}
    asked = [field for field in form["fields"] if field["name"] not in known]
    free = sum(field["group"] != "more" for field in form["fields"] if field["name"] in known)
    shown = []
    for field in asked:
        promoted = field["group"] == "more" and free > 0
        free -= promoted
        shown.append({**field, "group": "main"} if promoted else field)
    return {**form, "fields": shown}
