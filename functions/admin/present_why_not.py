"""Why somebody is not in a journey, in words: everything that lets people in, with what is met and what is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from functions.admin import desk
from functions.admin.access import JOURNEYS
from functions.admin.gate import Call, Gate, NotFound
from functions.admin.journey_words import Teller
from functions.admin.pages_journeys import teller_of
from functions.admin.present import harmless, localised, moment
from functions.admin.views import locale_of
from shared.domain.lead import Lead
from shared.domain.moments import to_iso
from shared.runtime.wiring import wiring
from shared.usecases.journey_book import names_of

if TYPE_CHECKING:
    from shared.usecases.console.why_not import Check

Journey = Mapping[str, Any]


def _checks(journey: Journey, lead: Lead, call: Call) -> list[Check]:
    from shared.usecases.console.why_not import why_not  # late: only who asks needs what walks journeys

    return why_not(journey, lead, wiring.journeys, wiring.journey_ports, call.now)


def answer(call: Call) -> dict[str, Any]:
    """``GET /api/leads/{lead_id}/journeys/{journey}``: whether the person would enter now, and each thing that lets them in or keeps them out."""
    lead, journey = desk.the_lead(call), wiring.book.current(call.ids["journey"], call.now)
    if journey is None:
        raise NotFound("no such journey")
    checks = _checks(journey, lead, call)
    return {
        "journey": journey["journey"],
        "version": journey["version"],
        "is_in": any(check.why == "is_in" for check in checks),
        "would_enter": all(check.is_met for check in checks),
        "checks": [
            {
                "check": check.what,
                "met": check.is_met,
                "why": check.why,
                "at": to_iso(check.at) if check.at else None,
                "condition": check.condition,
                "reason": check.reason or None,
            }
            for check in checks
        ],
    }


def why_view(lead: Lead, call: Call) -> dict[str, Any]:
    """What the person's page shows: the journeys to choose from, and of the one in ``?why=`` what lets in and keeps out. Empty for who may not see journeys."""
    if not call.actor.may(JOURNEYS):
        return {}
    locale, asked = locale_of(call.headers, call.query), call.asked("why", 60)
    known = {
        name: wiring.book.current(name, call.now) for name in names_of(wiring.book.newest, wiring.book.states(call.now))
    }
    names = {name: harmless(localised(each["name"], locale), 80) for name, each in known.items() if each}
    journey = known.get(asked)
    return {
        "choices": sorted(names.items(), key=lambda pair: pair[1]),
        "asked": asked if journey else "",
        "name": names.get(asked, ""),
        **(_told(journey, lead, call) if journey else {}),
    }


def _told(journey: Journey, lead: Lead, call: Call) -> dict[str, Any]:
    checks, teller = _checks(journey, lead, call), teller_of(call, journey)
    keeps_out = [check for check in checks if not check.is_met]
    key = "in" if any(check.why == "is_in" for check in checks) else "out" if keeps_out else "enters"
    return {
        "sum": teller.words[f"why.sum_{key}"],
        "kind": {"in": "good", "out": "bad", "enters": "good"}[key],
        "rows": [{"met": check.is_met, "text": _sentence(check, teller), "at": moment(check.at)} for check in checks],
    }


def _sentence(check: Check, teller: Teller) -> str:
    blanks = {
        "begins": teller.words["way.or"].join(teller.begins()),
        "said": teller.condition(check.condition) if check.condition else "",
        "reason": teller.reason(check.reason) if check.reason else "",
    }
    return teller.words(f"why.{check.what}_{check.why}", **blanks)


def register(gate: Gate) -> None:
    """The call that answers why."""
    gate.json("GET", "/api/leads/{lead_id}/journeys/{journey}", JOURNEYS, answer)
