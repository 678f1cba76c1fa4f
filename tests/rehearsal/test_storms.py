"""A slice of the exhaustive search and a few storms, within a minute or two; `make storm` does all of it. What once broke is played again."""

from __future__ import annotations

import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.rehearsal.drafts import compile_with
from infra.rehearsal.faults import Calm, Faults, Strike
from infra.rehearsal.run import play, staged
from infra.rehearsal.scenario import Scenario, read_scenario
from infra.rehearsal.strikes import Scripted
from infra.rehearsal.weather import Weather
from infra.storm.portrait import differences
from infra.storm.regressions import REGRESSIONS, keep_search
from infra.storm.search import SHORT, examine, judged
from infra.storm.storms import Run
from infra.template import ROOT

pytestmark = [pytest.mark.rehearsal, pytest.mark.slow]

KEPT = sorted(REGRESSIONS.glob("*.yaml"))


def examined(scenario: Scenario, faults: Faults, content: Path) -> dict[str, Any]:
    with warnings.catch_warnings(), staged(scenario, content, engine="moto", faults=faults) as stage:
        warnings.simplefilter("ignore")
        play(stage, lambda _: None)
        return examine(stage)


def test_one_fault_in_two_hundred_and_one_storm_change_nothing() -> None:
    """In a process of its own: it forks."""
    command = [sys.executable, "-m", "infra.storm", "--sample", "200", "--seeds", "1", "--jobs", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Clean" in done.stdout
    assert all(f"{file.stem} " in done.stdout for file in SHORT)


@pytest.mark.parametrize("file", KEPT, ids=lambda file: file.stem)
def test_what_once_broke_holds(file: Path, content: Path, tmp_path: Path) -> None:
    scenario = read_scenario(file)
    if scenario.templates:
        content = tmp_path / "content"
        assert compile_with(scenario.templates, ROOT / "templates", content) == []
    faults = scenario.weather.faults()
    stormy = examined(scenario, faults, content)
    assert not isinstance(faults, Scripted) or faults.missed_the_mark == []
    if len(scenario.weather.script) == 1 and not scenario.weather.down:
        calm = examined(replace(scenario, weather=Weather(scenario.weather.seed)), Calm(), content)
        assert judged(calm, stormy, scenario.weather.script[0]) == []
    assert stormy["wrong"] == []


def test_a_failing_run_is_kept_as_a_scenario_that_plays_it_again(tmp_path: Path) -> None:
    strike = Strike("ResolveFunction batch 1", "down", {"minutes": 60})
    run = Run(["queues_empty: x holds 1", "queues_empty: y holds 2", "missing: a lead"], [])
    kept = keep_search(SHORT[0], strike, run, tmp_path)
    scenario, before = read_scenario(kept), read_scenario(SHORT[0])
    assert kept.name == f"{SHORT[0].stem}-resolvefunction-batch-1-down.yaml"
    assert scenario.weather.script == (strike,)
    assert (scenario.acts, scenario.days) == (before.acts, before.days)
    assert "Broke missing, queues_empty." in kept.read_text(encoding="utf-8")


def test_a_failing_run_takes_the_place_of_none_that_was_kept(tmp_path: Path) -> None:
    strike, run = Strike("ResolveFunction batch 1", "down", {"minutes": 60}), Run(["queues_empty: x holds 1"], [])
    first, second = (keep_search(SHORT[0], strike, run, tmp_path) for _ in range(2))
    assert (second.name, first.exists()) == (f"{first.stem}-2.yaml", True)


def test_a_failing_run_with_content_of_its_own_is_kept_with_the_way_to_it(tmp_path: Path) -> None:
    own = next(file for file in SHORT if read_scenario(file).templates)
    run = Run(["queues_empty: x holds 1"], [])
    kept = keep_search(own, Strike("ReactFunction batch 1", "doubled"), run, tmp_path)
    found, before = read_scenario(kept).templates, read_scenario(own).templates
    assert found is not None
    assert before is not None
    assert found.resolve() == before.resolve()


def test_a_run_that_comes_to_something_else_than_the_calm_one_is_told_with_the_difference() -> None:
    calm = {"wrong": [], "portrait": {"lead a": 1, "mail to b": 2}}
    other = {"wrong": ["queues_empty: x holds 1"], "portrait": {"lead a": 1, "mail to b": 3}}
    throttled = Strike("SendFunction 1 call 1", "throttled")
    assert judged(calm, calm, throttled) == []
    assert judged(calm, other, throttled) == ["queues_empty: x holds 1", "surplus: mail to b"]
    assert differences(calm["portrait"], {"lead a": 1}) == ["missing: mail to b", "missing: mail to b"]  # type: ignore[arg-type]
    assert judged(calm, {"crashed": "ValueError"}, throttled) == ["crashed: ValueError"]
