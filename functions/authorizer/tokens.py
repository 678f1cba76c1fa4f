"""Verifies access tokens of one Cognito user pool.

The pool signs with RS256 and publishes its keys; they are fetched once and kept. A token that names an unknown key may mean that the
pool has rotated, so the keys are fetched again, but at most once a minute: a forger must not be able to make us call out.
"""

import json
import os
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt

REFRESH_AT_MOST_EVERY = timedelta(minutes=1)
FETCH_TIMEOUT_SECONDS = 5

Clock = Callable[[], datetime]
FetchKeys = Callable[[], Mapping[str, Any]]


class InvalidToken(Exception):
    """The token is not one that this pool issued to this client for use now."""


@dataclass(frozen=True)
class Identity:
    """Who the token speaks for."""

    username: str
    groups: tuple[str, ...]


def issuer(pool_id: str) -> str:
    """The `iss` claim of a pool's tokens; the region is the first part of the pool's id."""
    return f"https://cognito-idp.{pool_id.split('_', 1)[0]}.amazonaws.com/{pool_id}"


def keys_address(pool_id: str) -> str:
    """Where the pool publishes its keys; an emulated AWS serves them itself, under the pool's id."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    return (
        f"{endpoint.rstrip('/')}/{pool_id}/.well-known/jwks.json"
        if endpoint
        else f"{issuer(pool_id)}/.well-known/jwks.json"
    )


def fetch_keys(address: str) -> Mapping[str, Any]:
    """The key set at `address`. Raises OSError when it cannot be had."""
    with urllib.request.urlopen(address, timeout=FETCH_TIMEOUT_SECONDS) as answer:  # noqa: S310 - our own pool's address
        keys: Mapping[str, Any] = json.load(answer)
    return keys


class KeySet:
    """The pool's public keys by id."""

    def __init__(self, fetch: FetchKeys, now: Clock) -> None:
        self._fetch = fetch
        self._now = now
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at: datetime | None = None

    def key(self, kid: str) -> jwt.PyJWK:
        """The key `kid`. Raises InvalidToken when the pool has none of that name."""
        if kid not in self._keys and self._may_refresh():
            self._fetched_at = self._now()
            self._keys = {each.key_id: each for each in jwt.PyJWKSet.from_dict(dict(self._fetch())).keys if each.key_id}
        try:
            return self._keys[kid]
        except KeyError:
            raise InvalidToken("signed by an unknown key") from None

    def _may_refresh(self) -> bool:
        return self._fetched_at is None or not self._keys or self._now() - self._fetched_at >= REFRESH_AT_MOST_EVERY


class Verifier:
    """Verifies tokens of one pool and one client."""

    def __init__(self, pool_id: str, client_id: str, keys: KeySet, now: Clock) -> None:
        self._issuer = issuer(pool_id)
        self._client_id = client_id
        self._keys = keys
        self._now = now

    def verify(self, token: str) -> Identity:
        """Who the token speaks for. Raises InvalidToken."""
        try:
            kid = str(jwt.get_unverified_header(token).get("kid", ""))
        except jwt.PyJWTError as error:
            raise InvalidToken(type(error).__name__) from error
        key = self._keys.key(kid)
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                issuer=self._issuer,
                # Time is checked below, by the one clock of this code base.
                options={"require": ["exp", "iss"], "verify_exp": False, "verify_iat": False, "verify_aud": False},
            )
        except jwt.PyJWTError as error:
            raise InvalidToken(type(error).__name__) from error
        self._check(claims)
        groups = claims.get("cognito:groups") or []
        return Identity(str(claims["username"]), tuple(str(group) for group in groups))

    def _check(self, claims: Mapping[str, Any]) -> None:
        if claims.get("token_use") != "access":
            raise InvalidToken("not an access token")
        if claims.get("client_id") != self._client_id:
            raise InvalidToken("issued to another client")
        if not isinstance(claims["exp"], int | float) or claims["exp"] <= self._now().timestamp():
            raise InvalidToken("expired")
        if not claims.get("username"):
            raise InvalidToken("names nobody")
