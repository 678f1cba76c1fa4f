"""How ripe a company is: never a raw sum, and the committee's departments decide."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.account_score import AccountModel, score_account
from shared.domain.lead import Lead
from shared.domain.scoring import ScoringModel
from shared.domain.timeline import EMAIL_CLICKED, FORM_SUBMITTED, Activity

T0 = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def accounts(content: Path, model: ScoringModel) -> AccountModel:
    return AccountModel(json.loads((content / "scoring.json").read_text(encoding="utf-8"))["accounts"], model)


def person(model: AccountModel, name: str, title: str, *, clicks: int = 1, paper: bool = True, **more: Any) -> Lead:
    done = [
        Activity(name, EMAIL_CLICKED, T0, f"c{n}", detail={"message_id": str(n), "link": "l"}) for n in range(clicks)
    ]
    if paper:
        done.append(Activity(name, FORM_SUBMITTED, T0, "s", detail={"form": "whitepaper"}))
    profile = {"name": name, "title": title, "company": "Acme"}
    return Lead(name, T0, "s", profile=profile, score_state=model.person.replay(done), **more)


def test_nobody_is_nothing(accounts: AccountModel) -> None:
    assert score_account([], accounts, T0).total == 0


def test_twenty_curious_interns_are_no_purchase(accounts: AccountModel) -> None:
    interns = [person(accounts, f"i{n}", "Intern") for n in range(20)]
    found = score_account(interns, accounts, T0)
    assert found.grade == "cold"
    assert found.missing == ("purchasing", "technical", "management")


def test_a_whole_committee_is_hot_and_says_who_covers_what(accounts: AccountModel) -> None:
    people = [
        person(accounts, "chen", "采购经理"),
        person(accounts, "li", "CTO"),
        person(accounts, "wang", "总经理", stage="mql"),
    ]
    found = score_account(people, accounts, T0)
    assert {covered.role: covered.lead_id for covered in found.coverage} == {
        "purchasing": "chen",
        "technical": "li",
        "management": "wang",
    }
    assert (found.grade, found.missing, found.stage, found.active) == ("hot", (), "mql", 3)
    assert "采购方已触达：chen" in [entry.why["zh"] for entry in found.entries]


def test_one_person_covers_one_department(accounts: AccountModel) -> None:
    assert score_account([person(accounts, "li", "CTO")], accounts, T0).missing == ("purchasing", "management")
    both = [person(accounts, "li", "CTO"), person(accounts, "zhao", "CIO")]
    assert score_account(both, accounts, T0).missing == ("purchasing",)


def test_who_went_quiet_covers_nothing(accounts: AccountModel) -> None:
    buyer = [person(accounts, "chen", "采购经理")]
    assert "purchasing" not in score_account(buyer, accounts, T0).missing
    assert "purchasing" in score_account(buyer, accounts, T0 + timedelta(days=200)).missing


PEOPLE = st.lists(
    st.tuples(st.sampled_from(["CTO", "采购经理", "CEO", "Engineer", "Student", ""]), st.integers(0, 3), st.sampled_from(["lead", "mql", "customer", "disqualified"])),
    max_size=7,
)  # fmt: skip


@given(drawn=PEOPLE, data=st.data(), days=st.integers(0, 300))
def test_reasons_sum_up_and_the_order_of_people_changes_nothing(
    accounts: AccountModel, drawn: list[tuple[str, int, str]], data: st.DataObject, days: int
) -> None:
    people = [
        person(accounts, f"p{n}", title, clicks=clicks, paper=clicks > 1, stage=stage)
        for n, (title, clicks, stage) in enumerate(drawn)
    ]
    found = score_account(people, accounts, T0 + timedelta(days=days))
    assert sum(entry.points for entry in found.entries) == found.total
    assert score_account(data.draw(st.permutations(people)), accounts, T0 + timedelta(days=days)) == found
    assert 0 <= found.total <= 140


@given(drawn=PEOPLE)
def test_one_more_person_never_lowers_the_company(accounts: AccountModel, drawn: list[tuple[str, int, str]]) -> None:
    people = [
        person(accounts, f"p{n}", title, clicks=clicks, stage=stage) for n, (title, clicks, stage) in enumerate(drawn)
    ]
    more = [*people, person(accounts, "new", "Engineer", clicks=2)]
    assert score_account(more, accounts, T0).total >= score_account(people, accounts, T0).total
