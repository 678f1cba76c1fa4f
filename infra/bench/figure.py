"""One measured figure, as `make bench` prints it: a JSON line on stdout. What people read goes to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """`value` beside the least that is possible (`floor`) and what we want (`goal`); None where there is none.

    `lower_is_better` False: the goal is a least, not a most.
    """

    figure: str
    value: float
    how: str
    floor: float | None = None
    goal: float | None = None
    lower_is_better: bool = True

    @property
    def ratio(self) -> float | None:
        """value ÷ floor."""
        return round(self.value / self.floor, 3) if self.floor else None

    @property
    def reached(self) -> bool:
        """Whether the goal is met; a figure without a goal cannot miss it."""
        if self.goal is None:
            return True
        return self.value <= self.goal if self.lower_is_better else self.value >= self.goal

    def line(self) -> str:
        content = {
            "figure": self.figure,
            "value": round(self.value, 5),
            "floor": self.floor,
            "ratio": self.ratio,
            "goal": self.goal,
            "how": self.how,
        }
        return json.dumps(content, ensure_ascii=False)


def publish(figures: Sequence[Figure]) -> None:
    """Prints the lines."""
    for figure in figures:
        print(figure.line(), flush=True)


def say(text: str) -> None:
    """Something for whoever watches."""
    print(text, file=sys.stderr, flush=True)


def table(title: str, rows: Sequence[tuple[str, float]], digits: int = 2) -> None:
    """A two-column table for whoever watches."""
    say(f"\n{title}")
    width = max((len(name) for name, _ in rows), default=0)
    for name, value in rows:
        say(f"  {name:<{width}}  {value:>10.{digits}f}")
