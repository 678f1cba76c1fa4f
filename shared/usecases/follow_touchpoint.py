"""Somebody follows a code: the touch is remembered, and they are led to the content for who they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from shared.domain.ids import key_id
from shared.domain.timeline import MACHINE, TOUCHPOINT_FOLLOWED, Activity
from shared.domain.touchpoint import CODE, Touchpoint, visitor_kind, with_code

if TYPE_CHECKING:
    from shared.domain.lead import Lead
    from shared.store.activities import Activities
    from shared.store.people import People
    from shared.store.touchpoints import Touchpoints


def find_touchpoint(code: object, touchpoints: Touchpoints) -> Touchpoint | None:
    """The touchpoint of a code that came from anybody."""
    return touchpoints.get(code) if isinstance(code, str) and CODE.fullmatch(code) else None


def follow_touchpoint(
    touchpoint: Touchpoint,
    visitor_id: str,
    campaign: Mapping[str, str],
    agent: str,
    *,
    is_kept: bool,
    secret: bytes,
    people: People,
    activities: Activities,
    touchpoints: Touchpoints,
    now: datetime,
) -> str:
    """The address to go to: only ever one that the touchpoint's row holds.

    The touch stands on the timeline of the visitor's id until the id is somebody's. A visitor without one (no consent yet) is only counted; the code in the
    address tells the form where they came from. Of a flood nothing is kept (`is_kept` False), but everybody is led on.
    """
    lead: Lead | None = None
    if visitor_id:
        key = key_id(secret, "visitor", visitor_id)
        lead = people.find(key, consistent=False)
        if is_kept:
            activities.append(_followed(touchpoint, lead, key, agent, now))
    if is_kept and agent != MACHINE:
        touchpoints.count_scan(touchpoint.code)
    return with_code(touchpoint.destination(visitor_kind(lead)), touchpoint.code, campaign)


def _followed(touchpoint: Touchpoint, lead: Lead | None, key: str, agent: str, now: datetime) -> Activity:
    detail = {"touch": touchpoint.touch, "code": touchpoint.code}
    whose, detail = (lead.lead_id, lead.line(detail)) if lead else (key, detail)
    channel = touchpoint.origin.get("channel", "")
    return Activity(whose, TOUCHPOINT_FOLLOWED, now, f"{touchpoint.code}:{key}", channel, agent, detail)
