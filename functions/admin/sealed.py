"""Ids and cursors that stand for an address: encrypted, because addresses do not belong into URLs, which are logged on the way."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from shared.runtime.wiring import wiring

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV


def _cipher() -> AESSIV:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV  # late: few pages show addresses

    return AESSIV(wiring.secret_made)


def seal(text: str) -> str:
    """An opaque, URL-safe stand-in for `text`; the same text always gives the same one."""
    sealed = _cipher().encrypt(text.encode(), [b"console"])
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def unseal(sealed: str) -> str:
    """The text that `seal` was given. Raises ValueError for anything it did not make."""
    from cryptography.exceptions import InvalidTag

    try:
        raw = base64.b64decode(sealed + "=" * (-len(sealed) % 4), altchars=b"-_", validate=True)
        return _cipher().decrypt(raw, [b"console"]).decode()
    except (InvalidTag, ValueError) as error:
        raise ValueError("not one of ours") from error


def suppression_id(address: str, name: str) -> str:
    """The id by which a suppression is removed."""
    return seal(f"{name}|{address}")


def parse_listed_id(text: str) -> str:
    """The subject of a list's entry. Raises ValueError."""
    subject = unseal(text)
    if subject.partition(":")[0] not in ("email", "domain", "phone", "company"):
        raise ValueError("not an entry of a list")
    return subject


def parse_suppression_id(text: str) -> tuple[str, str]:
    """(address, list) of an id. Raises ValueError."""
    name, bar, address = unseal(text).partition("|")
    if not bar:
        raise ValueError("not a suppression id")
    return address, name
