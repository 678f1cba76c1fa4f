"""Writing to and reading from the list of who must not be contacted."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared.domain.identity import email_key, suppression_keys
from shared.domain.moments import to_iso
from shared.domain.suppression import LISTS, Suppression
from shared.usecases.console.texts import InvalidField, clean_text
from shared.usecases.console.walk import Listing, PageOf, RawKey, walk
from shared.usecases.contact_points import parse_email

if TYPE_CHECKING:
    from shared.store.suppressions import Suppressions

CHANNELS = ("email", "sms", "phone", "wechat", "push", "all")
_DOMAIN = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


@dataclass(frozen=True, slots=True)
class SuppressionQuery:
    """`address` is an e-mail address or a domain, exact; without one, `list` or all lists, newest first."""

    address: str = ""
    list: str = ""
    cursor: str = ""


def parse_suppression(body: Mapping[str, Any], by: str, at: datetime) -> Suppression:
    """The row that a request asks for. Raises InvalidField."""
    name = body.get("list")
    if name not in LISTS:
        raise InvalidField("list", f"one of {', '.join(LISTS)}")
    channel = body.get("channel") or "email"
    if channel not in CHANNELS:
        raise InvalidField("channel", f"one of {', '.join(CHANNELS)}")
    return Suppression(
        _key_of(body), str(name), str(channel), at, clean_text("reason", body.get("reason"), limit=500), by
    )


def _key_of(body: Mapping[str, Any]) -> str:
    address, domain = (clean_text(name, body.get(name), limit=254) for name in ("address", "domain"))
    if bool(address) == bool(domain):
        raise InvalidField("address", "give an address or a domain")
    return f"email:{_email(address)}" if address else f"domain:{_domain(domain)}"


def _email(address: str) -> str:
    parsed = parse_email(address)
    if parsed is None:
        raise InvalidField("address", "is not an e-mail address")
    return email_key(parsed)


def _domain(text: str) -> str:
    try:
        domain = text.strip(". @").casefold().encode("idna").decode()
    except UnicodeError:
        domain = ""
    if not _DOMAIN.fullmatch(domain):
        raise InvalidField("domain", "is not a domain, such as example.com")
    return domain


def find_suppressions(
    query: SuppressionQuery, suppressions: Suppressions, list_key: Callable[[str, str, str], RawKey]
) -> PageOf[Suppression]:
    """One page, newest first. Raises BadCursor and InvalidField."""
    if query.address:
        keys = (
            suppression_keys(_email(query.address))
            if "@" in query.address.strip("@")
            else [f"domain:{_domain(query.address)}"]
        )
        rows = [row for row in suppressions.on(keys) if query.list in ("", row.list)]
        return PageOf(sorted(rows, key=lambda row: row.at, reverse=True), None)
    names = [query.list] if query.list else LISTS
    return walk({name: _listing(name, suppressions, list_key) for name in names}, query.cursor)


def _listing(
    name: str, suppressions: Suppressions, list_key: Callable[[str, str, str], RawKey]
) -> Listing[Suppression]:
    return Listing(
        page=lambda limit, after: suppressions.page(name, limit, after),
        key=lambda position: list_key(name, *position),
        position=lambda row: (to_iso(row.at), row.address),
    )
