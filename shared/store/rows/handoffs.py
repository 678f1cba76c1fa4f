"""The rows of the handoffs table."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from shared.store.connection import Table
from shared.store.packed import PackedJson
from shared.store.rows.row import CompactJson, InRegion, name_of


class OwnerIndex(GlobalSecondaryIndex["HandoffItem"]):  # type: ignore[no-untyped-call]
    class Meta(InRegion):
        index_name = "by_owner"
        projection = KeysOnlyProjection()

    owner = UnicodeAttribute(hash_key=True)
    created_at = UnicodeAttribute(range_key=True)


class HandoffItem(Table):
    class Meta(InRegion):
        table_name = name_of("handoffs")

    handoff_id = UnicodeAttribute(hash_key=True)
    lead_id = UnicodeAttribute()
    owner = UnicodeAttribute()
    manager = UnicodeAttribute()
    reason = UnicodeAttribute()
    status = UnicodeAttribute()
    created_at = UnicodeAttribute()
    due_at = UnicodeAttribute()
    brief: PackedJson = PackedJson()
    reminded_at = UnicodeAttribute(null=True)
    escalated_at = UnicodeAttribute(null=True)
    accepted_at = UnicodeAttribute(null=True)
    followed_up_at = UnicodeAttribute(null=True)
    closed_at = UnicodeAttribute(null=True)
    outcome: CompactJson = CompactJson(null=True)
    notes: CompactJson = CompactJson(null=True)
    owner_index = OwnerIndex()
