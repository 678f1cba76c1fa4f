"""The exhaustive search: a short scenario is played once, calmly; at every AWS call and every delivery the world is forked once for each
fault that can happen there, and each child plays on to the end. So every crash point is tried, and what comes before it costs nothing.

Dying after a call is dying before the next one, and a read leaves nothing behind; so each invocation dies before its first call and after
each call that writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copytree
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

from infra.rehearsal.drafts import compile_with
from infra.rehearsal.faults import Calm, Delivery, Strike
from infra.rehearsal.run import Stage, play, staged
from infra.rehearsal.scenario import read_scenario
from infra.rehearsal.strikes import (
    CUT,
    DOUBLED,
    DOWN,
    KILL_AFTER,
    KILL_BEFORE,
    LATE,
    MISSED,
    OVERTAKEN,
    REPEATED,
    SECOND_TICK,
    SERVER_ERROR,
    SHUFFLED,
    THROTTLED,
    TIMEOUT_AFTER,
    TWIN,
    Striking,
)
from infra.storm.children import Children, Task
from infra.storm.portrait import differences, lost_in_sending, portrait
from infra.template import ROOT

if TYPE_CHECKING:
    from infra.rehearsal.calls import Call

SHORT: Final = sorted((Path(__file__).parent / "short").glob("*.yaml"))
# A fresh installation builds its segments at its first ticks: one scenario tries every place of that, the others have none.
WITH_SEGMENTS: Final = frozenset({"segments"})
READS: Final = ("Get", "Query", "BatchGet", "Scan")
_AN_HOUR: Final = 60
_A_DAY: Final = 24 * _AN_HOUR
_OF_A_STREAM: Final = (
    23 * _AN_HOUR
)  # a record older than `StreamRecordMaxAge` is set aside, before its stream forgets it


@dataclass
class Found:
    """What the search of one scenario found: how many runs, and for each failing one what is wrong."""

    scenario: Path
    calls: int = 0
    runs: int = 0
    wrong: dict[str, list[str]] = field(default_factory=dict)
    strikes: dict[str, Strike] = field(default_factory=dict)


@dataclass(frozen=True)
class Sample:
    """One strike in `of`, the same ones each time; `part` says which."""

    of: int = 1
    part: int = 0

    def holds(self, strike: Strike) -> bool:
        return crc32(str(strike).encode()) % self.of == self.part % self.of


_ALL: Final = Sample()


class Prober(Striking):
    """Forks at each place once for each fault. In a child it strikes there and is calm ever after."""

    def __init__(self, children: Children, sample: Sample) -> None:
        super().__init__()
        self._children = children
        self._sample = sample
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
        reads = call.operation.startswith(READS)
        scheduled = bool(self.world.template.functions[call.function or ""].schedules)
        twins = self.world.deliveries.may_have_a_twin(call.function or "")
        slow = self.world.has_work_within_reach(call.function or "")
        kinds = [KILL_BEFORE] * first + [THROTTLED] + [OVERTAKEN] * slow + [SECOND_TICK] * scheduled + [TWIN] * twins
        if not reads:
            kinds += [KILL_AFTER, TIMEOUT_AFTER] + [REPEATED] * (call.attempts > 1)
        # DynamoDB's refusals without effect are one to the product, whatever their code: throttling stands for them.
        return kinds + [SERVER_ERROR] * (call.service != "dynamodb")

    def at_delivery(self, where: str, delivery: Delivery) -> Sequence[Strike]:
        if self.task:
            return ()
        kinds = [DOUBLED] + ([CUT] + [SHUFFLED] * (not delivery.is_of_stream)) * (len(delivery.records) > 1)
        down = Strike(where, DOWN, {"minutes": _OF_A_STREAM if delivery.is_of_stream else _A_DAY})
        strike = self._fork([*(Strike(where, kind) for kind in kinds), down])
        return [strike] if strike else ()

    def at_message(self, where: str) -> Strike | None:
        return None if self.task else self._fork([Strike(where, LATE)])

    def at_firing(self, where: str) -> Strike | None:
        missed = [Strike(where, MISSED, {"minutes": minutes}) for minutes in (_AN_HOUR, _A_DAY)]
        return None if self.task else self._fork(missed)

    def _fork(self, strikes: list[Strike]) -> Strike | None:
        for strike in filter(self._sample.holds, strikes):
            self.tried[str(strike)] = strike
            self.task = self._children.fork(str(strike))
            if self.task:
                self.world.calls.brisk = True  # the calm run went the long way, which is the same for all
                return strike
        return None


def content_for(file: Path, compiled: Path) -> Path:
    """The content that a short scenario is played with, beside `compiled`, which is what ships. Errors: ValueError when its own has mistakes."""
    drafts, into = read_scenario(file).templates, compiled.with_name(f"{compiled.name}-{file.stem}")
    if drafts is None:
        if file.stem in WITH_SEGMENTS:
            return compiled
        copytree(compiled, into)
    elif findings := compile_with(drafts, ROOT / "templates", into):
        raise ValueError("\n".join(map(str, findings)))
    if drafts is None or not (drafts / "segments").is_dir():
        (into / "segments.json").write_text("{}", encoding="utf-8")  # marketing defined none
    return into


def search(file: Path, content_dir: Path, children: Children, sample: Sample = _ALL) -> Found:
    """Plays the scenario with each fault at each place, or with a sample of them."""
    scenario = read_scenario(file)
    warm_up(file, content_dir)
    prober = Prober(children, sample)
    try:
        with staged(scenario, content_dir, engine="moto", faults=prober) as stage:
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
    for name, strike in prober.tried.items():
        if wrong := judged(calm, children.results.pop(name), strike):
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


def judged(calm: dict[str, Any], run: dict[str, Any], strike: Strike) -> list[str]:
    """What is wrong with a run in which this one fault happened: what it broke, and what it came to that the calm run did not."""
    if "crashed" in run:
        return [f"crashed: {run['crashed']}"]
    wrong: list[str] = run["wrong"]
    if lost_in_sending(run["portrait"]) or float(strike.more.get("minutes", 0)) > _AN_HOUR:
        return wrong  # then what follows may rightly be another story: no mail, nothing to open
    return wrong + differences(calm["portrait"], run["portrait"])
