"""Page views: one, or several of one page in one call; where the visitor came from is kept, what else an address says is not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bed import Bed

VISITOR = "0b51c3a2-visitor-of-lin"
LIN = {"email": "lin@acme.example", "name": "Lin", "company": "Acme", "visitor": VISITOR}


def see(bed: Bed, body: Any) -> int:
    return int(bed.http("POST", "/t/v", json=body).status)


def visits(bed: Bed) -> list[dict[str, Any]]:
    """What Lin's timeline says of visits once Lin is known, oldest first."""
    bed.later(minutes=2)
    assert bed.http("POST", "/f/whitepaper", json=LIN).status == 202
    bed.pump()
    (lead,) = bed.admin("GET", "/api/leads?email=lin@acme.example").json()["items"]
    items = bed.admin("GET", f"/api/leads/{lead['lead_id']}/timeline").json()["items"]
    return [item["detail"] for item in reversed(items) if item["type"] == "page_viewed"]


def test_several_views_come_in_one_call(bed: Bed) -> None:
    pages = ["/pricing", "/docs", "/about"]
    assert (
        see(bed, {"visitor": VISITOR, "views": [{"url": f"https://www.acme.example{page}"} for page in pages]}) == 204
    )
    assert {detail["path"] for detail in visits(bed)} == set(pages)


def test_the_campaign_and_the_code_of_a_view_are_a_touch_and_the_rest_of_its_address_is_not_kept(bed: Bed) -> None:
    code = bed.admin("POST", "/api/touchpoints", json={"channel": "event", "activity": "fair"}).json()["code"]
    url = f"https://www.acme.example/pricing?utm_source=poster&s={code}&email=lin@acme.example"
    assert (
        see(bed, {"visitor": VISITOR, "url": url, "referrer": "https://mail.example/inbox?who=lin@acme.example"}) == 204
    )
    (detail,) = visits(bed)
    assert (detail["touch"]["channel"], detail["touch"]["activity"], detail["touch"]["utm_source"]) == (
        "event",
        "fair",
        "poster",
    )
    assert detail["referrer"] == "https://mail.example/inbox"
    assert "lin@" not in str(detail)


@pytest.mark.parametrize(
    "body",
    [
        {"visitor": VISITOR, "views": []},
        {"visitor": VISITOR, "views": [{"url": "/a"}] * 21},
        {"visitor": VISITOR, "views": "/a"},
        {"visitor": VISITOR, "views": [{"url": "/a"}, {"url": "javascript:alert(1)"}]},
        {"visitor": VISITOR, "views": [None]},
        {"visitor": "short", "url": "/a"},
        {"visitor": 7, "url": "/a"},
        {"url": "/a"},
    ],
)
def test_a_call_that_says_nothing_useful_is_refused_whole(bed: Bed, body: Any) -> None:
    assert see(bed, body) == 400
