"""The signed links of a mail and what they mean when they come back."""

from __future__ import annotations

from dataclasses import dataclass

from shared.domain.tokens import BadToken, read, sign

CLICK, OPEN, PREFERENCES, CONFIRM, HIDDEN = "c", "o", "p", "d", "h"
_SAFE_SCHEMES = ("https://", "http://")


@dataclass(frozen=True, slots=True)
class Link:
    """Whose link of which mail; `url` is where a click goes."""

    lead_id: str
    message_id: str
    url: str = ""


def make_link(secret: bytes, kind: str, link: Link) -> str:
    """The token of a link."""
    return sign(secret, kind, link.lead_id, link.message_id, link.url)


def read_link(secret: bytes, kind: str, token: str) -> Link:
    """What the token says. Raises BadToken; a click to anything but http(s) is one too, whoever signed it."""
    parts = read(secret, kind, token)
    if len(parts) != 3:
        raise BadToken("not a link of a mail")
    if kind in (CLICK, HIDDEN) and not parts[2].startswith(_SAFE_SCHEMES):
        raise BadToken("a link to nowhere")
    return Link(*parts)
