"""What a journey does next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.enrolment import ACTIVE, COMPLETED, EXITED, Enrolment
from shared.domain.journeys.behaviour import message_id
from shared.domain.journeys.plan import EndlessMove, after_wait, draw, step_of
from shared.domain.journeys.rules import exit_reason, hears, is_triggered, may_enter, may_enter_again
from shared.domain.moments import to_iso
from shared.domain.timeline import (
    EMAIL_BOUNCED,
    EMAIL_CLICKED,
    EMAIL_OPENED,
    FORM_SUBMITTED,
    MACHINE,
    PAGE_VIEWED,
    UNSUBSCRIBED,
    Activity,
)
from tests.unit.domain.journeys_by_hand import NOW, enrolled, journey, walk

MAIL = {"id": "mail", "do": "send", "template": "case-study", "class": "marketing", "purpose": "nurture"}


def form(name: str) -> Activity:
    return Activity("lin", FORM_SUBMITTED, NOW, "s1", detail={"form": name})


def clicked(of: dict[str, Any], enrolment: Enrolment, step: str, link: str = "https://x.example/a") -> Activity:
    detail = {"message_id": message_id(of, enrolment, step, enrolment.moved_at), "link": link}
    return Activity("lin", EMAIL_CLICKED, NOW + timedelta(hours=1), "c1", "email", detail=detail)


# ---------------------------------------------------------------- the shipped journey


def test_the_white_papers_form_lets_people_in_and_another_does_not(three_steps: dict[str, Any]) -> None:
    assert is_triggered(three_steps, form("whitepaper"))
    assert not is_triggered(three_steps, form("webinar"))


def test_the_three_mails_go_at_once_after_three_and_after_seven_days(three_steps: dict[str, Any]) -> None:
    sent, now = [], NOW
    standing = walk(three_steps)
    while True:
        steps = [step_of(three_steps, step_id) or {} for step_id in standing.path]
        sent += [(step["template"], step["class"], (now - NOW).days) for step in steps if step["do"] == "send"]
        if standing.status != ACTIVE or standing.due is None:
            break
        now = standing.due
        wait = step_of(three_steps, standing.step)
        assert wait
        standing = walk(three_steps, standing, start=after_wait(three_steps, wait, came=False), now=now)
    assert sent == [
        ("whitepaper-thanks", "transactional", 0),
        ("case-study", "marketing", 3),
        ("consultation-invitation", "marketing", 7),
    ]
    assert (standing.status, standing.exit_reason) == (COMPLETED, "completed")


def test_becoming_an_mql_ends_the_journey(three_steps: dict[str, Any]) -> None:
    assert exit_reason(three_steps, {"stage": "mql"}) == "became_mql"
    assert exit_reason(three_steps, {"stage": "lead"}) == ""


def test_unsubscribing_ends_the_journey(three_steps: dict[str, Any]) -> None:
    said_no = Activity("lin", UNSUBSCRIBED, NOW, "m1")
    assert exit_reason(three_steps, {"stage": "lead"}, said_no) == "unsubscribed"


@pytest.mark.parametrize(("permanent", "reason"), [(True, "bounced"), (False, "")])
def test_a_dead_address_ends_the_journey_and_a_full_mailbox_does_not(
    three_steps: dict[str, Any], permanent: bool, reason: str
) -> None:
    bounce = Activity("lin", EMAIL_BOUNCED, NOW, "f1", detail={"permanent": permanent})
    assert exit_reason(three_steps, {"stage": "lead"}, bounce) == reason


# ---------------------------------------------------------------- messages


def test_the_same_step_of_the_same_enrolment_is_the_same_message() -> None:
    of = journey(MAIL)
    first = message_id(of, enrolled(), "mail", NOW)
    again = message_id(of, enrolled(), "mail", NOW + timedelta(hours=1))
    next_run = message_id(of, enrolled(entered_at=NOW + timedelta(days=9)), "mail", NOW)
    assert first == again != next_run


def test_each_round_of_a_repeat_sends_its_own_message() -> None:
    of = journey(MAIL, {"id": "back", "do": "repeat", "goto": "mail", "times": 3})
    assert message_id(of, enrolled(), "mail", NOW) != message_id(of, enrolled(), "mail", NOW + timedelta(days=7))


# ---------------------------------------------------------------- entering


def test_the_audience_is_asked_at_the_door() -> None:
    of = journey(audience={"field": "locale", "op": "eq", "value": "zh"})
    assert may_enter(of, {"locale": "zh"})
    assert not may_enter(of, {"locale": "en"})


def test_who_would_have_to_leave_at_once_does_not_enter() -> None:
    of = journey(exits=[{"on": "stage", "in": ["customer"], "reason": "customer"}])
    assert not may_enter(of, {"stage": "customer"})


LEFT = NOW + timedelta(days=10)


@pytest.mark.parametrize(
    ("entry", "days_later", "lets_in"),
    [
        ("once", 400, False),
        ("always", 1, True),
        ({"again_after": "30d"}, 29, False),
        ({"again_after": "30d"}, 30, True),
    ],
)
def test_the_entry_policy_decides_about_coming_back(entry: Any, days_later: int, lets_in: bool) -> None:
    last = enrolled(status=COMPLETED, ended_at=LEFT)
    assert may_enter_again(journey(entry=entry), last, LEFT + timedelta(days=days_later)) is lets_in


def test_nobody_enters_twice_at_a_time() -> None:
    assert not may_enter_again(journey(entry="always"), enrolled(), NOW + timedelta(days=1))


def test_what_happened_before_they_left_lets_nobody_in_again() -> None:
    """It may be the very thing that let them in then, delivered once more."""
    last = enrolled(status=COMPLETED, ended_at=LEFT)
    assert not may_enter_again(journey(entry="always"), last, LEFT - timedelta(hours=1))


# ---------------------------------------------------------------- steps


def test_a_branch_takes_the_first_way_that_fits_and_else_the_other() -> None:
    of = journey(
        {
            "id": "who",
            "do": "branch",
            "ways": [
                {"when": {"field": "score", "op": "gte", "value": 50}, "goto": "hot"},
                {"when": {"field": "score", "op": "gte", "value": 30}, "goto": "warm"},
            ],
            "else": "cold",
        },
        *[{"id": name, "do": "exit", "reason": name} for name in ("hot", "warm", "cold")],
    )
    assert [walk(of, facts={"score": score}).exit_reason for score in (60, 35, 0)] == ["hot", "warm", "cold"]


def branching(when: dict[str, Any]) -> dict[str, Any]:
    return journey(
        MAIL,
        {"id": "w", "do": "wait", "for": "3d"},
        {"id": "b", "do": "branch", "ways": [{"when": when, "goto": "yes"}], "else": "end"},
        {"id": "yes", "do": "exit", "reason": "yes"},
        marked=["mail"],
    )


def test_a_branch_asks_whether_the_mail_of_a_step_was_clicked() -> None:
    of = branching({"did": "email_clicked", "step": "mail"})
    standing = walk(of)
    click = clicked(of, standing, "mail")
    later = NOW + timedelta(days=3)
    assert walk(of, standing, start="b", now=later, did=[click]).exit_reason == "yes"
    assert walk(of, standing, start="b", now=later).exit_reason == "completed"
    other = Activity("lin", EMAIL_CLICKED, click.at, "c2", detail={"message_id": "another", "link": "x"})
    assert walk(of, standing, start="b", now=later, did=[other]).exit_reason == "completed"


def test_a_branch_asks_which_link_was_clicked() -> None:
    of = branching({"did": "email_clicked", "step": "mail", "link": "/f/webinar"})
    standing = walk(of)
    later = NOW + timedelta(days=3)
    webinar = clicked(of, standing, "mail", "https://r.example/f/webinar")
    assert walk(of, standing, start="b", now=later, did=[webinar]).exit_reason == "yes"
    assert walk(of, standing, start="b", now=later, did=[clicked(of, standing, "mail")]).exit_reason == "completed"


def test_what_a_machine_did_is_not_what_the_person_did() -> None:
    of = branching({"did": "email_opened", "step": "mail"})
    standing = walk(of)
    detail = {"message_id": message_id(of, standing, "mail", NOW)}
    scan = Activity("lin", EMAIL_OPENED, NOW, "o", "email", MACHINE, detail)
    assert walk(of, standing, start="b", now=NOW + timedelta(days=3), did=[scan]).exit_reason == "completed"


def test_visits_count_since_the_step_that_is_named() -> None:
    of = branching({"did": "page_viewed", "step": "mail", "path": "/pricing", "times": {"gte": 2}})
    standing = walk(of)
    assert standing.marks == {"mail": to_iso(NOW)}

    def seen(hours: int) -> Activity:
        return Activity("lin", PAGE_VIEWED, NOW + timedelta(hours=hours), str(hours), detail={"path": "/pricing"})

    later = NOW + timedelta(days=3)
    assert walk(of, standing, start="b", now=later, did=[seen(-5), seen(1)]).exit_reason == "completed"
    assert walk(of, standing, start="b", now=later, did=[seen(1), seen(2)]).exit_reason == "yes"


WAYS = [{"way": "a", "weight": 30}, {"way": "b", "weight": 70}]


def test_a_split_sends_the_same_person_the_same_way_and_everybody_by_weight() -> None:
    drawn = [draw(WAYS, f"lead-{number}", "j", "s")["way"] for number in range(2000)]
    assert drawn == [draw(WAYS, f"lead-{number}", "j", "s")["way"] for number in range(2000)]
    assert 0.26 < drawn.count("a") / 2000 < 0.34


def test_two_splits_draw_independently() -> None:
    pairs = {(draw(WAYS, f"lead-{n}", "j", "s")["way"], draw(WAYS, f"lead-{n}", "j", "t")["way"]) for n in range(200)}
    assert len(pairs) == 4


def test_the_way_that_was_drawn_is_remembered() -> None:
    of = journey({"id": "s", "do": "split", "ways": WAYS}, {"id": "w", "do": "wait", "for": "1d"})
    assert walk(of).ways["s"] in ("a", "b")


def test_an_update_is_seen_by_the_branch_behind_it() -> None:
    of = journey(
        {"id": "u", "do": "update", "add_tags": ["reader"]},
        {
            "id": "b",
            "do": "branch",
            "ways": [{"when": {"field": "tags", "op": "contains", "value": "reader"}, "goto": "yes"}],
            "else": "end",
        },
        {"id": "yes", "do": "exit", "reason": "yes"},
    )
    assert walk(of, facts={"tags": []}).exit_reason == "yes"


def test_next_joins_ways_and_a_repeat_ends_after_its_rounds() -> None:
    of = journey(
        {"id": "w", "do": "wait", "for": "7d"},
        {"id": "back", "do": "repeat", "goto": "w", "times": 2},
        {"id": "last", "do": "exit", "reason": "enough"},
    )
    standing, rounds = walk(of), 0
    while standing.status == ACTIVE:
        rounds += 1
        standing = walk(of, standing, start="back", now=NOW + timedelta(days=7 * rounds))
    assert (rounds, standing.exit_reason, standing.status) == (3, "enough", EXITED)


def test_a_circle_without_a_wait_is_stopped() -> None:
    of = journey({"id": "a", "do": "goal", "goal": "g"}, {"id": "b", "do": "goal", "goal": "g", "next": "a"})
    with pytest.raises(EndlessMove):
        walk(of)


def test_a_step_that_the_file_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown step"):
        walk(journey({"id": "x", "do": "dance"}))


def test_a_wait_for_a_step_that_was_removed_ends_the_journey(three_steps: dict[str, Any]) -> None:
    assert walk(three_steps, start="no-such-step").exit_reason == "completed"


# ---------------------------------------------------------------- waiting


@pytest.mark.parametrize(
    ("now", "zone", "days", "at", "opens"),
    [
        ("2026-03-02T01:00", "Asia/Shanghai", ["tue"], "09:30", "2026-03-03T01:30"),
        ("2026-03-03T01:30", "Asia/Shanghai", ["tue"], "09:30", "2026-03-03T01:30"),
        ("2026-03-03T01:31", "Asia/Shanghai", ["tue"], "09:30", "2026-03-10T01:30"),
        ("2026-03-03T01:31", "America/New_York", ["tue", "thu"], "09:30", "2026-03-03T14:30"),
        # Clocks go forward on 29 March in Berlin: the hour on the wall stays.
        ("2026-03-27T12:00", "Europe/Berlin", ["mon"], "09:00", "2026-03-30T07:00"),
    ],
)
def test_a_wait_ends_on_the_weekday_and_hour_in_the_persons_zone(
    now: str, zone: str, days: list[str], at: str, opens: str
) -> None:
    of = journey({"id": "w", "do": "wait", "until": {"days": days, "at": at}})
    begin = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert walk(of, now=begin, zone=zone).due == datetime.fromisoformat(opens).replace(tzinfo=UTC)


def test_a_wait_may_last_a_while_and_then_until_the_hour() -> None:
    of = journey({"id": "w", "do": "wait", "for": "3d", "until": {"at": "09:30"}})
    assert walk(of).due == NOW + timedelta(days=3, minutes=30)


def test_waiting_for_an_event_ends_at_most_after_its_time() -> None:
    wait = {"id": "w", "do": "wait", "event": {"did": "email_clicked", "step": "mail"}, "at_most": "5d", "then": "end"}
    of = journey(MAIL, wait, {"id": "no", "do": "exit", "reason": "no"})
    assert walk(of).due == NOW + timedelta(days=5)
    assert (after_wait(of, wait, came=True), after_wait(of, wait, came=False)) == ("end", "no")


def test_only_what_some_journey_listens_for_is_looked_at() -> None:
    of = journey(
        {"id": "w", "do": "wait", "event": {"did": "page_viewed"}, "at_most": "5d"},
        exits=[{"on": "unsubscribed", "reason": "unsubscribed"}],
    )
    mail = {"message_id": "m", "journey": of["journey"]}
    heard = [Activity("lin", kind, NOW, "c", detail=mail) for kind in ("page_viewed", "unsubscribed", "email_clicked")]
    assert [hears(of, each) for each in heard] == [True, True, False]
    assert not hears(of, Activity("lin", "page_viewed", NOW, "c", agent="machine"))


def test_who_waits_for_a_click_on_a_step_s_mail_hears_no_other_journey_s_mails() -> None:
    of = journey(
        MAIL,
        {"id": "w", "do": "wait", "event": {"did": "email_clicked", "step": "mail"}, "at_most": "5d", "then": "end"},
    )
    own, other = (
        Activity("lin", "email_clicked", NOW, "c", detail={"message_id": "m", "journey": name})
        for name in (of["journey"], "another")
    )
    assert hears(of, own)
    assert not hears(of, other)


def test_a_move_keeps_who_they_are_and_what_let_them_in(three_steps: dict[str, Any]) -> None:
    standing = walk(three_steps, replace(enrolled(), run=3))
    assert (standing.run, standing.entered_at, standing.cause) == (3, NOW, "c")
