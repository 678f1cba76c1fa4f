"""What lists carry of a person, and how it is looked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.called import called, sought, sounds_in
from shared.domain.person_names import name_words, surname_sounds

LIN = {"name": "林美女士", "company": "上海华星物流（集团）股份有限公司"}
ANNA = {"name": "Dr. Anna Müller", "company": "Brandt Maschinenbau GmbH"}


def fits(profile: dict[str, str], text: str) -> bool:
    return all(any(part in called(profile) for part in parts) for parts in sought(text))


@pytest.mark.parametrize(
    "typed", ["林", "林美", "林女士", "lin", "华星", "华星物流", "上海华星物流有限公司", "華星", "林美 华星", "ＬＩＮ"]
)
def test_a_chinese_person_is_found_by_any_writing(typed: str) -> None:
    assert fits(LIN, typed)


@pytest.mark.parametrize(
    "typed",
    [
        "anna",
        "Müller",
        "mueller",
        "MÜLLER Anna",
        "müller, anna",
        "Dr. Müller",
        "mül",
        "brandt",
        "Brandt GmbH",
        "anna brandt",
        "maschinenbau ag",
    ],
)
def test_a_western_person_is_found_by_any_writing(typed: str) -> None:
    assert fits(ANNA, typed)


@pytest.mark.parametrize("typed", ["王", "anna 林", "wang", "brandt"])
def test_somebody_else_is_not_found(typed: str) -> None:
    assert not fits(LIN, typed)


def test_who_gave_neither_name_nor_company_is_called_nothing() -> None:
    assert called({"email": "a@b.example"}) == ""
    assert sought("， !") == []


@given(st.text(max_size=60), st.text(max_size=60))
def test_names_that_sound_alike_share_a_word(one: str, other: str) -> None:
    if len(" ".join(name_words(one))) < 50 > len(" ".join(name_words(other))) and surname_sounds(one) & surname_sounds(
        other
    ):
        assert sounds_in(called({"name": one})) & sounds_in(called({"name": other}))


@given(st.text(max_size=200), st.text(max_size=200))
def test_it_stays_short(name: str, company: str) -> None:
    assert len(called({"name": name, "company": company})) <= 121
