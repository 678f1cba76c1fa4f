"""Who did what in the console and its API. Holds ids, never personal data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.domain.moments import from_iso, to_iso
from shared.store.rows.audit import AuditItem


@dataclass(frozen=True, slots=True)
class AuditEntry:
    at: datetime
    who: str
    what: str
    on: str = ""
    detail: dict[str, Any] = field(default_factory=dict)


class Audit:
    """Appends and lists entries, a partition a day."""

    def record(self, entry: AuditEntry, entry_id: str) -> None:
        """Writes the entry; `entry_id` tells two of the same millisecond apart."""
        at = to_iso(entry.at)
        AuditItem(
            at[:10],
            f"{at}#{entry_id}",
            at=at,
            who=entry.who,
            what=entry.what,
            on=entry.on or None,
            detail=entry.detail or None,
        ).save()

    def day(self, day: str, limit: int, before: str | None = None) -> tuple[list[AuditEntry], str | None]:
        """Entries of one day (``2026-03-02``), newest first, and the sort key before which the next page begins."""
        rows = AuditItem.query(day, AuditItem.sk < before if before else None, scan_index_forward=False, limit=limit)
        items = list(rows)
        entries = [
            AuditEntry(from_iso(item.at), item.who, item.what, item.on or "", item.detail or {}) for item in items
        ]
        return entries, items[-1].sk if items and rows.last_evaluated_key else None
