"""Somebody who waits in a journey is merged into somebody else, and is two again: the journey goes on where the person is."""

from __future__ import annotations

from typing import Any

import pytest

from shared.store.tables import EnrolmentItem, MessageItem
from tests.bed import Bed
from tests.rehearsal.test_journey_language import WEI, arrive, click, enrolment, goals, look_at

pytestmark = [pytest.mark.rehearsal, pytest.mark.slow]

SAME = {**WEI, "email": "wei.zhang@huaxing-logistics.example", "visitor": "the-first-visitor"}


def view(bed: Bed, path: str, visitor: str) -> None:
    seen = {"url": f"https://www.ripen-demo.example{path}", "visitor": visitor}
    assert bed.http("POST", "/t/v", json=seen).status in (202, 204)
    bed.pump()


def two(bed: Bed) -> tuple[str, str]:
    """The one who is known longer, who stays, and the one who will go."""
    stays = arrive(bed, email=SAME["email"], visitor=SAME["visitor"])
    bed.later(minutes=1)
    return stays, arrive(bed)


def merge(bed: Bed, stays: str, goes: str) -> None:
    answer = bed.admin("POST", f"/api/leads/{stays}/merge", json={"with": goes})
    assert answer.status == 200, answer.text
    bed.pump()


def part(bed: Bed, stays: str, goes: str) -> None:
    answer = bed.admin("POST", f"/api/leads/{stays}/part", json={"absorbed": goes})
    assert answer.status == 200, answer.text
    bed.pump()


def row(lead_id: str, journey: str) -> EnrolmentItem | None:
    return next(iter(EnrolmentItem.query(lead_id, EnrolmentItem.journey == journey)), None)


def status(lead_id: str, journey: str) -> tuple[str, str]:
    found = enrolment(lead_id, journey)
    return found.status, found.exit_reason or found.step or ""


def written(bed: Bed, journey: str) -> list[str]:
    return [mail.to for mail in bed.mails if mail.tags.get("journey") == journey]


def test_who_waits_goes_on_waiting_as_the_survivor_until_the_same_moment(walked: Bed) -> None:
    stays, goes = two(walked)
    look_at(walked, "/noted")
    before = enrolment(goes, "noted")
    walked.later(hours=1)
    merge(walked, stays, goes)
    after = enrolment(stays, "noted")
    assert (after.status, after.version, after.step, after.due) == ("active", before.version, "pause", before.due)
    assert status(goes, "noted") == ("exited", "merged")
    walked.later(days=2)
    assert status(stays, "noted") == ("completed", "completed")
    assert written(walked, "noted") == [WEI["email"], "manager@ripen-demo.example"]


def test_the_mail_from_before_wakes_the_wait_of_after(walked: Bed) -> None:
    stays, goes = two(walked)
    look_at(walked, "/waiting")
    walked.later(hours=1)
    merge(walked, stays, goes)
    click(walked)
    assert status(stays, "waiting") == ("exited", "clicked")
    assert goals(stays, "waiting") == ["clicked"]


def test_a_click_that_is_still_in_doubt_when_they_are_merged_wakes_too(walked: Bed) -> None:
    stays, goes = two(walked)
    look_at(walked, "/waiting")
    walked.later(hours=1)
    walked.http("GET", next(link for link in walked.mails[-1].links if "/t/c/" in link))
    merge(walked, stays, goes)
    walked.later(minutes=3)
    assert status(stays, "waiting") == ("exited", "clicked")


def test_a_drawn_way_is_kept_and_no_step_is_counted_twice(walked: Bed) -> None:
    stays, goes = two(walked)
    look_at(walked, "/branching")
    before = enrolment(goes, "branching")
    merge(walked, stays, goes)
    after = enrolment(stays, "branching")
    assert (after.ways, after.due) == (before.ways, before.due)
    assert goals(stays, "branching") == [f"way_{before.ways['draw']}"]


def test_a_mail_that_waits_for_the_morning_is_sent_once_to_the_one_person(walked: Bed) -> None:
    stays, goes = two(walked)
    walked.later(hours=13)
    look_at(walked, "/waiting")
    assert written(walked, "waiting") == []
    merge(walked, stays, goes)
    walked.later(days=1)
    assert len(written(walked, "waiting")) == 1
    ids = [item.message_id for item in MessageItem.scan()]
    assert len(ids) == len(set(ids))


def test_who_is_in_the_same_journey_already_goes_through_it_once(walked: Bed) -> None:
    stays, goes = two(walked)
    view(walked, "/noted", SAME["visitor"])
    own = enrolment(stays, "noted").due
    walked.later(hours=1)
    look_at(walked, "/noted")
    merge(walked, stays, goes)
    assert status(goes, "noted") == ("exited", "merged")
    assert enrolment(stays, "noted").due == own
    part(walked, stays, goes)
    assert (status(stays, "noted")[0], status(goes, "noted")) == ("active", ("exited", "merged"))


def test_once_is_once_for_the_person_they_are_together(walked: Bed) -> None:
    stays, goes = two(walked)
    view(walked, "/waiting", SAME["visitor"])
    walked.later(days=6)
    look_at(walked, "/waiting")
    merge(walked, stays, goes)
    assert (status(stays, "waiting"), status(goes, "waiting")) == (("exited", "silent"), ("exited", "merged"))


def test_what_the_absorbed_went_through_is_not_gone_through_again(walked: Bed) -> None:
    stays, goes = two(walked)
    look_at(walked, "/waiting")
    walked.later(days=6)
    merge(walked, stays, goes)
    look_at(walked, "/waiting")
    assert row(stays, "waiting") is None


def test_what_no_longer_fits_the_survivor_ends(walked: Bed) -> None:
    stays, goes = two(walked)
    look_at(walked, "/noted")
    assert walked.admin("POST", f"/api/leads/{stays}/mql", json={"note": "called"}).status == 200
    walked.pump()
    merge(walked, stays, goes)
    assert (status(goes, "noted"), row(stays, "noted")) == (("exited", "merged"), None)


def test_parting_takes_the_journey_back_to_whom_it_came_from(walked: Bed) -> None:
    stays, goes = two(walked)
    look_at(walked, "/noted")
    due = enrolment(goes, "noted").due
    merge(walked, stays, goes)
    walked.later(hours=1)
    part(walked, stays, goes)
    back = enrolment(goes, "noted")
    assert (back.status, back.step, back.due) == ("active", "pause", due)
    assert status(stays, "noted") == ("exited", "parted")
    walked.later(days=3)
    assert status(goes, "noted") == ("completed", "completed")
    assert written(walked, "noted") == [WEI["email"], "manager@ripen-demo.example"]


def test_who_was_lent_a_journey_may_still_enter_it_themselves(walked: Bed) -> None:
    stays, goes = two(walked)
    look_at(walked, "/waiting")
    merge(walked, stays, goes)
    part(walked, stays, goes)
    walked.later(hours=1)
    view(walked, "/waiting", SAME["visitor"])
    assert (status(stays, "waiting"), status(goes, "waiting")) == (("active", "click"), ("active", "click"))


def test_what_ended_meanwhile_stays_ended(walked: Bed) -> None:
    stays, goes = two(walked)
    look_at(walked, "/noted")
    merge(walked, stays, goes)
    walked.later(days=3)
    part(walked, stays, goes)
    assert (status(stays, "noted")[0], status(goes, "noted")) == ("completed", ("exited", "merged"))


def test_merged_a_second_time_it_goes_along_again(walked: Bed) -> None:
    stays, goes = two(walked)
    look_at(walked, "/noted")
    merge(walked, stays, goes)
    part(walked, stays, goes)
    walked.later(minutes=5)
    merge(walked, stays, goes)
    assert (status(stays, "noted"), status(goes, "noted")) == (("active", "pause"), ("exited", "merged"))
    walked.later(days=3)
    assert written(walked, "noted") == [WEI["email"], "manager@ripen-demo.example"]


def test_a_no_that_the_survivor_said_meanwhile_sends_them_out(walked: Bed) -> None:
    stays, goes = two(walked)
    look_at(walked, "/noted")
    tagged: Any = walked.admin("POST", f"/api/leads/{stays}/tags", json={"tag": "stop"})
    assert tagged.status == 200
    walked.pump()
    merge(walked, stays, goes)
    assert status(stays, "noted") == ("exited", "asked_to_stop")
