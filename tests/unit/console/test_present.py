"""What strangers wrote, as colleagues see it; and words for durations, names and scores."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.admin.present import duration, harmless, initials, line_of, localised, moment, name_of
from functions.admin.present_timeline import score_view
from shared.domain.scoring import Entry, Score
from shared.usecases.console.texts import InvalidField, clean_text

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
WORDS = {"unit.days": "{n} d", "unit.hours": "{n} h", "unit.minutes": "{n} min"}


@given(st.text(max_size=200))
def test_nothing_invisible_reaches_a_page(text: str) -> None:
    shown = harmless(text)
    turning = [
        char
        for char in shown
        if unicodedata.bidirectional(char) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
    ]
    controls = [char for char in shown if unicodedata.category(char) in ("Cc", "Cs") and char not in "\t\n"]
    assert (turning, controls) == ([], [])


def test_what_is_hidden_is_shown_by_its_number_and_words_stay() -> None:
    assert harmless("a\u202eb\x00 林 😀 مرحبا") == "a⟨U+202E⟩b⟨U+0000⟩ 林 😀 مرحبا"
    assert harmless("x" * 10_000) == "x" * 400 + "…"


@given(st.text(max_size=200))
def test_a_note_is_fit_to_be_stored(text: str) -> None:
    cleaned = clean_text("note", text)
    assert cleaned.encode().decode() == cleaned
    assert clean_text("note", cleaned) == cleaned


@pytest.mark.parametrize("value", [5, ["x"], {"a": 1}, True, "x" * 2001])
def test_what_is_no_note_is_refused(value: object) -> None:
    with pytest.raises(InvalidField):
        clean_text("note", value)


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("林小姐", "林"),
        ("Ada Lovelace", "AL"),
        ("ada@acme.example", "A"),
        ("  ", "·"),
        ("<script>", "·"),
        ("Ö Ä", "ÖÄ"),
        ("😀", "·"),
    ],
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_a_person_without_a_name_is_called_by_what_is_known() -> None:
    assert name_of({"email": "a@b.example"}) == "a@b.example"
    assert name_of({}) == "?"
    assert line_of({"company": "Acme"}) == "Acme"


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=3), "3 h"),
        (timedelta(hours=3, minutes=20), "3 h 20 min"),
        (timedelta(days=1, hours=4, minutes=59), "1 d 4 h"),
        (timedelta(hours=-2), "2 h"),
        (timedelta(0), "0 min"),
    ],
)
def test_durations_have_two_units_at_most(span: timedelta, text: str) -> None:
    assert duration(span, WORDS) == text


def test_a_moment_is_exact_for_machines_and_in_utc_for_people() -> None:
    assert moment("2026-03-02T09:00:00+08:00") == {"iso": "2026-03-02T01:00:00.000Z", "text": "2026-03-02 01:00 UTC"}
    assert moment("") is None


def test_a_text_in_languages_gives_the_one_asked_for() -> None:
    assert localised({"en": "yes", "zh": "是"}, "zh") == "是"
    assert localised({"en": "yes"}, "zh") == "yes"
    assert localised(None, "zh") == ""


@given(st.lists(st.tuples(st.integers(-40, 60), st.sampled_from(["fit", "interest"])), max_size=12))
def test_the_bar_of_reasons_stays_within_its_frame(points: list[tuple[int, str]]) -> None:
    entries = tuple(Entry(f"r{number}", worth, AT, {"en": "why"}, kind) for number, (worth, kind) in enumerate(points))
    view = score_view(Score(sum(worth for worth, _ in points), 0, 0, entries), "warm", [("hot", 50)], "en")
    assert sum(reason["points"] for reason in view["reasons"]) == view["total"]
    assert all(part["x"] >= 0 and part["width"] > 0 and part["x"] + part["width"] <= 100.5 for part in view["bar"])
