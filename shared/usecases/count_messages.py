"""Counts what was given to SES: one write for each batch, month and shard, however often the batch comes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shared.domain.meter import Step, fold

if TYPE_CHECKING:
    from shared.store.meters import Meters

_TRIES = 3


class Overtaken(Exception):
    """Somebody else kept counting the same shard; the batch comes again."""


def count_messages(steps: Sequence[Step], shard: str, meters: Meters) -> None:
    """Folds the steps of one batch into the rows of its shard. Raises Overtaken."""
    for month in sorted({step.month for step in steps}):
        _count(month, shard, steps, meters)


def _count(month: str, shard: str, steps: Sequence[Step], meters: Meters) -> None:
    for _ in range(_TRIES):
        row = meters.get(month, shard)
        counted = fold(row, steps)
        if counted is row or meters.replace(row, counted):
            return
    raise Overtaken(f"{month} {shard}")
