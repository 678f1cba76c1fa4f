"""The rows of the messages table."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from shared.store.connection import Table
from shared.store.rows.row import CompactJson, InRegion, name_of


class MessageItem(Table):
    class Meta(InRegion):
        table_name = name_of("messages")

    lead_id = UnicodeAttribute(hash_key=True)
    message_id = UnicodeAttribute(range_key=True)
    klass = UnicodeAttribute(attr_name="class")
    channel = UnicodeAttribute()
    template = UnicodeAttribute()
    status = UnicodeAttribute()
    at = UnicodeAttribute()
    to = UnicodeAttribute(null=True)
    subject = UnicodeAttribute(null=True)
    purpose = UnicodeAttribute(null=True)
    journey = UnicodeAttribute(null=True)
    step = UnicodeAttribute(null=True)
    locale = UnicodeAttribute(null=True)
    reasons: CompactJson = CompactJson(null=True)
    checks: CompactJson = CompactJson(null=True)
    consent: CompactJson = CompactJson(null=True)
    not_before = UnicodeAttribute(null=True)
    provider_id = UnicodeAttribute(null=True)
    claimed_by = UnicodeAttribute(null=True)
    settled_at = UnicodeAttribute(null=True)
    error = UnicodeAttribute(null=True)
    version = UnicodeAttribute(null=True)
    ways: CompactJson = CompactJson(null=True)
    response = UnicodeAttribute(null=True)
    # Only of what has several.
    parts = NumberAttribute(null=True)
