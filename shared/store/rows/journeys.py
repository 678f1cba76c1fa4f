"""The rows of the journeys table."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from shared.store.connection import Table
from shared.store.packed import PackedJson
from shared.store.rows.row import InRegion, name_of


class JourneyItem(Table):
    class Meta(InRegion):
        table_name = name_of("journeys")

    journey = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    at = UnicodeAttribute()
    body: PackedJson = PackedJson()
    edition = NumberAttribute(null=True)
    by = UnicodeAttribute(null=True)
    note = UnicodeAttribute(null=True)
    source = UnicodeAttribute(null=True)
