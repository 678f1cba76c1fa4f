"""A company's size is a number of people, however it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.company_size import people_in


@pytest.mark.parametrize(
    ("said", "people"),
    [
        ("200", "200"),
        ("２００", "200"),
        ("0200", "200"),
        ("1,000", "1000"),
        ("1.000", "1000"),
        ("12 500", "12500"),
        ("200.0", "200"),
        ("51-200", "200"),
        ("51–200 人", "200"),
        ("201–1,000", "1000"),
        ("50人至200人", "200"),
        ("1001 - 5000 employees", "5000"),
        ("10 bis 50 Mitarbeiter", "50"),
        ("5000+", "5000"),
        (">5000", "5000"),
        ("More than 5,000", "5000"),
        ("ca. 300 Mitarbeiter", "300"),
        ("5000人以上", "5000"),
        ("约200人", "200"),
        ("500 people", "500"),
    ],
)
def test_a_number_or_a_band_is_a_number_of_people(said: str, people: str) -> None:
    assert people_in(said) == people


@pytest.mark.parametrize(
    "said",
    ["-5", "viele", "many", "0", "", "200-50", "12.5", "1e3", "five", "200 EUR", "+8613912047765", "1/2", "9" * 70],
)
def test_anything_else_says_no_number(said: str) -> None:
    assert people_in(said) == ""


@given(st.text(max_size=80))
def test_any_text_is_read_and_what_came_out_stays(text: str) -> None:
    said = people_in(text)
    assert people_in(said) == said
