"""Every table's row, for whoever looks at many: tests and tools. A store imports its own from `shared.store.rows`."""

from __future__ import annotations

from shared.store.rows.activities import ActivityItem
from shared.store.rows.audit import AuditItem
from shared.store.rows.enrolments import EnrolmentItem
from shared.store.rows.handoffs import HandoffItem
from shared.store.rows.imports import ImportItem
from shared.store.rows.intake import IntakeItem
from shared.store.rows.journeys import JourneyItem
from shared.store.rows.limits import LimitItem
from shared.store.rows.lists import ListedItem
from shared.store.rows.messages import MessageItem
from shared.store.rows.meters import MeterItem
from shared.store.rows.people import PersonItem
from shared.store.rows.secrets import SecretItem
from shared.store.rows.segments import SegmentItem
from shared.store.rows.suppressions import SuppressionItem
from shared.store.rows.timers import TimerItem
from shared.store.rows.touchpoints import TouchpointItem

__all__ = [
    "ActivityItem",
    "AuditItem",
    "EnrolmentItem",
    "HandoffItem",
    "ImportItem",
    "IntakeItem",
    "JourneyItem",
    "LimitItem",
    "ListedItem",
    "MessageItem",
    "MeterItem",
    "PersonItem",
    "SecretItem",
    "SegmentItem",
    "SuppressionItem",
    "TimerItem",
    "TouchpointItem",
]
