"""Journeys written in a test, and people who walk through them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from shared.domain.enrolment import ACTIVE, Enrolment
from shared.domain.journeys.behaviour import Past
from shared.domain.journeys.plan import Traveller, first_step, move
from shared.domain.timeline import Activity

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # a Monday, 09:00 in Shanghai
END = {"id": "end", "do": "exit", "reason": "completed"}


def journey(*steps: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A journey of these steps and an end."""
    return {"journey": "j", "version": "v1", "triggers": [], "exits": [], "steps": [*steps, END], **more}


def enrolled(lead_id: str = "lin", **more: Any) -> Enrolment:
    """Somebody who is about to make the first move."""
    blank: dict[str, Any] = {
        "status": ACTIVE,
        "step": "",
        "due": None,
        "cause": "c",
        "path": (),
        "moved_at": NOW,
        "entered_at": NOW,
    }
    return Enrolment(lead_id, "j", "v1", **(blank | more))


def walk(
    of: Mapping[str, Any],
    enrolment: Enrolment | None = None,
    *,
    start: str = "",
    now: datetime = NOW,
    facts: Mapping[str, Any] | None = None,
    did: Sequence[Activity] = (),
    zone: str = "Asia/Shanghai",
) -> Enrolment:
    """One move."""
    standing = enrolment or enrolled()
    past = Past(of, standing, now, lambda since: [each for each in did if each.at >= since])
    return move(of, standing, start or first_step(of), Traveller(facts or {}, lambda: ZoneInfo(zone), past), now)
