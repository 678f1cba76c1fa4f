"""The evidence of consent, as it stands on the timeline: append-only, oldest first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from shared.domain.moments import to_iso
from shared.domain.timeline import CHANNEL_STOPPED, EMAIL_BOUNCED, EMAIL_COMPLAINED, UNSUBSCRIBED, Activity

if TYPE_CHECKING:
    from shared.store.activities import Activities

# What ends mailing without a box: a bounce says nothing about the person's will, but ends it too.
_STATES = {
    UNSUBSCRIBED: "withdrawn",
    CHANNEL_STOPPED: "withdrawn",
    EMAIL_COMPLAINED: "withdrawn",
    EMAIL_BOUNCED: "undeliverable",
}
_TOLD = ("form", "how", "message_id", "subtype", "permanent", "type")


def consent_evidence(lead_id: str, activities: Activities) -> list[dict[str, Any]]:
    """Every event that gave, changed or ended consent: ``{"at", "channel", "state", "source", …}`` with text, version, locale and form where a
    box was ticked.
    """
    return [event for activity in activities.whole(lead_id) for event in _events(activity)]


def _events(activity: Activity) -> Iterator[dict[str, Any]]:
    common = {"at": to_iso(activity.at), "source": activity.type, "cause": activity.cause}
    said = {name: value for name, value in activity.detail.items() if name in _TOLD}
    for channel, given in activity.detail.get("consents", {}).items():
        state = "pending" if channel == "email" and activity.detail.get("to_confirm") else "granted"
        yield {**common, "channel": channel, "state": state, **given, **said, **activity.detail.get("evidence", {})}
    if activity.type in _STATES:
        yield {**common, "channel": activity.channel or "email", "state": _STATES[activity.type], **said}
