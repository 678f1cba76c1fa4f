"""The exhaustive search: a short scenario is played once, calmly; at every AWS call and every delivery the world is forked once for each
fault that can happen there, and each child plays on to the end. So every crash point is tried, and what comes before it costs nothing.

Dying after a call is dying before the next one; so each invocation dies before its first call and after each call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from infra.rehearsal.faults import Calm, Delivery, Strike
from infra.rehearsal.run import Stage, play, staged
from infra.rehearsal.scenario import read_scenario
from infra.rehearsal.strikes import (
    CUT,
    DOUBLED,
    KILL_AFTER,
    KILL_BEFORE,
    LATE,
    MISSED,
    OVERTAKEN,
    REPEATED,
    SECOND_TICK,
    SHUFFLED,
    THROTTLED,
    TIMEOUT_AFTER,
    Striking,
)
from infra.storm.children import Children, Task
from infra.storm.portrait import differences, lost_in_sending, portrait

if TYPE_CHECKING:
    from infra.rehearsal.calls import Call

SHORT: Final = sorted((Path(__file__).parent / "short").glob("*.yaml"))
_READS: Final = ("Get", "Query", "BatchGet", "Scan")
_AN_HOUR: Final = 60
_LATE: Final = timedelta(minutes=_AN_HOUR + 30)


@dataclass
class Found:
    """What the search of one scenario found: how many runs, and for each failing one what is wrong."""

    scenario: Path
    calls: int = 0
    runs: int = 0
    wrong: dict[str, list[str]] = field(default_factory=dict)
    strikes: dict[str, Strike] = field(default_factory=dict)


class Prober(Striking):
    """Forks at each place once for each fault. In a child it strikes there and is calm ever after."""

    def __init__(self, children: Children) -> None:
        super().__init__()
        self._children = children
        self.task: Task | None = None
        self.tried: dict[str, Strike] = {}
        self.calls = 0

    def at_call(self, where: str, call: Call) -> Strike | None:
        if self.task:
            return None
        self.calls += 1
        doing = {"doing": f"{call.service} {call.operation}"}
        return self._fork([Strike(where, kind, doing) for kind in self._kinds(where, call)])

    def _kinds(self, where: str, call: Call) -> list[str]:
        first = where.endswith("call 1")
        reads = call.operation.startswith(_READS)
        scheduled = bool(self.world.template.functions[call.function or ""].schedules)
        kinds = [KILL_BEFORE] * first + [KILL_AFTER, THROTTLED, OVERTAKEN] + [SECOND_TICK] * scheduled
        if not reads:
            kinds += [TIMEOUT_AFTER] + [REPEATED] * (call.attempts > 1)
        return kinds

    def at_delivery(self, where: str, delivery: Delivery) -> Sequence[Strike]:
        if self.task:
            return ()
        kinds = [DOUBLED] + ([CUT] + [SHUFFLED] * (not delivery.is_of_stream)) * (len(delivery.records) > 1)
        strike = self._fork([Strike(where, kind) for kind in kinds])
        return [strike] if strike else ()

    def at_message(self, where: str) -> Strike | None:
        return None if self.task else self._fork([Strike(where, LATE)])

    def at_firing(self, where: str) -> Strike | None:
        return None if self.task else self._fork([Strike(where, MISSED, {"minutes": _AN_HOUR})])

    def _fork(self, strikes: list[Strike]) -> Strike | None:
        for strike in strikes:
            self.tried[str(strike)] = strike
            self.task = self._children.fork(str(strike))
            if self.task:
                return strike
        return None


def search(file: Path, content_dir: Path, children: Children) -> Found:
    """Plays the scenario with each fault at each place."""
    scenario = read_scenario(file)
    warm_up(file, content_dir)
    prober = Prober(children)
    try:
        with staged(scenario, content_dir, engine="moto", faults=prober, late=_LATE) as stage:
            play(stage, lambda _: None)
            calm = examine(stage)
            if prober.task:
                prober.task.finish(calm)
    except BaseException as error:
        if prober.task:
            prober.task.fail(error)
        raise
    children.wait()
    found = Found(file, prober.calls, 1 + len(prober.tried), strikes=prober.tried)
    if calm["wrong"] or calm["warnings"]:
        found.wrong["calm"] = calm["wrong"] + calm["warnings"]
    for name in prober.tried:
        if wrong := _judged(calm, children.results.pop(name)):
            found.wrong[name] = wrong
    return found


def warm_up(file: Path, content_dir: Path) -> None:
    """Plays the scenario once in this process, so that no child has to import and compile anything."""
    with staged(read_scenario(file), content_dir, engine="moto", faults=Calm()) as stage:
        play(stage, lambda _: None)
        examine(stage)


def examine(stage: Stage) -> dict[str, Any]:
    """What a run came to: its portrait and what is wrong with it."""
    books, wrong = stage.judge()
    listed = [f"{name}: {what}" for name, found in wrong.items() for what in found]
    return {"wrong": listed, "portrait": portrait(books, stage.world), "warnings": stage.acts.warnings}


def _judged(calm: dict[str, Any], run: dict[str, Any]) -> list[str]:
    if "crashed" in run:
        return [f"crashed: {run['crashed']}"]
    wrong: list[str] = run["wrong"]
    if lost_in_sending(run["portrait"]):
        return wrong
    return wrong + differences(calm["portrait"], run["portrait"])
