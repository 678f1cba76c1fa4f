"""When a ticked box is enough, and what moves consent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.consent import Consent, is_pending, question_id, with_ticked
from shared.domain.consent_policy import likely_country, wants_confirmation
from shared.domain.lead import Lead

BOX = {"email": {"purpose": "marketing", "version": "1"}}
EARLY, LATE = "2026-03-02T01:00:00.000Z", "2026-03-05T01:00:00.000Z"


def tick(before: Consent, at: str = LATE, *, to_confirm: bool = True) -> Consent:
    return with_ticked(before, BOX, at=at, form="whitepaper", to_confirm=to_confirm)


@pytest.mark.parametrize(
    ("profile", "country"),
    [
        ({"country": "FR", "phone_key": "+8613912047765"}, "FR"),
        ({"phone_key": "+8613912047765", "email": "a@b.de"}, "CN"),
        ({"phone_key": "+85291234567"}, "HK"),
        ({"phone_key": "+12025550123", "email": "a@b.co.uk"}, "GB"),
        ({"email": "a@b.de"}, "DE"),
        ({"email": "a@start-up.io"}, ""),
        ({}, ""),
    ],
)
def test_the_country_is_what_was_said_else_the_phones_else_the_addresss(profile: dict[str, str], country: str) -> None:
    assert likely_country(profile) == country


@pytest.mark.parametrize(
    ("profile", "wanted"),
    [({"country": "CN"}, False), ({"country": "DE"}, True), ({"country": "FR"}, False), ({}, True)],
)
def test_germany_and_the_unknown_want_a_confirmation(
    profile: dict[str, str], wanted: bool, policies: dict[str, Any]
) -> None:
    assert wants_confirmation(policies["consent"], profile) is wanted


def test_a_tick_grants_where_that_is_enough_and_waits_where_it_is_not() -> None:
    assert tick({}, to_confirm=False)["email"]["state"] == "granted"
    assert tick({})["email"]["state"] == "pending"


def test_other_channels_are_granted_by_their_box() -> None:
    sms = with_ticked(
        {}, {"sms": {"purpose": "marketing", "version": "1"}}, at=LATE, form="whitepaper", to_confirm=True
    )
    assert sms["sms"]["state"] == "granted"


def test_a_confirmed_address_stays_as_it_was_confirmed() -> None:
    confirmed = {"email": {"state": "granted", "at": EARLY, "version": "double_opt_in"}}
    assert tick(confirmed) == confirmed


def test_after_a_no_the_box_waits_for_a_new_answer() -> None:
    assert tick({"email": {"state": "withdrawn", "at": EARLY}})["email"]["state"] == "pending"


@given(st.lists(st.sampled_from([EARLY, LATE, "2026-03-03T00:00:00.000Z"]), min_size=1, max_size=5), st.booleans())
def test_the_order_of_deliveries_changes_nothing(moments: list[str], to_confirm: bool) -> None:
    def state(order: list[str]) -> tuple[str, str]:
        consent: Consent = {}
        for at in order:
            consent = tick(consent, at, to_confirm=to_confirm)
        return consent["email"]["state"], consent["email"]["at"]

    assert state(moments) == state(sorted(moments)) == state(sorted(moments, reverse=True))


def lead(consent: Consent) -> Lead:
    return Lead("lead", datetime(2026, 3, 1, tzinfo=UTC), "post", profile={"email": "a@b.de"}, consent=consent)


def test_ticks_within_a_month_are_one_question_and_after_a_no_another() -> None:
    first = datetime(2026, 3, 2, 1, tzinfo=UTC)
    pending = lead(tick({}, EARLY))
    assert is_pending(pending)
    asked = {question_id(pending, first + timedelta(days=days)) for days in (-1, 0, 1, 29)}
    assert len(asked) == 1
    assert question_id(pending, first + timedelta(days=31)) not in asked
    again = lead(tick({"email": {"state": "withdrawn", "at": EARLY}}))
    assert question_id(again, first) not in asked
