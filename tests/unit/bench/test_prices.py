"""Counts become dollars by the price file."""

from __future__ import annotations

from dataclasses import fields

import pytest

from infra.bench.prices import Prices, Usage

NOTHING = dict.fromkeys((field.name for field in fields(Usage)), 0.0)


def test_every_priced_thing_is_counted_and_every_count_is_priced() -> None:
    prices = Prices.read()
    assert {*prices.per_million, "gb_seconds"} == set(NOTHING)


def test_a_million_write_units_cost_what_the_file_says() -> None:
    prices = Prices.read()
    bill = prices.bill(Usage(**{**NOTHING, "write_units": 1e6}))
    assert sum(bill.values()) == pytest.approx(prices.per_million["write_units"])


def test_a_function_with_a_part_of_a_processor_takes_longer() -> None:
    prices = Prices.read()
    whole = int(prices.assumed["full_vcpu_mb"])
    assert prices.billed_seconds(0.1, 0, whole) == pytest.approx(0.1)
    assert prices.billed_seconds(0.1, 0, whole // 2) == pytest.approx(0.2, rel=0.01)


def test_waiting_for_a_call_is_billed_whatever_the_memory() -> None:
    prices = Prices.read()
    wait = prices.assumed["milliseconds_per_call"] / 1000
    assert prices.billed_seconds(0, 3, 128) == prices.billed_seconds(0, 3, 10_240) == pytest.approx(3 * wait)
