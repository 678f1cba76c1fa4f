"""python -m infra.storm [--seeds 20] [--from 1] [--search NAME …]: the exhaustive search, then the storms.

Exit code 0: everything held. 1: something did not; it is printed with its shortest trace, and kept in tests/rehearsal/regressions.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.build.content import compile_content
from infra.storm.children import Children
from infra.storm.invent import invented
from infra.storm.search import SHORT, Found, search, warm_up
from infra.storm.storms import Run, as_scenario, keep, shrunk, storms
from infra.template import ROOT

_MOST_TOLD = 8


def main(arguments: list[str] | None = None) -> int:
    names = [file.stem for file in SHORT]
    parser = argparse.ArgumentParser(prog="python -m infra.storm", description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=20, help="how many storms (default: 20)")
    parser.add_argument("--from", type=int, default=1, dest="first", help="the first seed (default: 1)")
    parser.add_argument(
        "--search", nargs="*", choices=names, default=names, help="which short scenarios; none: no search"
    )
    options = parser.parse_args(arguments)
    warnings.filterwarnings("ignore")  # what libraries deprecate; an invocation that counted nothing
    began = time.monotonic()
    with TemporaryDirectory(prefix="ripen-content-") as directory:
        content = Path(directory)
        if findings := compile_content(ROOT / "templates", content):
            print(*findings, sep="\n", file=sys.stderr)
            return 2
        broken = _search(options.search, content) + _storm(range(options.first, options.first + options.seeds), content)
    print(f"{'Clean' if not broken else f'{broken} runs broke something'}; {time.monotonic() - began:.0f} s")
    return 1 if broken else 0


def _search(names: list[str], content: Path) -> int:
    broken = 0
    for file in (file for file in SHORT if file.stem in names):
        with Children() as children:
            found = search(file, content, children)
        print(f"{file.stem:12} {found.calls:4} AWS calls, {found.runs:5} runs, {len(found.wrong)} broken", flush=True)
        broken += len(found.wrong)
        _tell(found)
    return broken


def _tell(found: Found) -> None:
    for name, wrong in list(found.wrong.items())[:_MOST_TOLD]:
        _tell_run(f"{found.scenario.stem}: {name}", wrong)


def _tell_run(name: str, wrong: list[str]) -> None:
    print(f"  {name}")
    print(*(f"    {line[:400]}" for line in wrong[:_MOST_TOLD]), sep="\n", flush=True)


def _storm(seeds: range, content: Path) -> int:
    broken = 0
    if not seeds:
        return 0
    warm_up(SHORT[0], content)
    with Children() as children:
        for seed, run in storms(seeds, content, children):
            if run.wrong:
                broken += 1
                _tell_storm(seed, run, content)
    print(f"storms       {len(seeds):4} seeds from {seeds[0]}, {broken} broken", flush=True)
    return broken


def _tell_storm(seed: int, run: Run, content: Path) -> None:
    row = invented(seed)
    scenario = shrunk(as_scenario(row, f"seed-{seed}"), run, content)
    _tell_run(f"seed {seed}, {len(run.struck)} faults, of which these are enough:", run.wrong)
    weather = scenario.weather
    print(*(f"    {name} down from {begin} to {until}" for name, (begin, until) in weather.down.items()), sep="\n")
    print(*(f"    {strike}" for strike in weather.script or [f"(all of seed {seed})"]), sep="\n")
    print(f"    kept in {keep(row, scenario, run, f'seed-{seed}').relative_to(ROOT)}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
