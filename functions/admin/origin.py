"""Where the console lives, and whether a request comes from its own pages.

The console's address is not known when its function is deployed (an API that names its functions and functions that name their API would be
a circle), so links are built from the request.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

# What a sign-in may lead back to: a path of the console, of nothing but names. No host, no scheme, no query can be said in it.
_NAME = r"[A-Za-z0-9_=-]{1,600}"
_RETURN_TO = re.compile(rf"/|(?!/(?:api|login|logout)(?:/|$))(?:/{_NAME}){{1,4}}")
# Of a form that was sent, the page on which it stands.
_PAGE = re.compile(rf"/(?:accounts|handoffs|imports|journeys|leads|mails|segments)/{_NAME}|/{_NAME}")
SESSION_COOKIE = "ripen_session"


def base_path(request_context: Mapping[str, Any], path: str) -> str:
    """What stands before `path` in the browser's address bar: the stage on AWS, more on an emulated gateway, nothing behind a domain."""
    shown = str(request_context.get("path") or path)
    if os.environ.get("AWS_ENDPOINT_URL") and request_context.get("apiId"):
        return f"/restapis/{request_context['apiId']}/{request_context.get('stage', 'live')}/_user_request_"
    return shown.removesuffix(path).rstrip("/") if shown.endswith(path) else shown.rstrip("/") if path == "/" else ""


def return_path(wanted: str | None) -> str:
    """`wanted` when it is a path of the console, else the first page: sign-in is no open redirect."""
    return wanted if wanted and _RETURN_TO.fullmatch(wanted) else "/"


def page_of(method: str, path: str) -> str:
    """The page to which somebody comes back who asked for `path` without being signed in: what a form wanted is not done then."""
    found = None if method in ("GET", "HEAD") else _PAGE.match(path)
    return found[0] if found else path


def is_https(headers: Mapping[str, str]) -> bool:
    """True when the browser speaks TLS to the gateway."""
    return headers.get("x-forwarded-proto", "").split(",")[0].strip() == "https" or headers.get(
        "origin", ""
    ).startswith("https://")


def is_same_origin(headers: Mapping[str, str]) -> bool:
    """True when a browser says that the request comes from a page of ours. Header names are lower case.

    Every browser sends `Origin` with a POST or DELETE; where it is missing, `Sec-Fetch-Site` decides, and with neither the request is foreign.
    """
    if "origin" in headers:
        return bool(headers.get("host")) and urlsplit(headers["origin"]).netloc == headers["host"]
    return headers.get("sec-fetch-site") in {"same-origin", "none"}


def session_token(headers: Mapping[str, str]) -> str:
    """The token in the session cookie, or an empty text."""
    pairs = (pair.strip().partition("=") for pair in headers.get("cookie", "").split(";"))
    return next((value for name, _, value in pairs if name == SESSION_COOKIE), "")


def comes_by_cookie(headers: Mapping[str, str]) -> bool:
    """True when the browser added the credentials by itself, so the request may have been made by another site."""
    return "authorization" not in headers and bool(session_token(headers))


def form_token(session: str) -> str:
    """What every form carries: only who can read our pages knows it. Keyed by the session, so it ends with it."""
    return hmac.new(session.encode(), b"ripen console form", hashlib.sha256).hexdigest()


def is_form_token(token: str, session: str) -> bool:
    """True when `token` was on a page shown in this session."""
    return bool(session) and hmac.compare_digest(token.encode(), form_token(session).encode())
