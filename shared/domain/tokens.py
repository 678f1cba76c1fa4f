"""Signed tokens in links: what they say cannot be changed, and they hold no personal data."""

from __future__ import annotations

import base64
import hashlib
import hmac

_SIGNATURE_BYTES = 16


class BadToken(Exception):
    """The token was not made by this installation, is of another kind, or is not a token at all."""


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _signature(secret: bytes, payload: bytes) -> bytes:
    return hmac.new(secret, payload, hashlib.sha256).digest()[:_SIGNATURE_BYTES]


def sign(secret: bytes, kind: str, *parts: str) -> str:
    """A URL-safe token that says `kind` and `parts` (none of which may hold a control character)."""
    payload = "\x1f".join((kind, *parts)).encode()
    return f"{_encode(payload)}.{_encode(_signature(secret, payload))}"


def read(secret: bytes, kind: str, token: str) -> list[str]:
    """The parts of a token of this kind; raises BadToken otherwise."""
    body, dot, signature = token.partition(".")
    try:
        payload, given = _decode(body), _decode(signature)
        text = payload.decode()
    except ValueError as error:
        raise BadToken("not a token") from error
    if not dot or not hmac.compare_digest(given, _signature(secret, payload)):
        raise BadToken("bad signature")
    found, *parts = text.split("\x1f")
    if found != kind:
        raise BadToken("a token of another kind")
    return parts
