"""examples/scenarios/score-edges.yaml: the marks of the score, and what time alone does to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rehearsal.playing import Played

pytestmark = [pytest.mark.rehearsal, pytest.mark.slow]


@pytest.fixture(scope="module")
def played(content: Path) -> Played:
    return Played("score-edges.yaml", content)


def handed_over(played: Played) -> set[str]:
    return {handoff["person"] for handoff in played.result["handoffs"]}


def test_fifty_points_are_handed_over_and_forty_five_are_not(played: Played) -> None:
    assert "ripe" in handed_over(played)
    assert "nearly" not in handed_over(played)


def test_the_third_look_at_the_price_list_counts_within_fourteen_days_and_not_after(played: Played) -> None:
    assert "thrice" in handed_over(played)
    assert "late" not in handed_over(played)


def test_thirty_points_are_cold_again_once_they_fade(played: Played) -> None:
    assert played.person("even")["grade"] == "cold"
    assert played.person("even")["score"] < 30


def test_the_stored_grades_follow_time_and_every_check_holds(played: Played) -> None:
    assert {name for name, holds in played.result["invariants"].items() if not holds} == set()
