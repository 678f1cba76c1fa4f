"""What a touchpoint may lead to, and to whom."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.lead import Lead
from shared.domain.touchpoint import (
    TOUCHPOINT,
    VISITORS,
    BadDestination,
    Touchpoint,
    check_destination,
    visitor_kind,
    with_code,
)
from shared.usecases.console.texts import InvalidField
from shared.usecases.console.touchpoints import parse_touchpoint

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
FAIR = {"channel": "event", "activity": "spring-fair"}


def touchpoint(**content: str) -> Touchpoint:
    return Touchpoint("fair", TOUCHPOINT, NOW, "mia", content=content)


@pytest.mark.parametrize(
    "address", ["/f/whitepaper", "/f/demo?lang=zh", "https://www.ripen-demo.example/vip#top", "http://a.example:8080/"]
)
def test_a_page_of_ours_or_a_whole_address_is_a_destination(address: str) -> None:
    assert check_destination(f" {address} ") == address


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "//evil.example/",
        "/\\evil.example",
        "https://user@evil.example/",
        "https://",
        "https:evil.example",
        "ftp://files.example/",
        "/../admin",
        "data:text/html,x",
        "/f/白皮书",
        "/f/a\nSet-Cookie: x=1",
        "https://[::1",
        "/",
        "",
        "/" + "x" * 500,
    ],
)
def test_anything_else_is_none(address: str) -> None:
    with pytest.raises(BadDestination):
        check_destination(address)


@given(st.text(max_size=60))
def test_a_destination_is_one_line_that_a_browser_reads_as_we_do(text: str) -> None:
    try:
        found = check_destination(text)
    except BadDestination:
        return
    parts = urlsplit(found)
    assert found.isascii()
    assert found.isprintable()
    assert (parts.scheme in ("http", "https") and parts.hostname) or (not parts.scheme and not parts.netloc)


def test_who_has_no_content_of_their_own_sees_what_strangers_see() -> None:
    assert [touchpoint(unknown="/a").destination(kind) for kind in VISITORS] == ["/a", "/a", "/a"]
    assert [touchpoint(unknown="/a", lead="/b").destination(kind) for kind in VISITORS] == ["/a", "/b", "/b"]
    assert [touchpoint(unknown="/a", customer="/c").destination(kind) for kind in VISITORS] == ["/a", "/a", "/c"]


def test_a_customer_is_told_from_a_lead_and_from_a_stranger() -> None:
    lead = Lead("l", NOW, "s")
    assert [visitor_kind(None), visitor_kind(lead)] == ["unknown", "lead"]
    lead.stage = "customer"
    assert visitor_kind(lead) == "customer"


def test_the_code_and_the_campaign_join_what_the_address_says_itself() -> None:
    address = with_code(
        "https://a.example/x?p=1&utm_source=own#top",
        "fair",
        {"utm_source": "poster", "utm_medium": "qr", "next": "//evil"},
    )
    assert dict(parse_qsl(urlsplit(address).query)) == {"p": "1", "utm_source": "own", "utm_medium": "qr", "s": "fair"}
    assert address.endswith("#top")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"channel": ""}, "channel"),
        ({"code": "a b"}, "code"),
        ({"code": "x"}, "code"),
        ({"code": "a.svg"}, "code"),
        ({"kind": "poster"}, "kind"),
        ({"kind": "referral"}, "lead_id"),
        ({"content": {"stranger": "/f/demo"}}, "content"),
        ({"content": "javascript:alert(1)"}, "content"),
        ({"content": 7}, "content"),
        ({"card": "Chen"}, "card"),
        ({"card": {"email": "chen@ripen-demo.example"}}, "card.name"),
        ({"card": {"name": "Chen", "email": "nonsense"}}, "card.email"),
        ({"label": "x" * 121}, "label"),
        ({"activity": ["a"]}, "activity"),
    ],
)
def test_what_is_wrong_with_a_touchpoint_is_said(body: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidField) as found:
        parse_touchpoint({**FAIR, **body}, "mia", NOW)
    assert found.value.field == field


def test_a_touchpoint_keeps_what_it_says_on_one_line() -> None:
    made = parse_touchpoint({**FAIR, "material": " wall\ncalendar ", "content": "/f/demo"}, "mia", NOW)
    assert made.touch == {"s": "", "channel": "event", "activity": "spring-fair", "material": "wall calendar"}
    assert made.content == {"unknown": "/f/demo"}


def test_an_employees_referral_names_the_employee() -> None:
    made = parse_touchpoint({"kind": "referral", "employee": "sales"}, "mia", NOW)
    assert (made.origin["referred_by"], made.origin["channel"]) == ("employee:sales", "referral")
