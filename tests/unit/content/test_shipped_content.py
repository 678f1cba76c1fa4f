"""What ships: the numbers that were promised, the form's fields, the journey's days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.domain.moments import parse_duration
from shared.domain.scoring import ScoringModel, attributes_of
from shared.domain.timeline import HUMAN, Activity
from tests.unit.content.conftest import Break, Content

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)


@pytest.fixture(scope="session")
def model(content: Content) -> ScoringModel:
    scoring = content("scoring")
    return ScoringModel(scoring["model"], scoring["titles"])


def activity(kind: str, at: datetime = NOW, **detail: str) -> Activity:
    return Activity(
        lead_id="lead", type=kind, at=at, cause=str(sorted(detail.items())), channel="email", agent=HUMAN, detail=detail
    )


def total(model: ScoringModel, profile: dict[str, str], *activities: Activity) -> int:
    return model.read(model.replay(activities), profile, {}, NOW + timedelta(hours=1), NOW).total


PAPER = activity("form_submitted", form="whitepaper")
CTO = {"title": "CTO", "company": "Acme Robotics"}


def test_a_cto_with_a_company_who_asks_for_the_paper_has_35_points(model: ScoringModel) -> None:
    assert total(model, CTO, PAPER) == 35


def test_opening_and_clicking_the_thank_you_mail_makes_it_50(model: ScoringModel) -> None:
    opened = activity("email_opened", message_id="m1")
    clicked = activity("email_clicked", message_id="m1", link="paper")
    assert total(model, CTO, PAPER, opened, clicked) == 50


def test_opening_the_same_mail_twice_counts_once(model: ScoringModel) -> None:
    opened = activity("email_opened", message_id="m1")
    again = activity("email_opened", NOW + timedelta(minutes=30), message_id="m1")
    assert total(model, {"company": "Acme"}, opened, again) == 5


def test_a_student_loses_30_points(model: ScoringModel) -> None:
    assert total(model, {"title": "Werkstudent", "company": "TU Wien"}) == -30


def test_no_clear_company_costs_10_points(model: ScoringModel) -> None:
    assert total(model, {"company": ""}) == -10


def test_nothing_scores_but_the_table_of_the_requirements(content: Content) -> None:
    points = {rule["id"]: rule["points"] for rule in content("scoring")["model"]["rules"]}
    assert points == {
        "email_opened": 5,
        "cta_clicked": 10,
        "whitepaper_download": 15,
        "title_c_level": 20,
        "title_director_or_above": 20,
        "student": -30,
        "no_clear_company": -10,
    }


@pytest.mark.parametrize(
    ("title", "seniority"),
    [
        ("CTO", "c_level"),
        ("ＣＴＯ", "c_level"),
        ("Chief Technology Officer", "c_level"),
        ("集团CTO", "c_level"),
        ("CEO兼创始人", "c_level"),
        ("首席信息官", "c_level"),
        ("总经理", "c_level"),
        ("Geschäftsführer", "c_level"),
        ("Vorstand", "c_level"),
        ("Vice President Engineering", "vp"),
        ("副总经理", "vp"),
        ("副总裁", "vp"),
        ("Director of Engineering", "director"),
        ("Head of Marketing", "director"),
        ("技术总监", "director"),
        ("信息中心主任", "director"),
        ("Leiter IT", "director"),
        ("IT-Leiterin", "director"),
        ("经理", "manager"),
        ("市场部经理", "manager"),
        ("Product Manager", "manager"),
        ("Teamleiter", "manager"),
        ("Student", "student"),
        ("在读研究生", "student"),
        ("Werkstudent IT", "student"),
        ("Working student in the office of engineering", "student"),
        ("Software Engineer", "staff"),
        ("采购专员", "staff"),
    ],
)
def test_a_title_gives_its_seniority(title: str, seniority: str, content: Content) -> None:
    assert attributes_of({"title": title}, content("scoring")["titles"])["seniority"] == seniority


@pytest.mark.parametrize(
    "title", ["Assistant to the CTO", "CTO助理", "总经理秘书", "Assistenz der Geschäftsführung", "CTO Assistant"]
)
def test_who_works_for_a_chief_is_not_the_chief(title: str, content: Content) -> None:
    assert attributes_of({"title": title}, content("scoring")["titles"])["seniority"] not in (
        "c_level",
        "vp",
        "director",
    )


@pytest.mark.parametrize(
    ("title", "department"),
    [("CTO", "technical"), ("采购总监", "purchasing"), ("Einkaufsleiter", "purchasing"), ("总经理", "management")],
)
def test_a_title_gives_its_department(title: str, department: str, content: Content) -> None:
    assert attributes_of({"title": title}, content("scoring")["titles"])["department"] == department


def test_three_views_of_the_price_list_in_two_weeks_hand_over_too(content: Content) -> None:
    (trigger,) = content("scoring")["model"]["triggers"]
    assert (trigger["path"], trigger["times"], trigger["within_days"]) == ("/pricing", 3, 14)


def test_the_papers_form_has_every_field_and_requires_the_address_alone(content: Content) -> None:
    fields = content("forms")["whitepaper"]["fields"]
    assert {field["name"] for field in fields} == {
        "email",
        "phone",
        "name",
        "company",
        "title",
        "industry",
        "company_size",
        "country",
        "budget",
        "message",
    }
    assert {field["name"] for field in fields if field["required"]} == {"email"}


def test_other_sizes_than_the_proposals_may_be_posted_and_the_proposals_are_numbers_of_people(content: Content) -> None:
    size = next(field for field in content("forms")["whitepaper"]["fields"] if field["name"] == "company_size")
    assert size["type"] == "text"
    assert not size["strict_choices"]
    assert all(choice["value"].isdigit() for choice in size["choices"])


def test_the_journeys_mails_come_on_days_0_3_and_7(content: Content) -> None:
    day, days = timedelta(), []
    for step in content("journeys")["whitepaper-three-steps"]["steps"]:
        if step["do"] == "wait":
            day += parse_duration(step["for"])
        elif step["do"] == "send":
            days.append((day.days, step["template"], step["class"]))
    assert days == [
        (0, "whitepaper-thanks", "transactional"),
        (3, "case-study", "marketing"),
        (7, "consultation-invitation", "marketing"),
    ]


def test_a_journeys_version_changes_with_its_content_only(content: Content, broken: Break, tmp_path: Path) -> None:
    before = content("journeys")["whitepaper-three-steps"]["version"]
    assert broken("journeys/whitepaper-three-steps.yaml", "# Three mails", "# 3 mails") == []
    assert before in (tmp_path / "out" / "journeys.json").read_text(encoding="utf-8")
    assert broken("journeys/whitepaper-three-steps.yaml", "for: 3d", "for: 4d") == []
    assert before not in (tmp_path / "out" / "journeys.json").read_text(encoding="utf-8")


def test_a_lead_from_a_country_without_rules_needs_an_explicit_and_double_opt_in(content: Content) -> None:
    default = content("policies")["consent"]["default"]
    assert (default["opt_in"], default["double_opt_in"], default["pre_tick"]) == ("explicit", True, False)


@pytest.mark.parametrize(("country", "label"), [("CN", "【广告】"), ("SG", "<ADV> "), ("US", "")])
def test_a_country_says_what_stands_before_the_subject(country: str, label: str, content: Content) -> None:
    assert content("policies")["consent"]["countries"][country]["label"] == label


def test_norway_is_a_country_and_not_a_falsehood(content: Content) -> None:
    policies = content("policies")
    assert policies["sending"]["zones"]["NO"] == ["Europe/Oslo"]
    assert policies["sending"]["calling_codes"]["86"] == "CN"
    assert policies["consent"]["countries"]["NO"]["row"] == "EU"


def test_every_locale_has_the_same_words(content: Content) -> None:
    texts = content("texts")
    assert texts["en"].keys() == texts["zh"].keys()
