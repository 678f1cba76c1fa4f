"""The rows of the secrets table."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from shared.store.connection import Table
from shared.store.rows.row import InRegion, name_of


class SecretItem(Table):
    class Meta(InRegion):
        table_name = name_of("secrets")

    name = UnicodeAttribute(hash_key=True)
    value = UnicodeAttribute()
