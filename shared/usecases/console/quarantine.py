"""What was set aside and waits for somebody's decision."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from shared.domain.moments import to_iso
from shared.domain.submission import Submission
from shared.usecases.console.walk import Listing, PageOf, RawKey, walk

if TYPE_CHECKING:
    from shared.store.intake import Intake


def find_held(cursor: str, intake: Intake, held_key: Callable[[str, str], RawKey]) -> PageOf[Submission]:
    """One page, newest first. Raises BadCursor."""
    listing = Listing(
        page=lambda limit, after: intake.page_held(limit, after),
        key=lambda position: held_key(*position),
        position=lambda submission: (to_iso(submission.received_at), submission.submission_id),
    )
    return walk({"held": listing}, cursor)
