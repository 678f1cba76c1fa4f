"""examples/scenarios/whitepaper-thirty-days.yaml through the real handlers: what marketing and sales may rely on."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.rehearsal.playing import Played, between

pytestmark = [pytest.mark.rehearsal, pytest.mark.slow]

ONE_TICK = timedelta(minutes=2)


@pytest.fixture(scope="module")
def played(content: Path) -> Played:
    return Played("whitepaper-thirty-days.yaml", content)


def test_a_warm_reader_gets_the_three_mails_on_days_0_3_and_7(played: Played) -> None:
    assert played.mails_to("wei") == [("whitepaper-thanks", 0), ("case-study", 3), ("consultation-invitation", 7)]


def test_a_chinese_reader_is_written_to_in_chinese_with_the_advertising_mark(played: Played) -> None:
    subjects = {m["template"]: m["subject"] for m in played.result["messages"] if m["person"] == "wei"}
    assert "白皮书" in subjects["whitepaper-thanks"]
    assert subjects["case-study"].startswith("【广告】")
    assert not subjects["whitepaper-thanks"].startswith("【广告】")


def test_who_opens_and_clicks_becomes_ripe_and_is_handed_over_at_once(played: Played) -> None:
    assert played.person("lin")["stage"] == "mql"
    assert played.since_start(played.handoff("lin")["at"]) - timedelta(days=1, hours=2) < timedelta(minutes=1)


def test_the_owner_learns_of_a_ripe_lead_at_once_and_marketing_stops_writing(played: Played) -> None:
    assert played.internal_mails("lin")[0] == ("handoff-new", "sales@ripen-demo.example")
    assert played.mails_to("lin") == [("whitepaper-thanks", 0)]


def test_the_owner_is_reminded_before_the_clock_runs_out(played: Played) -> None:
    waited = between(played.handoff("lin")["at"], played.handoff("lin")["reminded_at"])
    assert timedelta(hours=40) <= waited < timedelta(hours=40) + ONE_TICK


def test_it_escalates_at_48_hours_and_not_before(played: Played) -> None:
    waited = between(played.handoff("lin")["at"], played.handoff("lin")["escalated_at"])
    assert timedelta(hours=48) <= waited < timedelta(hours=48) + ONE_TICK
    assert played.handoff("lin")["status"] == "escalated"


def test_owner_and_manager_are_both_told_of_the_escalation_once(played: Played) -> None:
    told = [to for template, to in played.internal_mails("lin") if template == "handoff-escalated"]
    assert sorted(told) == ["manager@ripen-demo.example", "sales@ripen-demo.example"]


def test_a_follow_up_at_47_59_stops_the_escalation_for_ever(played: Played) -> None:
    handoff = played.handoff("anna")
    waited = between(handoff["at"], handoff["followed_up_at"])
    assert timedelta(hours=47, minutes=58) < waited < timedelta(hours=48)
    assert (handoff["escalated_at"], handoff["status"]) == (None, "followed_up")
    assert "handoff-escalated" not in dict(played.internal_mails("anna"))


def test_who_ticked_nothing_gets_the_paper_and_nothing_else(played: Played) -> None:
    assert played.mails_to("maria") == [("whitepaper-thanks", 0)]
    assert all("no_consent" in reasons for reasons in played.refusals("maria").values())


def test_who_unsubscribes_after_the_second_mail_never_gets_the_third(played: Played) -> None:
    assert played.mails_to("john") == [("whitepaper-thanks", 0), ("case-study", 3)]


def test_marketing_mail_waits_for_the_morning_in_the_persons_own_country(played: Played) -> None:
    (case,) = [m for m in played.result["messages"] if m["person"] == "john" and m["template"] == "case-study"]
    assert case["at"].startswith(
        "2026-03-05T16:0"
    )  # 08:00 in Los Angeles, before the clocks change: day at both ends of the country


def test_an_address_that_bounces_is_not_written_to_again(played: Played) -> None:
    assert played.mails_to("typo", status="bounced") == [("whitepaper-thanks", 0)]
    assert played.mails_to("typo") == []
    # The dead address ended the journey, so nothing more was even ordered.
    assert played.refusals("typo") == {}


def test_a_student_is_never_handed_to_sales_however_eager(played: Played) -> None:
    assert played.person("student")["stage"] == "lead"
    assert "student" not in {h["person"] for h in played.result["handoffs"]}


def test_everybody_was_taken_in_and_nothing_is_left_lying(played: Played) -> None:
    assert played.result["intake"] == {"received": 7, "accepted": 7, "quarantined": {}}
    assert played.result["warnings"] == []
    assert {name for name, holds in played.result["invariants"].items() if not holds} == set()


def test_the_table_shows_each_person_by_day(played: Played) -> None:
    from infra.rehearsal.summary import render

    text = render(played.scenario, played.result, played.days)
    assert "ESCALATED to manager" in text
    assert "张伟" in text
    assert max(map(len, text.splitlines())) <= 160
