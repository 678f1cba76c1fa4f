"""The rows of the audit table."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from shared.store.connection import Table
from shared.store.rows.row import CompactJson, InRegion, name_of


class AuditItem(Table):
    class Meta(InRegion):
        table_name = name_of("audit")

    day = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    at = UnicodeAttribute()
    who = UnicodeAttribute()
    what = UnicodeAttribute()
    on = UnicodeAttribute(null=True)
    detail: CompactJson = CompactJson(null=True)
