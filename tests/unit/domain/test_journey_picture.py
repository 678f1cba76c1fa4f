"""A journey drawn: ways that part and meet again stand side by side, and no line runs through a box."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from infra.template import ROOT
from shared.domain.journeys.picture import BOX_WIDTH, Box, Picture, picture_of

END = {"id": "end", "do": "exit", "reason": "completed"}


def mail(name: str, **more: str) -> dict[str, Any]:
    return {"id": name, "do": "send", "template": name, **more}


def branch(*targets: str) -> dict[str, Any]:
    *ways, other = targets
    return {"id": "which", "do": "branch", "ways": [{"when": {}, "goto": each} for each in ways], "else": other}


def drawn(*steps: dict[str, Any]) -> tuple[Picture, dict[str, tuple[int, int]]]:
    """(the picture, {step: (column, top)}) of boxes of one height."""
    boxes = [Box("", 60), *(Box(step["id"], 60) for step in steps)]
    picture = picture_of({"steps": list(steps)}, boxes)
    corners = zip(picture.lefts, picture.tops, strict=True)
    lefts = sorted(set(picture.lefts))
    return picture, {box.step: (lefts.index(left), top) for box, (left, top) in zip(boxes, corners, strict=True)}


def crossings(picture: Picture, heights: list[int]) -> list[str]:
    """The lines that run through a box (their ends lie on edges of boxes)."""
    boxes = list(zip(picture.lefts, picture.tops, heights, strict=True))
    found = []
    for edge in picture.edges:
        spots, x, y = [], 0, 0
        for key, first, second in re.findall(r"([MHV])(\d+)(?: (\d+))?", edge.path):
            before = (x, y)
            x, y = (int(first), int(second)) if key == "M" else (int(first), y) if key == "H" else (x, int(first))
            if key != "M":
                spots.append((*map(min, before, (x, y)), *map(max, before, (x, y))))
        for low_x, low_y, high_x, high_y in spots:
            for left, top, height in boxes:
                inside = low_x < left + BOX_WIDTH and left < high_x and low_y < top + height and top < high_y
                if inside:
                    found.append(f"{edge.path} through the box at {left} {top}")
    return found


def test_two_ways_that_meet_again_stand_side_by_side() -> None:
    picture, at = drawn(branch("one", "two"), mail("one", next="after"), mail("two"), mail("after"), END)
    assert (at["one"][0], at["two"][0]) == (0, 1)
    assert at["one"][1] == at["two"][1]
    assert at["after"][0] == 0
    assert at["after"][1] > at["two"][1]
    assert crossings(picture, [60] * 6) == []


def test_what_comes_after_stands_below_the_longer_way() -> None:
    more = mail("more")
    picture, at = drawn(branch("one", "two"), mail("one", next="after"), mail("two"), more, mail("after"), END)
    assert [at[step][0] for step in ("two", "more", "after")] == [1, 1, 0]
    assert at["one"][1] < at["more"][1] < at["after"][1]
    assert crossings(picture, [60] * 7) == []


def test_three_ways_stand_in_three_columns() -> None:
    ways = (mail("one", next="after"), mail("two", next="after"), mail("three"))
    picture, at = drawn(branch("one", "two", "three"), *ways, mail("after"), END)
    assert [at[step][0] for step in ("one", "two", "three")] == [0, 1, 2]
    assert crossings(picture, [60] * 7) == []


def test_ways_that_do_not_meet_stay_below_each_other() -> None:
    stop = {"id": "stop", "do": "exit", "reason": "no_answer"}
    picture, at = drawn(branch("one", "two"), mail("one", next="stop"), mail("two"), END, stop)
    assert {column for column, _ in at.values()} == {0}
    assert crossings(picture, [60] * 6) == []


def test_a_way_that_is_entered_from_elsewhere_stays_below() -> None:
    again = {"id": "again", "do": "repeat", "goto": "two", "times": 2}
    _, at = drawn(branch("one", "two"), mail("one", next="after"), mail("two"), mail("after"), again, END)
    assert {column for column, _ in at.values()} == {0}


SHIPPED = sorted(path.stem for path in (ROOT / "templates" / "journeys").glob("*.yaml"))


@pytest.mark.parametrize("name", SHIPPED)
def test_no_line_of_a_shipped_journey_runs_through_a_box(name: str, content: Path) -> None:
    journey = json.loads((content / "journeys.json").read_text(encoding="utf-8"))[name]
    picture, _ = drawn(*journey["steps"])
    assert crossings(picture, [60] * (len(journey["steps"]) + 1)) == []
    assert all(int(number) <= picture.width for edge in picture.edges for number in re.findall(r"H(\d+)", edge.path))
