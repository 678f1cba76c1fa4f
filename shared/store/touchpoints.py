"""Touchpoints, by code."""

from __future__ import annotations

from typing import Any

from pynamodb.exceptions import DoesNotExist

from shared.domain.moments import from_iso, to_iso
from shared.domain.touchpoint import Touchpoint
from shared.store import listing
from shared.store.conditional import saved, updated
from shared.store.rows.touchpoints import TouchpointItem


def _to_touchpoint(item: TouchpointItem) -> Touchpoint:
    return Touchpoint(
        code=item.code,
        kind=item.kind,
        created_at=from_iso(item.created_at),
        created_by=item.created_by,
        label=item.label or "",
        origin=item.origin or {},
        content=item.content or {},
        card=item.card or {},
        scans=int(item.scans or 0),
    )


class Touchpoints:
    """Reads and conditional writes of touchpoints."""

    def create(self, touchpoint: Touchpoint) -> bool:
        """Writes it; False when the code is taken."""
        item = TouchpointItem(
            touchpoint.code,
            kind=touchpoint.kind,
            created_at=to_iso(touchpoint.created_at),
            created_by=touchpoint.created_by,
            label=touchpoint.label or None,
            origin=touchpoint.origin,
            content=touchpoint.content,
            card=touchpoint.card or None,
        )
        return saved(item, TouchpointItem.code.does_not_exist())

    def get(self, code: str) -> Touchpoint | None:
        """One touchpoint. A code that was made this moment may not be seen yet: nobody has printed it."""
        try:
            return _to_touchpoint(TouchpointItem.get(code))
        except DoesNotExist:
            return None

    def count_scan(self, code: str) -> None:
        """One more who followed the code. A counter, not evidence: a retry after a lost answer may count twice."""
        updated(TouchpointItem(code), [TouchpointItem.scans.add(1)], TouchpointItem.code.exists())

    def page(
        self, kind: str, limit: int, before: dict[str, Any] | None = None
    ) -> tuple[list[Touchpoint], dict[str, Any] | None]:
        """Those of one kind, newest first, and the key where the next page begins."""
        rows = TouchpointItem.kind_index.query(kind, scan_index_forward=False, limit=limit, last_evaluated_key=before)
        return listing.page(rows, lambda item: item.code, _to_touchpoint)


def kind_key(kind: str, created_at: str, code: str) -> dict[str, Any]:
    """Where a touchpoint stands in `page`: to go on behind it."""
    return {"kind": {"S": kind}, "created_at": {"S": created_at}, "code": {"S": code}}
