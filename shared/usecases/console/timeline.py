"""What happened to a person: the activities, with the mails that were sent (or why not) between them, newest first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared.domain.machines import void_of, who_it_was
from shared.domain.message import QUEUED, REFUSED, Receipt
from shared.domain.moments import to_iso
from shared.domain.timeline import GRADE_CHANGED, HANDED_OFF, MACHINE, STAGE_CHANGED, Activity
from shared.usecases.console.walk import BadCursor, PageOf

if TYPE_CHECKING:
    from shared.store.activities import Activities
    from shared.store.messages import Messages

PAGE = 50
_READ_AT_ONCE = 10
_CONSEQUENCES = (GRADE_CHANGED, STAGE_CHANGED, HANDED_OFF)
# A cursor is the sort key of the last activity shown: its time and its id.
_CURSOR = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#[a-z2-7]{1,40}")
_TIME_LENGTH = len("2026-03-02T01:00:00.000Z")


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the timeline: an activity, or a mail of ours (`email_sent`, `email_refused`, `email_queued`)."""

    at: datetime
    type: str
    channel: str
    agent: str
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines are asked for; an empty text asks nothing."""

    type: str = ""
    channel: str = ""

    def fits(self, item: Happening) -> bool:
        """Whether the line is one of them."""
        return self.type in ("", item.type) and self.channel in ("", item.channel)


def read_timeline(
    lead_id: str,
    cursor: str | None,
    *,
    activities: Activities,
    messages: Messages,
    members: Sequence[str] = (),
    wanted: Wanted = Wanted(),
) -> PageOf[Happening]:
    """One page. Raises BadCursor.

    Pages are cut at activities; a mail is on the page whose activities surround it. A person has some dozens of mails, so they are all read. Where few
    lines are wanted, up to ten pages are read for one: it may be short, or empty, and still go on.
    """
    if cursor and not _CURSOR.fullmatch(cursor):
        raise BadCursor("this cursor was not given out by this timeline")
    shown: list[Happening] = []
    reached = cursor or None
    for _ in range(_READ_AT_ONCE if wanted != Wanted() else 1):
        page = activities.page(lead_id, PAGE, reached)
        voids = [void for activity in page.activities if (void := void_of(activity))]
        shown += [_of_activity(activity, who_it_was(activity, voids)) for activity in page.activities]
        shown, reached = [item for item in shown if wanted.fits(item)], page.before
        if reached is None or len(shown) >= PAGE:
            break
    before = cursor[:_TIME_LENGTH] if cursor else None
    since = reached[:_TIME_LENGTH] if reached else None
    mails = [
        _of_mail(receipt)
        for each in (lead_id, *members)
        for receipt in messages.of(each)
        if _stands_between(to_iso(receipt.at), before, since)
    ]
    shown += [item for item in mails if wanted.fits(item)]
    return PageOf(sorted(shown, key=_place, reverse=True), reached)


def _place(item: Happening) -> tuple[datetime, bool]:
    """By time; what followed from something in the same moment stands after it."""
    return item.at, item.type in _CONSEQUENCES


def _stands_between(at: str, before: str | None, since: str | None) -> bool:
    return (before is None or at < before) and (since is None or at >= since)


def _of_activity(activity: Activity, agent: str) -> Happening:
    return Happening(activity.at, activity.type, activity.channel, agent, activity.detail)


def _of_mail(receipt: Receipt) -> Happening:
    kind = {REFUSED: "email_refused", QUEUED: "email_queued"}.get(receipt.status, "email_sent")
    detail = {
        "message_id": receipt.message_id,
        "class": receipt.klass,
        "template": receipt.template,
        "subject": receipt.subject,
        "status": receipt.shown_status,
        "reasons": receipt.reasons,
        "journey": receipt.journey,
        "step": receipt.step,
    }
    return Happening(
        receipt.at, kind, receipt.channel, MACHINE, {name: value for name, value in detail.items() if value}
    )
