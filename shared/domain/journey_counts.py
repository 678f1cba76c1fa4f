"""How many people entered a journey, stand at each step, passed it and left: folded from the changes of the enrolments, as the meter is from receipts.

A count's row is named by journey and version (``journey:<id>:<version>``), its keys are ``in``, ``at|<step>``, ``by|<step>``, ``end|<reason>``,
``moved|<version>`` (who went on in that one, as somebody ordered) and, for each way of a split, ``way|<split>|<way>|<step>``: how many who drew that way
came past that step.

Whoever a merge (or its undoing) takes along has entered once: where they arrive, the end that was counted where they left is taken back. Should they
never arrive, that end stands, and those who entered are still those who are in and those who ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import erfc, sqrt

from shared.domain.enrolment import ACTIVE, Enrolment
from shared.domain.meter import Step

PREFIX = "journey:"
_TAKEN_ALONG = "end|merged"


def row_of(journey: str, version: str) -> str:
    """The name of the counts of one version of a journey."""
    return f"{PREFIX}{journey}:{version}"


def counts_of(sequence: int, before: Enrolment | None, after: Enrolment) -> list[Step]:
    """What a change from `before` to `after` does to the counts."""
    before = before if before and before.run == after.run else None
    row = row_of(after.journey, after.version)
    steps = [Step(sequence, row, key, 1) for key in _gained(before, after)]
    if before is None and after.came_by:
        steps.append(Step(sequence, row, _TAKEN_ALONG, -1))
    if before and before.status == ACTIVE and _place(before) != _place(after):
        left = row_of(before.journey, before.version)
        steps.append(Step(sequence, left, f"at|{before.step}", -1))
        if before.version != after.version:
            steps.append(Step(sequence, left, f"moved|{after.version}", 1))
    return steps


def _place(enrolment: Enrolment) -> tuple[str, str, str]:
    return enrolment.status, enrolment.version, enrolment.step


def _gained(before: Enrolment | None, after: Enrolment) -> Iterator[str]:
    if before is None and not after.came_by:
        yield "in"
    if after.status == ACTIVE and (before is None or _place(before) != _place(after)):
        yield f"at|{after.step}"
    if before is None or before.cause != after.cause:
        for step in dict.fromkeys(after.path):
            yield f"by|{step}"
            for split, way in after.ways.items():
                if not way.isdigit() and split != step:
                    yield f"way|{split}|{way}|{step}"
    if after.status != ACTIVE and (before is None or before.status == ACTIVE):
        yield _TAKEN_ALONG if after.went else f"end|{after.exit_reason}"


@dataclass(frozen=True, slots=True)
class JourneyCounts:
    """The counts of one version, read as questions."""

    counts: Mapping[str, int]

    @property
    def entered(self) -> int:
        return self.counts.get("in", 0)

    @property
    def active(self) -> int:
        """People who stand at a wait now."""
        return sum(count for key, count in self.counts.items() if key.startswith("at|"))

    @property
    def ended(self) -> dict[str, int]:
        """{reason: people}, of whom there are any; ``completed`` ran to the end."""
        found = {key.removeprefix("end|"): count for key, count in self.counts.items() if key.startswith("end|")}
        return {reason: count for reason, count in found.items() if count > 0}

    def at(self, step: str) -> int:
        """Who stands at this step now."""
        return self.counts.get(f"at|{step}", 0)

    def passed(self, step: str) -> int:
        """Who ever came past this step."""
        return self.counts.get(f"by|{step}", 0)

    def moved_to(self, version: str) -> int:
        """Who left this version for that one."""
        return self.counts.get(f"moved|{version}", 0)

    def by_way(self, split: str, way: str, step: str) -> int:
        """Who drew `way` at `split` and came past `step` in that move or later."""
        return self.counts.get(f"way|{split}|{way}|{step}", 0)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two ways of a split at one goal. `p` is how often chance alone would make so great a difference (two-sided z-test); None: too few to say."""

    better: str
    other: str
    better_rate: float
    other_rate: float
    p: float | None

    @property
    def is_sure(self) -> bool:
        """Whether the difference would come by chance less than once in twenty."""
        return self.p is not None and self.p < 0.05


# Below so many expected successes or failures the normal approximation says nothing.
_LEAST_EXPECTED = 5


def compare(first: tuple[str, int, int], second: tuple[str, int, int]) -> Comparison | None:
    """Two ways as (name, people, of whom so many reached the goal); None while one of them has nobody."""
    if not first[1] or not second[1]:
        return None
    better, other = sorted((first, second), key=lambda way: way[2] / way[1], reverse=True)
    people, reached = better[1] + other[1], better[2] + other[2]
    together = reached / people
    expected = min(way[1] * share for way in (better, other) for share in (together, 1 - together))
    rates = better[2] / better[1], other[2] / other[1]
    if expected < _LEAST_EXPECTED:
        return Comparison(better[0], other[0], *rates, None)
    spread = sqrt(together * (1 - together) * (1 / better[1] + 1 / other[1]))
    return Comparison(better[0], other[0], *rates, erfc((rates[0] - rates[1]) / spread / sqrt(2)))
