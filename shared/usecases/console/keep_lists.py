"""Teaching Ripen who is fine, a competitor, a test or a customer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared.domain.cleaning import LISTS
from shared.domain.company_names import company_core
from shared.domain.identity import email_key
from shared.domain.listed import Listed
from shared.domain.moments import to_iso
from shared.usecases.console.texts import InvalidField, clean_text
from shared.usecases.console.walk import Listing, PageOf, RawKey, walk
from shared.usecases.contact_points import parse_email, parse_phone

if TYPE_CHECKING:
    from shared.store.lists import Lists

_DOMAIN = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
_LONGEST = 254


def parse_subject(text: str) -> str:
    """``email:…``, ``domain:…``, ``phone:…`` or ``company:…`` for what somebody typed. Raises InvalidField."""
    entry = text.strip().removeprefix("https://").removeprefix("http://").strip("/@ ")
    if "@" in entry:
        address = parse_email(entry)
        if address is None:
            raise InvalidField("entry", "is not an e-mail address")
        return f"email:{email_key(address)}"
    if domain := _as_domain(entry):
        return f"domain:{domain}"
    if not any(char.isalpha() for char in entry):
        number = parse_phone(entry, "")
        if number is None:
            raise InvalidField("entry", "is not a phone number")
        return f"phone:{number}"
    core = company_core(entry)
    if len(core) < 2:
        raise InvalidField("entry", "write more of the company's name")
    return f"company:{core}"


def _as_domain(text: str) -> str:
    if "." not in text or " " in text:
        return ""
    try:
        domain = text.casefold().removeprefix("www.").encode("idna").decode()
    except UnicodeError:
        return ""
    return domain if _DOMAIN.fullmatch(domain) else ""


def parse_listed(body: Mapping[str, Any], by: str, at: datetime) -> Listed:
    """The row that a request asks for: ``{"list", "entry", "note"}``. Raises InvalidField."""
    name = body.get("list")
    if name not in LISTS:
        raise InvalidField("list", f"one of {', '.join(LISTS)}")
    entry = clean_text("entry", body.get("entry"), limit=_LONGEST)
    if not entry:
        raise InvalidField("entry", "an address, a domain, a phone number or a company")
    return Listed(parse_subject(entry), str(name), at, by, clean_text("note", body.get("note"), limit=300))


def parse_many(body: Mapping[str, Any], by: str, at: datetime) -> list[Listed]:
    """The rows of ``{"list", "entries": [...], "note"}``, as they are copied from a column of a table; each subject once. Raises InvalidField,
    which names the first entry that cannot be read, and then nothing is written.
    """
    entries = body.get("entries")
    if not isinstance(entries, list) or not all(isinstance(each, str) for each in entries):
        raise InvalidField("entries", "a list of texts")
    rows: dict[str, Listed] = {}
    for entry in (each.strip().strip(",;") for each in entries):
        if entry:
            try:
                row = parse_listed({**body, "entry": entry}, by, at)
            except InvalidField as error:
                raise InvalidField(error.field, f"{entry[:60]}: {error.why}") from error
            rows[row.subject] = row
    if not rows:
        raise InvalidField("entry", "an address, a domain, a phone number or a company")
    return list(rows.values())


def find_listed(
    entry: str, name: str, cursor: str, lists: Lists, list_key: Callable[[str, str, str], RawKey]
) -> PageOf[Listed]:
    """One page, newest first; `entry` is exact. Raises BadCursor and InvalidField."""
    if entry:
        row = lists.get(parse_subject(entry))
        return PageOf([row] if row and name in ("", row.list) else [], None)
    names = [name] if name else LISTS
    return walk({each: _listing(each, lists, list_key) for each in names}, cursor)


def _listing(name: str, lists: Lists, list_key: Callable[[str, str, str], RawKey]) -> Listing[Listed]:
    return Listing(
        page=lambda limit, after: lists.page(name, limit, after),
        key=lambda position: list_key(name, *position),
        position=lambda row: (to_iso(row.at), row.subject),
    )
