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
MESSAGE, FURTHER_PART = "", "part"


@dataclass(frozen=True, slots=True)
class Step:
    """What one change of a receipt does to one count, by `by` up or down. Sequence numbers grow along a shard."""

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
    """A count's key, taken apart. `journey` is NO_JOURNEY for a mail that no journey sent. `unit` is MESSAGE, or FURTHER_PART for what a long text
    message costs beyond its first part: the price again, and no message more.
    """

    channel: str
    journey: str
    klass: str
    unit: str = MESSAGE


def key_of(receipt: Receipt) -> str:
    """`email|whitepaper-three-steps|marketing`."""
    return _PARTS.join((receipt.channel, receipt.journey or NO_JOURNEY, receipt.klass))


def _counted(receipt: Receipt | None) -> dict[tuple[str, str], int]:
    """{(month, key): how many} of one receipt; empty for what was given to nobody."""
    if receipt is None or receipt.status not in GIVEN:
        return {}
    month, key = month_of(receipt.at), key_of(receipt)
    further = {(month, f"{key}{_PARTS}{FURTHER_PART}"): receipt.parts - 1} if receipt.parts > 1 else {}
    return {(month, key): 1} | further


def parts_of(key: str) -> Counted:
    """A key, taken apart."""
    return Counted(*key.split(_PARTS))


def steps_of(sequence: int, before: Receipt | None, after: Receipt) -> list[Step]:
    """What a change from `before` to `after` does to the counts: mostly nothing, or one more, or one taken back."""
    old, new = _counted(before), _counted(after)
    moved = {key: new.get(key, 0) - old.get(key, 0) for key in (*old, *(key for key in new if key not in old))}
    return [Step(sequence, *key, by=by) for key, by in moved.items() if by]


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
