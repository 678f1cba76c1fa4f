"""The rows of the meters table."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from shared.store.connection import Table
from shared.store.rows.row import CompactJson, InRegion, name_of


class MeterItem(Table):
    class Meta(InRegion):
        table_name = name_of("meters")

    month = UnicodeAttribute(hash_key=True)
    shard = UnicodeAttribute(range_key=True)
    last_sequence = UnicodeAttribute()
    counts: CompactJson = CompactJson()
