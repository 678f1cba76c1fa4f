"""Lists that are never scanned: one or more indexes, each newest first, merged into one; filtered; a page at a time.

A filter that the index does not know (a word in a name, say) walks at most `BUDGET` rows a page; the cursor goes on from there, so a
rare word costs several pages rather than one endless request.
"""

from __future__ import annotations

import base64
import binascii
import heapq
import json
import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from shared.domain.moments import from_iso, to_iso

PAGE, CHUNK, BUDGET = 50, 50, 500
_ID = re.compile(r"[^\s\x00-\x1f\ud800-\udfff]{1,400}")

T = TypeVar("T")
# Where a row stands in its index: its moment there (ISO) and its id.
Position = tuple[str, str]
RawKey = dict[str, Any]
Positions = dict[str, Position]


class BadCursor(ValueError):
    """The cursor was not given out by this list."""


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """One index partition.

    `page(limit, after)` gives rows, newest first, and the index key where the next begins; `key` makes such a key from a position;
    `position` is where a row stands.
    """

    page: Callable[[int, RawKey | None], tuple[Sequence[T], RawKey | None]]
    key: Callable[[Position], RawKey]
    position: Callable[[T], Position]

    def rows(self, after: Position | None) -> Iterator[T]:
        """Rows behind `after`, read a chunk at a time."""
        raw = self.key(after) if after else None
        while True:
            rows, raw = self.page(CHUNK, raw)
            yield from rows
            if raw is None:
                return


@dataclass(frozen=True, slots=True)
class PageOf(Generic[T]):
    """One page and where the next begins (None: no more)."""

    items: list[T]
    cursor: str | None


def walk(
    listings: Mapping[str, Listing[T]], cursor: str | None, keep: Callable[[T], bool] = lambda _: True, size: int = PAGE
) -> PageOf[T]:
    """The next page of the merged listings. Raises BadCursor."""
    reached = parse_cursor(cursor, listings.keys())
    merged = heapq.merge(
        *(_tagged(name, each, reached.get(name)) for name, each in listings.items()), key=_moment, reverse=True
    )
    found: list[T] = []
    for examined, (name, position, row) in enumerate(merged, start=1):
        reached[name] = position
        if keep(row):
            found.append(row)
        if len(found) == size or examined == BUDGET:
            return PageOf(found, format_cursor(reached) if next(merged, None) is not None else None)
    return PageOf(found, None)


def _tagged(name: str, listing: Listing[T], after: Position | None) -> Iterator[tuple[str, Position, T]]:
    return ((name, listing.position(row), row) for row in listing.rows(after))


def _moment(tagged: tuple[str, Position, T]) -> Position:
    return tagged[1]


def format_cursor(reached: Positions) -> str:
    """Opaque to clients; holds no personal data, only moments and ids."""
    return base64.urlsafe_b64encode(json.dumps(reached, separators=(",", ":")).encode()).decode().rstrip("=")


def parse_cursor(cursor: str | None, names: Container[str]) -> Positions:
    """The positions in a cursor that a client sent back. Raises BadCursor for anything that `format_cursor` would not make."""
    if not cursor:
        return {}
    try:
        content = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        return {name: _parse_position(pair) for name, pair in content.items() if _known(name, names)}
    except (ValueError, TypeError, AttributeError, binascii.Error, RecursionError) as error:
        raise BadCursor("this cursor was not given out by this list") from error


def _known(name: str, names: Container[str]) -> bool:
    if name not in names:
        raise BadCursor(f"not a list: {name!r}")
    return True


def _parse_position(pair: object) -> Position:
    if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(part, str) for part in pair)):
        raise BadCursor("not a position")
    moment, row_id = pair
    if to_iso(from_iso(moment)) != moment or not _ID.fullmatch(row_id):
        raise BadCursor("not a position")
    return moment, row_id
