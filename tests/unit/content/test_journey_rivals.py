"""Two journeys that would mail the same people on the same day with the same priority: a finding of the build, with what keeps them apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shared.authoring.content_yaml import Document, load
from shared.authoring.journey_rivals import check_rivals, same_mails

FORM = [{"on": "form_submitted", "where": {"field": "form", "op": "eq", "value": "whitepaper"}}]


@pytest.fixture
def document(tmp_path: Path) -> Document:
    """The file of the first journey: its trigger stands in line 2."""
    path = tmp_path / "one.yaml"
    path.write_text("name: One\ntrigger: {on: form, form: whitepaper}\n", encoding="utf-8")
    return load(path, tmp_path)


def journey(name: str, days: int, **changes: Any) -> dict[str, Any]:
    """A journey that waits so many days and then sends."""
    steps = [
        {"id": "pause", "do": "wait", "for": f"{days}d"},
        {"id": "mail", "do": "send", "template": "case", "class": "marketing", "purpose": "nurture"},
        {"id": "end", "do": "exit", "reason": "completed"},
    ]
    known = {"journey": name, "enabled": True, "priority": 50, "audience": None, "triggers": FORM, "steps": steps}
    return known | changes


def found(document: Document, one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    return [str(finding) for finding in check_rivals({"one": (document, one), "two": (document, other)})]


def test_two_journeys_that_mail_the_same_people_on_the_same_day_are_told_with_line_and_mend(document: Document) -> None:
    [finding] = found(document, journey("one", 3), journey("two", 3))
    assert finding.startswith("one.yaml:2: one and two may write to the same people on day 3, with the same priority")
    assert "priority:" in finding
    assert "audience:" in finding


def in_industry(value: str) -> dict[str, Any]:
    return {"field": "industry", "op": "eq", "value": value}


TRANSACTIONAL = [
    {"id": "mail", "do": "send", "template": "case", "class": "transactional", "purpose": "delivery"},
    {"id": "end", "do": "exit", "reason": "completed"},
]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param({}, {"priority": 60}, id="another priority"),
        pytest.param({}, {"enabled": False}, id="one is off"),
        pytest.param({}, {"steps": TRANSACTIONAL}, id="what was asked for is no marketing"),
        pytest.param(
            {"audience": in_industry("saas")},
            {"audience": in_industry("retail")},
            id="audiences that exclude each other",
        ),
        pytest.param({}, {"triggers": [{"on": "tag_added"}]}, id="another beginning"),
        pytest.param(
            {},
            {"triggers": [{"on": "form_submitted", "where": {"field": "form", "op": "eq", "value": "demo"}}]},
            id="another form",
        ),
    ],
)
def test_what_keeps_two_journeys_apart(document: Document, one: dict[str, Any], other: dict[str, Any]) -> None:
    assert found(document, journey("one", 0) | one, journey("two", 0) | other) == []


def test_other_days_are_no_rivalry(document: Document) -> None:
    assert found(document, journey("one", 3), journey("two", 4)) == []


def test_audiences_that_may_overlap_are_rivals(document: Document) -> None:
    one = journey("one", 3, audience=in_industry("saas"))
    two = journey("two", 3, audience={"field": "industry", "op": "in", "value": ["saas", "retail"]})
    assert len(found(document, one, two)) == 1


def test_a_way_of_a_branch_counts_as_a_day_on_which_mail_may_go_out(document: Document) -> None:
    branch = {"id": "way", "do": "branch", "ways": [{"when": in_industry("saas"), "goto": "late"}], "else": "end"}
    late = {"id": "late", "do": "wait", "for": "4d", "next": "mail"}
    two = journey("two", 0)
    two["steps"] = [branch, late, *two["steps"][1:]]
    assert len(found(document, journey("one", 4), two)) == 1


def until(days: list[str], length: str = "0s") -> dict[str, Any]:
    return {"id": "pause", "do": "wait", "for": length, "until": {"days": days, "at": "09:30"}}


def waiting(name: str, wait: dict[str, Any], **changes: Any) -> dict[str, Any]:
    whole = journey(name, 0, **changes)
    return whole | {"steps": [wait, *whole["steps"][1:]]}


def test_two_waits_until_the_same_weekday_end_on_the_same_day(document: Document) -> None:
    [finding] = found(document, waiting("one", until(["tue"])), waiting("two", until(["tue"], "12h")))
    assert "on day 1" in finding


def test_waits_until_different_weekdays_end_on_different_days(document: Document) -> None:
    assert found(document, waiting("one", until(["tue"])), waiting("two", until(["thu"]))) == []


def test_a_wait_until_a_weekday_may_end_on_the_day_on_which_a_plain_one_ends(document: Document) -> None:
    [finding] = found(document, waiting("one", until(["tue"], "3d")), journey("two", 4))
    assert "on day 4" in finding


def test_half_days_add_up(document: Document) -> None:
    two = journey("two", 0)
    halves = [{"id": name, "do": "wait", "for": "36h"} for name in ("first", "second")]
    assert len(found(document, journey("one", 3), two | {"steps": [*halves, *two["steps"][1:]]})) == 1


def test_an_event_that_is_waited_for_may_come_at_once(document: Document) -> None:
    wait = {"id": "pause", "do": "wait", "event": {"did": "email_opened"}, "at_most": "9d", "timeout": "end"}
    assert len(found(document, journey("one", 0), waiting("two", wait))) == 1


def test_a_way_back_is_taken_as_often_as_is_written(document: Document) -> None:
    two = journey("two", 2)
    again = {"id": "again", "do": "repeat", "goto": "pause", "times": 2}
    two["steps"] = [*two["steps"][:2], again, two["steps"][2]]
    assert len(found(document, journey("one", 6), two)) == 1
    assert found(document, journey("one", 8), two) == []


# ---------------------------------------------------------------- one mail in two journeys


def warned(document: Document, one: dict[str, Any], *others: dict[str, Any]) -> list[str]:
    return [finding.what for finding in same_mails(document, one, others)]


def test_a_mail_that_two_journeys_send_warns_of_who_is_in_both(document: Document) -> None:
    other = journey("two", 9, priority=90, triggers=[{"on": "tag_added"}])
    assert warned(document, journey("one", 0), other) == [
        "the mail 'case' is sent by two too: who is in both gets it twice"
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param({}, {"enabled": False}, id="one is off"),
        pytest.param({"steps": TRANSACTIONAL}, {"steps": TRANSACTIONAL}, id="what was asked for twice comes twice"),
        pytest.param(
            {"audience": in_industry("saas")}, {"audience": in_industry("retail")}, id="nobody can be in both"
        ),
    ],
)
def test_a_mail_in_two_journeys_that_nobody_gets_twice_is_no_warning(
    document: Document, one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert warned(document, journey("one", 0) | one, journey("two", 0) | other) == []
