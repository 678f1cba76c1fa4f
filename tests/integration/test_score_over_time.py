"""A score that fades crosses a mark at its moment, by one timer and no look through everybody."""

from __future__ import annotations

import json
from datetime import timedelta

from shared.domain.moments import from_iso, to_iso
from shared.store.tables import ActivityItem, PersonItem, TimerItem
from tests.bed import START, Bed
from tests.integration.test_main_path import leads, post

# When the shipped segment of those who are quiet for 90 days takes somebody in who did nothing but post.
SILENCE = to_iso(START + timedelta(days=90, milliseconds=10))


def crossings() -> list[tuple[str, int]]:
    """(grade, days after the start) of each change, oldest first."""
    rows = sorted((row for row in ActivityItem.scan() if row.type == "grade_changed"), key=lambda row: row.at)
    return [(row.detail["to"], (from_iso(row.at) - START).days) for row in rows]


def score_timers() -> list[TimerItem]:
    return [row for row in TimerItem.scan() if row.body and row.body["kind"] == "score"]


def test_a_warm_lead_that_does_nothing_is_cold_after_five_weeks(bed: Bed) -> None:
    post(bed, consent_email=False)
    bed.pump()
    bed.later(days=33)
    assert leads()[0].grade == "warm"
    bed.later(days=1)
    [lead] = leads()
    assert (lead.grade, int(lead.score), lead.score_due) == ("cold", 29, SILENCE)
    assert crossings() == [("warm", 0), ("cold", 33)]


def test_a_hot_lead_cools_to_warm_and_then_to_cold_by_two_timers(bed: Bed) -> None:
    post(bed)
    bed.pump()
    bed.open_and_click(0)
    assert leads()[0].grade == "hot"
    bed.later(days=60)
    assert [grade for grade, _ in crossings()] == ["warm", "hot", "warm", "cold"]
    assert leads()[0].grade == "cold"


def test_what_somebody_does_meanwhile_puts_it_off_and_the_timer_rings_in_vain(bed: Bed) -> None:
    post(bed)
    bed.pump()
    first = leads()[0].score_due
    bed.later(days=20)
    bed.http("GET", next(image for image in bed.mails[0].images if "/t/o/" in image))
    bed.pump()
    assert leads()[0].score_due == first
    bed.until(from_iso(first) + timedelta(minutes=2))
    [lead] = leads()
    assert lead.grade == "warm"
    assert lead.score_due > first


def test_somebody_cold_is_looked_at_again_for_their_silence_alone(bed: Bed) -> None:
    post(bed, title="Engineer", consent_email=False)
    bed.pump()
    assert leads()[0].grade == "cold"
    assert [row.due for row in score_timers()] == [SILENCE]


def test_the_grade_and_the_segments_of_a_person_share_one_clock(bed: Bed) -> None:
    """The moment at which the grade falls comes before the silence is long enough, so nothing is set for the silence yet."""
    post(bed, consent_email=False)
    bed.pump()
    [timer] = score_timers()
    assert timer.due == leads()[0].score_due < SILENCE
    bed.until(from_iso(timer.due) + timedelta(minutes=2))
    assert SILENCE in [row.due for row in score_timers()]


def test_a_timer_whose_lead_waits_for_another_does_nothing(bed: Bed) -> None:
    post(bed, consent_email=False)
    bed.pump()
    [timer] = score_timers()
    before = PersonItem.get(leads()[0].id).score_version
    stale = {**timer.body, "due": "2026-03-30T00:00:00.000Z"}
    bed.invoke("Advance", {"Records": [{"messageId": "m1", "body": json.dumps(stale)}]})
    assert PersonItem.get(leads()[0].id).score_version == before


def test_who_buys_counts_by_the_customers_model_from_then_on(bed: Bed) -> None:
    post(bed)
    bed.pump()
    bed.open_and_click(0)
    [handoff] = bed.admin("GET", "/api/handoffs").json()["items"]
    bed.admin("POST", f"/api/handoffs/{handoff['handoff_id']}/outcome", json={"result": "won", "amount": "120000 CNY"})
    bed.pump()
    [lead] = leads()
    found = bed.admin("GET", f"/api/leads/{lead.id}/score").json()
    assert {entry["rule"] for entry in found["entries"]} >= {"bought", "whitepaper_download", "title_decides"}
    assert int(lead.score) == found["score"] == 60
    past = bed.admin("GET", f"/api/leads/{lead.id}/score?as_of={lead.created_at}").json()
    assert {entry["rule"] for entry in past["entries"]} >= {"title_c_level"}
