"""Somebody in several journeys: the higher priority writes first, the others step back behind it and say so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.enrolment import COMPLETED, EXITED, Enrolment
from shared.domain.gate import Facts, Verdict, decide
from shared.domain.journeys.arbitration import Rival, rivals
from shared.domain.journeys.behaviour import message_id
from shared.domain.journeys.plan import draw
from shared.domain.message import MARKETING, QUEUED, MessageOrder, Receipt
from tests.unit.domain.journeys_by_hand import NOW, enrolled, journey
from tests.unit.domain.test_gate import NOON, POLICY, lead, sent

_MAIL = {"id": "mail", "do": "send", "template": "t", "class": MARKETING, "purpose": "nurture"}
_WAIT = {"id": "wait", "do": "wait", "for": "3d"}
_GOAL = {"id": "goal", "do": "goal", "goal": "g"}
URGENT = journey(_WAIT, _GOAL, _MAIL, journey="urgent", priority=70)
CALM = journey(_WAIT, _MAIL, journey="calm", priority=40)


def standing(name: str, **more: Any) -> Enrolment:
    return replace(enrolled(), journey=name, **({"step": "wait", "due": NOW + timedelta(days=2)} | more))


def before(name: str, *enrolments: Enrolment, receipts: list[Receipt] | None = None) -> list[Rival]:
    order = MessageOrder("m1", "lin", MARKETING, "nurture", "t", NOW, journey=name, step="mail")
    journeys = {"urgent": URGENT, "calm": CALM}
    return rivals(order, receipts or [], enrolments, lambda each: journeys[each.journey], NOW)


def test_a_wait_that_ends_within_the_hour_goes_first_also_across_a_goal() -> None:
    due = NOW + timedelta(minutes=40)
    assert before("calm", standing("calm"), standing("urgent", due=due)) == [Rival("urgent", 70, due)]


_ASKS = {"field": "score", "op": "gte", "value": 30}
_END = {"id": "end", "do": "exit", "reason": "completed"}


def behind(*steps: dict[str, Any], identity: str = "lin") -> list[Rival]:
    """Who goes before a calm mail when these steps of an urgent journey come next."""
    journeys = {"urgent": journey(_WAIT, *steps, journey="urgent", priority=70), "calm": CALM}
    order = MessageOrder("m1", "lin", MARKETING, "nurture", "t", NOW, journey="calm", step="mail")
    soon = replace(standing("urgent", due=NOW), lead_id=identity)
    return rivals(order, [], [standing("calm"), soon], lambda each: journeys[each.journey], NOW)


def test_a_mail_behind_a_question_may_come_and_goes_first_whichever_way_leads_to_it() -> None:
    asks = {"id": "asks", "do": "branch", "ways": [{"when": _ASKS, "goto": "mail"}], "else": "end"}
    refuses = asks | {"ways": [{"when": _ASKS, "goto": "end"}], "else": "mail"}
    assert behind(asks, _END, _MAIL) == behind(refuses, _END, _MAIL) == [Rival("urgent", 70, NOW)]


def test_a_mail_behind_a_question_and_another_wait_is_of_another_day() -> None:
    asks = {"id": "asks", "do": "branch", "ways": [{"when": _ASKS, "goto": "later"}], "else": "end"}
    assert behind(asks, _END, {"id": "later", "do": "wait", "for": "1d"}, _MAIL) == []


def test_of_a_split_only_the_way_that_the_person_draws_counts() -> None:
    ways = [{"way": "mail", "weight": 1, "goto": "mail"}, {"way": "none", "weight": 1, "goto": "end"}]
    split = {"id": "lot", "do": "split", "ways": ways}
    for number in range(8):
        name = f"lead-{number}"
        drawn = draw(ways, name, "urgent", "lot")["way"]
        assert bool(behind(split, _MAIL, _END, identity=name)) == (drawn == "mail")


def test_a_circle_of_questions_is_looked_through_once() -> None:
    asks = {"id": "asks", "do": "branch", "ways": [{"when": _ASKS, "goto": "goal"}], "else": "end"}
    assert behind(_GOAL, asks, _END) == []


@pytest.mark.parametrize("away", [timedelta(hours=2), timedelta(days=-1)])
def test_a_wait_that_ends_at_another_time_does_not(away: timedelta) -> None:
    assert before("calm", standing("calm"), standing("urgent", due=NOW + away)) == []


def test_a_lower_priority_goes_before_nobody() -> None:
    assert before("urgent", standing("urgent"), standing("calm", due=NOW)) == []


def test_a_mail_that_is_on_its_way_to_the_gate_goes_first_until_the_gate_has_seen_it() -> None:
    ordered = standing("urgent", step="", due=None, status=COMPLETED, path=("mail", "end"))
    assert before("calm", standing("calm"), ordered) == [Rival("urgent", 70, NOW)]
    seen = Receipt("lin", message_id(URGENT, ordered, "mail", NOW), MARKETING, "t", "refused", NOW, journey="urgent")
    assert before("calm", standing("calm"), ordered, receipts=[seen]) == []


def test_a_deferred_mail_goes_first_when_its_time_is_about_now() -> None:
    waiting = Receipt("lin", "m2", MARKETING, "t", QUEUED, NOW, journey="urgent", not_before=NOW)
    assert before("calm", standing("calm"), standing("urgent"), receipts=[waiting]) == [Rival("urgent", 70, NOW)]
    tomorrow = replace(waiting, not_before=NOW + timedelta(days=1))
    assert before("calm", standing("calm"), standing("urgent"), receipts=[tomorrow]) == []


def test_who_was_sent_out_of_the_other_journey_gets_nothing_from_it() -> None:
    assert before("calm", standing("calm"), standing("urgent", due=NOW, status=EXITED)) == []


def ask(rival: Rival, *, per_day: int = 1, **facts: Any) -> Verdict:
    order = MessageOrder("m1", "lin", MARKETING, "nurture", "t", NOON, journey="calm", step="mail")
    policy = POLICY | {"caps": {"marketing": {"per_day": per_day, "per_7_days": 3}}}
    return decide(Facts(order, lead(), NOON, rivals=[rival], **facts), policy)


def test_where_the_cap_leaves_room_for_one_the_other_steps_back_and_says_behind_whom() -> None:
    verdict = ask(Rival("urgent", 70, NOON + timedelta(minutes=30)))
    assert (verdict.outcome, verdict.reasons) == ("defer", ("frequency_cap",))
    assert verdict.not_before == NOON + timedelta(minutes=90)
    assert "priority: behind urgent (70)" in verdict.checks


def test_where_the_caps_leave_room_for_both_both_go() -> None:
    assert ask(Rival("urgent", 70, NOON), per_day=2).outcome == "allow"
    others = [replace(sent(hours), template=f"t{hours}") for hours in (30, 50)]
    assert ask(Rival("urgent", 70, NOON), per_day=2, receipts=others).outcome == "defer"
