"""Deterministic ids: the same cause always gives the same id, so that a repeated delivery finds what the first one wrote."""

from __future__ import annotations

import base64
import hashlib
import hmac


def _short(digest: bytes, length: int) -> str:
    return base64.b32encode(digest).decode().rstrip("=").lower()[:length]


def stable_id(*parts: str) -> str:
    """20 characters [a-z2-7] that stand for `parts`; the parts' borders count."""
    joined = "\x1f".join(parts).encode()
    return _short(hashlib.sha256(joined).digest(), 20)


def key_id(secret: bytes, kind: str, value: str) -> str:
    """The id of an exact identity key (``email``, ``phone``, ``visitor``).

    A keyed HMAC, because a plain hash of an address or a phone number is found by trying them all.
    """
    return _short(hmac.new(secret, f"{kind}:{value}".encode(), hashlib.sha256).digest(), 24)
