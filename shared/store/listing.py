"""A page of a list: an index holds keys only, so the rows behind it are fetched in one batch and put back into its order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from pynamodb.models import Model
from pynamodb.pagination import ResultIterator

M = TypeVar("M", bound=Model)
R = TypeVar("R")

Cursor = dict[str, Any]


def page(
    listed: ResultIterator[M], key_of: Callable[[M], Any], read: Callable[[M], R]
) -> tuple[list[R], Cursor | None]:
    """What `read` makes of the rows behind `listed` (a query of an index), in its order, and the key where the next page begins.

    A row that went since it was listed is left out.
    """
    rows = list(listed)
    keys = [key_of(row) for row in rows]
    found = {key_of(item): item for item in type(rows[0]).batch_get(keys)} if rows else {}
    return [read(found[key]) for key in keys if key in found], listed.last_evaluated_key
