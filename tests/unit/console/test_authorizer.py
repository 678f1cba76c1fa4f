"""The authorizer lets in whom the pool vouches for, and nobody else. Real RSA keys; the key set is served by a local HTTP server."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from functions.authorizer import handler as authorizer
from functions.authorizer.tokens import InvalidToken, KeySet, Verifier, fetch_keys, issuer
from shared.runtime import clock

POOL = "eu-central-1_AbCdEf123"
CLIENT = "console-client"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ARN = "arn:aws:execute-api:eu-central-1:123456789012:api/live/GET/api/leads"


class Pool:
    """A user pool: signing keys by id, the published key set, and how often it was fetched."""

    def __init__(self) -> None:
        self.keys: dict[str, rsa.RSAPrivateKey] = {}
        self.fetches = 0
        self.rotate("k1")

    def rotate(self, kid: str) -> None:
        self.keys = {kid: rsa.generate_private_key(public_exponent=65537, key_size=2048)}

    def published(self) -> dict[str, Any]:
        self.fetches += 1
        public = {
            kid: json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())) for kid, key in self.keys.items()
        }
        return {"keys": [{**jwk, "kid": kid, "alg": "RS256", "use": "sig"} for kid, jwk in public.items()]}

    def token(self, kid: str | None = None, key: Any = None, algorithm: str = "RS256", **claims: Any) -> str:
        kid = kid or next(iter(self.keys))
        body = {
            "iss": issuer(POOL),
            "client_id": CLIENT,
            "token_use": "access",
            "username": "lin",
            "cognito:groups": ["sales", "manager"],
            "iat": int(NOW.timestamp()),
            "exp": int((NOW + timedelta(hours=8)).timestamp()),
        } | claims
        body = {name: value for name, value in body.items() if value is not None}
        return jwt.encode(body, key or self.keys[kid], algorithm=algorithm, headers={"kid": kid})


@pytest.fixture(scope="module")
def made_pool() -> Pool:
    return Pool()


@pytest.fixture
def pool(made_pool: Pool) -> Pool:
    made_pool.fetches = 0
    return made_pool


@pytest.fixture
def now() -> list[datetime]:
    return [NOW]


@pytest.fixture
def verify(pool: Pool, now: list[datetime]) -> Callable[[str], Any]:
    return Verifier(POOL, CLIENT, KeySet(pool.published, lambda: now[0]), lambda: now[0]).verify


def test_a_token_of_the_pool_says_who_it_speaks_for(pool: Pool, verify: Callable[[str], Any]) -> None:
    identity = verify(pool.token())
    assert (identity.username, identity.groups) == ("lin", ("sales", "manager"))


def test_somebody_without_a_group_has_no_groups(pool: Pool, verify: Callable[[str], Any]) -> None:
    assert verify(pool.token(**{"cognito:groups": None})).groups == ()


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": issuer("eu-central-1_Other")},
        {"client_id": "another"},
        {"token_use": "id"},
        {"exp": int(NOW.timestamp())},
        {"exp": None},
        {"exp": "tomorrow"},
        {"username": None},
        {"username": ""},
        {"iss": None},
    ],
    ids=str,
)
def test_a_token_with_a_wrong_claim_is_refused(
    pool: Pool, verify: Callable[[str], Any], claims: dict[str, Any]
) -> None:
    with pytest.raises(InvalidToken):
        verify(pool.token(**claims))


def test_a_token_signed_by_somebody_else_is_refused(pool: Pool, verify: Callable[[str], Any]) -> None:
    forger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with pytest.raises(InvalidToken):
        verify(pool.token(key=forger))


def test_a_token_signed_with_a_shared_secret_is_refused(pool: Pool, verify: Callable[[str], Any]) -> None:
    with pytest.raises(InvalidToken):
        verify(pool.token(key="the public key taken for a secret, long enough", algorithm="HS256"))


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é" * 3000, "eyJhbGciOiJub25lIn0.e30."])
def test_what_is_no_token_is_refused(verify: Callable[[str], Any], token: str) -> None:
    with pytest.raises(InvalidToken):
        verify(token)


def test_keys_are_fetched_once_and_kept(pool: Pool, verify: Callable[[str], Any]) -> None:
    for _ in range(3):
        verify(pool.token())
    assert pool.fetches == 1


def test_after_a_rotation_the_new_key_is_fetched(pool: Pool, verify: Callable[[str], Any], now: list[datetime]) -> None:
    verify(pool.token())
    pool.rotate("k2")
    now[0] += timedelta(minutes=1)
    assert verify(pool.token()).username == "lin"


def test_unknown_keys_make_it_fetch_at_most_once_a_minute(pool: Pool, verify: Callable[[str], Any]) -> None:
    verify(pool.token())
    forger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    for number in range(5):
        with pytest.raises(InvalidToken):
            verify(pool.token(kid=f"made-up-{number}", key=forger))
    assert pool.fetches == 1


@pytest.fixture
def endpoint(pool: Pool) -> Iterator[str]:
    """Serves the key set where an emulated AWS does: /{pool}/.well-known/jwks.json."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == f"/{POOL}/.well-known/jwks.json"
            self.send_response(200 if found else 404)
            self.end_headers()
            self.wfile.write(json.dumps(pool.published()).encode() if found else b"")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def ask(pool: Pool, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., dict[str, Any]]]:
    monkeypatch.setenv("USER_POOL_ID", POOL)
    monkeypatch.setenv("USER_POOL_CLIENT_ID", CLIENT)
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    authorizer.verifier.cache_clear()

    def ask(resource: str = "/api/leads", **headers: str) -> dict[str, Any]:
        event = {"type": "REQUEST", "methodArn": ARN, "resource": resource, "headers": headers}
        return authorizer.handler(event, None)

    clock.use(lambda: NOW)
    yield ask
    clock.use(None)
    authorizer.verifier.cache_clear()


def test_the_header_lets_in_and_tells_who_it_is(pool: Pool, ask: Callable[..., dict[str, Any]]) -> None:
    answer = ask(authorization=f"Bearer {pool.token()}")
    assert answer["context"] == {"username": "lin", "groups": "sales,manager"}
    assert answer["policyDocument"]["Statement"] == [
        {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": ARN}
    ]


def test_header_names_have_any_case(pool: Pool, ask: Callable[..., dict[str, Any]]) -> None:
    assert ask(Authorization=f"bearer {pool.token()}")["context"]["username"] == "lin"


def test_the_cookie_lets_in_beside_odd_neighbours(pool: Pool, ask: Callable[..., dict[str, Any]]) -> None:
    cookie = f'theme="dark;é{{}}; ripen_session={pool.token()}; other'
    assert ask(cookie=cookie)["principalId"] == "lin"


def test_a_wrong_header_is_not_saved_by_a_good_cookie(pool: Pool, ask: Callable[..., dict[str, Any]]) -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        ask(authorization="Bearer nonsense", cookie=f"ripen_session={pool.token()}")


@pytest.mark.parametrize(
    "headers", [{}, {"authorization": "Basic eDp5"}, {"authorization": "Bearer x"}, {"cookie": "ripen_session="}]
)
def test_json_calls_without_a_valid_token_are_unauthorized(
    ask: Callable[..., dict[str, Any]], headers: dict[str, str]
) -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        ask(**headers)


def test_pages_without_a_token_are_let_through_as_nobody(ask: Callable[..., dict[str, Any]]) -> None:
    answer = ask(resource="/leads")
    assert (answer["context"], answer["policyDocument"]["Statement"][0]["Effect"]) == ({}, "Allow")


def test_an_expired_cookie_shows_a_page_as_nobody(pool: Pool, ask: Callable[..., dict[str, Any]]) -> None:
    expired = pool.token(exp=int(NOW.timestamp()) - 1)
    assert ask(resource="/", cookie=f"ripen_session={expired}")["context"] == {}


def test_when_the_keys_cannot_be_had_it_fails_loudly() -> None:
    with pytest.raises(OSError):
        fetch_keys("http://127.0.0.1:9/pool/.well-known/jwks.json")
