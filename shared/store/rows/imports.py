"""The rows of the imports table."""

from __future__ import annotations

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute

from shared.store.connection import Table
from shared.store.rows.row import CompactJson, InRegion, name_of


class ImportItem(Table):
    class Meta(InRegion):
        table_name = name_of("imports")

    import_id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    about: CompactJson = CompactJson(null=True)
    sizes: CompactJson = CompactJson(null=True)
    rows = BinaryAttribute(null=True, legacy_encoding=False)
    outcomes: CompactJson = CompactJson(null=True)
    expires = NumberAttribute(null=True)
    submitted = NumberAttribute(null=True)
    settled = NumberAttribute(null=True)
    moved_at = UnicodeAttribute(null=True)
    counts: CompactJson = CompactJson(null=True)
    reasons: CompactJson = CompactJson(null=True)
