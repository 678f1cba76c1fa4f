"""Several touches, one lead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.attribution import MODELS, Touch, assignment, by_channel, shares, touches_of
from shared.domain.timeline import (
    EMAIL_CLICKED,
    EMAIL_OPENED,
    FORM_SUBMITTED,
    MACHINE,
    TOUCHPOINT_FOLLOWED,
    Activity,
)

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
POLICY: dict[str, Any] = {
    "assignment": {"wins": "first", "by": ["employee", "distributor", "referred_by"], "window_days": 90},
    "position": {"first": 40, "last": 40},
    "one_touch_hours": 24,
}


def after(days: float) -> datetime:
    return NOW + timedelta(days=days)


def form(days: float, **touch: str) -> Activity:
    return Activity("lin", FORM_SUBMITTED, after(days), f"form:{days}", "form", detail={"touch": touch})


def scan(days: float, **touch: str) -> Activity:
    return Activity("lin", TOUCHPOINT_FOLLOWED, after(days), f"scan:{days}", detail={"touch": touch})


@pytest.mark.parametrize(
    ("touches", "model", "expected"),
    [
        (3, "first", ["1", "0", "0"]),
        (3, "last", ["0", "0", "1"]),
        (4, "linear", ["1/4", "1/4", "1/4", "1/4"]),
        (1, "position", ["1"]),
        (2, "position", ["1/2", "1/2"]),
        (4, "position", ["2/5", "1/10", "1/10", "2/5"]),
        (0, "linear", []),
    ],
)
def test_a_model_shares_the_credit(touches: int, model: str, expected: list[str]) -> None:
    assert shares(touches, model, POLICY) == [Fraction(part) for part in expected]


@given(st.integers(1, 60), st.sampled_from(MODELS), st.integers(0, 50), st.integers(0, 50))
def test_the_shares_are_one_lead_no_more_and_no_less(touches: int, model: str, first: int, last: int) -> None:
    policy = POLICY | {"position": {"first": first, "last": last}}
    found = shares(touches, model, policy)
    assert sum(found) == 1
    assert len(found) == touches
    assert min(found) >= 0


_ACTIVITIES = st.lists(
    st.builds(
        lambda day, code, channel, employee: form(day, s=code, channel=channel, employee=employee),
        st.integers(0, 200),
        st.sampled_from(["", "fair", "card"]),
        st.sampled_from(["sem", "event"]),
        st.sampled_from(["", "chen", "wang"]),
    ),
    max_size=8,
    unique_by=lambda activity: activity.at,
)


@given(_ACTIVITIES, st.randoms(use_true_random=False), st.integers(0, 300))
def test_the_order_of_delivery_changes_nothing(activities: list[Activity], chance: Any, day: int) -> None:
    shuffled = list(activities)
    chance.shuffle(shuffled)
    one, two = touches_of(activities, POLICY), touches_of(shuffled, POLICY)
    assert one == two
    assert assignment(one, POLICY, after(day)) == assignment(two, POLICY, after(day))


def test_every_touch_is_a_claim_and_machines_claim_nothing() -> None:
    click = Activity("lin", EMAIL_CLICKED, after(2), "m:1", "email", detail={"template": "case-study"})
    filtered = Activity("lin", EMAIL_CLICKED, after(3), "m:2", "email", MACHINE, {"template": "case-study"})
    opened = Activity("lin", EMAIL_OPENED, after(4), "m:3", "email", detail={"template": "case-study"})
    found = touches_of([form(0, channel="sem"), opened, filtered, click, form(5, channel="event")], POLICY)
    assert [touch.channel for touch in found] == ["sem", "email", "event"]


def test_a_scan_and_the_form_it_led_to_are_one_touch() -> None:
    touches = touches_of(
        [scan(0, s="fair", channel="event"), form(0.1, s="fair", channel="event", form="demo")], POLICY
    )
    assert [(touch.type, touch.at, touch.origin["form"]) for touch in touches] == [(TOUCHPOINT_FOLLOWED, NOW, "demo")]
    assert len(touches_of([scan(0, s="fair"), form(2, s="fair")], POLICY)) == 2
    assert len(touches_of([form(0, channel="sem"), form(0.1, channel="sem")], POLICY)) == 2


def test_a_channel_gets_what_its_touches_contributed() -> None:
    touches = touches_of([form(0, channel="sem"), form(1, channel="event"), form(2, channel="sem")], POLICY)
    assert by_channel(touches, "linear", POLICY) == {"sem": Fraction(2, 3), "event": Fraction(1, 3)}
    assert by_channel(touches, "first", POLICY) == {"sem": Fraction(1)}


def whose(activities: list[Activity], day: float, **rule: Any) -> dict[str, str] | None:
    policy = POLICY | {"assignment": POLICY["assignment"] | rule}
    found = assignment(touches_of(activities, policy), policy, after(day))
    return found.named if found else None


def test_the_first_who_is_named_has_the_lead_whoever_comes_later() -> None:
    claims = [
        form(0, channel="sem"),
        form(1, employee="chen"),
        form(2, distributor="Nordwind"),
        form(3, employee="wang"),
    ]
    assert whose(claims, 10) == {"employee": "chen"}
    assert whose(claims, 10, wins="last") == {"employee": "wang"}


def test_a_claim_ends_with_its_window_and_the_next_one_counts() -> None:
    claims = [form(0, employee="chen"), form(95, employee="wang")]
    assert [whose(claims, day) for day in (89.9, 90, 95, 190)] == [
        {"employee": "chen"}, None, {"employee": "wang"}, None,
    ]  # fmt: skip


def test_nobody_is_named_by_a_touch_of_the_future() -> None:
    assert whose([form(5, employee="chen")], 4) is None


def test_a_touch_may_name_seller_and_distributor_together() -> None:
    named = {"employee": "chen", "distributor": "Nordwind"}
    assert whose([scan(0, s="card", **named)], 1) == named


def test_a_touch_is_what_it_is_made_of() -> None:
    (touch,) = touches_of([form(0, at="x", channel="sem", utm_campaign="spring", s="")], POLICY)
    assert touch == Touch(NOW, FORM_SUBMITTED, "sem", {"utm_campaign": "spring"}, "form:0")
