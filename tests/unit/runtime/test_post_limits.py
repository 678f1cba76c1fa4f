"""Limits of posts, by a table that is a dictionary."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.limits import Limit, network_of
from shared.usecases.limit_posts import PostLimit

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
SIX = Limit(posts=6, within=timedelta(minutes=5), free=2)


class Table(Counter[str]):
    """What was written down."""

    writes = 0

    def count(self, key: str, expires: datetime, by: int = 1) -> int:
        assert expires > NOW + SIX.within
        self.writes += 1
        self[key] += by
        return self[key]


def accepted(limit: PostLimit, posts: int, now: datetime = NOW, whose: str = "eve") -> int:
    return sum(not limit.is_over(whose, now) for _ in range(posts))


def test_as_many_come_through_as_the_policy_says() -> None:
    assert accepted(PostLimit(SIX, Table()), 20) == 6


def test_the_next_window_is_a_new_one_and_nobody_pays_for_another() -> None:
    limit = PostLimit(SIX, Table())
    assert accepted(limit, 20) == 6
    assert accepted(limit, 1, whose="lin") == 1
    assert accepted(limit, 20, NOW + SIX.within) == 6


def test_ordinary_posts_are_not_written_down() -> None:
    table = Table()
    accepted(PostLimit(SIX, table), SIX.free)
    assert not table


def test_processes_share_what_is_written_down_and_each_lets_its_free_ones_through() -> None:
    table = Table()
    assert [accepted(PostLimit(SIX, table), 20) for _ in range(3)] == [6, 2, 2]


def test_a_flood_of_ever_new_addresses_does_not_fill_the_memory() -> None:
    limit = PostLimit(SIX, Table())
    for number in range(30_000):
        limit.is_over(str(number), NOW)
    assert len(limit._seen) <= 20_000


def test_a_flood_that_is_over_its_limit_is_not_written_down_any_more() -> None:
    table = Table()
    assert accepted(PostLimit(SIX, table), 10_000) == 6
    assert table.writes == SIX.posts - SIX.free + 1


def test_several_at_once_count_as_many_by_one_write() -> None:
    table = Table()
    limit = PostLimit(SIX, table)
    assert [limit.is_over("eve", NOW, by=3), limit.is_over("eve", NOW, by=3)] == [False, False]
    assert (sum(table.values()), table.writes) == (SIX.posts - SIX.free, 2)
    assert limit.is_over("eve", NOW, by=1)


def test_limits_of_the_same_address_are_counted_apart() -> None:
    table = Table()
    views, scans = (PostLimit(Limit(6, SIX.within, 2, name), table) for name in ("views", "scans"))
    assert (accepted(views, 20), accepted(scans, 20)) == (6, 6)


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("not:an:address", "not:an:address"),
        ("", ""),
    ],
)
def test_an_ipv6_address_stands_for_the_network_of_its_subscriber(ip: str, network: str) -> None:
    assert network_of(ip) == network
