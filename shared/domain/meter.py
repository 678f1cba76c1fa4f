"""The meter: how many messages were given to SES, folded from the changes of the messages table.

A receipt counts while its status says that SES was, or may have been, given the mail. So the counts of a month are the number of its
receipts with such a status, however the changes arrive: each change carries its sequence number, and what a row has seen it skips.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from shared.domain.budget import Budget, Spend, month_of
from shared.domain.message import BOUNCED, CLAIMED, COMPLAINED, DELIVERED, SENT, UNKNOWN, Receipt

GIVEN = frozenset({CLAIMED, SENT, DELIVERED, UNKNOWN, BOUNCED, COMPLAINED})
NO_JOURNEY = "-"
_PARTS = "|"


@dataclass(frozen=True, slots=True)
class Step:
    """What one change of a receipt does to one count: `by` is 1 or -1. Sequence numbers grow along a shard."""

    sequence: int
    month: str
    key: str
    by: int


@dataclass(frozen=True, slots=True)
class MeterRow:
    """The counts of one shard in one month, up to and including the change `last_sequence`."""

    month: str
    shard: str
    last_sequence: int = -1
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counted:
    """A count's key, taken apart. `journey` is NO_JOURNEY for a mail that no journey sent."""

    channel: str
    journey: str
    klass: str


def key_of(receipt: Receipt) -> str:
    """`email|whitepaper-three-steps|marketing`."""
    return _PARTS.join((receipt.channel, receipt.journey or NO_JOURNEY, receipt.klass))


def parts_of(key: str) -> Counted:
    """A key, taken apart."""
    return Counted(*key.split(_PARTS))


def steps_of(sequence: int, before: Receipt | None, after: Receipt) -> list[Step]:
    """What a change from `before` to `after` does to the counts: mostly nothing, or one more, or one taken back."""
    old = (month_of(before.at), key_of(before)) if before and before.status in GIVEN else None
    new = (month_of(after.at), key_of(after)) if after.status in GIVEN else None
    if old == new:
        return []
    taken = [Step(sequence, *old, by=-1)] if old else []
    return taken + ([Step(sequence, *new, by=1)] if new else [])


def fold(row: MeterRow, steps: Iterable[Step]) -> MeterRow:
    """The row after those steps of its month and shard that it has not seen. Order and repetition within `steps` do not matter."""
    fresh = {step for step in steps if step.sequence > row.last_sequence and step.month == row.month}
    if not fresh:
        return row
    counts = Counter(row.counts)
    for step in fresh:
        counts[step.key] += step.by
    kept = {key: count for key, count in sorted(counts.items()) if count}
    return MeterRow(row.month, row.shard, max(step.sequence for step in fresh), kept)


def total(rows: Iterable[MeterRow]) -> dict[str, int]:
    """The counts of all shards together."""
    counts: Counter[str] = Counter()
    for row in rows:
        counts.update(row.counts)
    return {key: count for key, count in sorted(counts.items()) if count}


def spend_of(counts: Mapping[str, int], budget: Budget) -> Spend:
    """What the counted messages cost."""
    spent = sum(
        (budget.prices[parts_of(key).channel] * count for key, count in counts.items()), start=budget.monthly * 0
    )
    return Spend(spent, budget.monthly, budget.warn_at_percent)
