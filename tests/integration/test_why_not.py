"""Why somebody is not in a journey: told when asked, of what the engine would ask, by the page and by the API."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest

from shared.store.tables import EnrolmentItem
from tests.bed import Bed, bed_on
from tests.integration.test_admin_pages import EN, ZH
from tests.integration.test_journeys import WEI
from tests.integration.test_publishing import NAME, SPRING, arrive, publish

PERSON = {**WEI, "email": "wei0@huaxing-logistics.example"}  # as `arrive` has them


@pytest.fixture
def bed(content: Any) -> Iterator[Bed]:
    with bed_on(content) as fresh:
        yield fresh


def asked(bed: Bed, lead_id: str, journey: str) -> dict[str, Any]:
    answer = bed.admin("GET", f"/api/leads/{lead_id}/journeys/{journey}")
    assert answer.status == 200, answer.text
    return dict(answer.json())


def unmet(bed: Bed, lead_id: str, journey: str) -> list[tuple[str, str]]:
    return [(each["check"], each["why"]) for each in asked(bed, lead_id, journey)["checks"] if not each["met"]]


def shown(bed: Bed, lead_id: str, journey: str, headers: dict[str, str]) -> str:
    answer = bed.admin("GET", f"/leads/{lead_id}?why={journey}", headers=headers)
    assert answer.status == 200, answer.text[:2000]
    return unescape(answer.text)


def for_industry(industry: str) -> str:
    parts = f"{{field: industry, op: eq, value: {industry}}}, {{field: email, op: exists}}"
    return SPRING.replace("entry: once", f"entry: once\naudience: {{all: [{parts}]}}")


def test_who_is_in_it_is_told_so(bed: Bed) -> None:
    lead_id = arrive(bed, "whitepaper")
    told = asked(bed, lead_id, NAME)
    assert (told["is_in"], told["would_enter"]) == (True, False)
    assert "is in it now" in shown(bed, lead_id, NAME, EN)


def test_what_did_not_happen_is_named(bed: Bed) -> None:
    lead_id = arrive(bed, "whitepaper")
    assert ("trigger", "nothing") in unmet(bed, lead_id, "quote-request")


def test_the_part_of_the_audience_that_fails_is_named_in_words_and_the_others_not(bed: Bed) -> None:
    publish(bed, "spring-fair", for_industry("aviation"))
    lead_id = arrive(bed, "webinar")
    assert unmet(bed, lead_id, "spring-fair") == [("audience", "fits_not")]
    page = shown(bed, lead_id, "spring-fair", EN)
    assert "Does not fit: Industry is aviation" in page
    assert "Fits: E-mail" in page
    assert "不符合：" in shown(bed, lead_id, "spring-fair", ZH)


def test_who_was_in_a_journey_that_is_entered_once_is_told_when_they_left(bed: Bed) -> None:
    publish(bed, "spring-fair", SPRING)
    lead_id = arrive(bed, "webinar")
    bed.later(days=2, minutes=3)
    assert unmet(bed, lead_id, "spring-fair") == [("entry", "once")]
    ended = EnrolmentItem.get(lead_id, "spring-fair").ended_at
    [entry] = [each for each in asked(bed, lead_id, "spring-fair")["checks"] if each["check"] == "entry"]
    assert entry["at"] == ended


def test_who_may_enter_again_later_is_told_from_when(bed: Bed) -> None:
    publish(bed, "spring-fair", SPRING.replace("entry: once", "entry: {again_after: 30d}"))
    lead_id = arrive(bed, "webinar")
    bed.later(days=3)
    assert bed.http("POST", "/f/webinar", json=PERSON).status == 202
    bed.pump()
    assert unmet(bed, lead_id, "spring-fair") == [("entry", "too_soon")]


@pytest.mark.parametrize("status", ["paused", "stopped"])
def test_a_journey_that_nobody_enters_is_named_as_such(bed: Bed, status: str) -> None:
    bed.admin("POST", f"/api/journeys/{NAME}", json={"status": status})
    bed.later(seconds=70)
    assert ("open", status) in unmet(bed, arrive(bed, "webinar"), NAME)


def test_a_journey_that_was_published_after_it_happened_says_so(bed: Bed) -> None:
    lead_id = arrive(bed, "webinar")
    bed.later(hours=2)
    publish(bed, "spring-fair", SPRING)
    assert unmet(bed, lead_id, "spring-fair") == [("trigger", "published_later")]


def test_whom_a_rule_would_send_out_at_once_is_told_which(bed: Bed) -> None:
    publish(
        bed,
        "spring-fair",
        SPRING.replace("in: [mql]", "in: [mql, lead, captured, new, subscriber]") if False else SPRING,
    )
    lead_id = arrive(bed, "webinar")
    bed.admin("POST", f"/api/leads/{lead_id}/mql", json={"note": "met"})
    bed.pump()
    publish(bed, "later-fair", SPRING)
    assert ("exits", "leaves") in unmet(bed, lead_id, "later-fair")


def test_who_is_kept_out_by_nothing_would_enter_next_time(bed: Bed) -> None:
    publish(bed, "spring-fair", for_industry("aviation"))
    lead_id = arrive(bed, "webinar")
    publish(bed, "spring-fair", SPRING)
    told = asked(bed, lead_id, "spring-fair")
    assert (told["would_enter"], told["is_in"]) == (True, False)


def test_the_page_answers_only_when_asked(bed: Bed) -> None:
    lead_id = arrive(bed, "whitepaper")
    page = bed.admin("GET", f"/leads/{lead_id}", headers=EN).text
    assert 'class="whys"' not in page
    assert "Why not in this journey?" in page


def test_sales_who_see_no_journeys_are_not_offered_the_question(bed: Bed) -> None:
    lead_id = arrive(bed, "demo")
    owner = bed.admin("GET", f"/api/leads/{lead_id}").json()["owner"]
    who = {"username": owner or "sales", "groups": "sales"}
    page = bed.admin("GET", f"/leads/{lead_id}?why={NAME}", who=who, headers=EN)
    assert (page.status, 'name="why"' in page.text) == (200, False)
    assert bed.admin("GET", f"/api/leads/{lead_id}/journeys/{NAME}", who=who).status == 403


def test_a_journey_that_there_is_not_is_not_found(bed: Bed) -> None:
    lead_id = arrive(bed, "whitepaper")
    assert bed.admin("GET", f"/api/leads/{lead_id}/journeys/none-such").status == 404
    assert 'class="whys"' not in shown(bed, lead_id, "none-such", EN)


# ---------------------------------------------------------------- an audience that asks what somebody did


def test_an_audience_that_asks_what_somebody_did_lets_in_who_did_it(bed: Bed) -> None:
    did = "entry: once\naudience: {did: form_submitted, within: 14d, times: {gte: 2}}"
    publish(bed, "spring-fair", SPRING.replace("entry: once", did))
    lead_id = arrive(bed, "webinar")
    assert unmet(bed, lead_id, "spring-fair") == [("audience", "fits_not")]
    bed.later(hours=1)
    assert bed.http("POST", "/f/webinar", json=PERSON).status == 202
    bed.pump()
    assert EnrolmentItem.get(lead_id, "spring-fair").status == "active"
