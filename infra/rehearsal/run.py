"""Plays a scenario and says what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra.rehearsal import invariants, result
from infra.rehearsal.acts import Acts
from infra.rehearsal.books import Books, Objections, read_books
from infra.rehearsal.chance import seeded
from infra.rehearsal.faults import Calm, Faults
from infra.rehearsal.ledger import Ledger
from infra.rehearsal.scenario import Scenario
from infra.rehearsal.strikes import Scripted, Striking
from infra.rehearsal.summary import days_of
from infra.rehearsal.world import World, running
from infra.template import ROOT

# moto's queries and transactions cost the whole table; beyond this many people the local AWS is quicker although it must be started.
_FEW: Final = 60
_SHOWN_OF_MANY: Final = 10
_MOST_FAILURES_TOLD: Final = 20

Progress = Callable[[float], None]


def engine_for(scenario: Scenario) -> str:
    """The engine that suits the number of people."""
    return "moto" if len(scenario.people) <= _FEW else "ministack"


@dataclass(frozen=True)
class Stage:
    """A world in which a scenario can be played, and who watches it."""

    world: World
    acts: Acts
    scenario: Scenario
    objections: Objections
    ledger: Ledger

    def judge(self) -> tuple[Books, dict[str, list[str]]]:
        """Lets the system recover, in good weather, from what is still being tried again; then the books, and what is wrong with them."""
        late = self.world.deliveries.faults.delay
        with self.world.calm():
            self.world.drain()
            books = read_books(self.world.template, self.world.engine)
            case = invariants.Case(self.world, self.acts, self.scenario, books, self.objections, self.ledger, late)
            return books, invariants.check(case)


@contextmanager
def staged(scenario: Scenario, content_dir: Path, *, engine: str, faults: Faults) -> Iterator[Stage]:
    """A fresh world at the scenario's start. What the product draws at random depends on the scenario's seed alone."""
    with (
        seeded(str(scenario.weather.seed)) as chance,
        running(engine, scenario.start, content_dir=content_dir, faults=faults) as world,
    ):
        world.deliveries.chance = chance
        objections = Objections(world.template.environment["TABLE_SUPPRESSIONS"], world.clock)
        ledger = Ledger(world.template, world.clock)
        world.calls.after[:0] = [objections.after, ledger.after]
        yield Stage(world, Acts(world, scenario, chance), scenario, objections, ledger)


def rehearse(
    scenario: Scenario, content_dir: Path, *, engine: str | None = None, progress: Progress | None = None
) -> tuple[result.Result, list[dict[str, Any]]]:
    """(what result.json holds, the days of each person for the summary; of many people, of the first few).

    `progress` is called with the share of the time that has passed, 0 to 1."""
    faults = Calm() if scenario.weather.is_calm else scenario.weather.faults()
    with staged(scenario, content_dir, engine=engine or engine_for(scenario), faults=faults) as stage:
        world, acts = stage.world, stage.acts
        play(stage, progress or (lambda _: None))
        measured = result.measure(world)
        _, wrong = stage.judge()
        with world.calm():
            outcome = result.gather(world, acts, measured)
            timelines = result.timelines(acts, outcome["people"])
            shown = scenario.people if len(scenario.people) <= _FEW else scenario.people[:_SHOWN_OF_MANY]
            days = [days_of(acts, scenario, name, outcome, timelines[name]) for name in shown]
        outcome["invariants"] = invariants.named(wrong)
        broken = [f"{name}: {what}" for name, found in wrong.items() for what in found]
        outcome["warnings"] = [*acts.warnings, *broken, *_struck(faults), *_failures(world)]
        return outcome, days


def _struck(faults: Faults) -> list[str]:
    """How often each kind of fault happened, with the first place of each; and which of a script found no place to."""
    strikes = faults.struck if isinstance(faults, Striking) else []
    planned = faults.missed_the_mark if isinstance(faults, Scripted) else []
    kinds = Counter(strike.what for strike in strikes)
    firsts = {strike.what: strike.where for strike in reversed(strikes)}
    return [
        f"fault: {kind.replace('_', ' ')} {count} times, first at {firsts[kind]}"
        for kind, count in sorted(kinds.items())
    ] + [f"fault: {strike}: did not happen" for strike in planned]


def play(stage: Stage, progress: Progress) -> None:
    """Every act at its moment, and everything that falls due between them, until the last day is over."""
    world, acts, scenario = stage.world, stage.acts, stage.scenario
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
        place = place.replace(f"{ROOT}/", "")  # the same run says the same on every machine
        line = f"{failure.at.isoformat(timespec='minutes')} {failure.function} failed: {failure.error.splitlines()[0]} ({place})"
        told.setdefault((failure.function, failure.error), line)
    aside = [f"set aside: {body[:300]}" for body in world.set_aside]
    return [*told.values(), *aside][:_MOST_FAILURES_TOLD]
