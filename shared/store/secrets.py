"""The signing key of this installation.

A row in a table and not a paid secret: it costs nothing when idle, is encrypted at rest, and reading it warms the connection that the function needs anyway.
"""

from __future__ import annotations

import base64
import secrets as randomness
from functools import lru_cache

from pynamodb.exceptions import DoesNotExist, PutError

from shared.store.faults import is_lost_condition
from shared.store.tables import SecretItem

_NAME = "signing"


def _read() -> bytes | None:
    try:
        return base64.b64decode(SecretItem.get(_NAME, consistent_read=True).value)
    except DoesNotExist:
        return None


def _make() -> bytes:
    fresh = randomness.token_bytes(32)
    try:
        SecretItem(_NAME, value=base64.b64encode(fresh).decode()).save(condition=SecretItem.name.does_not_exist())
    except PutError as error:
        if not is_lost_condition(error):
            raise
        # Two functions started at once and the other one made it.
        made = _read()
        if made is None:
            raise
        return made
    return fresh


@lru_cache(maxsize=1)
def signing_key() -> bytes:
    """32 random bytes, made on first use and the same for every function of the installation."""
    return _read() or _make()


def known_key() -> bytes | None:
    """The signing key if it was made already, for a reader that may not make it: without it nobody has an id yet."""
    return _read()
