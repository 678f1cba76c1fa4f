"""The visitor's id in the cookie that ripen.js keeps on our own pages, once the visitor agreed to it."""

from __future__ import annotations

import re
from collections.abc import Mapping

COOKIE = "ripen_visitor"
_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


def cookies_of(headers: Mapping[str, str]) -> dict[str, str]:
    """The request's cookies; `headers` have lower-case names."""
    pairs = (pair.strip().partition("=") for pair in headers.get("cookie", "").split(";"))
    return {name: value for name, _, value in pairs if name}


def visitor_of(headers: Mapping[str, str]) -> str:
    """The visitor's id, or "" for who has none."""
    found = cookies_of(headers).get(COOKIE, "")
    return found if _ID.fullmatch(found) else ""
