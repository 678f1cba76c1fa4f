"""One lead through several channels: every claim is kept, one rule decides."""

from __future__ import annotations

from typing import Any

from tests.bed import Bed

Json = dict[str, Any]
LIN = {"email": "lin@acme.example", "name": "Lin", "company": "Acme Robotics", "title": "CTO", "country": "CN"}
NOBODY_OF_THE_TEAM = {"channel": "partner", "distributor": "Nordwind"}


def make(bed: Bed, **origin: str) -> str:
    return str(bed.admin("POST", "/api/touchpoints", json=origin).json()["code"])


def post(bed: Bed, query: str = "", **fields: Any) -> None:
    assert bed.http("POST", f"/f/whitepaper{query}", json={**LIN, **fields}).status == 202
    bed.pump()


def lead_of(bed: Bed, email: str = LIN["email"]) -> Json:
    (found,) = bed.admin("GET", f"/api/leads?email={email}").json()["items"]
    return dict(found)


def attribution(bed: Bed) -> Json:
    return dict(bed.admin("GET", f"/api/leads/{lead_of(bed)['lead_id']}/attribution").json())


def test_every_claim_is_kept_and_the_first_who_is_named_has_the_lead(bed: Bed) -> None:
    post(bed, "?utm_source=baidu&utm_medium=cpc")
    bed.later(days=2)
    post(bed, f"?s={make(bed, **NOBODY_OF_THE_TEAM)}")
    bed.later(days=2)
    post(bed, f"?s={make(bed, channel='event', employee='sales', activity='spring-fair')}")
    found = attribution(bed)
    assert [(touch["channel"], touch["group"]) for touch in found["touches"]] == [
        ("sem", "paid"),
        ("partner", "partner"),
        ("event", "paid"),
    ]
    assert found["credit"]["first"] == {"sem": 1.0}
    assert found["credit"]["last"] == {"event": 1.0}
    assert found["credit"]["position"] == {"sem": 0.4, "partner": 0.2, "event": 0.4}
    assert (found["assignment"]["distributor"], found["assignment"].get("employee")) == ("Nordwind", None)


def test_a_lead_that_nobody_is_named_for_is_owed_to_nobody(bed: Bed) -> None:
    post(bed, "?utm_source=linkedin")
    assert (attribution(bed)["assignment"], attribution(bed)["touches"][0]["channel"]) == (None, "social")


def test_the_persons_page_shows_touches_and_offers_a_referral_link(bed: Bed) -> None:
    post(bed, f"?s={make(bed, channel='event', employee='sales', activity='spring-fair')}")
    html = bed.admin("GET", f"/leads/{lead_of(bed)['lead_id']}?lang=en").text
    assert 'id="touches"' in html
    assert "Offline event" in html
    assert "spring-fair" in html
    assert 'name="lead_id"' in html
