"""The admin API's request authorizer.

The token comes in `Authorization: Bearer …` (programs) or in the cookie `ripen_session` (browsers, which send no header when they
navigate). The JSON calls are refused without one; pages are let through with an empty context, and the admin function shows the
sign-in page instead.
"""

import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from functions.authorizer.tokens import Identity, InvalidToken, KeySet, Verifier, fetch_keys, keys_address
from shared.runtime import clock

SESSION_COOKIE = "ripen_session"


@lru_cache(maxsize=1)
def verifier() -> Verifier:
    """Kept while this instance lives, with the keys it has fetched."""
    pool_id = os.environ["USER_POOL_ID"]
    keys = KeySet(lambda: fetch_keys(keys_address(pool_id)), clock.now)
    return Verifier(pool_id, os.environ["USER_POOL_CLIENT_ID"], keys, clock.now)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Allows exactly the method that was asked for; says who asks in the context (`username`, `groups`)."""
    identity = identify(token_of(event.get("headers") or {}))
    if identity is None and str(event.get("resource", "")).startswith("/api/"):
        raise Exception("Unauthorized")  # API Gateway turns exactly this text into 401
    return policy(event["methodArn"], identity)


def token_of(headers: Mapping[str, str]) -> str | None:
    """The token that came with the request. A header, even a malformed one, wins over the cookie."""
    lower = {name.lower(): value for name, value in headers.items()}
    if "authorization" in lower:
        scheme, _, token = lower["authorization"].partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None
    # Split by hand: http.cookies stops at the first cookie that is not to its taste, and others set theirs on our domain too.
    cookies = (pair.strip().partition("=") for pair in lower.get("cookie", "").split(";"))
    return next((value for name, _, value in cookies if name == SESSION_COOKIE), None)


def identify(token: str | None) -> Identity | None:
    """Who the token speaks for; nobody when there is none or it does not hold."""
    if not token:
        return None
    try:
        return verifier().verify(token)
    except InvalidToken:
        return None


def policy(method_arn: str, identity: Identity | None) -> dict[str, Any]:
    """The answer that API Gateway expects; context values are strings."""
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": method_arn}
    context = {"username": identity.username, "groups": ",".join(identity.groups)} if identity else {}
    return {
        "principalId": identity.username if identity else "anonymous",
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": context,
    }
