"""The funnel's table, durations, owners."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.handoff import FollowUpRule, choose_owner
from shared.domain.lead import Lead
from shared.domain.lifecycle import STAGES, IllegalTransition, check_transition, stages_before
from shared.domain.moments import floor_to, from_iso, parse_duration, to_iso

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("present", "wanted"),
    [("lead", "mql"), ("mql", "sal"), ("mql", "recycled"), ("recycled", "mql"), ("opportunity", "customer")],
)
def test_the_funnel_goes_forward(present: str, wanted: str) -> None:
    check_transition(present, wanted)
    assert present in stages_before(wanted)


@pytest.mark.parametrize(
    ("present", "wanted"),
    [("lead", "customer"), ("customer", "lead"), ("mql", "mql"), ("sal", "mql"), ("disqualified", "mql")],
)
def test_the_funnel_refuses_what_it_does_not_know_and_says_why(present: str, wanted: str) -> None:
    with pytest.raises(IllegalTransition, match=f"in stage {present} cannot become {wanted}"):
        check_transition(present, wanted)


def test_nobody_becomes_a_lead_again() -> None:
    assert stages_before("lead") == []
    assert set(STAGES) >= set(stages_before("mql"))


@pytest.mark.parametrize(("text", "hours"), [("48h", 48), ("3d", 72), ("1d12h", 36), ("1w", 168), ("90m", 1.5)])
def test_durations_read_as_they_are_written(text: str, hours: float) -> None:
    assert parse_duration(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "3", "3 days", "-1d", "d"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        parse_duration(text)


def test_moments_survive_writing_and_reading_and_sort_as_text() -> None:
    moments = [NOW + timedelta(milliseconds=step) for step in (0, 1, 999, 1000, 86_400_000)]
    assert [from_iso(to_iso(moment)) for moment in moments] == moments
    assert sorted(map(to_iso, moments)) == list(map(to_iso, moments))
    with pytest.raises(ValueError, match="zone"):
        from_iso("2026-03-02T01:00:00")


def test_an_hour_begins_on_the_hour() -> None:
    assert floor_to(NOW + timedelta(minutes=59, seconds=59), 3600) == NOW


def test_the_clock_of_a_hand_off_is_the_policys() -> None:
    rule = FollowUpRule.of({"remind_after": "40h", "escalate_after": "48h", "cooldown_days": 90})
    assert rule.escalate_after == timedelta(hours=48)


def test_owners_are_chosen_by_country_then_language_and_evenly() -> None:
    team = [
        {"owner": "li", "countries": ["CN"], "languages": ["zh"]},
        {"owner": "kim", "countries": [], "languages": ["en"]},
        {"owner": "ana", "countries": [], "languages": ["en"]},
    ]

    def owner(number: int, **profile: str) -> str:
        return str(choose_owner(Lead(f"lead-{number}", NOW, "s", profile=profile), team)["owner"])

    assert {owner(number, country="CN") for number in range(20)} == {"li"}
    assert {owner(number, country="FR", locale="zh") for number in range(20)} == {"li"}
    spread = Counter(owner(number, country="FR", locale="en") for number in range(400))
    assert set(spread) == {"kim", "ana"}
    assert min(spread.values()) > 150
    assert owner(7, locale="en") == owner(7, locale="en")
