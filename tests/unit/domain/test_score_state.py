"""What a score remembers: order and repetition do not matter, caps hold, it stays small, and what was a machine's can be taken back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain import score_state
from shared.domain.moments import to_iso
from shared.domain.scoring import ScoringModel
from shared.domain.timeline import EMAIL_CLICKED, EMAIL_OPENED, PAGE_VIEWED, TOUCHES_VOIDED, Activity

T0 = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
WHY = {"en": "…", "zh": "…"}
CTO = {"title": "CTO", "company": "Acme"}


def rule(rule_id: str, on: str, points: int, **more: Any) -> dict[str, Any]:
    return {"id": rule_id, "kind": "behaviour", "on": on, "points": points, "dimension": "interest", "why": WHY, **more}


def model_of(*rules: dict[str, Any], **more: Any) -> ScoringModel:
    grades = [{"grade": "hot", "enter": 50, "leave": 40}, {"grade": "warm", "enter": 30, "leave": 30}, {"grade": "cold", "enter": None, "leave": None}]  # fmt: skip
    model = {"full_value_days": 14, "grades": grades, "groups": {}, "rules": list(rules), "fold": "f1", **more}
    return ScoringModel(model, {"levels": {}})


def viewed(path: str = "/paper", at: datetime = T0, **detail: Any) -> Activity:
    return Activity("lin", PAGE_VIEWED, at, f"v{path}", "web", detail={"path": path, **detail})


def clicked(message: str, link: str, at: datetime = T0) -> Activity:
    return Activity("lin", EMAIL_CLICKED, at, message + link, "email", detail={"message_id": message, "link": link})


def opened(message: str, at: datetime = T0) -> Activity:
    return Activity("lin", EMAIL_OPENED, at, message, "email", detail={"message_id": message})


def voided(message: str, since: datetime, until: datetime) -> Activity:
    detail = {"message_id": message, "from": to_iso(since), "until": to_iso(until), "agent": "probable_machine"}
    return Activity("lin", TOUCHES_VOIDED, until, f"{message}{since}{until}", "email", detail=detail)


def worth(model: ScoringModel, *activities: Activity, days: float = 0) -> int:
    return model.read(model.replay(activities), {}, {}, T0 + timedelta(days=days), T0).interest


# ------------------------------------------------------------------ involvement


STEPS = {"field": "seconds", "steps": [{"from": 30, "times": 0.5}, {"from": 120, "times": 1}]}
LINEAR = {"field": "minutes", "full": 60, "least": 0.1, "most": 3}


@pytest.mark.parametrize(("seconds", "points"), [(7, 0), (29.9, 0), (30, 5), (119, 5), (120, 10), (9999, 10)])
def test_an_article_read_for_seven_seconds_is_not_read(seconds: float, points: int) -> None:
    model = model_of(rule("read", PAGE_VIEWED, 10, weight=STEPS))
    assert worth(model, viewed(seconds=seconds)) == points


@pytest.mark.parametrize(("minutes", "points"), [(1, 2), (30, 10), (60, 20), (180, 60), (600, 60)])
def test_three_hours_of_an_event_are_worth_three_times_one(minutes: float, points: int) -> None:
    model = model_of(rule("stayed", PAGE_VIEWED, 20, weight=LINEAR))
    assert worth(model, viewed(minutes=minutes)) == points


@pytest.mark.parametrize("depth", [None, "many", True, -5, float("nan"), float("inf"), [3], "1e400"])
def test_a_depth_that_is_no_number_is_none(depth: Any) -> None:
    assert worth(model_of(rule("read", PAGE_VIEWED, 10, weight=STEPS)), viewed(seconds=depth)) == 0


def test_reading_again_more_deeply_counts_the_deeper_and_the_later() -> None:
    model = model_of(rule("read", PAGE_VIEWED, 10, weight=STEPS, once_per=["path"], half_life_days=10))
    deep, skimmed = viewed(seconds=300), viewed(seconds=40, at=T0 + timedelta(days=20))
    assert worth(model, deep, skimmed, days=34) == 10
    assert worth(model, deep, days=34) == 3  # two weeks full, then two half-lives: 2.5


# ------------------------------------------------------------------ caps


def test_a_cap_counts_the_freshest_and_the_last_in_part() -> None:
    model = model_of(rule("open", EMAIL_OPENED, 5, once_per=["message_id"], cap={"points": 12}))
    score = model.read(
        model.replay(opened(f"m{day}", T0 + timedelta(days=day)) for day in range(6)),
        {},
        {},
        T0 + timedelta(days=6),
        T0,
    )
    assert score.interest == 12
    assert [(entry.at - T0).days for entry in score.entries] == [3, 4, 5]
    assert [entry.points for entry in score.entries] == [2, 5, 5]


def test_a_cap_per_window_fills_again_in_the_next() -> None:
    model = model_of(rule("look", PAGE_VIEWED, 5, once_per=["path"], cap={"points": 10, "days": 7}))
    first = [viewed(f"/{n}") for n in range(5)]
    second = [viewed(f"/{n}", T0 + timedelta(days=7)) for n in range(5)]
    assert worth(model, *first) == 10
    assert worth(model, *first, *second, days=7) == 20


def test_once_per_day_counts_one_visit_a_day() -> None:
    model = model_of(rule("look", PAGE_VIEWED, 5, once_per=["path", "day"]))
    visits = [viewed(at=T0 + timedelta(hours=hours)) for hours in (0, 2, 20, 25)]
    assert worth(model, *visits, days=2) == 10


def test_a_group_may_add_up_only_to_its_cap() -> None:
    rules = [
        rule(f"r{n}", PAGE_VIEWED, 20, where={"field": "path", "op": "eq", "value": f"/{n}"}, group="web")
        for n in range(3)
    ]
    views = [viewed(f"/{n}") for n in range(3)]
    assert worth(model_of(*rules, groups={"web": {"use": "sum", "cap": 45}}), *views) == 45
    assert worth(model_of(*rules, groups={"web": "highest"}), *views) == 20
    assert worth(model_of(*rules, groups={"web": "sum"}), *views) == 60


def test_what_is_remembered_stays_small_however_long_the_history_is() -> None:
    model = model_of(
        rule("open", EMAIL_OPENED, 5, once_per=["message_id"], cap={"points": 30}, half_life_days=14),
        rule("look", PAGE_VIEWED, 5, cap={"points": 10, "days": 7}, half_life_days=7),
        rule("click", EMAIL_CLICKED, 10, once_per=["message_id", "link"]),
    )
    state: dict[str, Any] = {}
    for hour in range(0, 24 * 400, 29):
        at = T0 + timedelta(hours=hour)
        for activity in (opened(f"m{hour}", at), viewed(f"/{hour}", at), clicked(f"m{hour}", "l", at)):
            state = model.add(state, activity)
    assert len(json.dumps(state)) < 3000
    assert len(state["open"]) == 6
    assert len(state["click"]) == score_state.KEPT_WITHOUT_CAP


# ------------------------------------------------------------------ taking back


def test_what_turned_out_to_be_a_machine_counts_nothing_whenever_that_is_known() -> None:
    model = model_of(
        rule("open", EMAIL_OPENED, 5, once_per=["message_id"]),
        rule("click", EMAIL_CLICKED, 10, once_per=["message_id", "link"]),
    )
    sweep = [opened("m1"), clicked("m1", "a"), clicked("m1", "b")]
    void = voided("m1", T0 - timedelta(seconds=5), T0 + timedelta(seconds=5))
    person = clicked("m1", "a", T0 + timedelta(hours=5))
    assert worth(model, *sweep, person, days=1) == 25
    assert worth(model, *sweep, void, person, days=1) == 10
    assert worth(model, void, person, *sweep, days=1) == 10


def test_a_void_of_one_mail_leaves_other_mails_alone() -> None:
    model = model_of(rule("open", EMAIL_OPENED, 5, once_per=["message_id"]))
    assert worth(model, opened("m1"), opened("m2"), voided("m1", T0, T0), days=1) == 5


def test_a_new_rule_asks_for_the_history_once() -> None:
    old, new = model_of(rule("open", EMAIL_OPENED, 5)), model_of(rule("open", EMAIL_OPENED, 5), fold="f2")
    state = old.replay([opened("m1")])
    assert not old.needs_history(state)
    assert new.needs_history(state)
    assert not new.needs_history(new.replay([opened("m1")]))


# ------------------------------------------------------------------ laws


MODEL = model_of(
    rule("open", EMAIL_OPENED, 5, once_per=["message_id"], cap={"points": 12}, half_life_days=5),
    rule("click", EMAIL_CLICKED, 10, once_per=["message_id", "link"], half_life_days=3, group="web"),
    rule("read", PAGE_VIEWED, 4, weight=STEPS, once_per=["path"], cap={"points": 6, "days": 7}, half_life_days=2, group="web"),
    rule("bored", PAGE_VIEWED, -3, once_per=["day"], half_life_days=4),
    groups={"web": {"use": "sum", "cap": 40}},
)  # fmt: skip
HOURS = st.integers(0, 24 * 90)
TOUCH = st.one_of(
    st.builds(lambda m, h: opened(m, T0 + timedelta(hours=h)), st.sampled_from("abcd"), HOURS),
    st.builds(lambda m, link, h: clicked(m, link, T0 + timedelta(hours=h)), st.sampled_from("abcd"), st.sampled_from("xyz"), HOURS),
    st.builds(lambda p, h, s: viewed(p, T0 + timedelta(hours=h), seconds=s), st.sampled_from(["/a", "/b", "/c"]), HOURS, st.sampled_from([5, 60, 300])),
)  # fmt: skip
VOID = st.builds(
    lambda m, h, n: voided(m, T0 + timedelta(hours=h), T0 + timedelta(hours=h + n)),
    st.sampled_from("abcd"),
    HOURS,
    st.integers(0, 400),
)
TIMELINE = st.lists(st.one_of(TOUCH, TOUCH, TOUCH, VOID), max_size=25)


def live(model: ScoringModel, deliveries: list[Activity], timeline: list[Activity]) -> dict[str, Any]:
    """As the score function does it: adds what comes, folds anew from what stands on the timeline when something is taken back."""
    state = model.start()
    for activity in deliveries:
        state = model.replay(timeline) if model.needs_history(state, [activity]) else model.add(state, activity)
        state = json.loads(json.dumps(state))
    return state


@given(timeline=TIMELINE, data=st.data())
@settings(deadline=None, max_examples=100)
def test_whatever_order_deliveries_come_in_and_however_often_live_is_replay(
    timeline: list[Activity], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(timeline), max_size=6)) if timeline else []
    deliveries = data.draw(st.permutations(timeline + again))
    assert live(MODEL, deliveries, timeline) == json.loads(json.dumps(MODEL.replay(timeline)))


@given(one=st.lists(TOUCH, max_size=15), other=st.lists(TOUCH, max_size=15))
@settings(deadline=None)
def test_two_people_who_are_one_have_the_state_of_both_timelines(one: list[Activity], other: list[Activity]) -> None:
    merged = MODEL.merge(MODEL.replay(one), MODEL.replay(other))
    assert merged == MODEL.replay(one + other)
    assert merged == MODEL.merge(MODEL.replay(other), MODEL.replay(one))


@given(timeline=TIMELINE, days=st.integers(90, 200))
@settings(deadline=None)
def test_caps_hold_and_the_reasons_sum_to_the_score(timeline: list[Activity], days: int) -> None:
    for at in (T0 + timedelta(days=days / 2), T0 + timedelta(days=days)):
        past = [activity for activity in timeline if activity.at <= at]
        score = MODEL.read(MODEL.replay(past), {}, {}, at, T0)
        assert sum(entry.points for entry in score.entries) == score.total
        assert sum(entry.points for entry in score.entries if entry.rule == "open") <= 13  # a point more by rounding
        assert sum(entry.points for entry in score.entries if entry.rule in ("click", "read")) <= 41


# ------------------------------------------------------------------ time alone


def test_the_moment_at_which_somebody_cools_is_the_minute_before_which_they_had_not(model: ScoringModel) -> None:
    paper = Activity("lin", "form_submitted", T0, "s1", detail={"form": "whitepaper"})
    state = model.replay([paper])
    due = model.leaves_grade_at(state, CTO, {}, T0, present="warm", now=T0)
    assert due is not None
    assert (due - T0).days == 33

    def score(at: datetime) -> int:
        return model.read(state, CTO, {}, at, T0).total

    assert (score(due - timedelta(minutes=1)), score(due)) == (30, 29)


def test_whoever_is_cold_without_points_has_nothing_to_lose(model: ScoringModel) -> None:
    assert model.leaves_grade_at(model.start(), {}, {}, T0, present="cold", now=T0) is None
    assert model.leaves_grade_at(model.start(), {**CTO, "industry": "it"}, {}, T0, present="cold", now=T0) is None


@given(timeline=st.lists(TOUCH, max_size=12), fit=st.sampled_from([0, 20, 35, 45]))
@settings(deadline=None, max_examples=60)
def test_until_the_moment_that_is_foretold_the_grade_stands(timeline: list[Activity], fit: int) -> None:
    attribute = {"id": "fit", "kind": "attribute", "points": fit, "dimension": "fit", "why": WHY, "where": {"field": "title", "op": "exists", "value": True}}  # fmt: skip
    model = model_of(*MODEL.model["rules"], attribute, groups=MODEL.model["groups"])
    state, now = model.replay(timeline), T0 + timedelta(days=91)

    def grade(at: datetime, present: str) -> str:
        return model.grade(model.read(state, CTO, {}, at, T0).total, present)

    present = grade(now, "cold")
    due = model.leaves_grade_at(state, CTO, {}, T0, present=present, now=now)
    end = due - timedelta(minutes=1) if due else now + timedelta(days=80)
    for step in range(20):
        assert grade(now + (end - now) * step / 20, present) == present
    if due:
        assert grade(due, present) != present
