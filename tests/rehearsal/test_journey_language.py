"""Every trigger, step and entry policy of the journeys' language through the real handlers: small journeys of tests/rehearsal/journeys."""

from __future__ import annotations

from typing import Any

import pytest

from shared.store.tables import ActivityItem, EnrolmentItem, PersonItem
from tests.bed import Bed

pytestmark = [pytest.mark.rehearsal, pytest.mark.slow]

WEI = {
    "email": "wei@huaxing-logistics.example",
    "name": "张伟",
    "company": "华星物流",
    "title": "物流总监",
    "country": "CN",
    "consent_email": True,
    "visitor": "visitor-of-wei",
}


def arrive(bed: Bed, form: str = "demo", **changes: Any) -> str:
    """A person appears; returns their id."""
    answer = bed.http("POST", f"/f/{form}", json={**WEI, **changes})
    assert answer.status == 202, answer.body
    bed.pump()
    email = changes.get("email", WEI["email"])
    [lead] = [item for item in PersonItem.scan() if item.kind == "lead" and (item.profile or {})["email"] == email]
    return str(lead.id)


def look_at(bed: Bed, path: str) -> None:
    view = {"url": f"https://www.ripen-demo.example{path}", "visitor": WEI["visitor"]}
    assert bed.http("POST", "/t/v", json=view).status in (202, 204)
    bed.pump()


def click(bed: Bed, number: int = -1) -> None:
    """Follows the first link of a mail, and waits until it is known that no machine did."""
    mail = bed.mails[number]
    bed.http("GET", next(link for link in mail.links if "/t/c/" in link))
    bed.later(minutes=2)


def enrolment(lead_id: str, journey: str) -> EnrolmentItem:
    return EnrolmentItem.get(lead_id, journey)


def goals(lead_id: str, journey: str = "") -> list[str]:
    found = [item.detail for item in ActivityItem.query(lead_id) if item.type == "goal_reached"]
    return [detail["goal"] for detail in found if detail["journey"] == journey or not journey]


def tags(lead_id: str) -> list[str]:
    return list(PersonItem.get(lead_id).tags or [])


# ---------------------------------------------------------------- waiting for an event


def test_the_event_wakes_the_wait_once_and_its_time_out_comes_too_late(walked: Bed) -> None:
    lead_id = arrive(walked)
    look_at(walked, "/waiting")
    assert enrolment(lead_id, "waiting").step == "click"
    walked.later(days=2)
    click(walked)
    assert (enrolment(lead_id, "waiting").exit_reason, goals(lead_id, "waiting")) == ("clicked", ["clicked"])
    walked.later(days=6)
    assert (enrolment(lead_id, "waiting").exit_reason, goals(lead_id, "waiting")) == ("clicked", ["clicked"])


def test_without_the_event_the_time_out_goes_on(walked: Bed) -> None:
    lead_id = arrive(walked)
    look_at(walked, "/waiting")
    walked.later(days=5, minutes=2)
    assert enrolment(lead_id, "waiting").exit_reason == "silent"
    click(walked)
    assert (enrolment(lead_id, "waiting").exit_reason, goals(lead_id, "waiting")) == ("silent", [])


def test_a_filter_that_follows_every_link_wakes_nobody_and_counts_at_no_branch(walked: Bed) -> None:
    lead_id = arrive(walked)
    look_at(walked, "/waiting")
    walked.later(hours=1)
    mail = walked.mails[-1]
    for link in mail.links:
        if "/t/c/" in link or "/t/h/" in link:
            walked.http("GET", link)
            walked.later(seconds=3)
    walked.later(minutes=3)
    assert enrolment(lead_id, "waiting").step == "click"
    walked.later(days=5)
    assert (enrolment(lead_id, "waiting").exit_reason, goals(lead_id, "waiting")) == ("silent", [])


# ---------------------------------------------------------------- branches, splits, updates, hand-offs


def test_a_director_is_tagged_drawn_and_waits_for_thursday_morning(walked: Bed) -> None:
    lead_id = arrive(walked)
    look_at(walked, "/branching")
    row = enrolment(lead_id, "branching")
    assert tags(lead_id) == ["decides"]
    assert (PersonItem.get(lead_id).profile or {})["industry"] == "logistics"
    assert goals(lead_id, "branching") == [f"way_{row.ways['draw']}"]
    assert row.due == "2026-03-05T01:30:00.000Z"


def test_who_looked_at_prices_since_the_split_is_handed_over(walked: Bed) -> None:
    lead_id = arrive(walked)
    look_at(walked, "/branching")
    look_at(walked, "/pricing")
    walked.later(days=4)
    assert PersonItem.get(lead_id).stage == "mql"
    assert [mail.to for mail in walked.mails if "sales" in mail.to] == ["sales@ripen-demo.example"]


def test_who_did_not_look_at_prices_is_not(walked: Bed) -> None:
    lead_id = arrive(walked)
    look_at(walked, "/branching")
    walked.later(days=4)
    assert PersonItem.get(lead_id).stage == "lead"
    assert enrolment(lead_id, "branching").exit_reason == "completed"


def test_the_audience_keeps_others_out(walked: Bed) -> None:
    lead_id = arrive(walked, country="SG")
    look_at(walked, "/branching")
    with pytest.raises(EnrolmentItem.DoesNotExist):
        enrolment(lead_id, "branching")


# ---------------------------------------------------------------- entering again


def test_who_left_comes_back_after_ten_days_and_not_before(walked: Bed) -> None:
    lead_id = arrive(walked)
    look_at(walked, "/branching")
    walked.later(days=9)
    look_at(walked, "/branching")
    assert enrolment(lead_id, "branching").run is None or int(enrolment(lead_id, "branching").run) == 1
    walked.later(days=6)
    look_at(walked, "/branching")
    assert (int(enrolment(lead_id, "branching").run), enrolment(lead_id, "branching").status) == (2, "active")


def test_another_conversion_point_of_the_same_journey_lets_in_too(walked: Bed) -> None:
    lead_id = arrive(walked, form="webinar")
    assert enrolment(lead_id, "branching").status == "active"


# ---------------------------------------------------------------- rounds


def test_each_round_sends_its_own_mail_and_the_last_round_is_the_last(walked: Bed) -> None:
    lead_id = arrive(walked, title="Clerk")
    look_at(walked, "/branching")
    assert tags(lead_id) == ["uses"]
    walked.later(days=40)
    rounds = [mail for mail in walked.mails if mail.tags.get("journey") == "rounds"]
    assert len(rounds) == 3
    assert len({mail.tags["message_id"] for mail in rounds}) == 3
    assert enrolment(lead_id, "rounds").exit_reason == "completed"


# ---------------------------------------------------------------- dates, silence, scores, outcomes


def test_on_a_fixed_date_everybody_of_the_audience_enters_once(walked: Bed) -> None:
    first = arrive(walked)
    second = arrive(walked, email="anna@brandt.example", title="Student", visitor="visitor-of-anna")
    walked.later(days=7)
    assert (tags(first), tags(second)) == ([], [])
    walked.later(days=2)
    assert (tags(first), tags(second)) == (["march"], ["march"])


def test_a_date_that_sales_agreed_on_lets_them_in_before_it(walked: Bed) -> None:
    lead_id = arrive(walked)
    assert walked.admin("POST", f"/api/leads/{lead_id}/mql", json={"note": ""}).status == 200
    walked.pump()
    [handoff] = walked.admin("GET", "/api/handoffs").json()["items"]
    outcome = {"result": "deferred", "until": "2026-03-20"}
    assert walked.admin("POST", f"/api/handoffs/{handoff['handoff_id']}/outcome", json=outcome).status == 200
    walked.pump()
    assert "came_back" in goals(lead_id)
    walked.later(days=15)
    assert "asked-again" not in tags(lead_id)
    walked.later(days=2)
    assert "asked-again" in tags(lead_id)


def test_silence_of_twenty_days_is_counted_from_the_last_thing_they_did(walked: Bed) -> None:
    lead_id = arrive(walked)
    walked.later(days=15)
    arrive(walked)
    walked.later(days=15)
    assert "was_silent" not in goals(lead_id)
    walked.later(days=6)
    assert "was_silent" in goals(lead_id)


def test_reaching_a_score_lets_in_and_being_above_it_does_not(walked: Bed) -> None:
    cold = arrive(walked, email="ben@bright.example", title="Clerk", visitor="visitor-of-ben")
    assert "reached_30" not in goals(cold)
    warm = arrive(walked, form="whitepaper", email="lin@acme-robotics.example", title="CTO")
    assert "reached_30" in goals(warm)
