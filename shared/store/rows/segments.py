"""The rows of the segments table."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from shared.store.connection import Table
from shared.store.rows.row import CompactJson, InRegion, name_of


class MemberIndex(GlobalSecondaryIndex["SegmentItem"]):  # type: ignore[no-untyped-call]
    class Meta(InRegion):
        index_name = "by_member"
        projection = KeysOnlyProjection()

    member_of = UnicodeAttribute(hash_key=True)
    since = UnicodeAttribute(range_key=True)


class SegmentItem(Table):
    """Two kinds of rows: a person's membership (`lead_id`, segment), and under keys that no person has, the definitions (``#definitions``, segment)
    and the counts (``#count#<segment>``, bucket).
    """

    class Meta(InRegion):
        table_name = name_of("segments")

    lead_id = UnicodeAttribute(hash_key=True)
    segment = UnicodeAttribute(range_key=True)
    since = UnicodeAttribute(null=True)
    member_of = UnicodeAttribute(null=True)
    changes = NumberAttribute(null=True)
    members = NumberAttribute(null=True)
    name: CompactJson = CompactJson(null=True)
    condition: CompactJson = CompactJson(null=True)
    version = UnicodeAttribute(null=True)
    source = UnicodeAttribute(null=True)
    status = UnicodeAttribute(null=True)
    walked: CompactJson = CompactJson(null=True)
    changed_at = UnicodeAttribute(null=True)
    changed_by = UnicodeAttribute(null=True)
    member_index = MemberIndex()
