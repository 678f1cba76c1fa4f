"""What happens to somebody on the way: tags, a no, a merge, a pause, a stop, an hour without ticks; each stops or moves what it must."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.journeys.plan import draw
from shared.store.tables import EnrolmentItem, PersonItem
from tests.bed import Bed
from tests.rehearsal.test_journey_language import WEI, arrive, enrolment, look_at

pytestmark = [pytest.mark.rehearsal, pytest.mark.slow]


def told(bed: Bed) -> list[str]:
    return [mail.to for mail in bed.mails if mail.tags.get("journey") == "noted" and mail.tags["class"] == "internal"]


def begun(bed: Bed) -> str:
    lead_id = arrive(bed)
    look_at(bed, "/noted")
    assert enrolment(lead_id, "noted").step == "pause"
    return lead_id


def set_status(bed: Bed, status: str) -> None:
    assert bed.admin("POST", "/api/journeys/noted", json={"status": status}).status == 200
    bed.later(seconds=70)


def test_the_manager_is_told_after_the_wait_once(walked: Bed) -> None:
    begun(walked)
    assert told(walked) == []
    walked.later(days=2, minutes=2)
    assert told(walked) == ["manager@ripen-demo.example"]


def test_a_tag_sends_them_out(walked: Bed) -> None:
    lead_id = begun(walked)
    assert walked.admin("POST", f"/api/leads/{lead_id}/tags", json={"tag": "stop"}).status == 200
    walked.later(days=3)
    assert (enrolment(lead_id, "noted").exit_reason, told(walked)) == ("asked_to_stop", [])


def test_who_unsubscribes_while_waiting_leaves_at_once(walked: Bed) -> None:
    lead_id = begun(walked)
    address = next(
        part.strip(" <>") for part in walked.mails[-1].header("List-Unsubscribe").split(",") if "https:" in part
    )
    assert walked.http("POST", address, form={"List-Unsubscribe": "One-Click"}).status == 200
    walked.pump()
    assert enrolment(lead_id, "noted").exit_reason == "unsubscribed"
    walked.later(days=3)
    assert told(walked) == []


def test_always_lets_in_again_as_soon_as_they_left_and_never_twice_at_a_time(walked: Bed) -> None:
    lead_id = begun(walked)
    walked.later(hours=1)
    look_at(walked, "/noted")
    assert int(enrolment(lead_id, "noted").run or 1) == 1
    walked.later(days=2)
    look_at(walked, "/noted")
    assert (int(enrolment(lead_id, "noted").run), enrolment(lead_id, "noted").status) == (2, "active")


def test_once_is_once(walked: Bed) -> None:
    lead_id = arrive(walked)
    look_at(walked, "/waiting")
    walked.later(days=6)
    look_at(walked, "/waiting")
    row = enrolment(lead_id, "waiting")
    assert (int(row.run or 1), row.status) == (1, "exited")


def test_a_paused_journey_holds_who_is_due_and_goes_on_when_it_is_resumed(walked: Bed) -> None:
    lead_id = begun(walked)
    set_status(walked, "paused")
    walked.later(days=3)
    assert (enrolment(lead_id, "noted").step, told(walked)) == ("pause", [])
    set_status(walked, "live")
    walked.later(hours=1, minutes=5)
    assert (enrolment(lead_id, "noted").exit_reason, len(told(walked))) == ("completed", 1)


def test_a_stopped_journey_ends_for_who_waits_and_lets_nobody_in(walked: Bed) -> None:
    lead_id = begun(walked)
    set_status(walked, "stopped")
    walked.later(days=2, minutes=5)
    assert (enrolment(lead_id, "noted").exit_reason, told(walked)) == ("journey_stopped", [])
    look_at(walked, "/noted")
    assert enrolment(lead_id, "noted").status == "exited"


def test_a_wait_that_fires_late_looks_again_who_the_person_is_now(walked: Bed) -> None:
    """The line on the timeline that says so is not heard (it is written straight into the row), so only the late wait can notice."""
    lead_id = begun(walked)
    item = PersonItem.get(lead_id)
    item.stage = "mql"
    item.save()
    walked.later(days=2, minutes=5)
    assert (enrolment(lead_id, "noted").exit_reason, told(walked)) == ("became_mql", [])


def test_who_is_merged_into_somebody_else_goes_on_in_no_journey_of_their_own(walked: Bed) -> None:
    absorbed = begun(walked)
    survivor = arrive(walked, email="wei.zhang@huaxing-logistics.example", visitor="another-visitor")
    answer = walked.admin("POST", f"/api/leads/{survivor}/merge", json={"with": absorbed})
    assert answer.status == 200, answer.text
    walked.pump()
    walked.later(days=3)
    rows: list[Any] = [row for row in EnrolmentItem.scan() if row.journey == "noted"]
    assert [row.status for row in rows if row.status == "active"] == []
    assert len(told(walked)) <= 1
    assert WEI["email"] in {mail.to for mail in walked.mails}


def test_a_split_follows_its_weights_and_the_same_person_always_goes_the_same_way() -> None:
    ways = [{"way": "a", "weight": 3}, {"way": "b", "weight": 1}]
    drawn = [draw(ways, f"lead{number}", "j", "split")["way"] for number in range(4000)]
    assert 0.72 < drawn.count("a") / len(drawn) < 0.78
    assert drawn == [draw(ways, f"lead{number}", "j", "split")["way"] for number in range(4000)]


def test_an_answer_that_a_colleague_notes_wakes_who_waits_for_it_once(walked: Bed) -> None:
    lead_id = arrive(walked)
    look_at(walked, "/answered")
    walked.later(hours=1)
    for _ in range(2):
        answer = walked.admin("POST", f"/api/leads/{lead_id}/replied", json={"note": "Call me on Friday"})
        assert answer.status == 200, answer.text
    walked.pump()
    assert enrolment(lead_id, "answered").exit_reason == "replied"
    timeline = walked.admin("GET", f"/api/leads/{lead_id}/timeline").json()["items"]
    assert [each["detail"]["note"] for each in timeline if each["type"] == "email_replied"] == ["Call me on Friday"]


def test_nobody_answers_a_mail_that_they_never_got(walked: Bed) -> None:
    lead_id = arrive(walked, consent_email=False)
    answer = walked.admin("POST", f"/api/leads/{lead_id}/replied", json={"message_id": "nonsense"})
    assert answer.status == 422


def test_who_is_no_longer_known_is_written_to_no_more_and_every_timer_of_theirs_fires_into_nothing(walked: Bed) -> None:
    """Three waits, a mail held back for the night and a grade that fades: all of them find nobody, and nothing is set aside."""
    lead_id = begun(walked)
    look_at(walked, "/branching")
    walked.later(hours=13)
    look_at(walked, "/waiting")
    assert [row.status for row in EnrolmentItem.query(lead_id)] == ["active"] * 3
    before = [mail for mail in walked.mails if mail.to == WEI["email"]]
    for item in PersonItem.scan():
        item.delete()
    walked.later(days=20)
    assert [mail for mail in walked.mails if mail.to == WEI["email"]] == before
    assert {row.exit_reason for row in EnrolmentItem.query(lead_id)} == {"person_gone"}
    assert walked.world.set_aside == []
