"""A person's journeys: where they stand in each, or why they left it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from functions.admin.gate import Call
from functions.admin.journey_words import Teller, reason_text
from functions.admin.pages_journeys import tellers
from functions.admin.present import harmless, localised, moment
from functions.admin.views import Words, locale_of
from shared.domain.enrolment import ACTIVE, COMPLETED, Enrolment
from shared.domain.journeys.plan import step_of
from shared.domain.lead import Lead
from shared.runtime.wiring import wiring

Tell = Callable[[Mapping[str, Any]], Teller]
_KINDS = {ACTIVE: "wait", COMPLETED: "good"}


def journeys_of(lead: Lead) -> list[Enrolment]:
    """The person's enrolments, latest first; one that a merge took along stands where it went."""
    found = [each for each in wiring.enrolments.of(lead.lead_id) if not each.went]
    return sorted(found, key=lambda each: each.entered_at, reverse=True)


def enrolments_view(lead: Lead, call: Call, words: Words) -> list[dict[str, Any]]:
    """The person's journeys for their page."""
    enrolments = journeys_of(lead)
    tell = tellers(call) if any(each.status == ACTIVE for each in enrolments) else None
    return [_row(each, tell, call, words) for each in enrolments]


def _row(enrolment: Enrolment, tell: Tell | None, call: Call, words: Words) -> dict[str, Any]:
    current = wiring.book.current(enrolment.journey, call.now)
    name = localised(current["name"], locale_of(call.headers, call.query)) if current else enrolment.journey
    is_active = enrolment.status == ACTIVE
    why = "" if is_active or enrolment.status == COMPLETED else reason_text(enrolment.exit_reason, words)
    return {
        "href": f"/journeys/{enrolment.journey}" if current else "",
        "name": harmless(name, 80),
        "mark": {"kind": _KINDS.get(enrolment.status, ""), "text": words[f"enrolment.{enrolment.status}"]},
        "entered": moment(enrolment.entered_at),
        "ended": moment(enrolment.ended_at),
        "text": _waits_at(enrolment, tell, call) if tell and is_active else why,
        "due": moment(enrolment.due) if is_active else None,
    }


def _waits_at(enrolment: Enrolment, tell: Tell, call: Call) -> str:
    """The step in words, as the version has it on which the person is."""
    journey = wiring.book.of(enrolment, call.now)
    if journey is None or step_of(journey, enrolment.step) is None:
        return harmless(enrolment.step.replace("-", " "), 80)
    return tell(journey).called(enrolment.step)
