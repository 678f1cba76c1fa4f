"""The rows of the activities table."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from shared.store.connection import Table
from shared.store.packed import PackedJson
from shared.store.rows.row import InRegion, name_of


class ActivityItem(Table):
    class Meta(InRegion):
        table_name = name_of("activities")

    lead_id = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    type = UnicodeAttribute()
    at = UnicodeAttribute()
    cause = UnicodeAttribute()
    channel = UnicodeAttribute(null=True)
    agent = UnicodeAttribute(null=True)
    detail: PackedJson = PackedJson(null=True)
