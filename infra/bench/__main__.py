"""make bench: every figure, each with its floor and its goal, as JSON lines; tables for people on stderr.

python -m infra.bench [cost growth cpu cold load shapes]

Each section runs in a process of its own: clients are bound to the engine that they first met. A section that fails says so,
the others still run, and the exit code is 1.
"""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from typing import Final

from infra.bench.figure import publish, say
from infra.template import ROOT

SECTIONS: Final = {"cost": "cost", "growth": "growth", "cpu": "cpu", "cold": "cold_start", "load": "load"}
OPTIONAL: Final = {"shapes": "shapes"}
"""Those that need more than the project installs: only when they are named."""


def main() -> None:
    match sys.argv[1:]:
        case ["--one", section]:
            publish(import_module(f"infra.bench.{(SECTIONS | OPTIONAL)[section]}").figures())
        case wanted:
            if unknown := set(wanted) - (SECTIONS | OPTIONAL).keys():
                raise SystemExit(
                    f"No such section: {', '.join(sorted(unknown))}. There are {', '.join(SECTIONS | OPTIONAL)}."
                )
            failed = [section for section in wanted or SECTIONS if not _run(section)]
            if failed:
                raise SystemExit(f"Not measured: {', '.join(failed)}")


def _run(section: str) -> bool:
    say(f"\n── {section} " + "─" * (60 - len(section)))
    return subprocess.run([sys.executable, "-m", "infra.bench", "--one", section], cwd=ROOT).returncode == 0


if __name__ == "__main__":
    main()
