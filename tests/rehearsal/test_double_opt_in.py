"""examples/scenarios/double-opt-in.yaml: a ticked box, one question, and marketing mail only after the answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rehearsal.playing import Played

pytestmark = [pytest.mark.rehearsal]

CASE = "case-study"
QUESTION = "consent-confirmation"


@pytest.fixture(scope="module")
def played(content: Path) -> Played:
    return Played("double-opt-in.yaml", content)


def questions(played: Played, person: str) -> list[int]:
    return [day for template, day in played.mails_to(person) if template == QUESTION]


def test_who_confirms_is_asked_once_and_gets_the_case_on_day_three(played: Played) -> None:
    assert questions(played, "jana") == [0]
    assert (CASE, 3) in played.mails_to("jana")


def test_who_stays_silent_gets_what_was_asked_for_and_one_question(played: Played) -> None:
    assert {template for template, _ in played.mails_to("uwe")} == {"whitepaper-thanks", QUESTION}
    assert questions(played, "uwe") == [0]
    assert played.refusals("uwe")[CASE] == ["no_consent"]


def test_an_unknown_country_is_the_strictest(played: Played) -> None:
    assert questions(played, "alex") == [0]
    assert played.refusals("alex")[CASE] == ["no_consent"]


def test_a_phone_number_tells_the_country(played: Played) -> None:
    assert questions(played, "mei") == []
    assert (CASE, 3) in played.mails_to("mei")


def test_who_said_no_and_ticks_again_is_asked_again_and_waited_for(played: Played) -> None:
    assert questions(played, "karl") == [0, 4]
    assert not any(day > 3 and template != QUESTION for template, day in played.mails_to("karl"))


def test_every_invariant_holds(played: Played) -> None:
    assert {name for name, holds in played.result["invariants"].items() if not holds} == set()
    assert played.result["warnings"] == []
