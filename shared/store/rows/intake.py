"""The rows of the intake table."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from shared.store.connection import Table
from shared.store.packed import PackedJson
from shared.store.rows.row import InRegion, name_of


class HeldIndex(GlobalSecondaryIndex["IntakeItem"]):  # type: ignore[no-untyped-call]
    class Meta(InRegion):
        index_name = "held"
        projection = KeysOnlyProjection()

    held = UnicodeAttribute(hash_key=True)
    received_at = UnicodeAttribute(range_key=True)


class IntakeItem(Table):
    class Meta(InRegion):
        table_name = name_of("intake")

    submission_id = UnicodeAttribute(hash_key=True)
    form = UnicodeAttribute()
    status = UnicodeAttribute()
    received_at = UnicodeAttribute()
    fields: PackedJson = PackedJson()
    meta: PackedJson = PackedJson()
    reason = UnicodeAttribute(null=True)
    findings: PackedJson = PackedJson(null=True)
    held = UnicodeAttribute(null=True)
    expires = NumberAttribute()
    held_index = HeldIndex()
