"""The list of hand-offs: one owner's, or the whole team's merged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from shared.domain.handoff import Handoff
from shared.domain.moments import to_iso
from shared.usecases.console.walk import PAGE, Listing, PageOf, RawKey, walk

if TYPE_CHECKING:
    from shared.store.handoffs import Handoffs


def find_handoffs(
    owners: Sequence[str],
    status: str,
    cursor: str,
    *,
    handoffs: Handoffs,
    owner_key: Callable[[str, str, str], RawKey],
    size: int = PAGE,
) -> PageOf[Handoff]:
    """Hand-offs of these owners, newest first, with `status` when it is given. Raises BadCursor."""

    def listing(owner: str) -> Listing[Handoff]:
        return Listing(
            page=lambda limit, after: handoffs.page_of_owner(owner, limit, after),
            key=lambda position: owner_key(owner, *position),
            position=lambda handoff: (to_iso(handoff.created_at), handoff.handoff_id),
        )

    return walk(
        {owner: listing(owner) for owner in owners}, cursor, lambda handoff: status in ("", handoff.status), size
    )
