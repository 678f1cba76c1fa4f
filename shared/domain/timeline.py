"""The append-only timeline of a person: everything that happens is an activity."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.domain.ids import stable_id
from shared.domain.moments import floor_to, to_iso

HUMAN, PROBABLE_MACHINE, MACHINE = "human", "probable_machine", "machine"

FORM_SUBMITTED = "form_submitted"
PAGE_VIEWED = "page_viewed"
ANONYMOUS_PAGE_VIEWED = "anonymous_page_viewed"
TOUCHPOINT_FOLLOWED = "touchpoint_followed"
EMAIL_OPENED = "email_opened"
EMAIL_CLICKED = "email_clicked"
EMAIL_REPLIED = "email_replied"
EMAIL_BOUNCED = "email_bounced"
EMAIL_COMPLAINED = "email_complained"
# Opens and clicks of one mail that were a machine's after all: `message_id`, `from`, `until`, `agent` (what it was), `reason`.
TOUCHES_VOIDED = "touches_voided"
UNSUBSCRIBED = "unsubscribed"
# A no to one channel alone, such as text messages: `how`, `message_id`; the activity's channel says which.
CHANNEL_STOPPED = "channel_stopped"
CONSENT_GIVEN = "consent_given"
PREFERENCES_CHANGED = "preferences_changed"
PROFILE_UPDATED = "profile_updated"
GRADE_CHANGED = "grade_changed"
STAGE_CHANGED = "stage_changed"
HANDED_OFF = "handed_off"
PEOPLE_MERGED = "people_merged"
PEOPLE_PARTED = "people_parted"
HANDOFF_WITHHELD = "handoff_withheld"
HANDOFF_REMINDED = "handoff_reminded"
HANDOFF_ESCALATED = "handoff_escalated"
HANDOFF_UPDATED = "handoff_updated"
JOURNEY_ENTERED = "journey_entered"
JOURNEY_ENDED = "journey_ended"
GOAL_REACHED = "goal_reached"
# A server of the company was told by a webhook step of a journey; or did not take it, however often.
WEBHOOK_CALLED = "webhook_called"
WEBHOOK_FAILED = "webhook_failed"
SEGMENT_ENTERED = "segment_entered"
SEGMENT_LEFT = "segment_left"
TAG_ADDED = "tag_added"
TAG_REMOVED = "tag_removed"

# What a person does of their own accord, as opposed to what Ripen notes about them.
DEEDS = (FORM_SUBMITTED, PAGE_VIEWED, EMAIL_OPENED, EMAIL_CLICKED, UNSUBSCRIBED, CONSENT_GIVEN, PREFERENCES_CHANGED)

# Repeated opens and clicks of one thing within an hour are one activity: whoever reloads the pixel a million times makes one row.
_REPEAT_WINDOW_SECONDS = {
    EMAIL_OPENED: 3600,
    EMAIL_CLICKED: 3600,
    EMAIL_REPLIED: 3600,
    TOUCHES_VOIDED: 3600,
    PAGE_VIEWED: 60,
    ANONYMOUS_PAGE_VIEWED: 60,
    TOUCHPOINT_FOLLOWED: 3600,
    # A button that was pressed twice is one decision.
    PREFERENCES_CHANGED: 3600,
    PEOPLE_MERGED: 3600,
    PEOPLE_PARTED: 3600,
}


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing that happened to a person.

    `cause` names what made it (a submission, a message and link, an SES feedback id): the same cause gives the same row.
    `detail` is JSON-ready and specific to the type. `agent` says who acted: human, probable_machine or machine.
    """

    lead_id: str
    type: str
    at: datetime
    cause: str
    channel: str = ""
    agent: str = HUMAN
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def activity_id(self) -> str:
        """Names this very activity: what follows from it is named after it. Where repeats within a window are one activity, the next window's is another."""
        window = _REPEAT_WINDOW_SECONDS.get(self.type)
        span = (to_iso(floor_to(self.at, window)),) if window else ()
        return stable_id(self.type, self.agent, self.cause, *span)

    @property
    def sort_key(self) -> str:
        """Time first, so that a page of the timeline is one query; bucketed where repeats are one activity."""
        window = _REPEAT_WINDOW_SECONDS.get(self.type)
        return f"{to_iso(floor_to(self.at, window) if window else self.at)}#{self.activity_id}"
