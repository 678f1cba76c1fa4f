"""The tables. What each holds and why it is keyed so: docs/design.md. Moments are ISO 8601 text in UTC with milliseconds."""

from __future__ import annotations

import json
import os
from typing import Any

from pynamodb.attributes import BinaryAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from shared.session import REGION
from shared.store.connection import Table
from shared.store.packed import PackedJson


class CompactJson(JSONAttribute):
    """JSON in as few bytes as it takes: a row over 1 KB costs a second write unit, and escaped Chinese is twice its size."""

    def serialize(self, value: Any) -> str | None:
        return None if value is None else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _name(table: str) -> str:
    return os.environ.get(f"TABLE_{table.upper()}", f"ripen-{table}")


class _Meta:
    region = REGION


class HeldIndex(GlobalSecondaryIndex["IntakeItem"]):  # type: ignore[no-untyped-call]
    class Meta(_Meta):
        index_name = "held"
        projection = KeysOnlyProjection()

    held = UnicodeAttribute(hash_key=True)
    received_at = UnicodeAttribute(range_key=True)


class IntakeItem(Table):
    class Meta(_Meta):
        table_name = _name("intake")

    submission_id = UnicodeAttribute(hash_key=True)
    form = UnicodeAttribute()
    status = UnicodeAttribute()
    received_at = UnicodeAttribute()
    fields: PackedJson = PackedJson()
    meta: PackedJson = PackedJson()
    reason = UnicodeAttribute(null=True)
    findings: PackedJson = PackedJson(null=True)
    held = UnicodeAttribute(null=True)
    expires = NumberAttribute()
    held_index = HeldIndex()


class NewestIndex(GlobalSecondaryIndex["PersonItem"]):  # type: ignore[no-untyped-call]
    """Every lead. Its key never changes, so a lead is written here once in its life."""

    class Meta(_Meta):
        index_name = "newest"
        projection = KeysOnlyProjection()

    listed = UnicodeAttribute(hash_key=True)
    created_at = UnicodeAttribute(range_key=True)


class HotIndex(GlobalSecondaryIndex["PersonItem"]):  # type: ignore[no-untyped-call]
    """The hot leads alone: few among many, so that looking for them among all would take long."""

    class Meta(_Meta):
        index_name = "hot"
        projection = KeysOnlyProjection()

    hot = UnicodeAttribute(hash_key=True)
    created_at = UnicodeAttribute(range_key=True)


class StageIndex(GlobalSecondaryIndex["PersonItem"]):  # type: ignore[no-untyped-call]
    class Meta(_Meta):
        index_name = "by_stage"
        projection = KeysOnlyProjection()

    stage_key = UnicodeAttribute(hash_key=True)
    stage_at = UnicodeAttribute(range_key=True)


class AccountIndex(GlobalSecondaryIndex["PersonItem"]):  # type: ignore[no-untyped-call]
    class Meta(_Meta):
        index_name = "by_account"
        projection = KeysOnlyProjection()

    account = UnicodeAttribute(hash_key=True)
    created_at = UnicodeAttribute(range_key=True)


class PersonItem(Table):
    class Meta(_Meta):
        table_name = _name("people")

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
    owner = UnicodeAttribute(null=True)
    handoff_id = UnicodeAttribute(null=True)
    handed_at = UnicodeAttribute(null=True)
    members: CompactJson = CompactJson(null=True)
    merge: CompactJson = CompactJson(null=True)
    undone: CompactJson = CompactJson(null=True)
    account = UnicodeAttribute(null=True)
    account_index = AccountIndex()
    newest_index = NewestIndex()
    hot_index = HotIndex()
    stage_index = StageIndex()


class ActivityItem(Table):
    class Meta(_Meta):
        table_name = _name("activities")

    lead_id = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    type = UnicodeAttribute()
    at = UnicodeAttribute()
    cause = UnicodeAttribute()
    channel = UnicodeAttribute(null=True)
    agent = UnicodeAttribute(null=True)
    detail: PackedJson = PackedJson(null=True)


class EnrolmentItem(Table):
    class Meta(_Meta):
        table_name = _name("enrolments")

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


class JourneyItem(Table):
    class Meta(_Meta):
        table_name = _name("journeys")

    journey = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    at = UnicodeAttribute()
    body: PackedJson = PackedJson()
    edition = NumberAttribute(null=True)
    by = UnicodeAttribute(null=True)
    note = UnicodeAttribute(null=True)
    source = UnicodeAttribute(null=True)


class TimerItem(Table):
    class Meta(_Meta):
        table_name = _name("timers")

    bucket = UnicodeAttribute(hash_key=True)
    due_key = UnicodeAttribute(range_key=True)
    due = UnicodeAttribute(null=True)
    body: CompactJson = CompactJson(null=True)
    expires = NumberAttribute(null=True)
    finished_until = UnicodeAttribute(null=True)
    halfway: CompactJson = CompactJson(null=True)
    channel: CompactJson = CompactJson(null=True)


class MessageItem(Table):
    class Meta(_Meta):
        table_name = _name("messages")

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


class OwnerIndex(GlobalSecondaryIndex["HandoffItem"]):  # type: ignore[no-untyped-call]
    class Meta(_Meta):
        index_name = "by_owner"
        projection = KeysOnlyProjection()

    owner = UnicodeAttribute(hash_key=True)
    created_at = UnicodeAttribute(range_key=True)


class HandoffItem(Table):
    class Meta(_Meta):
        table_name = _name("handoffs")

    handoff_id = UnicodeAttribute(hash_key=True)
    lead_id = UnicodeAttribute()
    owner = UnicodeAttribute()
    manager = UnicodeAttribute()
    reason = UnicodeAttribute()
    status = UnicodeAttribute()
    created_at = UnicodeAttribute()
    due_at = UnicodeAttribute()
    brief: PackedJson = PackedJson()
    reminded_at = UnicodeAttribute(null=True)
    escalated_at = UnicodeAttribute(null=True)
    accepted_at = UnicodeAttribute(null=True)
    followed_up_at = UnicodeAttribute(null=True)
    closed_at = UnicodeAttribute(null=True)
    outcome: CompactJson = CompactJson(null=True)
    notes: CompactJson = CompactJson(null=True)
    owner_index = OwnerIndex()


class SuppressionListIndex(GlobalSecondaryIndex["SuppressionItem"]):  # type: ignore[no-untyped-call]
    class Meta(_Meta):
        index_name = "by_list"
        projection = KeysOnlyProjection()

    list = UnicodeAttribute(hash_key=True)
    at = UnicodeAttribute(range_key=True)


class SuppressionItem(Table):
    class Meta(_Meta):
        table_name = _name("suppressions")

    address = UnicodeAttribute(hash_key=True)
    list = UnicodeAttribute(range_key=True)
    channel = UnicodeAttribute()
    at = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)
    by = UnicodeAttribute(null=True)
    bounces: UnicodeSetAttribute = UnicodeSetAttribute(null=True)
    until = UnicodeAttribute(null=True)
    list_index = SuppressionListIndex()


class ListIndex(GlobalSecondaryIndex["ListedItem"]):  # type: ignore[no-untyped-call]
    class Meta(_Meta):
        index_name = "by_list"
        projection = KeysOnlyProjection()

    list = UnicodeAttribute(hash_key=True)
    at = UnicodeAttribute(range_key=True)


class ListedItem(Table):
    class Meta(_Meta):
        table_name = _name("lists")

    subject = UnicodeAttribute(hash_key=True)
    list = UnicodeAttribute()
    at = UnicodeAttribute()
    by = UnicodeAttribute(null=True)
    note = UnicodeAttribute(null=True)
    list_index = ListIndex()


class ImportItem(Table):
    class Meta(_Meta):
        table_name = _name("imports")

    import_id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    about: CompactJson = CompactJson(null=True)
    rows = BinaryAttribute(null=True, legacy_encoding=False)
    outcomes: CompactJson = CompactJson(null=True)
    submitted = NumberAttribute(null=True)
    settled = NumberAttribute(null=True)
    counts: CompactJson = CompactJson(null=True)
    reasons: CompactJson = CompactJson(null=True)


class AuditItem(Table):
    class Meta(_Meta):
        table_name = _name("audit")

    day = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    at = UnicodeAttribute()
    who = UnicodeAttribute()
    what = UnicodeAttribute()
    on = UnicodeAttribute(null=True)
    detail: CompactJson = CompactJson(null=True)


class SecretItem(Table):
    class Meta(_Meta):
        table_name = _name("secrets")

    name = UnicodeAttribute(hash_key=True)
    value = UnicodeAttribute()


class MeterItem(Table):
    class Meta(_Meta):
        table_name = _name("meters")

    month = UnicodeAttribute(hash_key=True)
    shard = UnicodeAttribute(range_key=True)
    last_sequence = UnicodeAttribute()
    counts: CompactJson = CompactJson()


class MemberIndex(GlobalSecondaryIndex["SegmentItem"]):  # type: ignore[no-untyped-call]
    class Meta(_Meta):
        index_name = "by_member"
        projection = KeysOnlyProjection()

    member_of = UnicodeAttribute(hash_key=True)
    since = UnicodeAttribute(range_key=True)


class SegmentItem(Table):
    """Two kinds of rows: a person's membership (`lead_id`, segment), and under keys that no person has, the definitions (``#definitions``, segment)
    and the counts (``#count#<segment>``, bucket).
    """

    class Meta(_Meta):
        table_name = _name("segments")

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


class KindIndex(GlobalSecondaryIndex["TouchpointItem"]):  # type: ignore[no-untyped-call]
    class Meta(_Meta):
        index_name = "by_kind"
        projection = KeysOnlyProjection()

    kind = UnicodeAttribute(hash_key=True)
    created_at = UnicodeAttribute(range_key=True)


class TouchpointItem(Table):
    class Meta(_Meta):
        table_name = _name("touchpoints")

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


class LimitItem(Table):
    class Meta(_Meta):
        table_name = _name("limits")

    key = UnicodeAttribute(hash_key=True)
    posts = NumberAttribute(null=True)
    expires = NumberAttribute(null=True)
