"""The rows of the people table."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection

from shared.store.connection import Table
from shared.store.packed import PackedJson
from shared.store.rows.row import CompactJson, InRegion, name_of


class NewestIndex(GlobalSecondaryIndex["PersonItem"]):  # type: ignore[no-untyped-call]
    """Every lead, and how they are called. Its key never changes, so a lead is written here once, and again when it is called otherwise."""

    class Meta(InRegion):
        index_name = "newest"
        projection = IncludeProjection(["called"])

    listed = UnicodeAttribute(hash_key=True)
    created_at = UnicodeAttribute(range_key=True)
    called = UnicodeAttribute(null=True)


class HotIndex(GlobalSecondaryIndex["PersonItem"]):  # type: ignore[no-untyped-call]
    """The hot leads alone: few among many, so that looking for them among all would take long."""

    class Meta(InRegion):
        index_name = "hot"
        projection = KeysOnlyProjection()

    hot = UnicodeAttribute(hash_key=True)
    created_at = UnicodeAttribute(range_key=True)


class StageIndex(GlobalSecondaryIndex["PersonItem"]):  # type: ignore[no-untyped-call]
    class Meta(InRegion):
        index_name = "by_stage"
        projection = KeysOnlyProjection()

    stage_key = UnicodeAttribute(hash_key=True)
    stage_at = UnicodeAttribute(range_key=True)


class AccountIndex(GlobalSecondaryIndex["PersonItem"]):  # type: ignore[no-untyped-call]
    """The people of a company, and how they are called: so it is known whose rows are worth reading."""

    class Meta(InRegion):
        index_name = "by_account"
        projection = IncludeProjection(["called"])

    account = UnicodeAttribute(hash_key=True)
    created_at = UnicodeAttribute(range_key=True)
    called = UnicodeAttribute(null=True)


class PersonItem(Table):
    class Meta(InRegion):
        table_name = name_of("people")

    id = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute()
    lead_id = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute(null=True)
    created_by = UnicodeAttribute(null=True)
    profile: CompactJson = CompactJson(null=True)
    known_at: PackedJson = PackedJson(null=True)
    profile_version = NumberAttribute(null=True)
    consent: PackedJson = PackedJson(null=True)
    first_touch: PackedJson = PackedJson(null=True)
    last_touch: PackedJson = PackedJson(null=True)
    tags: CompactJson = CompactJson(null=True)
    score = NumberAttribute(null=True)
    fit = NumberAttribute(null=True)
    interest = NumberAttribute(null=True)
    grade = UnicodeAttribute(null=True)
    listed = UnicodeAttribute(null=True)
    hot = UnicodeAttribute(null=True)
    score_state: PackedJson = PackedJson(null=True)
    score_version = NumberAttribute(null=True)
    score_due = UnicodeAttribute(null=True)
    crossings = UnicodeAttribute(null=True)
    stage = UnicodeAttribute(null=True)
    stage_key = UnicodeAttribute(null=True)
    stage_at = UnicodeAttribute(null=True)
    stage_before = UnicodeAttribute(null=True)
    owner = UnicodeAttribute(null=True)
    handoff_id = UnicodeAttribute(null=True)
    handed_at = UnicodeAttribute(null=True)
    members: CompactJson = CompactJson(null=True)
    merge: CompactJson = CompactJson(null=True)
    undone: CompactJson = CompactJson(null=True)
    account = UnicodeAttribute(null=True)
    called = UnicodeAttribute(null=True)
    account_index = AccountIndex()
    newest_index = NewestIndex()
    hot_index = HotIndex()
    stage_index = StageIndex()
