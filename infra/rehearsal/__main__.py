"""python -m infra.rehearsal SCENARIO OUT: plays the scenario, writes the result as JSON and prints a summary.

Exit code 0: played and every invariant holds; 1: an invariant is broken; 2: the scenario or the content has mistakes.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.rehearsal.drafts import compile_with
from infra.rehearsal.scenario import Scenario, ScenarioError, read_scenario
from infra.template import ROOT


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.rehearsal", description="Weeks of marketing in seconds.")
    parser.add_argument("scenario", type=Path, help="a YAML file; examples/scenarios has some")
    parser.add_argument("out", type=Path, help="where the result goes, as JSON")
    parser.add_argument(
        "--content", type=Path, default=ROOT / "templates", help="what marketers wrote (default: templates/)"
    )
    options = parser.parse_args(arguments)
    try:
        scenario = read_scenario(options.scenario)
    except ScenarioError as error:
        print(error, file=sys.stderr)
        return 2
    with TemporaryDirectory(prefix="ripen-content-") as content:
        if findings := compile_with(scenario.templates, options.content, Path(content)):
            print(*findings, sep="\n", file=sys.stderr)
            return 2
        return _rehearse(scenario, Path(content), options.out)


def _rehearse(scenario: Scenario, content: Path, out: Path) -> int:
    # The engines take seconds to import; a mistake in the file is told before.
    from infra.rehearsal.run import engine_for, rehearse
    from infra.rehearsal.summary import render

    warnings.filterwarnings("ignore", message="No application metrics")  # an invocation that counted nothing
    engine = os.environ.get("ENGINE") or engine_for(scenario)
    began = time.monotonic()
    outcome, days = rehearse(scenario, content, engine=engine, progress=_progress)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(outcome, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    print(render(scenario, outcome, days, shutil.get_terminal_size((120, 40)).columns))
    print(f"{scenario.days:g} days in {time.monotonic() - began:.1f} s on {engine}; the result is in {out}")
    return 0 if all(outcome["invariants"].values()) else 1


def _progress(share: float) -> None:
    if sys.stderr.isatty():
        print(f"\r{share:5.0%}" + ("\n" if share >= 1 else ""), end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
