"""Who did what, newest first, over the days."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

from shared.usecases.console.walk import BadCursor, PageOf

if TYPE_CHECKING:
    from shared.store.audit import Audit, AuditEntry

PAGE = 50
# Days are partitions, so a quiet day costs a read: after so many in a row the log is taken to have ended.
_QUIET_DAYS = 92
# A cursor is a day, then perhaps the sort key in it behind which the page begins.
_CURSOR = re.compile(r"(\d{4}-\d\d-\d\d)(?:~([\w:.#-]{1,120}))?")


def read_audit(cursor: str, today: date, audit: Audit) -> PageOf[AuditEntry]:
    """One page. Raises BadCursor."""
    day, before = _start(cursor, today)
    found: list[AuditEntry] = []
    quiet = 0
    while len(found) < PAGE and quiet < _QUIET_DAYS:
        entries, before = audit.day(day.isoformat(), PAGE - len(found), before)
        found += entries
        if before is not None:
            return PageOf(found, f"{day.isoformat()}~{before}")
        quiet = 0 if entries else quiet + 1
        day -= timedelta(days=1)
    return PageOf(found, day.isoformat() if len(found) == PAGE else None)


def _start(cursor: str, today: date) -> tuple[date, str | None]:
    if not cursor:
        return today, None
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise BadCursor("this cursor was not given out by this list")
    try:
        return min(date.fromisoformat(match[1]), today), match[2]
    except ValueError as error:
        raise BadCursor("this cursor names no day") from error
