"""What was set aside and waits for somebody's decision."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from shared.domain.moments import to_iso
from shared.domain.submission import Submission
from shared.usecases.console.walk import Listing, PageOf, RawKey, walk

if TYPE_CHECKING:
    from shared.store.intake import Intake

# One request releases so many at most: it ends well within its time, and whoever pressed sees what is left.
RELEASED_AT_ONCE = 200


def find_held(
    cursor: str, intake: Intake, held_key: Callable[[str, str], RawKey], reason: str = ""
) -> PageOf[Submission]:
    """One page, newest first; of one reason, when one is given. Raises BadCursor."""
    return walk({"held": _listing(intake, held_key)}, cursor, lambda each: not reason or reason in each.reasons)


def release_kind(reason: str, intake: Intake, held_key: Callable[[str, str], RawKey]) -> tuple[list[str], bool]:
    """Lets go on what is held for this reason and for no other, newest first: (ids, whether there are more)."""
    released: list[str] = []
    cursor: str | None = ""
    while cursor is not None and len(released) < RELEASED_AT_ONCE:
        page = walk({"held": _listing(intake, held_key)}, cursor, lambda each: each.reasons == [reason])
        released += [each.submission_id for each in page.items if intake.release(each.submission_id)]
        cursor = page.cursor
    return released, cursor is not None


def _listing(intake: Intake, held_key: Callable[[str, str], RawKey]) -> Listing[Submission]:
    return Listing(
        page=lambda limit, after: intake.page_held(limit, after),
        key=lambda position: held_key(*position),
        position=lambda submission: (to_iso(submission.received_at), submission.submission_id),
    )
