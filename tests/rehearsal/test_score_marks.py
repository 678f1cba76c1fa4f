"""examples/scenarios/score-marks.yaml: fourteen days of full value, half-lives, leaving marks, titles that do not add up, who is handed over again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.rehearsal.faults import Calm
from infra.rehearsal.run import Stage, play, staged
from infra.rehearsal.scenario import read_scenario
from infra.template import ROOT
from shared.domain.moments import from_iso

pytestmark = [pytest.mark.rehearsal, pytest.mark.slow]


@pytest.fixture(scope="module")
def over(content: Path) -> Iterator[Stage]:
    """The hundred days are over; everything that happened can still be asked."""
    scenario = read_scenario(ROOT / "examples" / "scenarios" / "score-marks.yaml")
    with staged(scenario, content, engine="moto", faults=Calm()) as stage:
        play(stage, lambda _: None)
        yield stage


def lead_id(over: Stage, name: str) -> str:
    found = over.acts.lead_of(over.acts.people[name])
    assert found
    return found


def on_day(over: Stage, name: str, days: float) -> dict[str, Any]:
    """The score so many days after the person's first minute."""
    moment = over.scenario.start + timedelta(minutes=2, days=days)
    address = f"/api/leads/{lead_id(over, name)}/score?as_of={moment.isoformat().replace('+', '%2B')}"
    found: dict[str, Any] = over.acts.got(address)
    return found


def scores(over: Stage, name: str, *days: float) -> list[int]:
    return [on_day(over, name, each)["score"] for each in days]


def crossings(over: Stage, name: str) -> list[tuple[str, int, int]]:
    """(grade, its day, the score a minute before) of each change of grade, oldest first."""
    told = [
        (item["detail"]["to"], from_iso(item["at"]) - over.scenario.start)
        for item in over.acts.listed(f"/api/leads/{lead_id(over, name)}/timeline")
        if item["type"] == "grade_changed"
    ]
    return [(to, at.days, on_day(over, name, at / timedelta(days=1) - 3 / 1440)["score"]) for to, at in reversed(told)]


def handoffs(over: Stage, name: str) -> list[str]:
    listed = over.acts.listed("/api/handoffs")
    own = [item for item in listed if item["lead_id"] == lead_id(over, name)]
    return [item["status"] for item in sorted(own, key=lambda item: item["created_at"])]


def test_points_keep_their_full_value_for_fourteen_days_and_not_for_fifteen(over: Stage) -> None:
    assert scores(over, "ripe", 0, 13.9, 15) == [50, 50, 49]
    assert scores(over, "even", 0, 13.9, 15) == [30, 30, 29]


def test_fifty_is_hot_and_thirty_is_warm(over: Stage) -> None:
    assert (on_day(over, "ripe", 0)["grade"], on_day(over, "even", 0)["grade"]) == ("hot", "warm")
    assert (on_day(over, "even", 15)["grade"], on_day(over, "paper", 0)["grade"]) == ("cold", "cold")


def test_forty_nine_stays_hot_until_below_forty(over: Stage) -> None:
    assert on_day(over, "ripe", 15)["grade"] == "hot"
    found = crossings(over, "ripe")
    assert [grade for grade, _, _ in found] == ["warm", "hot", "warm", "cold"]
    assert found[2][2] == 40
    assert found[3][2] == 30


def test_a_paper_is_worth_half_after_a_half_life_and_a_quarter_after_two(over: Stage) -> None:
    assert scores(over, "paper", 13.99, 43.99, 73.99) == [15, 8, 4]


def test_the_highest_title_counts_and_not_the_sum(over: Stage) -> None:
    assert [on_day(over, "titled", 0)[name] for name in ("fit", "interest", "score")] == [20, 15, 35]


def test_a_student_without_a_company_loses_points(over: Stage) -> None:
    assert [on_day(over, "student", 0)[name] for name in ("fit", "interest", "score")] == [-40, 15, -25]


def test_the_entries_sum_to_the_score_on_every_day(over: Stage) -> None:
    for name in over.acts.people:
        for days in (0, 15, 33, 60):
            found = on_day(over, name, days)
            assert sum(entry["points"] for entry in found["entries"]) == found["score"]


def test_who_is_with_sales_is_not_handed_over_again(over: Stage) -> None:
    assert handoffs(over, "again") == ["followed_up"]


def test_who_was_given_back_is_handed_over_again_within_ninety_days(over: Stage) -> None:
    assert handoffs(over, "back")[0] == "deferred"
    assert len(handoffs(over, "back")) == 2


def test_every_check_holds(over: Stage) -> None:
    _, wrong = over.judge()
    assert {name: found for name, found in wrong.items() if found} == {}
