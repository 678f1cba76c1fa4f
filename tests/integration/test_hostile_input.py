"""Strangers send anything to every address that the template opens: never a 5xx, bounded work, nothing reflected as markup, nothing about
people in the logs. The routes come from the template, so a new one is asked too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.declared import Route
from infra.rehearsal.requests import BROWSER
from infra.rehearsal.world import PARAMETERS, running
from infra.template import ROOT, load
from tests.bed import START
from tests.integration.hostile import HEADERS, JSON, MARK, PATH_TEXTS, TEXTS, URLENCODED, Stage, bodies, listening

ROUTES = [route for route, _ in load(ROOT / "template.yaml", PARAMETERS).routes]
ADMIN = {"username": "manager", "groups": "admin"}
FIELDS = (
    "email",
    "name",
    "company",
    "title",
    "phone",
    "country",
    "company_size",
    "message",
    "visitor",
    "_token",
    "utm_source",
    "channel",
)
QUERIES = (
    "email",
    "phone",
    "q",
    "grade",
    "stage",
    "owner",
    "cursor",
    "as_of",
    "status",
    "from",
    "to",
    "by",
    "channel",
    "list",
    "lang",
    "s",
    "segment",
)
GOOD = {"email": f"{MARK}@acme-robotics.example", "name": MARK, "company": "Acme Robotics", "title": "CTO", "country": "GB", "consent_email": "on", "message": MARK}  # fmt: skip
PUBLIC = [route for route in ROUTES if route.binary]
PRIVATE = [route for route in ROUTES if not route.binary]


def _name(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """One lead is known, and has had mail."""
    with running("moto", START) as world:
        found = Stage(world)
        with listening(found):
            assert (
                world.http("POST", "/f/whitepaper", form=GOOD, headers={**BROWSER, **JSON, **URLENCODED}).status == 202
            )
            world.settle()
            yield found
            world.settle()
        assert not world.failures, world.failures[0].trace


@pytest.fixture(scope="module")
def paths(stage: Stage) -> dict[str, str]:
    """A good value for each path parameter."""
    (mail,) = (mail for mail in stage.world.mails if MARK in mail.to)
    click = next(link for link in mail.links if "/t/c/" in link).rpartition("/")[2]
    pixel = next(image for image in mail.images if "/t/o/" in image).rpartition("/")[2]
    preferences = mail.header("List-Unsubscribe").strip("<>").rpartition("/")[2]
    leads = stage.world.http("GET", "/api/leads", authorizer=ADMIN).json()["items"]
    return {
        "form": "whitepaper",
        "/t/c/{token}": click,
        "/t/o/{token}": pixel,
        "token": preferences,
        "lead_id": leads[0]["lead_id"],
    }


def _filled(route: Route, paths: dict[str, str], value: str = "") -> str:
    """The route's path with `value` for every parameter; with good ones where it is empty."""
    return re.sub(
        r"\{(\w+)\}", lambda found: value or paths.get(route.path) or paths.get(found[1], "unknown-0000"), route.path
    )


@pytest.mark.parametrize("route", [route for route in ROUTES if "{" in route.path], ids=_name)
def test_any_text_in_a_path_is_answered(stage: Stage, route: Route) -> None:
    who = None if route.binary else ADMIN
    for text in PATH_TEXTS:
        stage.ask(route.method, _filled(route, {}, quote(text, safe="%")), authorizer=who)


@pytest.mark.parametrize("route", ROUTES, ids=_name)
def test_any_query_is_answered(stage: Stage, route: Route, paths: dict[str, str]) -> None:
    if route.method == "DELETE" or (route.method == "POST" and not route.binary):
        pytest.skip("reads no query")
    who = None if route.binary else ADMIN
    for text in TEXTS if route.binary else TEXTS[::4]:
        stage.ask(route.method, _filled(route, paths), query=dict.fromkeys(QUERIES, text[:1500]), authorizer=who)
    for name in QUERIES if route.binary else ("cursor", "q", "as_of"):
        stage.ask(route.method, _filled(route, paths), query={name: TEXTS[0]}, authorizer=who)


@pytest.mark.parametrize("route", [route for route in PUBLIC if route.method == "POST"], ids=_name)
def test_any_body_is_answered(stage: Stage, route: Route, paths: dict[str, str]) -> None:
    for headers, body in bodies():
        stage.ask("POST", _filled(route, paths), headers=headers, body=body)


@pytest.mark.parametrize("route", [route for route in PRIVATE if route.method == "POST"], ids=_name)
def test_any_body_of_somebody_signed_in_is_answered(stage: Stage, route: Route, paths: dict[str, str]) -> None:
    for headers, body in bodies():
        try:
            body.decode()
        except UnicodeDecodeError:
            continue  # this API's gateway passes text only
        for who in (ADMIN, None) if route.path == "/login" else (ADMIN,):
            stage.ask("POST", _filled(route, paths), headers=headers, body=body, authorizer=who)


@pytest.mark.parametrize("route", PUBLIC, ids=_name)
def test_any_header_is_answered(stage: Stage, route: Route, paths: dict[str, str]) -> None:
    body = json.dumps(GOOD).encode() if route.method == "POST" else None
    for headers in HEADERS:
        stage.ask(route.method, _filled(route, paths), headers={**JSON, **headers}, body=body)


@pytest.mark.parametrize("field", FIELDS)
def test_any_text_in_a_field_is_stored_or_refused(stage: Stage, field: str) -> None:
    stage.from_elsewhere()
    for text in TEXTS:
        answer = stage.ask("POST", "/f/whitepaper", headers=JSON, body=json.dumps({**GOOD, field: text}).encode())
        assert answer.status in (202, 422), f"{field} {text[:60]!r}: {answer.status}"
        browser = stage.ask("POST", "/f/whitepaper", headers=URLENCODED, body=f"{field}={quote(text)}".encode())
        assert browser.status in (303, 422)


def test_what_was_stored_of_them_is_worked_off_and_shown(stage: Stage) -> None:
    stage.world.settle()
    assert not stage.world.failures, stage.world.failures[0].trace
    assert stage.world.set_aside == []
    for page in ("/leads", "/quarantine", "/handoffs", "/suppressions", "/audit", "/"):
        stage.ask("GET", page, authorizer=ADMIN)
    for lead in stage.world.http("GET", "/api/leads", authorizer=ADMIN).json()["items"]:
        stage.ask("GET", f"/leads/{lead['lead_id']}", authorizer=ADMIN)
        stage.ask("GET", f"/api/leads/{lead['lead_id']}/timeline", authorizer=ADMIN)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(["/f/whitepaper", "/t/v"]), st.dictionaries(st.sampled_from(FIELDS), _JSON, max_size=6))
def test_any_json_is_answered(stage: Stage, path: str, value: dict[str, object]) -> None:
    stage.ask("POST", path, headers=JSON, body=json.dumps(value).encode())


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(["/f/whitepaper", "/t/v", "/login"]),
    st.binary(max_size=200),
    st.text(max_size=30),
)
def test_any_bytes_are_answered(stage: Stage, path: str, body: bytes, kind: str) -> None:
    if path == "/login":
        body = body.decode("utf-8", "replace").encode()
    for content_type in ("application/json", "multipart/form-data; boundary=cut", f"application/{kind}"):
        stage.ask("POST", path, headers={"Content-Type": content_type}, body=body)


def test_nothing_about_people_is_logged(stage: Stage) -> None:
    """Comes last: whatever was asked above is in the log now."""
    assert stage.logged, "nothing was logged at all: this test listens at the wrong place"
    assert [line[:300] for line in stage.logged if MARK in line] == []
