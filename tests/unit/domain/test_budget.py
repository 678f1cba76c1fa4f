"""The budget: where it warns, where it stops, and how money is written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared.domain.budget import Budget, Spend, budget_of, money
from shared.domain.meter import MeterRow
from shared.usecases.watch_spending import Spending

NOON = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)


def spend(spent: str, budget: str = "50") -> Spend:
    return Spend(Decimal(spent), Decimal(budget), Decimal(80))


@pytest.mark.parametrize(
    ("spent", "state", "percent"),
    [
        ("0", "fine", "0.00"),
        ("39.9999", "fine", "79.99"),
        ("40", "warn", "80.00"),
        ("49.995", "warn", "99.99"),
        ("49.9999", "warn", "99.99"),
        ("50", "stopped", "100.00"),
        ("50.0001", "stopped", "100.00"),
        ("100", "stopped", "200.00"),
    ],
)
def test_it_warns_at_80_and_stops_at_100_percent_and_not_before(spent: str, state: str, percent: str) -> None:
    assert (spend(spent).state, f"{spend(spent).percent}") == (state, percent)


def test_a_budget_of_nothing_stops_at_once() -> None:
    assert (spend("0", "0").state, spend("0", "0").percent) == ("stopped", 100)


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("50", "50.00 USD"),
        ("0", "0.00 USD"),
        ("0.0003", "0.0003 USD"),
        ("6E-5", "0.00006 USD"),
        ("1.5", "1.50 USD"),
        ("1E+3", "1000.00 USD"),
        ("0.0100", "0.01 USD"),
    ],
)
def test_money_is_written_with_every_digit_and_its_currency(amount: str, written: str) -> None:
    assert money(Decimal(amount)) == written


def test_the_shipped_budget_is_read_to_the_digit(policies: dict[str, Any]) -> None:
    assert budget_of(policies["budget"]) == Budget(
        Decimal(50),
        Decimal(80),
        {"email": Decimal("0.0001"), "sms": Decimal("0.05"), "wechat": Decimal(0), "push": Decimal(0)},
        Decimal("0.000109"),
    )


class Reads:
    """Counts how often the month is read."""

    def __init__(self) -> None:
        self.months: list[str] = []

    def of_month(self, month: str) -> list[MeterRow]:
        self.months.append(month)
        return [MeterRow(month, "a", 1, {"email|-|marketing": len(self.months)})]


def spending() -> tuple[Spending, Reads]:
    reads = Reads()
    return Spending(Budget(Decimal(50), Decimal(80), {"email": Decimal(1)}, Decimal(0)), reads), reads  # type: ignore[arg-type]


def test_the_spend_is_read_once_a_minute() -> None:
    watched, reads = spending()
    for seconds in (0, 1, 59, 60, 61):
        watched.of(NOON + timedelta(seconds=seconds))
    assert len(reads.months) == 2


def test_a_new_month_begins_with_a_new_reading() -> None:
    watched, reads = spending()
    midnight = datetime(2026, 4, 1, tzinfo=UTC)
    watched.of(midnight - timedelta(seconds=10))
    watched.of(midnight)
    assert reads.months == ["2026-03", "2026-04"]


def test_a_clock_that_was_set_back_freezes_nothing() -> None:
    watched, reads = spending()
    watched.of(NOON)
    watched.of(NOON - timedelta(hours=1))
    assert len(reads.months) == 2


def test_who_reads_afresh_gives_the_others_what_they_read() -> None:
    watched, _ = spending()
    watched.of(NOON)
    watched.read(NOON)
    assert watched.of(NOON).spent == 2
