"""Imported files: a head, what the rows said in bundles until their outcome is known, and the outcomes in parts."""

from __future__ import annotations

import json
import zlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import timedelta

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.update import Action

from shared.domain.imports import Import, RowOutcome
from shared.domain.moments import from_iso
from shared.store.conditional import saved, updated
from shared.store.rows.imports import ImportItem

_HEAD = "head"
_LISTED = "#imports"
_ROWS = "rows"
# Whoever uploads waits for the bundles: few and large. A row of a table holds 400 KB, and a part of it is read at a time.
_MOST_IN_A_BUNDLE = 120_000
# What an upload that died leaves behind, and what is left of a bundle, goes by itself; an import that stood still for so long cannot go on.
_KEPT = timedelta(days=30)


def _part_key(number: int) -> str:
    return f"part#{number:06}"


def _bundle_key(import_id: str, first: int) -> str:
    """Each bundle is a partition of its own: the table takes a large file as fast as its partitions together do."""
    return f"{import_id}#{first:06}"


def _to_import(item: ImportItem) -> Import:
    return Import(
        **(item.about or {}),
        submitted=int(item.submitted or 0),
        settled=int(item.settled or 0),
        moved_at=item.moved_at or "",
        counts=item.counts or {},
        reasons=item.reasons or {},
    )


class Imports:
    """Reads and conditional writes of imports."""

    def get(self, import_id: str) -> Import | None:
        """The head."""
        try:
            return _to_import(ImportItem.get(import_id, _HEAD, consistent_read=True))
        except DoesNotExist:
            return None

    def packed(self, rows: bytes) -> bytes:
        """The rows of a part, as JSON, as they are kept."""
        return zlib.compress(rows, 6)

    def begin(self, found: Import, parts: Sequence[bytes]) -> None:
        """Writes the packed parts first, bundled, and the head last: whoever sees the head finds all rows. Done twice is done once; `enlist` follows."""
        found = replace(found, bundles=_bundles(parts))
        expires = int((from_iso(found.created_at) + _KEPT).timestamp())
        for first, end in zip(found.bundles, [*found.bundles[1:], len(parts)], strict=True):
            bundle = parts[first:end]
            key, sizes = _bundle_key(found.import_id, first), [*map(len, bundle)]
            item = ImportItem(key, _ROWS, sizes=sizes, rows=b"".join(bundle), expires=expires)
            saved(item, ImportItem.import_id.does_not_exist())
        about = {
            name: value
            for name, value in asdict(found).items()
            if name not in ("submitted", "settled", "moved_at", "counts", "reasons")
        }
        saved(
            ImportItem(found.import_id, _HEAD, about=about, submitted=0, settled=0),
            ImportItem.import_id.does_not_exist(),
        )

    def enlist(self, found: Import) -> None:
        """Lists an import as its head dates it: two uploads at once, or a repeated one, list the same."""
        saved(ImportItem(_LISTED, f"{found.created_at}#{found.import_id}"), ImportItem.import_id.does_not_exist())

    def rows(self, found: Import, number: int) -> list[dict[str, str]]:
        """The rows of one part; none once its bundle is forgotten."""
        at = bisect_right(found.bundles, number) - 1
        if at < 0:
            # Taken before there were bundles.
            packed = ImportItem.get(found.import_id, _part_key(number), consistent_read=True).rows
        else:
            packed = self._from_bundle(found, found.bundles[at], number)
        return list(json.loads(zlib.decompress(packed))) if packed else []

    @staticmethod
    def _from_bundle(found: Import, first: int, number: int) -> bytes:
        item = ImportItem.get(_bundle_key(found.import_id, first), _ROWS, consistent_read=True)
        start = sum(item.sizes[: number - first])
        return bytes((item.rows or b"")[start : start + item.sizes[number - first]])

    def outcomes(self, import_id: str, number: int) -> list[RowOutcome]:
        """What became of the rows of one part; none as long as it did not go through the door."""
        try:
            item = ImportItem.get(import_id, _part_key(number), consistent_read=True)
        except DoesNotExist:
            return []
        return [
            RowOutcome(status, tuple(reasons), submission, lead)
            for status, reasons, submission, lead in item.outcomes or []
        ]

    def keep_outcomes(self, found: Import, number: int, outcomes: Sequence[RowOutcome], *, settled: bool) -> None:
        """Writes what became of the rows; once that is final no late step unsays it, and after the last part of a bundle what its rows said is forgotten."""
        packed = [[each.status, list(each.reasons), each.submission_id, each.lead_id] for each in outcomes]
        item, actions = ImportItem(found.import_id, _part_key(number)), [ImportItem.outcomes.set(packed)]
        if not settled:
            updated(item, actions, ImportItem.settled.does_not_exist())
            return
        item.update(actions=[*actions, ImportItem.settled.set(1), ImportItem.rows.remove()])
        at = bisect_right(found.bundles, number) - 1
        if at >= 0 and number + 1 in (*found.bundles[at + 1 :][:1], found.parts):
            # What is left of it keeps a late upload of the same file from bringing the rows back.
            ImportItem(_bundle_key(found.import_id, found.bundles[at]), _ROWS).update(
                actions=[ImportItem.rows.remove()]
            )

    def advance_submitted(self, import_id: str, reached: int, at: str) -> bool:
        """One more part went through the door, at `at` (ISO 8601); False when somebody else said so first."""
        actions: list[Action] = [ImportItem.submitted.set(reached + 1), ImportItem.moved_at.set(at)]
        return updated(ImportItem(import_id, _HEAD), actions, ImportItem.submitted == reached)

    def advance_settled(self, import_id: str, reached: int, counts: dict[str, int], reasons: dict[str, int]) -> bool:
        """One more part is settled, with the sums up to it; False when somebody else said so first."""
        actions: list[Action] = [
            ImportItem.settled.set(reached + 1),
            ImportItem.counts.set(counts),
            ImportItem.reasons.set(reasons),
        ]
        return updated(ImportItem(import_id, _HEAD), actions, ImportItem.settled == reached)

    def page(self, limit: int, before: str | None = None) -> tuple[list[Import], str | None]:
        """Imports, newest first, and where the next page begins."""
        condition = ImportItem.part < before if before else None
        listed = list(ImportItem.query(_LISTED, condition, scan_index_forward=False, limit=limit))
        heads = {
            item.import_id: _to_import(item)
            for item in ImportItem.batch_get([(row.part.rpartition("#")[2], _HEAD) for row in listed])
        }
        ids = [row.part.rpartition("#")[2] for row in listed]
        return [heads[each] for each in ids if each in heads], listed[-1].part if len(listed) == limit else None


def _bundles(parts: Sequence[bytes]) -> list[int]:
    """The first part of each bundle."""
    found: list[int] = []
    size = 0
    for number, part in enumerate(parts):
        if not found or size + len(part) > _MOST_IN_A_BUNDLE:
            found.append(number)
            size = 0
        size += len(part)
    return found
