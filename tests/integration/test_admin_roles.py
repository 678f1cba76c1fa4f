"""Who may do what in the console: every route and every role, as a table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.admin.handler import app, gate, make_views
from infra.rehearsal.world import PARAMETERS
from infra.template import load
from tests.bed import Bed, bed_on

ROLES = ("marketing", "sales", "manager", "compliance", "admin")
EVERYBODY = "marketing sales manager compliance admin"

# Route → who gets past the door. Written out by hand: it is the promise, the code is what is checked against it.
MATRIX = {
    "GET /": EVERYBODY,
    "GET /leads": EVERYBODY,
    "GET /leads/{lead_id}": EVERYBODY,
    "POST /leads/{lead_id}": "marketing sales manager admin",
    "GET /handoffs": "sales manager admin",
    "GET /handoffs/{handoff_id}": "sales manager admin",
    "POST /handoffs/{handoff_id}": "sales manager admin",
    "GET /suppressions": "compliance admin",
    "POST /suppressions": "compliance admin",
    "GET /quarantine": "marketing compliance admin",
    "POST /quarantine": "marketing compliance admin",
    "POST /quarantine/{submission_id}": "marketing compliance admin",
    "GET /imports": "marketing admin",
    "POST /imports": "marketing admin",
    "GET /imports/{import_id}": "marketing admin",
    "GET /imports/{import_id}/report": "marketing admin",
    "GET /api/imports": "marketing admin",
    "POST /api/imports": "marketing admin",
    "GET /api/imports/{import_id}": "marketing admin",
    "GET /doubles": "marketing manager admin",
    "POST /doubles": "marketing manager admin",
    "GET /api/doubles": "marketing manager admin",
    "POST /api/leads/{lead_id}/merge": "marketing manager admin",
    "POST /api/leads/{lead_id}/part": "marketing manager admin",
    "GET /lists": "marketing compliance admin",
    "POST /lists": "marketing compliance admin",
    "GET /audit": "compliance admin",
    "GET /accounts/{account_id}": EVERYBODY,
    "GET /api/accounts/{account_id}": EVERYBODY,
    "GET /costs": "marketing manager admin",
    "GET /scoring": "marketing admin",
    "POST /scoring": "marketing admin",
    "GET /mails": "marketing manager compliance admin",
    "GET /mails/{template}": "marketing manager compliance admin",
    "GET /mails/{template}/frame": "marketing manager compliance admin",
    "GET /api/mails": "marketing manager compliance admin",
    "GET /api/mails/{template}/preview": "marketing manager compliance admin",
    "GET /api/leads": EVERYBODY,
    "GET /api/leads/{lead_id}": EVERYBODY,
    "GET /api/leads/{lead_id}/timeline": EVERYBODY,
    "GET /api/leads/{lead_id}/score": EVERYBODY,
    "GET /api/leads/{lead_id}/messages": EVERYBODY,
    "GET /api/leads/{lead_id}/attribution": EVERYBODY,
    "GET /api/leads/{lead_id}/contactable": EVERYBODY,
    "GET /api/leads/{lead_id}/consents": "compliance admin",
    "GET /api/leads/{lead_id}/journeys/{journey}": "marketing manager admin",
    "POST /api/leads/{lead_id}/mql": "marketing sales manager admin",
    "GET /api/handoffs": "sales manager admin",
    "POST /api/handoffs/{handoff_id}/follow-up": "sales manager admin",
    "POST /api/handoffs/{handoff_id}/accept": "sales manager admin",
    "POST /api/handoffs/{handoff_id}/outcome": "sales manager admin",
    "GET /api/suppressions": "compliance admin",
    "POST /api/suppressions": "compliance admin",
    "DELETE /api/suppressions/{suppression_id}": "compliance admin",
    "GET /api/quarantine": "marketing compliance admin",
    "POST /api/quarantine/release": "marketing compliance admin",
    "POST /api/quarantine/{submission_id}/release": "marketing compliance admin",
    "POST /api/quarantine/{submission_id}/teach": "marketing compliance admin",
    "GET /api/lists": "marketing compliance admin",
    "POST /api/lists": "marketing compliance admin",
    "DELETE /api/lists/{entry_id}": "marketing compliance admin",
    "GET /api/audit": "compliance admin",
    "GET /api/costs": "marketing manager admin",
    "GET /api/scoring": "marketing admin",
    "POST /api/scoring/fold": "marketing admin",
    "GET /touchpoints": "marketing sales manager admin",
    "POST /touchpoints": "marketing sales manager admin",
    "GET /touchpoints/sheet": "marketing sales manager admin",
    "GET /api/touchpoints": "marketing sales manager admin",
    "POST /api/touchpoints": "marketing sales manager admin",
    "GET /api/touchpoints/{code}": "marketing sales manager admin",
    "POST /api/leads/{lead_id}/tags": "marketing sales manager admin",
    "DELETE /api/leads/{lead_id}/tags": "marketing sales manager admin",
    "POST /leads/{lead_id}/tags": "marketing sales manager admin",
    "GET /api/segments": "marketing sales manager admin",
    "POST /api/segments": "marketing manager admin",
    "GET /api/segments/{segment_id}": "marketing sales manager admin",
    "DELETE /api/segments/{segment_id}": "marketing manager admin",
    "GET /api/segments/{segment_id}/members": "marketing sales manager admin",
    "GET /segments": "marketing sales manager admin",
    "POST /segments": "marketing manager admin",
    "GET /segments/{segment_id}": "marketing sales manager admin",
    "POST /segments/{segment_id}": "marketing manager admin",
    "GET /api/journeys": "marketing manager admin",
    "GET /api/journeys/{journey}": "marketing manager admin",
    "POST /api/journeys/{journey}": "marketing admin",
    "GET /journeys": "marketing manager admin",
    "GET /journeys/{journey}": "marketing manager admin",
    "POST /journeys/{journey}": "marketing admin",
    "GET /journeys/{journey}/edit": "marketing manager admin",
    "POST /journeys/{journey}/edit": "marketing admin",
    "POST /api/journeys": "marketing admin",
    "POST /leads/{lead_id}/replied": "marketing sales manager admin",
    "POST /api/leads/{lead_id}/replied": "marketing sales manager admin",
    "GET /api/webhooks": "admin",
}
# Signing in and out is for everybody; nothing else is.
OPEN = {"GET /login", "POST /login", "POST /logout"}


@pytest.fixture(scope="module")
def house(content: Path) -> Iterator[Bed]:
    """An empty Ripen that the whole table asks."""
    with bed_on(content) as fresh:
        yield fresh


def registered() -> set[str]:
    make_views()
    return {f"{method} {path}" for path, methods in app.routes.items() for method in methods}


def test_the_table_names_every_route_of_the_app() -> None:
    assert registered() == set(MATRIX) | OPEN


def test_the_template_routes_exactly_what_the_app_answers() -> None:
    routes = {f"{route.method} {route.path}" for route in load(parameters=PARAMETERS).function("Admin").routes}
    assert routes == registered()


def test_only_signing_in_needs_no_token() -> None:
    make_views()
    assert {f"{route.method} {route.path}" for route in gate.routes} == set(MATRIX)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("route", MATRIX)
def test_a_role_gets_past_the_door_or_not(house: Bed, route: str, role: str) -> None:
    method, path = route.split()
    for name in (
        "lead_id",
        "handoff_id",
        "suppression_id",
        "submission_id",
        "code",
        "segment_id",
        "journey",
        "import_id",
        "template",
        "entry_id",
    ):
        path = path.replace(f"{{{name}}}", "nothing")
    answer = house.admin(method, path, {"username": "somebody", "groups": role}, headers={"Authorization": "Bearer x"})
    allowed = role in MATRIX[route].split()
    # Past the door there is nothing of that name, or the body is missing; before it, always 403.
    refused = (
        answer.status == 403
        and "problem.form" not in answer.text
        and not _is_missing_form_token(method, path, answer.text)
    )
    assert refused is not allowed, (answer.status, answer.text[:200])


def _is_missing_form_token(method: str, path: str, text: str) -> bool:
    """A page's form without its token is refused as well, but only behind the door."""
    return method == "POST" and not path.startswith("/api/") and ("too long" in text or "停留" in text)


@pytest.mark.parametrize("groups", ["", "strangers", "Admin", "administrators"])
@pytest.mark.parametrize("route", [route for route in MATRIX if "/api/" in route])
def test_somebody_without_a_role_gets_nowhere(house: Bed, route: str, groups: str) -> None:
    method, path = route.split()
    answer = house.admin(method, path.replace("{", "").replace("}", ""), {"username": "somebody", "groups": groups})
    assert answer.status == 403


@pytest.mark.parametrize("route", [route for route in MATRIX if "/api/" in route])
def test_the_function_refuses_a_call_that_no_authorizer_vouched_for(house: Bed, route: str) -> None:
    method, path = route.split()
    assert house.http(method, path.replace("{", "").replace("}", "")).status in (401, 403)


def test_a_page_without_a_token_leads_to_the_sign_in_page_and_back(house: Bed) -> None:
    path = "/journeys/weekly-nurture/edit"
    answer = house.http("GET", path, authorizer={}, headers={"Sec-Fetch-Site": "none"})
    there = "/live/login?next=%2Fjourneys%2Fweekly-nurture%2Fedit"
    assert (answer.status, answer.headers["location"]) == (303, there)
    shown = house.http("GET", f"/login?next={path}", authorizer={})
    assert f'name="next" value="{path}"' in shown.text


def test_a_link_in_a_mail_is_opened_again_by_our_own_page_so_that_the_cookie_comes_along(house: Bed) -> None:
    answer = house.http(
        "GET", "/leads", authorizer={}, headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    )
    assert answer.status == 200
    assert '<meta http-equiv="refresh" content="0">' in answer.text


def test_somebody_without_a_role_is_told_what_to_do(house: Bed) -> None:
    answer = house.http("GET", "/", authorizer={"username": "new", "groups": ""}, headers={"Accept-Language": "en"})
    assert answer.status == 403
    assert "no role yet" in answer.text
