"""Where the console lives, where a sign-in may lead, and whose request it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.admin import origin

OWN = {"host": "console.example", "origin": "https://console.example"}


@pytest.mark.parametrize(
    ("shown", "path", "base"),
    [
        ("/live/leads", "/leads", "/live"),
        ("/live/", "/", "/live"),
        ("/live", "/", "/live"),
        ("/leads/abc", "/leads/abc", ""),
        ("/", "/", ""),
    ],
)
def test_links_begin_where_the_browser_is(shown: str, path: str, base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    assert origin.base_path({"path": shown, "apiId": "a1", "stage": "live"}, path) == base


def test_on_an_emulated_gateway_links_begin_with_its_path_style(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    context = {"path": "/live/leads", "apiId": "a1", "stage": "live"}
    assert origin.base_path(context, "/leads") == "/restapis/a1/live/_user_request_"


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/leads", "/leads/abc-1", "/handoffs/x_2", "/audit", "/suppressions", "/quarantine", "/scoring"),
        *("/journeys/weekly-nurture/edit", "/accounts/x=", "/mails/case-study/frame", "/imports/i1/report"),
    ],
)
def test_a_sign_in_leads_back_to_a_page_of_ours(path: str) -> None:
    assert origin.return_path(path) == path


@pytest.mark.parametrize(
    "wanted",
    [
        *("//evil.example", "/\\evil.example", "https://evil.example", "/leads//evil.example", "/leads/../login"),
        *("/login", "/logout", "/api/leads", "/leads?next=//evil.example", "/leads#x", "/leads\n", "leads", "", None),
    ],
)
def test_a_sign_in_leads_to_the_first_page_instead_of_anything_else(wanted: str | None) -> None:
    assert origin.return_path(wanted) == "/"


@pytest.mark.parametrize(
    ("method", "path", "page"),
    [
        ("GET", "/journeys/weekly-nurture/edit", "/journeys/weekly-nurture/edit"),
        ("POST", "/journeys/weekly-nurture/edit", "/journeys/weekly-nurture"),
        ("POST", "/leads/abc/tags", "/leads/abc"),
        ("POST", "/suppressions", "/suppressions"),
        ("POST", "/doubles/merge", "/doubles"),
        ("POST", "/", "/"),
    ],
)
def test_a_form_that_was_sent_too_late_leads_back_to_its_page(method: str, path: str, page: str) -> None:
    assert origin.page_of(method, path) == page


@given(st.text(max_size=40))
def test_a_sign_in_never_leads_elsewhere(wanted: str) -> None:
    found = origin.return_path(wanted)
    assert found.startswith("/")
    assert not found.startswith(("//", "/\\"))
    assert ":" not in found


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        (OWN, True),
        ({**OWN, "origin": "https://evil.example"}, False),
        ({**OWN, "origin": "https://console.example.evil.example"}, False),
        ({**OWN, "origin": "null"}, False),
        ({**OWN, "origin": ""}, False),
        ({"origin": "https://console.example"}, False),
        ({"host": "console.example", "sec-fetch-site": "same-origin"}, True),
        ({"host": "console.example", "sec-fetch-site": "none"}, True),
        ({"host": "console.example", "sec-fetch-site": "same-site"}, False),
        ({"host": "console.example", "sec-fetch-site": "cross-site"}, False),
        ({"host": "console.example"}, False),
        ({**OWN, "origin": "https://evil.example", "sec-fetch-site": "same-origin"}, False),
    ],
)
def test_only_our_own_pages_are_of_our_origin(headers: dict[str, str], own: bool) -> None:
    assert origin.is_same_origin(headers) is own


def test_a_form_token_is_good_in_its_session_only() -> None:
    token = origin.form_token("session one")
    assert origin.is_form_token(token, "session one")
    assert not origin.is_form_token(token, "session two")
    assert not origin.is_form_token("", "session one")
    assert not origin.is_form_token(origin.form_token(""), "")
    assert not origin.is_form_token("é", "session one")
