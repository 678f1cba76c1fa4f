"""Failing runs as scenario files: what once broke is played again by a test, for ever."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from itertools import chain, count
from pathlib import Path
from typing import Any, Final

import yaml

from infra.rehearsal.faults import Strike
from infra.rehearsal.scenario import Scenario, read_scenario
from infra.rehearsal.weather import Weather
from infra.storm.storms import Run

REGRESSIONS: Final = Path(__file__).resolve().parents[2] / "tests" / "rehearsal" / "regressions"


def keep(row: dict[str, Any], scenario: Scenario, run: Run, name: str, directory: Path = REGRESSIONS) -> Path:
    """Writes the failing run as a scenario file; `row` is the scenario as a file holds it."""
    directory.mkdir(parents=True, exist_ok=True)
    file = _free(directory, name)
    if "templates" in row:
        row = {**row, "templates": os.path.relpath(row["templates"], directory)}
    found = {**row, "description": f"Broke {', '.join(sorted(run.kinds))}.", "faults": scenario.weather.as_row()}
    file.write_text(yaml.safe_dump(found, allow_unicode=True, sort_keys=False, width=120), encoding="utf-8")
    return file


def _free(directory: Path, name: str) -> Path:
    """A file of that name; what was kept before is another failure and stays."""
    names = chain([name], (f"{name}-{number}" for number in count(2)))
    return next(file for each in names if not (file := directory / f"{each}.yaml").exists())


def keep_search(file: Path, strike: Strike, run: Run, directory: Path = REGRESSIONS) -> Path:
    """The same for a run of the exhaustive search: a short scenario with one fault."""
    row = yaml.safe_load(file.read_text(encoding="utf-8"))
    if "templates" in row:
        row["templates"] = str(file.parent / row["templates"])
    scenario = read_scenario(file)
    struck = replace(scenario, weather=Weather(scenario.weather.seed, script=(strike,)))
    place = re.sub(r"\W+", "-", f"{strike.where} {strike.what}".lower())
    return keep(row, struck, run, f"{file.stem}-{place}", directory)
