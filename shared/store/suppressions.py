"""Who must not be contacted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pynamodb.exceptions import DoesNotExist

from shared.domain.moments import from_iso, to_iso
from shared.domain.suppression import SOFT_BOUNCED, SoftBounceRule, Suppression
from shared.store import listing
from shared.store.rows.suppressions import SuppressionItem


def _to_suppression(item: SuppressionItem) -> Suppression:
    return Suppression(
        item.address,
        item.list,
        item.channel,
        from_iso(item.at),
        item.reason or "",
        item.by or "",
        from_iso(item.until) if item.until else None,
    )


class Suppressions:
    """Reads and writes suppression rows."""

    def on(self, addresses: Sequence[str]) -> list[Suppression]:
        """Every row that stands under one of these table keys (`identity.suppression_keys`), read consistently: this is the last look before a send."""
        return [_to_suppression(item) for key in addresses for item in SuppressionItem.query(key, consistent_read=True)]

    def add(self, row: Suppression) -> None:
        """Writes the row; the same address on the same list is one row, the newest wins."""
        SuppressionItem(
            row.address, row.list, channel=row.channel, at=to_iso(row.at), reason=row.reason or None, by=row.by or None
        ).save()

    def add_soft_bounce(self, address: str, at: datetime, feedback_id: str, rule: SoftBounceRule) -> None:
        """Notes one soft bounce (told twice it is one) and lets the address rest when `rule` says so."""
        item = SuppressionItem(address, SOFT_BOUNCED)
        item.update(
            actions=[
                SuppressionItem.bounces.add({f"{to_iso(at)}#{feedback_id}"}),
                SuppressionItem.at.set(to_iso(at)),
                SuppressionItem.channel.set("email"),
                SuppressionItem.by.set("ses"),
            ]
        )
        until = rule.rests_until(from_iso(bounce.partition("#")[0]) for bounce in item.bounces or ())
        if until is not None and to_iso(until) != item.until:
            item.update(actions=[SuppressionItem.until.set(to_iso(until))])

    def get(self, address: str, name: str) -> Suppression | None:
        """One row, if it stands."""
        try:
            return _to_suppression(SuppressionItem.get(address, name, consistent_read=True))
        except DoesNotExist:
            return None

    def remove(self, address: str, name: str) -> None:
        """Deletes one row; deleting what is not there is fine."""
        SuppressionItem(address, name).delete()

    def page(
        self, name: str, limit: int, before: dict[str, Any] | None = None
    ) -> tuple[list[Suppression], dict[str, Any] | None]:
        """One list's rows, newest first, and the key where the next page begins."""
        rows = SuppressionItem.list_index.query(name, scan_index_forward=False, limit=limit, last_evaluated_key=before)
        return listing.page(rows, lambda item: (item.address, item.list), _to_suppression)


def list_key(name: str, at: str, address: str) -> dict[str, Any]:
    """Where a row stands in `page`: to go on behind it."""
    return {"list": {"S": name}, "at": {"S": at}, "address": {"S": address}}
