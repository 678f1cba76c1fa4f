"""The signing key of this installation.

A row in a table and not a paid secret: it costs nothing when idle, is encrypted at rest, and reading it warms the connection that the function needs anyway.
"""

from __future__ import annotations

import base64
import secrets as randomness
from functools import lru_cache

from pynamodb.exceptions import DoesNotExist, PutError

from shared.domain.tokens import BadToken
from shared.store.faults import is_lost_condition
from shared.store.rows.secrets import SecretItem

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


class NoKeyYet(BadToken):
    """Nothing was ever signed here, so no token can be good."""


@lru_cache(maxsize=1)
def signing_key() -> bytes:
    """32 random bytes, the same for every function of the installation. Raises NoKeyYet where none was made."""
    key = _read()
    if key is None:
        raise NoKeyYet("no signing key yet")
    return key


def signing_key_made() -> bytes:
    """The signing key, made now if there is none: for the functions that are first in a lead's way and may write it."""
    try:
        return signing_key()
    except NoKeyYet:
        return _make()
