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


# Mailboxes behind which sits whoever is on duty.
_ROLES = frozenset(
    (
        *("info", "sales", "contact", "office", "hello", "mail", "service", "support", "admin", "marketing", "kontakt"),
        *("vertrieb", "buero", "einkauf", "purchasing", "procurement", "accounting", "hr", "jobs", "team", "enquiries"),
        *("webmaster", "postmaster", "abuse", "billing", "market", "business", "public", "reception", "zentrale"),
    )
)


def is_role_mailbox(address: str) -> bool:
    """Whether the address is an office's and no person's: nobody is known by it alone."""
    return bool(address) and email_key(address).partition("@")[0].split("+")[0] in _ROLES


def suppression_keys(address: str) -> list[str]:
    """Every table key under which this address may have said no: itself and its domain."""
    key = email_key(address)
    return [f"email:{key}", f"domain:{key.rpartition('@')[2]}"]
