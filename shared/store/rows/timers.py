"""The rows of the timers table."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from shared.store.connection import Table
from shared.store.rows.row import CompactJson, InRegion, name_of


class TimerItem(Table):
    class Meta(InRegion):
        table_name = name_of("timers")

    bucket = UnicodeAttribute(hash_key=True)
    due_key = UnicodeAttribute(range_key=True)
    due = UnicodeAttribute(null=True)
    body: CompactJson = CompactJson(null=True)
    expires = NumberAttribute(null=True)
    finished_until = UnicodeAttribute(null=True)
    halfway: CompactJson = CompactJson(null=True)
    channel: CompactJson = CompactJson(null=True)
