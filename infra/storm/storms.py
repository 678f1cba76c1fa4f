"""Storms: invented scenarios in bad weather. A failing one is shrunk to the fewest faults that still fail it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from infra.rehearsal.faults import Strike
from infra.rehearsal.run import play, staged
from infra.rehearsal.scenario import Scenario, read_scenario
from infra.rehearsal.weather import Weather
from infra.storm.children import Children, in_child
from infra.storm.invent import invented
from infra.storm.search import examine

Outage = tuple[str, Any]


@dataclass(frozen=True)
class Run:
    """What a storm came to. `struck`: the faults that happened, in order."""

    wrong: list[str]
    struck: list[Strike]

    @property
    def kinds(self) -> frozenset[str]:
        """The names of what is broken: a shrunk run must break one of them, not something else."""
        return frozenset(line.partition(":")[0] for line in self.wrong)


def brave(scenario: Scenario, content_dir: Path) -> dict[str, Any]:
    """Plays the scenario in its weather; JSON of a Run."""
    faults = scenario.weather.faults()
    with staged(scenario, content_dir, engine="moto", faults=faults) as stage:
        stage.world.calls.brisk = True
        play(stage, lambda _: None)
        found = examine(stage)
    return {"wrong": found["wrong"], "struck": [strike.as_row() for strike in faults.struck]}


def to_run(result: dict[str, Any]) -> Run:
    """The Run that a child handed over; one that crashed is wrong too."""
    if "crashed" in result:
        return Run([f"crashed: {result['crashed']}"], [])
    return Run(result["wrong"], [Strike.of(row) for row in result["struck"]])


def as_scenario(row: dict[str, Any], name: str) -> Scenario:
    """The scenario that a file with this content would be."""
    with TemporaryDirectory() as directory:
        file = Path(directory) / f"{name}.yaml"
        file.write_text(yaml.safe_dump(row, allow_unicode=True), encoding="utf-8")
        return read_scenario(file)


def storms(seeds: Iterable[int], content_dir: Path, children: Children) -> Iterator[tuple[int, Run]]:
    """(seed, its run) for every seed."""
    seeds = list(seeds)
    for seed in seeds:
        scenario = as_scenario(invented(seed), f"seed-{seed}")
        children.run(f"seed {seed}", lambda scenario=scenario: brave(scenario, content_dir))  # type: ignore[misc]
    children.wait()
    for seed in seeds:
        yield seed, to_run(children.results.pop(f"seed {seed}"))


# ------------------------------------------------------------ shrinking


def shrunk(scenario: Scenario, run: Run, content_dir: Path) -> Scenario:
    """The scenario with the fewest strikes and outages that still break one of the same invariants."""

    def fails(strikes: list[Strike], down: list[Outage]) -> bool:
        tried = in_child(lambda: brave(_scripted(scenario, strikes, down), content_dir))
        return bool(to_run(tried).kinds & run.kinds)

    strikes, down = run.struck, list(scenario.weather.down.items())
    if not fails(strikes, down):
        return scenario  # what struck does not make the same run again: the seed itself is the trace
    down = fewest(down, lambda fewer: fails(strikes, fewer))
    strikes = fewest(strikes, lambda fewer: fails(fewer, down))
    return _scripted(scenario, strikes, down)


def _scripted(scenario: Scenario, strikes: list[Strike], down: list[Outage]) -> Scenario:
    return replace(
        scenario, weather=Weather(scenario.weather.seed, {}, dict(down), tuple(strikes), scenario.weather.shards)
    )


def fewest(items: list[Any], fails: Callable[[list[Any]], bool]) -> list[Any]:
    """Drops ever smaller parts while it still fails (delta debugging)."""
    size = max(1, len(items) // 2)
    while items:
        at = 0
        while at < len(items):
            fewer = items[:at] + items[at + size :]
            if fails(fewer):
                items = fewer
            else:
                at += size
        if size == 1:
            return items
        size //= 2
    return items
