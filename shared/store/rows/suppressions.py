"""The rows of the suppressions table."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute, UnicodeSetAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from shared.store.connection import Table
from shared.store.rows.row import InRegion, name_of


class SuppressionListIndex(GlobalSecondaryIndex["SuppressionItem"]):  # type: ignore[no-untyped-call]
    class Meta(InRegion):
        index_name = "by_list"
        projection = KeysOnlyProjection()

    list = UnicodeAttribute(hash_key=True)
    at = UnicodeAttribute(range_key=True)


class SuppressionItem(Table):
    class Meta(InRegion):
        table_name = name_of("suppressions")

    address = UnicodeAttribute(hash_key=True)
    list = UnicodeAttribute(range_key=True)
    channel = UnicodeAttribute()
    at = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)
    by = UnicodeAttribute(null=True)
    bounces: UnicodeSetAttribute = UnicodeSetAttribute(null=True)
    until = UnicodeAttribute(null=True)
    list_index = SuppressionListIndex()
