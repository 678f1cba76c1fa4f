"""Making touchpoints and referral links, and listing them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared.domain.ids import stable_id
from shared.domain.moments import to_iso
from shared.domain.text import fold
from shared.domain.touchpoint import (
    CARD,
    CODE,
    KINDS,
    ORIGINS,
    REFERRAL,
    TOUCHPOINT,
    UNKNOWN,
    VISITORS,
    BadDestination,
    Touchpoint,
    check_destination,
)
from shared.usecases.console.texts import InvalidField, clean_text
from shared.usecases.console.walk import Listing, PageOf, RawKey, walk
from shared.usecases.contact_points import parse_email

if TYPE_CHECKING:
    from shared.store.touchpoints import Touchpoints

_LABEL_MAX, _ORIGIN_MAX, _CARD_MAX = 120, 80, 120
_SAID = tuple(name for name in ORIGINS if name != "referred_by")
_DEFAULT_CONTENT = "/f/whitepaper"
# Read aloud and typed by hand: no 0 and O, no 1, I and l.
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_LENGTH, _ATTEMPTS = 8, 5
_REFERRAL_CHANNEL = "referral"


def parse_touchpoint(body: Mapping[str, Any], by: str, at: datetime) -> Touchpoint:
    """The touchpoint that a request asks for; without `code` it has none yet. Raises InvalidField.

    `content` is one address, or one for each kind of visitor (``unknown lead customer``).
    """
    kind = body.get("kind") or TOUCHPOINT
    if kind not in KINDS:
        raise InvalidField("kind", f"one of {', '.join(KINDS)}")
    code = clean_text("code", body.get("code"), limit=40)
    if code and not CODE.fullmatch(code):
        raise InvalidField("code", "3 to 40 letters, digits, - or _, beginning with a letter or a digit")
    said = {name: _one_line(name, body.get(name), _ORIGIN_MAX) for name in _SAID}
    origin = {name: value for name, value in said.items() if value}
    if kind == REFERRAL:
        origin = {"channel": _REFERRAL_CHANNEL} | origin | {"referred_by": _referrer(body, origin)}
    if "channel" not in origin:
        raise InvalidField("channel", "is required, for example event, sem or partner")
    return Touchpoint(
        code=code,
        kind=str(kind),
        created_at=at,
        created_by=by,
        label=_one_line("label", body.get("label"), _LABEL_MAX),
        origin=origin,
        content=_content(body.get("content")),
        card=_card(body.get("card")),
    )


def channels_meant(typed: str, channels: Mapping[str, Mapping[str, str]]) -> list[str] | None:
    """For a channel that `channels` ({code: its name in each language}) do not list, which counts as other in reports: the codes that were perhaps meant,
    the likeliest first. None for one that they list.
    """
    from difflib import get_close_matches  # late: only a form asks

    if typed in channels:
        return None
    called = {fold(text): code for code, names in channels.items() for text in (code, *names.values())}
    near = get_close_matches(fold(typed), called, n=3, cutoff=0.6)
    return list(dict.fromkeys(called[each] for each in near))


def _one_line(name: str, value: object, limit: int) -> str:
    return " ".join(clean_text(name, value, limit=limit).split())


def _referrer(body: Mapping[str, Any], origin: Mapping[str, str]) -> str:
    lead_id = clean_text("lead_id", body.get("lead_id"), limit=40)
    if lead_id:
        return f"lead:{lead_id}"
    if origin.get("employee"):
        return f"employee:{origin['employee']}"
    raise InvalidField("lead_id", "a referral names its customer (lead_id) or its employee")


def _content(said: object) -> dict[str, str]:
    addresses = said if isinstance(said, Mapping) else {UNKNOWN: said or _DEFAULT_CONTENT}
    unknown = set(addresses) - set(VISITORS)
    if unknown:
        raise InvalidField("content", f"one address, or one for each of {', '.join(VISITORS)}")
    found = {kind: _destination(kind, addresses[kind]) for kind in VISITORS if addresses.get(kind)}
    return {UNKNOWN: _DEFAULT_CONTENT} | found


def _destination(kind: str, value: object) -> str:
    try:
        return check_destination(clean_text("content", value, limit=500))
    except BadDestination as error:
        raise InvalidField("content", f"{kind}: {error}") from error


def _card(said: object) -> dict[str, str]:
    if said is None or said == "":
        return {}
    if not isinstance(said, Mapping):
        raise InvalidField("card", f"an object of {', '.join(CARD)}")
    card = {name: _one_line(f"card.{name}", said.get(name), _CARD_MAX) for name in CARD}
    if card["email"] and parse_email(card["email"]) is None:
        raise InvalidField("card.email", "is not an e-mail address")
    if any(card.values()) and not card["name"]:
        raise InvalidField("card.name", "a card has a name")
    return {name: value for name, value in card.items() if value}


def make_touchpoint(wanted: Touchpoint, touchpoints: Touchpoints) -> Touchpoint:
    """Writes it under its code, or under a new one. Raises InvalidField when its code is taken.

    A person's referral link has a code made of the person, so that asking twice gives the same link.
    """
    if wanted.code:
        return _claimed(wanted, wanted.code, touchpoints)
    referrer = wanted.origin.get("referred_by", "")
    if referrer.startswith("lead:"):
        made = _with(wanted, f"r{stable_id('referral', referrer)[:11]}")
        return made if touchpoints.create(made) else touchpoints.get(made.code) or made
    for _ in range(_ATTEMPTS):
        made = _with(wanted, "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)))
        if touchpoints.create(made):
            return made
    raise RuntimeError("five random codes in a row were taken")


def _claimed(wanted: Touchpoint, code: str, touchpoints: Touchpoints) -> Touchpoint:
    if not touchpoints.create(wanted):
        raise InvalidField("code", f"{code!r} is taken: it may be printed already")
    return wanted


def _with(wanted: Touchpoint, code: str) -> Touchpoint:
    return Touchpoint(
        code,
        wanted.kind,
        wanted.created_at,
        wanted.created_by,
        wanted.label,
        wanted.origin,
        wanted.content,
        wanted.card,
    )


def find_touchpoints(
    kind: str, cursor: str, touchpoints: Touchpoints, kind_key: Callable[[str, str, str], RawKey]
) -> PageOf[Touchpoint]:
    """One page of one kind, or of all, newest first. Raises BadCursor."""
    kinds = [kind] if kind else KINDS
    return walk({name: _listing(name, touchpoints, kind_key) for name in kinds}, cursor)


def _listing(name: str, touchpoints: Touchpoints, kind_key: Callable[[str, str, str], RawKey]) -> Listing[Touchpoint]:
    return Listing(
        page=lambda limit, after: touchpoints.page(name, limit, after),
        key=lambda position: kind_key(name, *position),
        position=lambda found: (to_iso(found.created_at), found.code),
    )
