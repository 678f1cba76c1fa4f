"""A person's timeline, asked for one kind of line or one channel, over all that ever happened."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

from shared.domain.timeline import PAGE_VIEWED, Activity
from shared.store.activities import Activities
from tests.bed import START, Bed
from tests.integration.test_admin_pages import EN, capture, page


def lines(bed: Bed, lead_id: str, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        answer = bed.admin("GET", f"/api/leads/{lead_id}/timeline?{query}&cursor={quote(cursor)}").json()
        found += answer["items"]
        if not answer["cursor"]:
            return found
        cursor = answer["cursor"]


def viewed(lead_id: str, count: int) -> None:
    for number in range(count):
        at = START + timedelta(days=1, minutes=number)
        Activities().append(Activity(lead_id, PAGE_VIEWED, at, f"view-{number}", "web", detail={"path": "/team"}))


def test_one_kind_is_found_behind_many_others(bed: Bed) -> None:
    lead_id = capture(bed)
    viewed(lead_id, 130)
    answer = bed.admin("GET", f"/api/leads/{lead_id}/timeline?type=form_submitted").json()
    assert [each["type"] for each in answer["items"]] == ["form_submitted"]
    assert len(lines(bed, lead_id, "type=page_viewed")) == 130
    assert {each["type"] for each in lines(bed, lead_id, "type=email_sent")} == {"email_sent"}


def test_a_filter_leaves_out_nothing_and_adds_nothing(bed: Bed) -> None:
    lead_id = capture(bed)
    viewed(lead_id, 60)
    everything = lines(bed, lead_id, "")
    for name in ("type", "channel"):
        parts = [lines(bed, lead_id, f"{name}={value}") for value in {each[name] for each in everything} if value]
        assert sum(map(len, parts)) == sum(bool(each[name]) for each in everything)


def test_the_page_keeps_what_was_chosen_and_says_when_nothing_fits(bed: Bed) -> None:
    lead_id = capture(bed)
    viewed(lead_id, 60)
    text = page(bed, f"/leads/{lead_id}?type=page_viewed&channel=web", EN)
    assert '<option value="page_viewed" selected>' in text
    assert "type=page_viewed" in text.split('class="pager"')[1]
    assert "Nothing of this kind" in page(bed, f"/leads/{lead_id}?type=unsubscribed")
