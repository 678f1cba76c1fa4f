"""Words that several kinds of file share: the fields of forms, the facts that conditions may ask, the stages."""

from __future__ import annotations

from shared.domain import timeline

FORM_FIELDS = ("email", "phone", "name", "company", "title", "industry", "company_size", "country", "budget", "message")
ACTIVITY_FACTS = (
    "form",
    "path",
    "url",
    "channel",
    "type",
    "template",
    "link",
    "message_id",
    "purpose",
    "class",
    "stage",
    "grade",
    "reason",
    "permanent",
    "segment",
    "tag",
    "status",
    "to",
    "handoff_id",
)
# Details that say how deep a touch went.
DEPTHS = ("seconds", "minutes", "scrolled")
PROFILE_FACTS = (
    "seniority",
    "department",
    "company_known",
    "country",
    "industry",
    "company_size",
    "budget",
    "company",
    "title",
    "phone",
    "email",
)
HANDOFF_FACTS = (
    *PROFILE_FACTS,
    "locale",
    "reason",
    "score",
    "did_form_submitted",
    "did_page_viewed",
    "did_email_opened",
    "did_email_clicked",
)
ACTIVITIES = (
    timeline.FORM_SUBMITTED,
    timeline.PAGE_VIEWED,
    timeline.EMAIL_OPENED,
    timeline.EMAIL_CLICKED,
    timeline.EMAIL_BOUNCED,
    timeline.EMAIL_COMPLAINED,
    timeline.UNSUBSCRIBED,
    timeline.CONSENT_GIVEN,
    timeline.PREFERENCES_CHANGED,
    timeline.GRADE_CHANGED,
    timeline.STAGE_CHANGED,
    timeline.HANDED_OFF,
    timeline.HANDOFF_UPDATED,
    timeline.SEGMENT_ENTERED,
    timeline.SEGMENT_LEFT,
    timeline.TAG_ADDED,
    timeline.TAG_REMOVED,
)
STAGES = ("lead", "mql", "sal", "sql", "opportunity", "customer", "recycled", "disqualified")
