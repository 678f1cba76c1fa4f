"""The condition language: what each operator means, what it makes of missing and odd facts, and its laws."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.condition_fields import PERSON, problems
from shared.domain.conditions import (
    OPERATORS,
    fields_of,
    history_of,
    holds,
    moves_with_time,
    next_change,
)
from shared.domain.timeline import MACHINE, PAGE_VIEWED, Activity

NOW = datetime(2026, 3, 20, 9, tzinfo=UTC)
FACTS: dict[str, Any] = {
    "company": "Ａcme  Robotics GmbH",
    "email": "lin@sales.acme.example",
    "company_size": "200",
    "score": 42,
    "tags": ["VIP", "展会"],
    "company_known": False,
    "created_at": NOW - timedelta(days=10),
    "phone": "",
    "stage": "lead",
}


def leaf(field: str, op: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


TRUE = [
    leaf("company", "eq", "acme robotics gmbh"),
    leaf("company", "contains", "ROBOTICS"),
    leaf("company", "starts_with", "acme"),
    leaf("company", "ends_with", "ＧＭＢＨ"),
    leaf("company", "in", ["other", "Acme Robotics GmbH"]),
    leaf("company_size", "gte", 200),
    leaf("company_size", "eq", 200),
    leaf("company_size", "lt", "1000"),
    leaf("score", "gt", 41.5),
    leaf("tags", "contains", "vip"),
    leaf("tags", "in", ["展会", "x"]),
    leaf("tags", "not_in", ["x"]),
    leaf("company_known", "eq", False),
    leaf("company_known", "exists", True),
    leaf("phone", "missing", True),
    leaf("phone", "exists", False),
    leaf("nowhere", "missing"),
    leaf("nowhere", "ne", "x"),
    leaf("nowhere", "not_in", ["x"]),
    leaf("email", "matches_domain", "acme.example"),
    leaf("email", "matches_domain", ["x.example", "@ACME.example"]),
    leaf("created_at", "within", "11d"),
    leaf("created_at", "older_than", "10d"),
    leaf("created_at", "gte", "2026-03-10"),
    leaf("created_at", "lt", "2026-03-11T00:00:00Z"),
]
FALSE = [
    leaf("company", "eq", "acme"),
    leaf("score", "eq", True),
    leaf("score", "gt", "high"),
    leaf("company", "gt", 3),
    leaf("company", "contains", ""),
    leaf("company_known", "eq", 0),
    leaf("nowhere", "eq", "x"),
    leaf("nowhere", "gt", 0),
    leaf("nowhere", "within", "9999999999w"),
    leaf("email", "matches_domain", "cme.example"),
    leaf("email", "in", "lin@sales.acme.example"),
    leaf("created_at", "within", "10d"),
    leaf("created_at", "within", "soon"),
]


@pytest.mark.parametrize("condition", TRUE, ids=str)
def test_so_it_is(condition: dict[str, Any]) -> None:
    assert holds(condition, FACTS, now=NOW)


@pytest.mark.parametrize("condition", FALSE, ids=str)
def test_so_it_is_not(condition: dict[str, Any]) -> None:
    assert not holds(condition, FACTS, now=NOW)


def test_the_moment_may_stand_among_the_facts() -> None:
    assert holds(leaf("created_at", "within", "11d"), {**FACTS, "now": NOW})
    assert not holds(leaf("created_at", "within", "11d"), FACTS)


def test_an_operator_that_no_build_lets_through_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown operator 'like'"):
        holds(leaf("company", "like", "a"), FACTS)


# -------------------------------------------------------------------- what a person did


def views(*days_ago: float, path: str = "/pricing", agent: str = "human") -> list[Activity]:
    return [
        Activity("lin", PAGE_VIEWED, NOW - timedelta(days=ago), f"{agent}{ago}", "web", agent, {"path": path})
        for ago in days_ago
    ]


PRICING = {
    "did": PAGE_VIEWED,
    "where": leaf("path", "eq", "/pricing"),
    "times": {"gte": 3},
    "within": "14d",
}


def test_three_views_in_two_weeks_are_counted() -> None:
    assert holds(PRICING, {}, now=NOW, history=history_of(views(1, 5, 13)))


@pytest.mark.parametrize(
    "past",
    [views(1, 5, 14), views(1, 5) + views(2, path="/"), views(1, 5) + views(2, agent=MACHINE), []],
    ids=["one is too old", "one is another page", "one was a machine", "nothing"],
)
def test_what_does_not_count(past: list[Activity]) -> None:
    assert not holds(PRICING, {}, now=NOW, history=history_of(past))


def test_never_is_a_count_too() -> None:
    never = {"did": PAGE_VIEWED, "times": {"eq": 0}}
    assert holds(never, {}, now=NOW, history=history_of([]))
    assert not holds(never, {}, now=NOW, history=history_of(views(400)))


def test_once_is_enough_where_no_count_is_asked_for() -> None:
    assert holds({"did": PAGE_VIEWED}, {}, history=history_of(views(400)))


def test_who_asks_for_machines_gets_them() -> None:
    scanned = {"did": PAGE_VIEWED, "where": leaf("agent", "eq", MACHINE)}
    assert holds(scanned, {}, now=NOW, history=history_of(views(1, agent=MACHINE)))


def test_without_a_history_nothing_is_said_of_the_past() -> None:
    assert not holds({"did": PAGE_VIEWED, "times": {"eq": 0}}, {}, now=NOW)


# -------------------------------------------------------------------- what it reads, when it turns


def test_it_knows_what_it_reads() -> None:
    condition = {"all": [leaf("score", "gte", 30), {"not": PRICING}, {"any": [leaf("tags", "contains", "x")]}]}
    assert fields_of(condition) == {"score", "tags", "did:page_viewed"}
    assert moves_with_time(condition)
    assert not moves_with_time(leaf("score", "gte", 30))


def test_the_third_view_back_ages_out_first() -> None:
    past = history_of(views(1, 5, 9, 13))
    assert next_change(PRICING, {}, NOW, past) == NOW + timedelta(days=5)


def test_somebody_falls_silent_in_time() -> None:
    silent = leaf("created_at", "older_than", "90d")
    assert next_change(silent, FACTS, NOW) == NOW + timedelta(days=80)


def test_a_part_that_cannot_matter_changes_nothing() -> None:
    condition = {"all": [leaf("stage", "eq", "customer"), leaf("created_at", "older_than", "90d")]}
    assert next_change(condition, FACTS, NOW) is None


# -------------------------------------------------------------------- laws

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.datetimes(timezones=st.just(UTC)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
LEAVES = st.builds(leaf, st.sampled_from(["a", "b"]), st.sampled_from(OPERATORS), JSON_VALUES)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=6,
)
ANY_FACTS = st.dictionaries(st.sampled_from(["a", "b"]), JSON_VALUES)


@settings(max_examples=60)
@given(CONDITIONS, ANY_FACTS)
def test_no_fact_and_no_value_makes_it_raise(condition: dict[str, Any], facts: dict[str, Any]) -> None:
    assert holds(condition, facts, now=NOW) in (True, False)


@settings(max_examples=60)
@given(st.lists(CONDITIONS, min_size=1, max_size=3), ANY_FACTS)
def test_not_any_is_all_not(parts: list[dict[str, Any]], facts: dict[str, Any]) -> None:
    none_of_them = {"all": [{"not": part} for part in parts]}
    assert holds({"not": {"any": parts}}, facts, now=NOW) == holds(none_of_them, facts, now=NOW)


@settings(max_examples=60)
@given(JSON_VALUES, ANY_FACTS)
def test_ne_is_not_eq_and_missing_is_not_exists(value: Any, facts: dict[str, Any]) -> None:
    for one, other in (("eq", "ne"), ("in", "not_in"), ("exists", "missing")):
        assert holds(leaf("a", one, value), facts) != holds(leaf("a", other, value), facts)


@settings(max_examples=60)
@given(st.lists(st.floats(0, 40), max_size=6), st.integers(1, 4), st.integers(1, 20), st.booleans())
def test_nothing_changes_before_the_next_change(ages: list[float], times: int, days: int, at_most: bool) -> None:
    past = history_of(views(*ages))
    condition = {"did": PAGE_VIEWED, "times": {"lte" if at_most else "gte": times}, "within": f"{days}d"}
    present = holds(condition, {}, now=NOW, history=past)
    turn = next_change(condition, {}, NOW, past)
    for minutes in (1, 600, 6_000, 60_000):
        later = NOW + timedelta(minutes=minutes)
        if turn is None or later < turn:
            assert holds(condition, {}, now=later, history=past) == present
    if turn:
        assert holds(condition, {}, now=turn, history=past) != present


@settings(max_examples=60)
@given(CONDITIONS)
def test_what_the_check_lets_through_names_fields_that_exist(condition: dict[str, Any]) -> None:
    if not problems(condition, PERSON):
        assert fields_of(condition) <= set(PERSON.fields)


# -------------------------------------------------------------------- the check of a condition

MISTAKES = {
    "a field that nothing has": (leaf("shoe_size", "eq", 1), ("field",), "'shoe_size', which nothing here has"),
    "an operator for another type": (leaf("score", "contains", "4"), ("op",), "does not fit score (number)"),
    "a value of another type": (leaf("score", "gte", "many"), ("value",), "score gte 'many' can never be"),
    "a choice that is none": (leaf("grade", "eq", "boiling"), ("value",), "grade is never 'boiling'"),
    "a list's wrong entry": (leaf("grade", "in", ["hot", "x"]), ("value", 1), "grade is never 'x'"),
    "no list": (leaf("grade", "in", "hot"), ("value",), "'in' compares with a list"),
    "no length of time": (leaf("created_at", "within", 14), ("value",), "created_at within 14 can never be"),
    "no value": ({"field": "score", "op": "gte"}, (), "has no 'value'"),
    "an empty group": ({"all": []}, ("all",), "'all' needs a list"),
    "a key too many": ({"any": [leaf("score", "gte", 1)], "where": 1}, ("where",), "unknown key 'where'"),
    "an unknown deed": ({"did": "danced"}, ("did",), "did is 'danced'"),
    "a count that is none": ({"did": PAGE_VIEWED, "times": 3}, ("times",), "times is 3"),
    "a mistake deep inside": (
        {"not": {"all": [leaf("score", "gte", 1), leaf("score", "gte", None)]}},
        ("not", "all", 1, "value"),
        "score gte None can never be",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_each_mistake_is_found_in_its_place_with_how_to_mend_it(name: str) -> None:
    condition, path, what = MISTAKES[name]
    found = problems(condition, PERSON)
    assert [(problem.path, what in problem.what) for problem in found] == [(path, True)]
    assert found[0].mend


def test_nobody_can_ask_for_too_much() -> None:
    assert problems({"all": [leaf("score", "gte", n) for n in range(100)]}, PERSON)
    deep: Any = leaf("score", "gte", 1)
    for _ in range(100):
        deep = {"not": deep}
    assert problems(deep, PERSON)


def test_what_a_person_did_and_who_they_are_may_be_mixed() -> None:
    assert not problems({"all": [PRICING, leaf("stage", "in", ["lead", "recycled"])]}, PERSON)
