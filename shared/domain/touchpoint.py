"""A touchpoint is a code on a thing, a page or a card. It says where whoever follows it comes from, and to whom that is owed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from shared.domain.lead import Lead
from shared.domain.lifecycle import CUSTOMER

TOUCHPOINT, REFERRAL = "touchpoint", "referral"
KINDS = (TOUCHPOINT, REFERRAL)
# Who follows the code: nobody we know, a lead, a customer. Content that is not given falls back to the one before.
UNKNOWN, KNOWN, CLIENT = "unknown", "lead", "customer"
VISITORS = (UNKNOWN, KNOWN, CLIENT)
# What a lead keeps of the touchpoint that it came by.
ORIGINS = ("channel", "activity", "employee", "material", "distributor", "referred_by")
CARD = ("name", "role", "phone", "email")
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,39}")
_CAMPAIGN = re.compile(r"utm_[a-z]{2,20}")
_URL_MAX, _VALUE_MAX = 500, 200


class BadDestination(ValueError):
    """The address is neither a page of ours nor a whole http(s) address."""


@dataclass(frozen=True, slots=True)
class Touchpoint:
    """`origin` maps ORIGINS to what is known, `content` VISITORS to addresses, `card` CARD to what the content page shows of the seller.

    `referred_by` is ``employee:<owner>`` or ``lead:<lead_id>``. `scans` counts who followed the code, machines left out.
    """

    code: str
    kind: str
    created_at: datetime
    created_by: str
    label: str = ""
    origin: dict[str, str] = field(default_factory=dict)
    content: dict[str, str] = field(default_factory=dict)
    card: dict[str, str] = field(default_factory=dict)
    scans: int = 0

    @property
    def touch(self) -> dict[str, str]:
        """What a submission or a visit that came by this code keeps."""
        return {"s": self.code, **{name: value for name, value in self.origin.items() if value}}

    def destination(self, visitor: str) -> str:
        """Where this kind of visitor is led."""
        rank = VISITORS.index(visitor)
        return next(self.content[kind] for kind in reversed(VISITORS[: rank + 1]) if self.content.get(kind))


def visitor_kind(lead: Lead | None) -> str:
    """Whom content is chosen for."""
    if lead is None:
        return UNKNOWN
    return CLIENT if lead.stage == CUSTOMER else KNOWN


def check_destination(address: str) -> str:
    """`address` as it is kept. Raises BadDestination.

    A page of ours (``/f/whitepaper``) or a whole address; never one that a browser would read as something else.
    """
    text = address.strip()
    if not 1 < len(text) <= _URL_MAX or not all("!" <= char <= "~" for char in text) or "\\" in text:
        raise BadDestination("a page of ours such as /f/whitepaper, or an address that begins with https://")
    try:
        parts = urlsplit(text)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        whole = False
    ours = text.startswith("/") and not text.startswith("//") and ".." not in text
    if not (whole or ours):
        raise BadDestination("a page of ours such as /f/whitepaper, or an address that begins with https://")
    return text


def with_code(address: str, code: str, campaign: Mapping[str, str]) -> str:
    """`address` with the code and the campaign's ``utm_*`` in its query; what the address says itself stays."""
    parts = urlsplit(address)
    said = dict(parse_qsl(parts.query, keep_blank_values=True))
    added = {name: value[:_VALUE_MAX] for name, value in campaign.items() if _CAMPAIGN.fullmatch(name)}
    query = urlencode({**added, **said, "s": code}, quote_via=quote)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, parts.fragment))
