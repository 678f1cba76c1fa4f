"""python -m infra.storm [--seeds 20] [--from 1] [--search NAME …]: the exhaustive search, then the storms.

Exit code 0: everything held. 1: something did not; it is printed with its shortest trace, and kept in tests/rehearsal/regressions.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.build.content import compile_content
from infra.rehearsal.drafts import compile_with
from infra.storm.children import Children
from infra.storm.invent import TEMPLATES, invented
from infra.storm.regressions import keep, keep_search
from infra.storm.search import SHORT, Found, Sample, content_for, search, warm_up
from infra.storm.storms import Run, as_scenario, shrunk, storms
from infra.template import ROOT

_MOST_TOLD = 8
_TOLD_EVERY = 20


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    warnings.filterwarnings("ignore")  # what libraries deprecate; an invocation that counted nothing
    began = time.monotonic()
    with TemporaryDirectory(prefix="ripen-content-") as directory:
        content = Path(directory) / "content"
        if findings := compile_content(ROOT / "templates", content):
            print(*findings, sep="\n", file=sys.stderr)
            return 2
        broken = _search(options.search, content, options)
        broken += _storm(range(options.first, options.first + options.seeds), content, options.jobs)
    told = f"{broken} run{'s' * (broken > 1)} broke something" if broken else "Clean"
    print(f"{told}; {time.monotonic() - began:.0f} s")
    return 1 if broken else 0


def _parser() -> argparse.ArgumentParser:
    names = [file.stem for file in SHORT]
    parser = argparse.ArgumentParser(prog="python -m infra.storm", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=20, help="how many storms (default: 20)")
    parser.add_argument("--from", type=int, default=1, dest="first", help="the first seed (default: 1)")
    parser.add_argument("--search", nargs="*", choices=names, default=names, help="short scenarios (none: no search)")
    parser.add_argument("--sample", type=int, default=1, help="search only one place in so many (default: 1, all)")
    parser.add_argument("--part", type=int, default=0, help="which of the samples (default: 0)")
    parser.add_argument("--jobs", type=int, default=2, help="how many runs at once (default: 2)")
    return parser


def _search(names: list[str], content: Path, options: argparse.Namespace) -> int:
    broken = 0
    for file in (file for file in SHORT if file.stem in names):
        began = time.monotonic()
        there = content_for(file, content)
        with Children(options.jobs) as children:
            found = search(file, there, children, Sample(options.sample, options.part))
        took = time.monotonic() - began
        runs = f"{found.calls:4} AWS calls, {found.runs:5} runs"
        print(f"{file.stem:12} {runs}, {len(found.wrong)} broken, {took:.0f} s", flush=True)
        broken += len(found.wrong)
        _tell(found)
    return broken


def _tell(found: Found) -> None:
    """The first failing runs; of each kind of failure the first is kept."""
    kinds: set[frozenset[str]] = set()
    for name, wrong in list(found.wrong.items())[:_MOST_TOLD]:
        _tell_run(f"{found.scenario.stem}: {name}", wrong)
        run = Run(wrong, [])
        if name in found.strikes and run.kinds not in kinds:
            kinds.add(run.kinds)
            print(f"    kept in {keep_search(found.scenario, found.strikes[name], run).relative_to(ROOT)}", flush=True)


def _tell_run(name: str, wrong: list[str]) -> None:
    print(f"  {name}")
    print(*(f"    {line[:400]}" for line in wrong[:_MOST_TOLD]), sep="\n", flush=True)


def _storm(seeds: range, content: Path, jobs: int) -> int:
    broken = 0
    began = time.monotonic()
    if seeds:
        warm_up(SHORT[0], content)
        content = content.with_name("storms")
        if findings := compile_with(TEMPLATES, ROOT / "templates", content):
            raise ValueError("\n".join(map(str, findings)))
    for some in _portions(seeds):
        with Children(jobs) as children:
            found = [(seed, run) for seed, run in storms(some, content, children) if run.wrong]
        broken += len(found)
        told = f"storms {some[0]:5} to {some[-1]:5} of {seeds[-1]}: {broken} broken so far"
        print(f"{told}, {time.monotonic() - began:.0f} s", flush=True)
        for seed, run in found:
            _tell_storm(seed, run, content)
    return broken


def _portions(seeds: range) -> Iterator[range]:
    return (seeds[at : at + _TOLD_EVERY] for at in range(0, len(seeds), _TOLD_EVERY))


def _tell_storm(seed: int, run: Run, content: Path) -> None:
    row = invented(seed)
    scenario = shrunk(as_scenario(row, f"seed-{seed}"), run, content)
    _tell_run(f"seed {seed}, {len(run.struck)} faults, of which these are enough:", run.wrong)
    weather = scenario.weather
    for name, (begin, until) in weather.down.items():
        print(f"    {name} down from {begin} to {until}")
    for strike in weather.script:
        print(f"    {strike}")
    if weather.chances:
        print(f"    all of seed {seed}: fewer do not make the same run")
    elif not (weather.script or weather.down):
        print("    none: it breaks in calm weather too")
    print(f"    kept in {keep(row, scenario, run, f'seed-{seed}').relative_to(ROOT)}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
