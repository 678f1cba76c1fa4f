"""The score table of the shipped model, its arithmetic, and that a fold is a fold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.moments import to_iso
from shared.domain.scoring import ScoringModel, has_clear_company, merge_profile, profile_as_of
from shared.domain.timeline import EMAIL_CLICKED, EMAIL_OPENED, FORM_SUBMITTED, MACHINE, Activity

T0 = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CTO = {"title": "CTO", "company": "Acme Robotics"}


def paper(at: datetime = T0) -> Activity:
    return Activity("lin", FORM_SUBMITTED, at, "s1", detail={"form": "whitepaper"})


def opened(message: str = "m1", at: datetime = T0, agent: str = "human") -> Activity:
    return Activity("lin", EMAIL_OPENED, at, message, "email", agent, {"message_id": message})


def clicked(message: str = "m1", link: str = "https://a.example", at: datetime = T0) -> Activity:
    return Activity("lin", EMAIL_CLICKED, at, message + link, "email", detail={"message_id": message, "link": link})


def total(model: ScoringModel, profile: dict[str, str], *activities: Activity, as_of: datetime = T0) -> int:
    return model.read(model.replay(activities), profile, {}, as_of, T0).total


def test_a_cto_who_asks_for_the_paper_scores_35(model: ScoringModel) -> None:
    assert total(model, CTO, paper()) == 35


def test_an_open_adds_5_and_a_click_10_and_that_is_hot(model: ScoringModel) -> None:
    score = total(model, CTO, paper(), opened(), clicked())
    assert score == 50
    assert model.grade(score, "warm") == "hot"


def test_title_rules_do_not_add_up(model: ScoringModel) -> None:
    assert total(model, {"title": "CTO and Director of Engineering", "company": "Acme"}) == 20


@pytest.mark.parametrize(
    ("title", "points"),
    [
        ("CTO", 20), ("Chief Technology Officer", 20), ("技术总监", 20), ("首席技术官", 20), ("Geschäftsführer", 20), ("Marketing Director", 20),
        ("VP of Sales", 20), ("总经理", 20), ("ＣＴＯ", 20), ("Student", -30), ("学生", -30), ("Werkstudent", -30), ("Engineer", 0), ("工程师", 0),
        ("Assistant to the CTO", 0), ("CTO助理", 0), ("经理", 0), ("", 0), ("Contractor", 0),
    ],
)  # fmt: skip
def test_titles_in_three_languages_are_worth_what_the_table_says(model: ScoringModel, title: str, points: int) -> None:
    assert total(model, {"title": title, "company": "Acme"}) == points


@pytest.mark.parametrize("company", ["", "无", "n/a", "-", "个人", "None", "  "])
def test_no_clear_company_costs_10(model: ScoringModel, company: str) -> None:
    assert total(model, {"company": company}) == -10
    assert not has_clear_company(company)


def test_opening_one_mail_again_scores_once_but_another_mail_scores_too(model: ScoringModel) -> None:
    later = T0 + timedelta(hours=3)
    assert total(model, CTO, opened("m1"), opened("m1", later), as_of=later) == 25
    assert total(model, CTO, opened("m1"), opened("m2")) == 30


def test_a_machine_scores_nothing(model: ScoringModel) -> None:
    assert total(model, CTO, opened(agent=MACHINE)) == 20


def test_points_keep_their_value_for_14_days_then_halve(model: ScoringModel) -> None:
    half_life = next(rule for rule in model.model["rules"] if rule["id"] == "whitepaper_download")["half_life_days"]

    def value(days: float) -> int:
        return model.read(model.replay([paper()]), CTO, {}, T0 + timedelta(days=days), T0).interest

    assert value(14) == 15
    assert value(14 + half_life) == 8  # 7.5, a half rounds up
    assert value(14 + 2 * half_life) == 4
    assert value(14 + 11 * half_life) == 0


def test_fit_does_not_decay(model: ScoringModel) -> None:
    assert model.read({}, CTO, {}, T0 + timedelta(days=900), T0).fit == 20


def test_the_reasons_sum_to_the_score_at_any_date(model: ScoringModel) -> None:
    state = model.replay([paper(), opened(), clicked(), clicked("m2", at=T0 + timedelta(days=5))])
    for days in range(0, 200, 7):
        score = model.read(state, CTO, {}, T0 + timedelta(days=days), T0)
        assert sum(entry.points for entry in score.entries) == score.total == score.fit + score.interest


def test_as_of_a_date_before_it_happened_nothing_is_counted(model: ScoringModel) -> None:
    state = model.replay([paper(), opened(at=T0 + timedelta(days=2))])
    assert model.read(state, CTO, {}, T0 + timedelta(days=1), T0).total == 35


@pytest.mark.parametrize(
    ("score", "present", "grade"),
    [(49, "warm", "warm"), (50, "warm", "hot"), (40, "hot", "hot"), (39, "hot", "warm"), (45, "warm", "warm"), (30, "cold", "warm"), (29, "warm", "cold"), (29, "cold", "cold"), (-30, "cold", "cold"), (20, "hot", "cold")],
)  # fmt: skip
def test_grades_have_edges_and_hot_is_sticky(model: ScoringModel, score: int, present: str, grade: str) -> None:
    assert model.grade(score, present) == grade


ACTIVITIES = st.lists(
    st.builds(
        lambda kind, message, hours, agent: Activity(
            "lin",
            kind,
            T0 + timedelta(hours=hours),
            f"{kind}{message}{hours}",
            "email",
            agent,
            {"message_id": message, "link": "l", "form": "whitepaper"},
        ),
        st.sampled_from([EMAIL_OPENED, EMAIL_CLICKED, FORM_SUBMITTED]),
        st.sampled_from(["m1", "m2", "m3"]),
        st.integers(0, 2000),
        st.sampled_from(["human", "machine"]),
    ),
    max_size=12,
)


@given(activities=ACTIVITIES, data=st.data())
@settings(deadline=None)
def test_whatever_the_order_and_however_often_the_fold_is_the_same(
    model: ScoringModel, activities: list[Activity], data: st.DataObject
) -> None:
    doubled = activities + data.draw(st.lists(st.sampled_from(activities), max_size=5)) if activities else []
    shuffled = data.draw(st.permutations(doubled))
    assert model.replay(shuffled) == model.replay(activities)


SAID = st.lists(
    st.tuples(
        st.integers(1, 50),
        st.dictionaries(st.sampled_from(["title", "company", "phone"]), st.sampled_from(["", "a", "b", "c"])),
    ),
    max_size=6,
    unique_by=lambda pair: pair[0],
)


@given(said=SAID, data=st.data())
def test_the_newest_word_on_each_field_stands_whatever_order_posts_come_in(
    said: list[tuple[int, dict[str, str]]], data: st.DataObject
) -> None:
    def fold(posts: list[tuple[int, dict[str, str]]]) -> dict[str, str]:
        profile: dict[str, str] = {}
        known: dict[str, str] = {}
        for minute, words in posts:
            profile, known = merge_profile(profile, known, words, to_iso(T0 + timedelta(minutes=minute)), "")
        return profile

    assert fold(data.draw(st.permutations(said))) == fold(sorted(said, key=lambda pair: pair[0]))


def test_the_profile_of_a_past_date_is_what_had_been_said_by_then() -> None:
    first = Activity("lin", FORM_SUBMITTED, T0, "s1", detail={"profile": {"title": "Engineer", "company": "Acme"}})
    second = Activity(
        "lin", FORM_SUBMITTED, T0 + timedelta(days=3), "s2", detail={"profile": {"title": "CTO", "company": ""}}
    )
    assert profile_as_of([first, second], T0 + timedelta(days=1))[0] == {"title": "Engineer", "company": "Acme"}
    assert profile_as_of([first, second], T0 + timedelta(days=4))[0] == {"title": "CTO", "company": "Acme"}
