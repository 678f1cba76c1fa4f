"""Whose touch has the lead gets the hand-off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from shared.domain.lead import Lead
from shared.domain.scoring import ScoringModel
from shared.domain.timeline import FORM_SUBMITTED, Activity
from shared.usecases.hand_off import HandoffPorts, _owner_of

NOW = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)
TEAM = [{"owner": name, "manager": "boss", "languages": ["en"]} for name in ("anna", "ben", "chen")]
RULE = {"assignment": {"wins": "first", "by": ["employee", "referred_by"], "window_days": 90}, "one_touch_hours": 24}


# No rule, no title: nothing but claims and the turn decide here.
UNRANKED = ScoringModel({"rules": [], "grades": []}, {"levels": {}, "negations": [], "departments": {}})


def claim(days_ago: float, **touch: str) -> Activity:
    return Activity("lin", FORM_SUBMITTED, NOW - timedelta(days=days_ago), f"{days_ago}", detail={"touch": touch})


def owner(activities: list[Activity], lead: Lead | None = None) -> str:
    ports = HandoffPorts(
        **cast(
            Any,
            dict.fromkeys(HandoffPorts._fields)
            | {
                "policy": {"team": TEAM, "pick_up": []},
                "attribution": RULE,
                "model": UNRANKED,
            },
        )
    )
    return str(_owner_of(lead or Lead("lin", NOW, "s"), "handoff", activities, ports, NOW)["owner"])


@pytest.mark.parametrize("name", ["anna", "ben", "chen"])
def test_the_colleague_whom_the_first_touch_names_is_the_owner(name: str) -> None:
    assert owner([claim(5, employee=name), claim(2, employee="anna")]) == name
    assert owner([claim(5, referred_by=f"employee:{name}")]) == name


def test_without_a_claim_or_after_it_lapsed_the_lead_goes_to_who_is_next() -> None:
    nobody = owner([])
    others = {"anna", "ben", "chen"} - {nobody}
    assert all(owner([claim(91, employee=name)]) == nobody for name in others)
    assert owner([claim(5, employee="somebody who left")]) == nobody


def test_what_arrives_after_the_claim_of_a_hand_off_changes_its_owner_no_more() -> None:
    lead = Lead("lin", NOW, "s", owner="ben", handoff_id="handoff", handed_at=NOW)
    assert owner([claim(5, employee="anna")], lead) == "ben"
