"""What a line of the bench says."""

from __future__ import annotations

import json

from infra.bench.figure import Figure


def test_a_line_has_the_keys_that_readers_expect() -> None:
    line = json.loads(Figure("write_units_per_lead", 30.25, "counted", floor=24.2, goal=30).line())
    assert line == {
        "figure": "write_units_per_lead",
        "value": 30.25,
        "floor": 24.2,
        "ratio": 1.25,
        "goal": 30,
        "how": "counted",
    }


def test_without_a_floor_there_is_no_ratio() -> None:
    assert json.loads(Figure("lag_p50_ms", 400.0, "timed").line())["ratio"] is None


def test_a_goal_is_a_most_or_a_least() -> None:
    assert Figure("units", 30, "", goal=30).reached
    assert not Figure("units", 31, "", goal=30).reached
    assert Figure("posts", 31, "", goal=30, lower_is_better=False).reached
    assert not Figure("posts", 29, "", goal=30, lower_is_better=False).reached
