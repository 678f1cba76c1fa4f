"""The rows of the enrolments table."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from shared.store.connection import Table
from shared.store.rows.row import CompactJson, InRegion, name_of


class EnrolmentItem(Table):
    class Meta(InRegion):
        table_name = name_of("enrolments")

    lead_id = UnicodeAttribute(hash_key=True)
    journey = UnicodeAttribute(range_key=True)
    version = UnicodeAttribute()
    status = UnicodeAttribute()
    step = UnicodeAttribute(null=True)
    due = UnicodeAttribute(null=True)
    cause = UnicodeAttribute()
    path: CompactJson = CompactJson(null=True)
    moved_at = UnicodeAttribute()
    entered_at = UnicodeAttribute()
    run = NumberAttribute(null=True)
    marks: CompactJson = CompactJson(null=True)
    ways: CompactJson = CompactJson(null=True)
    ended_at = UnicodeAttribute(null=True)
    exit_reason = UnicodeAttribute(null=True)
    entered_as = UnicodeAttribute(null=True)
    came_by = UnicodeAttribute(null=True)
    went: CompactJson = CompactJson(null=True)
