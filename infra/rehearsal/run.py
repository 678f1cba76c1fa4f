"""Plays a scenario and says what came of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from infra.rehearsal import invariants, result
from infra.rehearsal.acts import Acts
from infra.rehearsal.scenario import Scenario
from infra.rehearsal.summary import days_of
from infra.rehearsal.world import World, running

# moto's queries and transactions cost the whole table; beyond this many people the local AWS is quicker although it must be started.
_FEW: Final = 60
_SHOWN_OF_MANY: Final = 10
_MOST_FAILURES_TOLD: Final = 20

Progress = Callable[[float], None]


def engine_for(scenario: Scenario) -> str:
    """The engine that suits the number of people."""
    return "moto" if len(scenario.people) <= _FEW else "ministack"


def rehearse(
    scenario: Scenario, content_dir: Path, *, engine: str | None = None, progress: Progress | None = None
) -> tuple[result.Result, list[dict[str, Any]]]:
    """(what result.json holds, the days of each person for the summary; of many people, of the first few).

    `progress` is called with the share of the time that has passed, 0 to 1."""
    with running(engine or engine_for(scenario), scenario.start, content_dir=content_dir) as world:
        acts = Acts(world, scenario)
        play(world, acts, scenario, progress or (lambda _: None))
        measured = result.measure(world)
        outcome = result.gather(world, acts, measured)
        timelines = result.timelines(acts, outcome["people"])
        outcome["invariants"] = invariants.check(world, acts, outcome, timelines)
        shown = scenario.people if len(scenario.people) <= _FEW else scenario.people[:_SHOWN_OF_MANY]
        days = [days_of(acts, scenario, name, outcome, timelines[name]) for name in shown]
        outcome["warnings"] = [*acts.warnings, *_failures(world), *world.rights.refused]
        return outcome, days


def play(world: World, acts: Acts, scenario: Scenario, progress: Progress) -> None:
    """Every act at its moment, and everything that falls due between them, until the last day is over."""
    world.settle()
    for act in scenario.acts:
        if act.at > scenario.end:
            acts.warnings.append(
                f"{act.at.isoformat(timespec='minutes')} {act.who}: {act.kind}: after the last day, not played"
            )
            continue
        world.run_until(act.at)
        acts.do(act)
        world.settle()
        progress((act.at - scenario.start) / (scenario.end - scenario.start))
    world.run_until(scenario.end)
    progress(1.0)


def _failures(world: World) -> list[str]:
    """What went wrong in functions, the first of each kind; the traces are kept in `World.failures`."""
    told: dict[tuple[str, str], str] = {}
    for failure in world.failures:
        place = failure.trace.strip().splitlines()[-3].strip() if failure.trace.count("\n") > 2 else ""
        line = f"{failure.at.isoformat(timespec='minutes')} {failure.function} failed: {failure.error} ({place})"
        told.setdefault((failure.function, failure.error), line)
    aside = [f"set aside: {body[:300]}" for body in world.set_aside]
    return [*told.values(), *aside][:_MOST_FAILURES_TOLD]
