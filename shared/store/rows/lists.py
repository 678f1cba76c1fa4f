"""The rows of the lists table."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from shared.store.connection import Table
from shared.store.rows.row import InRegion, name_of


class ListIndex(GlobalSecondaryIndex["ListedItem"]):  # type: ignore[no-untyped-call]
    class Meta(InRegion):
        index_name = "by_list"
        projection = KeysOnlyProjection()

    list = UnicodeAttribute(hash_key=True)
    at = UnicodeAttribute(range_key=True)


class ListedItem(Table):
    class Meta(InRegion):
        table_name = name_of("lists")

    subject = UnicodeAttribute(hash_key=True)
    list = UnicodeAttribute()
    at = UnicodeAttribute()
    by = UnicodeAttribute(null=True)
    note = UnicodeAttribute(null=True)
    list_index = ListIndex()
