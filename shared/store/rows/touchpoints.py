"""The rows of the touchpoints table."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from shared.store.connection import Table
from shared.store.rows.row import CompactJson, InRegion, name_of


class KindIndex(GlobalSecondaryIndex["TouchpointItem"]):  # type: ignore[no-untyped-call]
    class Meta(InRegion):
        index_name = "by_kind"
        projection = KeysOnlyProjection()

    kind = UnicodeAttribute(hash_key=True)
    created_at = UnicodeAttribute(range_key=True)


class TouchpointItem(Table):
    class Meta(InRegion):
        table_name = name_of("touchpoints")

    code = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute()
    created_at = UnicodeAttribute()
    created_by = UnicodeAttribute()
    label = UnicodeAttribute(null=True)
    origin: CompactJson = CompactJson()
    content: CompactJson = CompactJson()
    card: CompactJson = CompactJson(null=True)
    scans = NumberAttribute(null=True)
    kind_index = KindIndex()
