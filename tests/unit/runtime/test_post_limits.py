"""Limits of posts, by a table that is a dictionary."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from shared.domain.limits import Limit
from shared.usecases.limit_posts import PostLimit

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
SIX = Limit(posts=6, within=timedelta(minutes=5), free=2)


class Table(Counter[str]):
    """What was written down."""

    def count(self, key: str, expires: datetime) -> int:
        assert expires > NOW + SIX.within
        self[key] += 1
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
