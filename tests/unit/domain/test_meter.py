"""The meter's fold: what is counted, and that no way of delivering the changes counts anything twice or not at all."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.budget import Budget
from shared.domain.message import (
    BOUNCED,
    CLAIMED,
    COMPLAINED,
    DELIVERED,
    QUEUED,
    REFUSED,
    SENT,
    UNKNOWN,
    Receipt,
)
from shared.domain.meter import GIVEN, MeterRow, Step, fold, key_of, spend_of, steps_of, total
from shared.usecases.console.costs import costs_of_month, costs_of_person
from shared.usecases.count_messages import Overtaken, count_messages

NOON = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
EVERY_STATUS = (QUEUED, CLAIMED, SENT, DELIVERED, UNKNOWN, REFUSED, BOUNCED, COMPLAINED)
# What really happens to a receipt, as send and feedback write it.
LIVES = (
    (CLAIMED, DELIVERED),
    (CLAIMED, DELIVERED, COMPLAINED),
    (CLAIMED, UNKNOWN, BOUNCED),
    (CLAIMED, SENT, REFUSED),
    (REFUSED,),
    (QUEUED, QUEUED, CLAIMED, DELIVERED),
    (CLAIMED, QUEUED, CLAIMED, DELIVERED),
    (CLAIMED, QUEUED, REFUSED),
    (CLAIMED, REFUSED),
)


def receipt(status: str, number: int = 0, at: datetime = NOON) -> Receipt:
    journey = ("", "whitepaper-three-steps", "slow-lane")[number % 3]
    klass = ("transactional", "marketing")[number % 2]
    return Receipt("lin", f"m{number}", klass, "t", status, at, journey=journey)


TEXTS = Budget(Decimal(50), Decimal(80), {"sms": Decimal("0.05")}, Decimal(0))


class Rows:
    """Rows in memory with the table's condition."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], MeterRow] = {}
        self.writes = 0

    def get(self, month: str, shard: str) -> MeterRow:
        return self.rows.get((month, shard), MeterRow(month, shard))

    def replace(self, old: MeterRow, new: MeterRow) -> bool:
        assert self.get(old.month, old.shard) == old
        self.rows[(new.month, new.shard)] = new
        self.writes += 1
        return True

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        months = sorted({month for month, _ in self.rows})
        return {month: total(row for row in self.rows.values() if row.month == month) for month in months}


@pytest.mark.parametrize("before", [None, *EVERY_STATUS])
@pytest.mark.parametrize("after", EVERY_STATUS)
def test_a_change_counts_when_the_mail_is_given_to_ses_and_is_taken_back_when_it_was_not(
    before: str | None, after: str
) -> None:
    steps = steps_of(1, receipt(before) if before else None, receipt(after))
    assert sum(step.by for step in steps) == (after in GIVEN) - (before in GIVEN)


def test_a_throttled_mail_that_leaves_in_the_next_month_is_counted_there() -> None:
    later = receipt(CLAIMED, at=NOON + timedelta(days=1))
    changes = [(None, receipt(CLAIMED)), (receipt(CLAIMED), receipt(QUEUED)), (receipt(QUEUED), later)]
    rows = Rows()
    steps = [step for number, change in enumerate(changes) for step in steps_of(number, *change)]
    count_messages(steps, "a", rows)  # type: ignore[arg-type]
    assert rows.counts == {"2026-03": {}, "2026-04": {key_of(later): 1}}


def test_one_batch_is_one_write() -> None:
    rows = Rows()
    count_messages([step for n in range(500) for step in steps_of(n, None, receipt(CLAIMED, n))], "a", rows)  # type: ignore[arg-type]
    assert rows.writes == 1
    assert sum(rows.counts["2026-03"].values()) == 500


def test_sequence_numbers_are_compared_as_numbers() -> None:
    row = fold(MeterRow("2026-03", "a"), steps_of(9, None, receipt(CLAIMED)))
    assert sum(fold(row, steps_of(10, None, receipt(CLAIMED, 1))).counts.values()) == 2


def test_who_is_always_overtaken_gives_the_batch_back() -> None:
    class Taken(Rows):
        def replace(self, old: MeterRow, new: MeterRow) -> bool:
            return False

    with pytest.raises(Overtaken):
        count_messages(steps_of(1, None, receipt(CLAIMED)), "a", Taken())  # type: ignore[arg-type]


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[list[Step]], list[Receipt]]:
    """The changes of some receipts, interleaved as they may be, and how the receipts stand in the end."""
    lives = draw(st.lists(st.sampled_from(LIVES), min_size=1, max_size=8))
    moments = [NOON + timedelta(hours=draw(st.integers(0, 48))) for _ in lives]
    order = draw(st.permutations([number for number, life in enumerate(lives) for _ in life]))
    standing: dict[int, Receipt] = {}
    changes, seen = [], Counter[int]()
    for sequence, number in enumerate(order):
        after = receipt(lives[number][seen[number]], number, moments[number])
        seen[number] += 1
        changes.append(steps_of(sequence, standing.get(number), after))
        standing[number] = after
    return changes, list(standing.values())


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[list[Step]], list[Receipt]]:
    """The same changes in batches that may come twice, halved, overlapping or again much later: a shard never skips ahead."""
    changes, standing = draw(streams())
    batches: list[list[Step]] = []
    reached = 0
    while reached < len(changes):
        first = draw(st.integers(0, reached))
        reached = draw(st.integers(reached + 1, len(changes)))
        batch = [step for steps in changes[first:reached] for step in steps]
        batches.append(draw(st.permutations(batch + draw(st.sampled_from([[], batch])))))
        if draw(st.booleans()):
            batches.append(batch[: draw(st.integers(0, len(batch)))])
    return batches, standing


@given(delivered=deliveries())
def test_however_the_batches_come_the_counts_are_those_of_the_receipts(
    delivered: tuple[list[list[Step]], list[Receipt]],
) -> None:
    batches, standing = delivered
    rows = Rows()
    for batch in batches:
        count_messages(batch, "a", rows)  # type: ignore[arg-type]
    expected: dict[str, Counter[str]] = {}
    for each in standing:
        if each.status in GIVEN:
            expected.setdefault(f"{each.at:%Y-%m}", Counter())[key_of(each)] += 1
    assert {month: counts for month, counts in rows.counts.items() if counts} == expected


@given(counts=st.dictionaries(st.sampled_from(["email|-|internal", "email|j|marketing"]), st.integers(0, 10**9)))
def test_the_spend_is_exact_to_the_last_mail(counts: dict[str, int]) -> None:
    budget = Budget(Decimal(50), Decimal(80), {"email": Decimal("0.0001")}, Decimal("0.00006"))
    assert spend_of(counts, budget).spent * 10_000 == sum(counts.values())


def test_shards_are_added_up() -> None:
    rows = [replace(MeterRow("2026-03", shard), counts={"email|-|marketing": 2}) for shard in "abc"]
    assert total(rows) == {"email|-|marketing": 6}


def test_a_long_text_message_costs_each_of_its_parts_and_is_one_message() -> None:
    text = replace(receipt(CLAIMED), channel="sms", parts=3)
    row = fold(MeterRow("2026-03", "s"), steps_of(1, None, text))
    assert dict(row.counts) == {"sms|-|transactional": 1, "sms|-|transactional|part": 2}
    assert spend_of(row.counts, TEXTS).spent == Decimal("0.15")
    month = costs_of_month("2026-03", row.counts, TEXTS)
    assert (dict(month.messages), month.by_channel["sms"]) == ({"transactional": 1}, Decimal("0.15"))
    assert costs_of_person([text], TEXTS).messages == Decimal("0.15")


def test_parts_of_a_text_that_was_not_taken_are_taken_back_with_it() -> None:
    claimed = replace(receipt(CLAIMED), channel="sms", parts=3)
    back = fold(
        fold(MeterRow("2026-03", "s"), steps_of(1, None, claimed)),
        steps_of(2, claimed, replace(claimed, status=QUEUED)),
    )
    assert dict(back.counts) == {}


def test_a_text_that_is_claimed_again_in_other_words_costs_the_parts_of_its_last_ones() -> None:
    long, short = (replace(receipt(CLAIMED), channel="sms", parts=parts) for parts in (3, 1))
    counts = fold(fold(MeterRow("2026-03", "s"), steps_of(1, None, long)), steps_of(2, long, short)).counts
    assert dict(counts) == {"sms|-|transactional": 1}
