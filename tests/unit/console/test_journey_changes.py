"""What differs between two versions of a journey, as a marketer reads it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.admin.journey_changes import Change, changes
from tests.unit.console.test_journey_words import JOURNEY, teller

Json = dict[str, Any]


def changed(change: Callable[[Json], object], locale: str = "en") -> list[Change]:
    new = copy.deepcopy(JOURNEY)
    change(new)
    return changes(JOURNEY, new, teller(locale))


def step(journey: Json, name: str) -> Json:
    return next(each for each in journey["steps"] if each["id"] == name)


def test_the_same_journey_differs_by_nothing() -> None:
    assert changed(lambda journey: journey.update(version="another")) == []


@pytest.mark.parametrize(
    ("locale", "before", "after"), [("en", "Wait 3 days", "Wait 2 days"), ("zh", "等待 3 天", "等待 2 天")]
)
def test_a_changed_step_is_told_before_and_after(locale: str, before: str, after: str) -> None:
    [found] = changed(lambda journey: step(journey, "w-for").update({"for": "2d"}), locale)
    assert (found.kind, found.what, found.before, found.after) == ("changed", after, [before], [after])


def test_of_a_branch_only_the_way_that_changed_is_told() -> None:
    def warmer(journey: Json) -> None:
        step(journey, "b-way")["ways"][0]["when"]["any"][0]["value"] = 50

    [found] = changed(warmer)
    assert found.what == "Which way?"
    assert [line.split(" or ")[0] for line in (*found.before, *found.after)] == [
        "If Score is at least 30",
        "If Score is at least 50",
    ]


def test_a_new_step_says_where_it_stands_and_what_it_does() -> None:
    new = {"id": "more", "do": "send", "template": "case", "class": "marketing", "purpose": "nurture"}
    [found] = changed(lambda journey: journey["steps"].insert(2, new))
    assert (found.kind, found.what, found.where) == ("added", "Mail: From 32 hours to 9", "after “Wait 3 days”")


def test_a_step_that_is_gone_is_said_by_what_it_did() -> None:
    [found] = changed(lambda journey: journey["steps"].remove(step(journey, "u-tag")))
    assert (found.kind, found.what[:17]) == ("removed", "Add the tag “vip”")


def test_a_step_that_stands_elsewhere_is_moved_and_nothing_else() -> None:
    def first(journey: Json) -> None:
        journey["steps"].insert(0, journey["steps"].pop(10))

    assert [(each.kind, each.what, each.where) for each in changed(first)] == [
        ("moved", "Tell the server hooks.company.example", "at the beginning")
    ]


def test_a_step_that_is_only_called_otherwise_is_the_same_step() -> None:
    def rename(journey: Json) -> None:
        step(journey, "w-for")["id"] = "first-wait"

    [found] = changed(rename)
    assert (found.what, found.before, found.after) == ("Wait 3 days", ["w-for"], ["first-wait"])


def test_a_name_that_other_steps_lead_to_may_change_with_them() -> None:
    new: Json = copy.deepcopy(JOURNEY)
    for each in new["steps"]:
        if each["id"] == "g-goal":
            each["id"] = "asked"
        for way in each.get("ways", ()):
            if way.get("goto") == "g-goal":
                way["goto"] = "asked"
    [found] = changes(JOURNEY, new, teller("en"))
    assert (found.before, found.after) == (["g-goal"], ["asked"])


@pytest.mark.parametrize(
    ("change", "what", "before", "after"),
    [
        ({"entry": "always"}, "How often somebody may enter", ["Again at the earliest after 90 days"], ["Every time"]),
        ({"audience": None}, "For whom it is", ["For: Employees is at least 200"], ["For everybody"]),
        ({"priority": 80}, "Its priority among journeys", ["None"], ["80"]),
        ({"enabled": False}, "Whether it runs", ["Live"], ["Off"]),
        (
            {"triggers": [{"on": "tag_added", "where": {"field": "tag", "op": "eq", "value": "vip"}}]},
            "What lets people in",
            ["somebody fills in the form “The 48-hour rule”"],
            ["somebody is given the tag “vip”"],
        ),
        ({"exits": JOURNEY["exits"][:2]}, "Leaves at any time", ["Grade is Hot → warmed up"], []),
    ],
)
def test_what_concerns_the_whole_journey_is_told(change: Json, what: str, before: list[str], after: list[str]) -> None:
    [found] = changed(lambda journey: journey.update(change))
    assert (found.what, list(found.before), list(found.after)) == (what, before, after)


def test_one_more_way_out_is_added_and_not_a_change_of_the_others() -> None:
    more = [*JOURNEY["exits"], {"on": "email_complained", "reason": "complained"}]
    [found] = changed(lambda journey: journey.update(exits=more))
    assert (found.kind, found.what, found.after) == (
        "added",
        "Leaves at any time",
        ["Marked a mail as spam → complained"],
    )


def test_a_purpose_is_told_in_words() -> None:
    [found] = changed(lambda journey: step(journey, "s-mail").update(purpose="reactivation"))
    assert (found.before, found.after) == (["What it is for: nurture"], ["What it is for: win back"])


def test_what_no_word_tells_is_shown_as_it_is_written() -> None:
    [found] = changed(lambda journey: journey["exits"].reverse())
    assert "unsubscribed" in found.before[0]
    assert found.before != found.after


@given(st.data())
def test_whatever_changes_is_told(data: st.DataObject) -> None:
    """Any steps dropped, any order: what is new, gone or elsewhere is told, and of what stays nothing."""
    order = data.draw(st.permutations(range(len(JOURNEY["steps"]))))
    kept = order[: data.draw(st.integers(1, len(order)))]
    told = changed(lambda journey: journey.update(steps=[journey["steps"][index] for index in kept]))
    gone = [each for each in told if each.kind == "removed"]
    assert len(gone) == len(order) - len(kept)
    assert bool([each for each in told if each.kind == "moved"]) == (list(kept) != sorted(kept))
    assert {each.kind for each in told} <= {"removed", "moved"}
