"""The lists that people keep: who is fine, a competitor, a test, a customer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pynamodb.exceptions import DoesNotExist

from shared.domain.listed import Listed
from shared.domain.moments import from_iso, to_iso
from shared.store import listing
from shared.store.rows.lists import ListedItem


def _to_listed(item: ListedItem) -> Listed:
    return Listed(item.subject, item.list, from_iso(item.at), item.by or "", item.note or "")


def _to_item(row: Listed) -> ListedItem:
    return ListedItem(row.subject, list=row.list, at=to_iso(row.at), by=row.by or None, note=row.note or None)


class Lists:
    """Reads and writes what was put on a list."""

    def of(self, subjects: Sequence[str]) -> dict[str, str]:
        """{subject: list} of those that stand on one; one call, however many are asked about."""
        return {item.subject: item.list for item in ListedItem.batch_get(list(dict.fromkeys(subjects)))}

    def put(self, row: Listed) -> None:
        """Puts the subject on the list; it leaves any other."""
        _to_item(row).save()

    def put_all(self, rows: Iterable[Listed]) -> None:
        """The same for many, in batches. Rows name a subject once."""
        with ListedItem.batch_write() as batch:
            for row in rows:
                batch.save(_to_item(row))

    def get(self, subject: str) -> Listed | None:
        """One row, if it stands."""
        try:
            return _to_listed(ListedItem.get(subject, consistent_read=True))
        except DoesNotExist:
            return None

    def remove(self, subject: str) -> None:
        """Takes the subject off its list; taking off what is not there is fine."""
        ListedItem(subject).delete()

    def page(
        self, name: str, limit: int, before: dict[str, Any] | None = None
    ) -> tuple[list[Listed], dict[str, Any] | None]:
        """One list, newest first, and the key where the next page begins."""
        rows = ListedItem.list_index.query(name, scan_index_forward=False, limit=limit, last_evaluated_key=before)
        return listing.page(rows, lambda item: item.subject, _to_listed)


def list_key(name: str, at: str, subject: str) -> dict[str, Any]:
    """Where a row stands in `page`: to go on behind it."""
    return {"list": {"S": name}, "at": {"S": at}, "subject": {"S": subject}}
