"""The rows of the limits table."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from shared.store.connection import Table
from shared.store.rows.row import InRegion, name_of


class LimitItem(Table):
    class Meta(InRegion):
        table_name = name_of("limits")

    key = UnicodeAttribute(hash_key=True)
    posts = NumberAttribute(null=True)
    expires = NumberAttribute(null=True)
