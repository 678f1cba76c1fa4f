"""Merged lists: nobody twice, nobody missing, bounded, and cursors of strangers refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.moments import to_iso
from shared.usecases.console.walk import (
    BUDGET,
    BadCursor,
    Listing,
    PageOf,
    Position,
    RawKey,
    format_cursor,
    parse_cursor,
    walk,
)

START = datetime(2026, 3, 2, tzinfo=UTC)
Row = Position


def listing(rows: list[Row]) -> Listing[Row]:
    """An index partition in memory: newest first, a chunk at a time, going on behind a key."""
    ordered = sorted(rows, reverse=True)

    def page(limit: int, after: RawKey | None) -> tuple[list[Row], RawKey | None]:
        rest = [row for row in ordered if after is None or row < tuple(after["at"])]
        return rest[:limit], {"at": rest[limit - 1]} if len(rest) > limit else None

    return Listing(page=page, key=lambda position: {"at": position}, position=lambda row: row)


def rows_of(minutes: list[int], name: str) -> list[Row]:
    return [(to_iso(START + timedelta(minutes=minute)), f"{name}{number}") for number, minute in enumerate(minutes)]


def every_page(lists: dict[str, list[Row]], size: int) -> list[PageOf[Row]]:
    pages: list[PageOf[Row]] = []
    cursor: str | None = None
    while not pages or cursor:
        pages.append(walk({name: listing(rows) for name, rows in lists.items()}, cursor, size=size))
        cursor = pages[-1].cursor
    return pages


@given(
    st.lists(st.integers(0, 30), max_size=130),
    st.lists(st.integers(0, 30), max_size=130),
    st.lists(st.integers(0, 5), max_size=20),
    st.integers(1, 60),
)
def test_pages_of_merged_lists_hold_everything_once_and_in_order(
    hot: list[int], warm: list[int], cold: list[int], size: int
) -> None:
    lists = {"hot": rows_of(hot, "h"), "warm": rows_of(warm, "w"), "cold": rows_of(cold, "c")}
    pages = every_page(lists, size)
    shown = [row for page in pages for row in page.items]
    assert shown == sorted((row for rows in lists.values() for row in rows), reverse=True)
    assert all(len(page.items) == size for page in pages[:-1])


def test_a_rare_row_costs_several_bounded_pages() -> None:
    rows = rows_of(list(range(2 * BUDGET + 10)), "r")
    wanted = min(rows)
    first = walk({"all": listing(rows)}, None, lambda row: row == wanted)
    second = walk({"all": listing(rows)}, first.cursor, lambda row: row == wanted)
    third = walk({"all": listing(rows)}, second.cursor, lambda row: row == wanted)
    assert (first.items, second.items, third.items, third.cursor) == ([], [], [wanted], None)


def test_a_full_last_page_has_no_cursor() -> None:
    assert walk({"all": listing(rows_of([1, 2], "r"))}, None, size=2).cursor is None


def test_a_cursor_comes_back_as_it_was() -> None:
    reached = {"hot": (to_iso(START), "abc"), "cold": (to_iso(START), "x@y.example")}
    assert parse_cursor(format_cursor(reached), ("hot", "warm", "cold")) == reached


@pytest.mark.parametrize(
    "reached",
    [
        {"other": (to_iso(START), "a")},
        {"hot": ("yesterday", "a")},
        {"hot": ("2026-03-02T00:00:00+00:00", "a")},
        {"hot": (to_iso(START), "")},
        {"hot": (to_iso(START), "a b")},
        {"hot": (to_iso(START), "x" * 500)},
        {"hot": (to_iso(START),)},
        {"hot": (1, 2)},
        {"hot": None},
    ],
    ids=str,
)
def test_a_cursor_of_something_else_is_refused(reached: object) -> None:
    with pytest.raises(BadCursor):
        parse_cursor(format_cursor(reached), ("hot",))  # type: ignore[arg-type]


@given(st.text(max_size=60))
def test_whatever_a_stranger_sends_as_a_cursor_is_read_or_refused(text: str) -> None:
    try:
        assert isinstance(parse_cursor(text, ("hot",)), dict)
    except BadCursor:
        return
