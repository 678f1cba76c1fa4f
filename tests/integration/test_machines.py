"""Filters that behave like a browser: what they did is taken back, and the person after them counts."""

from __future__ import annotations

from typing import Any

import pytest

from infra.rehearsal.calls import Call
from infra.rehearsal.faults import Killed
from shared.domain.links import CLICK, Link, make_link
from shared.runtime.wiring import wiring
from shared.store.tables import ActivityItem, MessageItem
from tests.bed import Bed
from tests.integration.test_main_path import leads, post

HIDDEN = "/t/h/"


def links(bed: Bed) -> list[str]:
    """Three content links of the first mail that was sent."""
    [receipt] = [row for row in MessageItem.scan() if row.klass != "internal"][:1]
    made = (
        make_link(wiring.secret, CLICK, Link(receipt.lead_id, receipt.message_id, f"https://a.example/{n}"))
        for n in range(3)
    )
    return [f"/t/c/{token}" for token in made]


def clicks() -> list[ActivityItem]:
    return [row for row in ActivityItem.scan() if row.type == "email_clicked"]


def shown(bed: Bed) -> list[tuple[str, str]]:
    found = bed.admin("GET", f"/api/leads/{leads()[0].id}/timeline").json()["items"]
    return [(item["type"], item["agent"]) for item in found if item["type"] in ("email_opened", "email_clicked")]


def test_a_sweep_is_taken_back_from_score_grade_and_timeline(bed: Bed) -> None:
    post(bed)
    bed.pump()
    bed.later(minutes=1)
    bed.http("GET", next(image for image in bed.mails[0].images if "/t/o/" in image))
    for link in links(bed):
        assert bed.http("GET", link).status == 302
    bed.pump()
    [lead] = leads()
    assert (int(lead.score), lead.grade) == (35, "warm")
    assert {agent for _, agent in shown(bed)} == {"probable_machine"}
    assert len(clicks()) == 3


def test_a_sweep_that_comes_click_by_click_is_found_all_the_same(bed: Bed) -> None:
    post(bed)
    bed.pump()
    bed.later(minutes=1)
    for link in links(bed):
        bed.http("GET", link)
        bed.pump()
    assert int(leads()[0].score) == 35


def test_the_person_who_comes_after_the_filter_within_the_hour_counts(bed: Bed) -> None:
    post(bed)
    bed.pump()
    bed.later(minutes=1)
    for link in links(bed):
        bed.http("GET", link)
    bed.pump()
    bed.later(minutes=10)
    bed.http("GET", links(bed)[0])
    bed.http("GET", links(bed)[0])
    bed.pump()
    assert int(leads()[0].score) == 45
    assert shown(bed).count(("email_clicked", "human")) == 1


def test_the_hidden_link_leads_somewhere_and_gives_the_filter_away(bed: Bed) -> None:
    post(bed)
    bed.pump()
    bed.later(minutes=1)
    bed.http("GET", links(bed)[0])
    hidden = [link for link in bed.mails[0].links if HIDDEN in link]
    assert len(hidden) == 1
    assert bed.http("GET", hidden[0]).status == 302
    bed.pump()
    assert int(leads()[0].score) == 35
    assert shown(bed) == [("email_clicked", "machine")]


def test_live_and_replay_agree_after_a_sweep(bed: Bed) -> None:
    post(bed)
    bed.pump()
    bed.later(minutes=1)
    for link in links(bed):
        bed.http("GET", link)
    bed.pump()
    bed.later(days=3)
    [lead] = leads()
    as_of = bed.clock.now().isoformat().replace("+00:00", "Z")

    def score(query: str) -> Any:
        found = bed.admin("GET", f"/api/leads/{lead.id}/score{query}").json()
        return found["score"], found["entries"]

    assert score("") == score(f"?as_of={as_of}")


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "click by click"])
def test_a_sweep_hands_nobody_to_sales(bed: Bed, at_once: bool) -> None:
    post(bed)
    bed.pump()
    bed.later(minutes=1)
    for link in links(bed):
        bed.http("GET", link)
        if not at_once:
            bed.pump()
    bed.later(minutes=5)
    assert leads()[0].grade == "warm"
    assert bed.admin("GET", "/api/handoffs").json()["items"] == []


def test_who_clicks_two_links_quickly_is_hot_some_seconds_later(bed: Bed) -> None:
    post(bed)
    bed.pump()
    bed.later(minutes=1)
    for link in links(bed)[:2]:
        bed.http("GET", link)
    bed.pump()
    assert leads()[0].grade == "warm"
    bed.later(seconds=30)
    [lead] = leads()
    assert (lead.grade, int(lead.score), lead.stage) == ("hot", 55, "mql")


def test_who_is_in_doubt_is_hot_also_when_whoever_decided_it_died_and_segments_are_asked_meanwhile(bed: Bed) -> None:
    died: list[str] = []

    def die_once(call: Call) -> None:
        if (call.function, call.operation) == ("AdvanceFunction", "UpdateItem") and not died:
            died.append(call.site)
            raise Killed

    post(bed)
    bed.pump()
    bed.later(minutes=1)
    for link in links(bed)[:2]:
        bed.http("GET", link)
    bed.tolerant = True
    bed.world.calls.before.append(die_once)
    bed.pump()
    bed.later(minutes=30)  # the segments of a fresh installation are built in these minutes: everybody is asked
    assert died
    assert (leads()[0].grade, leads()[0].stage) == ("hot", "mql")


def test_a_click_that_makes_somebody_hot_waits_until_it_is_known_whose_it_was(bed: Bed) -> None:
    post(bed)
    bed.pump()
    bed.open_and_click(0, seconds=0)
    assert leads()[0].grade == "warm"
    bed.later(seconds=15)
    assert (leads()[0].grade, leads()[0].stage) == ("hot", "mql")


@pytest.mark.parametrize("pause", [1, 9])
def test_a_filter_that_takes_its_time_hands_nobody_to_sales_by_its_first_link(bed: Bed, pause: int) -> None:
    post(bed)
    bed.pump()
    bed.http("GET", next(image for image in bed.mails[0].images if "/t/o/" in image))
    bed.later(seconds=1)
    for link in links(bed):
        bed.http("GET", link)
        bed.later(seconds=pause)  # each is scored by itself
    bed.later(minutes=5)
    assert leads()[0].grade == "warm"
    assert bed.admin("GET", "/api/handoffs").json()["items"] == []
    assert [row.type for row in ActivityItem.scan() if row.type == "grade_changed"] == ["grade_changed"]
