"""What a journey does next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.journeys import exit_reason, is_triggered, order_of, plan
from shared.domain.timeline import EMAIL_BOUNCED, FORM_SUBMITTED, UNSUBSCRIBED, Activity

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def form(name: str) -> Activity:
    return Activity("lin", FORM_SUBMITTED, NOW, "s1", detail={"form": name})


def test_the_white_papers_form_lets_people_in_and_another_does_not(journey: dict[str, Any]) -> None:
    assert is_triggered(journey, form("whitepaper"))
    assert not is_triggered(journey, form("webinar"))


def test_the_three_mails_go_at_once_after_three_and_after_seven_days(journey: dict[str, Any]) -> None:
    moves, step, now = [], "", NOW
    while True:
        move = plan(journey, step, now)
        moves += [(send.template, send.klass, (now - NOW).days) for send in move.sends]
        if move.end_reason:
            break
        step, now = move.step, move.due or now
    assert moves == [
        ("whitepaper-thanks", "transactional", 0),
        ("case-study", "marketing", 3),
        ("consultation-invitation", "marketing", 7),
    ]
    assert move.end_reason == "completed"


def test_becoming_an_mql_ends_the_journey(journey: dict[str, Any]) -> None:
    assert exit_reason(journey, stage="mql") == "became_mql"
    assert exit_reason(journey, stage="lead") == ""


def test_unsubscribing_ends_the_journey(journey: dict[str, Any]) -> None:
    said_no = Activity("lin", UNSUBSCRIBED, NOW, "m1")
    assert exit_reason(journey, stage="lead", activity=said_no) == "unsubscribed"


@pytest.mark.parametrize(("permanent", "reason"), [(True, "bounced"), (False, "")])
def test_a_dead_address_ends_the_journey_and_a_full_mailbox_does_not(
    journey: dict[str, Any], permanent: bool, reason: str
) -> None:
    bounce = Activity("lin", EMAIL_BOUNCED, NOW, "f1", detail={"permanent": permanent})
    assert exit_reason(journey, stage="lead", activity=bounce) == reason


def test_the_same_step_of_the_same_enrolment_is_the_same_message(journey: dict[str, Any]) -> None:
    send = plan(journey, "", NOW).sends[0]
    first = order_of(send, lead_id="lin", journey="j", entered_at=NOW, queued_at=NOW)
    again = order_of(send, lead_id="lin", journey="j", entered_at=NOW, queued_at=NOW + timedelta(hours=1))
    later = order_of(send, lead_id="lin", journey="j", entered_at=NOW + timedelta(days=9), queued_at=NOW)
    assert first.message_id == again.message_id != later.message_id


def test_a_step_that_the_file_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown step"):
        plan({"journey": "j", "steps": [{"id": "x", "do": "dance"}]}, "", NOW)


def test_a_wait_for_a_step_that_was_removed_ends_the_journey(journey: dict[str, Any]) -> None:
    assert plan(journey, "no-such-step", NOW).end_reason == "completed"
