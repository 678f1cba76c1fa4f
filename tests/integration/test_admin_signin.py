"""Signing in: by JSON for programs, by a form for people. The user pool is a real one of the engine."""

from __future__ import annotations

from dataclasses import dataclass

import boto3
import jwt
import pytest

from tests.bed import Bed

PASSWORD = "Sales-demo-2026"
OWN = {"Host": "ripen.example", "Origin": "https://ripen.example", "Accept-Language": "en"}


@dataclass(frozen=True)
class Pool:
    pool_id: str
    client_id: str


@pytest.fixture(autouse=True)
def pool(bed: Bed) -> Pool:
    """A pool with `sales`, whose password is settled, and `new`, whose password was set by an administrator."""
    cognito = boto3.client("cognito-idp", region_name="us-east-1")
    pool_id = cognito.create_user_pool(PoolName="console")["UserPool"]["Id"]
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = cognito.create_user_pool_client(UserPoolId=pool_id, ClientName="console", ExplicitAuthFlows=flows)
    for name in ("sales", "new"):
        cognito.admin_create_user(
            UserPoolId=pool_id, Username=name, TemporaryPassword="Temporary-2026", MessageAction="SUPPRESS"
        )
    cognito.admin_set_user_password(UserPoolId=pool_id, Username="sales", Password=PASSWORD, Permanent=True)
    found = Pool(pool_id, client["UserPoolClient"]["ClientId"])
    bed.world.deliveries.deployed("AdminFunction", USER_POOL_ID=found.pool_id, USER_POOL_CLIENT_ID=found.client_id)
    return found


def test_a_program_gets_an_access_token_of_the_pool(bed: Bed, pool: Pool) -> None:
    answer = bed.http("POST", "/login", json={"username": "sales", "password": PASSWORD})
    assert (answer.status, list(answer.json())) == (200, ["token"])
    claims = jwt.decode(answer.json()["token"], options={"verify_signature": False})
    assert (claims["token_use"], claims["username"], claims["client_id"]) == ("access", "sales", pool.client_id)


def test_a_wrong_password_and_an_unknown_name_are_told_apart_by_nobody(bed: Bed) -> None:
    wrong = bed.http("POST", "/login", json={"username": "sales", "password": "Guess-2026-guess"})
    unknown = bed.http("POST", "/login", json={"username": "nobody", "password": PASSWORD})
    assert (wrong.status, wrong.body) == (unknown.status, unknown.body) == (401, wrong.body)


def test_a_password_that_must_be_changed_is_answered_clearly(bed: Bed) -> None:
    answer = bed.http("POST", "/login", json={"username": "new", "password": "Temporary-2026"})
    assert answer.status == 403
    assert "must be changed" in answer.json()["error"]


@pytest.mark.parametrize(
    "body",
    [{}, {"username": "sales"}, {"username": "", "password": "x"}, {"username": ["sales"], "password": "x"}, {"username": "a\x00", "password": "x"},
     {"username": "x" * 129, "password": "x"}, {"username": "sales", "password": "x" * 257}],
)  # fmt: skip
def test_half_a_sign_in_is_a_bad_request(bed: Bed, body: object) -> None:
    assert bed.http("POST", "/login", json=body).status == 400


def test_odd_bodies_are_answered(bed: Bed) -> None:
    kind = {"Content-Type": "application/json"}
    assert bed.http("POST", "/login", body="{", headers=kind).status == 400
    assert bed.http("POST", "/login", body="[]", headers=kind).status == 400
    assert bed.http("POST", "/login", body="x", headers={"Content-Type": "text/plain"}).status == 415
    assert bed.http("POST", "/login", body=" " * 70_000, headers=kind).status == 413


def test_a_person_gets_a_cookie_that_scripts_and_other_sites_cannot_use(bed: Bed) -> None:
    form = {"username": "sales", "password": PASSWORD, "next": "/handoffs/h-1"}
    answer = bed.http("POST", "/login", form=form, headers=OWN)
    assert (answer.status, answer.headers["location"]) == (303, "/live/handoffs/h-1")
    cookie = answer.headers["set-cookie"]
    for part in ("ripen_session=ey", "HttpOnly", "SameSite=Strict", "Secure", "Path=/"):
        assert part in cookie


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/leads/../../x",
        "/api/leads",
    ],
)
def test_signing_in_is_no_open_redirect(bed: Bed, wanted: str) -> None:
    form = {"username": "sales", "password": PASSWORD, "next": wanted}
    assert bed.http("POST", "/login", form=form, headers=OWN).headers["location"] == "/live/"


def test_a_person_who_mistyped_sees_the_page_again_with_the_name_and_without_the_password(bed: Bed) -> None:
    form = {"username": "sales<b>", "password": "Guess-2026-guess", "next": "/leads"}
    answer = bed.http("POST", "/login", form=form, headers=OWN)
    assert answer.status == 401
    assert "User name or password is wrong" in answer.text
    assert 'value="sales&lt;b&gt;"' in answer.text
    assert 'value="/leads"' in answer.text
    assert "Guess-2026" not in answer.text


def test_another_site_cannot_sign_somebody_in(bed: Bed) -> None:
    form = {"username": "sales", "password": PASSWORD}
    answer = bed.http("POST", "/login", form=form, headers={**OWN, "Origin": "https://evil.example"})
    assert answer.status == 403
    assert "set-cookie" not in answer.headers


def test_signing_out_forgets_the_cookie_but_not_for_another_site(bed: Bed) -> None:
    answer = bed.admin("POST", "/logout", form={}, headers=OWN)
    assert (answer.status, answer.headers["location"]) == (303, "/live/login")
    assert "ripen_session=; " in answer.headers["set-cookie"]
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert bed.admin("POST", "/logout", form={}, headers={**OWN, "Origin": "https://evil.example"}).status == 403


def test_signing_in_is_written_down_and_failing_is_not(bed: Bed) -> None:
    bed.http("POST", "/login", json={"username": "sales", "password": "Guess-2026-guess"})
    bed.http("POST", "/login", json={"username": "sales", "password": PASSWORD})
    entries = bed.admin("GET", "/api/audit").json()["items"]
    assert [(entry["who"], entry["what"]) for entry in entries] == [("sales", "sign_in")]


def test_the_page_speaks_the_language_that_was_chosen(bed: Bed) -> None:
    assert "登录" in bed.http("GET", "/login", headers={"Accept-Language": "zh-CN"}).text
    asked = bed.http("GET", "/login?lang=en", headers={"Accept-Language": "zh-CN"})
    assert "Sign in" in asked.text
    assert "ripen_lang=en" in asked.headers["set-cookie"]
    assert "Sign in" in bed.http("GET", "/login", headers={"Accept-Language": "zh-CN", "Cookie": "ripen_lang=en"}).text
