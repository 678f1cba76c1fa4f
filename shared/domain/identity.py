"""The exact keys by which many traces are one person (FACTS: e-mail, phone, visitor cookie)."""

from __future__ import annotations

import unicodedata

_DOTLESS = {"gmail.com", "googlemail.com"}


def email_key(address: str) -> str:
    """The form in which two spellings of one mailbox are equal.

    Width and case are folded and the domain is punycode; Gmail ignores dots and ``+tag``. Elsewhere ``+tag`` may be another mailbox, so it stays.
    `address` is already known to be an address; raises ValueError where it is not.
    """
    folded = unicodedata.normalize("NFKC", address).strip().casefold()
    local, at, domain = folded.rpartition("@")
    if not (local and at and domain):
        raise ValueError("not an e-mail address")
    domain = domain.encode("idna").decode() if not domain.isascii() else domain
    if domain in _DOTLESS:
        return f"{local.split('+')[0].replace('.', '')}@gmail.com"
    return f"{local}@{domain}"


def suppression_keys(address: str) -> list[str]:
    """Every table key under which this address may have said no: itself and its domain."""
    key = email_key(address)
    return [f"email:{key}", f"domain:{key.rpartition('@')[2]}"]
