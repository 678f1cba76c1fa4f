"""Who gets what, when: consent, suppression, caps, quiet hours, in that order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.budget import Spend
from shared.domain.contactable import contactable
from shared.domain.gate import Facts, Verdict, decide
from shared.domain.lead import Lead
from shared.domain.message import INTERNAL, MARKETING, TRANSACTIONAL, MessageOrder, Receipt
from shared.domain.moments import to_iso
from shared.domain.suppression import LISTS, SOFT_BOUNCED, SoftBounceRule, Suppression

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
POLICY = {
    "caps": {"marketing": {"per_day": 1, "per_7_days": 3}},
    "quiet_hours": {"from": "21:00", "to": "08:00"},
    "quiet_days": [],
    "defer_days": 3,
    "zones": {
        "CN": ["Asia/Shanghai"],
        "DE": ["Europe/Berlin"],
        "US": ["America/New_York", "America/Los_Angeles"],
        "default": ["UTC"],
    },
    "calling_codes": {"86": "CN", "49": "DE", "1": "US"},
    "closed_countries": ["RU"],
    "same_words_after_days": 3,
    "sms": {"countries": {"CN": {"stop": {"en": "Reply R to refuse", "zh": "拒收请回复R"}}}},
}


def lead(*, consent: str = "granted", country: str = "CN", at: datetime = NOON - timedelta(days=1)) -> Lead:
    given_at = {"email": {"state": consent, "at": to_iso(at)}} if consent else {}
    return Lead("lin", at, "s1", profile={"email": "lin@acme.example", "country": country}, consent=given_at)


def order(klass: str = MARKETING, at: datetime = NOON) -> MessageOrder:
    return MessageOrder("m1", "lin", klass, "nurture", "case-study", at, journey="j", step="s")


def sent(hours_ago: float, klass: str = MARKETING, status: str = "sent") -> Receipt:
    return Receipt("lin", f"r{hours_ago}", klass, "t", status, NOON - timedelta(hours=hours_ago))


def ask(person: Lead | None = None, klass: str = MARKETING, now: datetime = NOON, **facts: Any) -> Verdict:
    return decide(Facts(order(klass, now), person or lead(), now, **facts), POLICY)


def no(name: str, at: datetime = NOON, channel: str = "email") -> Suppression:
    return Suppression("email:lin@acme.example", name, channel, at)


def test_marketing_goes_to_who_opted_in() -> None:
    assert ask().outcome == "allow"


def test_marketing_needs_an_explicit_yes() -> None:
    assert ask(lead(consent="")).reasons == ("no_consent",)
    assert ask(lead(consent="withdrawn")).reasons == ("no_consent",)


def test_what_the_person_asked_for_needs_no_consent_and_knows_no_hours() -> None:
    at_night = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
    assert ask(lead(consent=""), TRANSACTIONAL, at_night).outcome == "allow"


def test_internal_mail_asks_nothing_of_the_lead() -> None:
    assert ask(lead(consent=""), INTERNAL, suppressions=[no("complained")]).outcome == "allow"


@pytest.mark.parametrize("name", ["bounced", "complained", "dnc", "blacklist"])
@pytest.mark.parametrize("klass", [MARKETING, TRANSACTIONAL])
def test_a_suppressed_address_gets_neither(name: str, klass: str) -> None:
    assert ask(klass=klass, suppressions=[no(name)]).reasons == ("suppressed",)


def test_who_unsubscribed_still_gets_what_they_ask_for() -> None:
    assert ask(suppressions=[no("unsubscribed")]).reasons == ("unsubscribed",)
    assert ask(klass=TRANSACTIONAL, suppressions=[no("unsubscribed")]).outcome == "allow"


def test_a_yes_after_the_unsubscription_counts_and_one_before_does_not() -> None:
    assert ask(lead(at=NOON), suppressions=[no("unsubscribed", NOON - timedelta(hours=1))]).outcome == "allow"
    assert (
        ask(lead(at=NOON - timedelta(hours=2)), suppressions=[no("unsubscribed", NOON - timedelta(hours=1))]).outcome
        == "refuse"
    )


def test_a_no_for_the_phone_is_no_no_for_mail() -> None:
    assert ask(suppressions=[no("dnc", channel="phone")]).outcome == "allow"


def test_a_whitelisted_domain_lifts_nobodys_no() -> None:
    assert ask(suppressions=[no("whitelist"), no("complained")]).reasons == ("suppressed",)


def test_a_journey_that_is_over_sends_no_more_marketing() -> None:
    assert ask(journey_over="became_mql").reasons == ("journey_ended",)
    assert ask(klass=TRANSACTIONAL, journey_over="became_mql").outcome == "allow"


def test_a_second_marketing_mail_waits_until_a_day_has_passed() -> None:
    verdict = ask(receipts=[sent(2)])
    assert (verdict.outcome, verdict.reasons) == ("defer", ("frequency_cap",))
    assert verdict.not_before == NOON + timedelta(hours=22)


def test_the_fourth_mail_in_seven_days_is_refused_when_the_wait_would_be_too_long() -> None:
    verdict = ask(receipts=[sent(30), sent(60), sent(90)])
    assert (verdict.outcome, verdict.reasons) == ("refuse", ("frequency_cap",))


def test_transactional_and_refused_mails_do_not_count_against_the_cap() -> None:
    assert ask(receipts=[sent(2, TRANSACTIONAL), sent(3, status="refused")]).outcome == "allow"


@pytest.mark.parametrize(
    ("utc", "outcome"),
    [("12:59", "allow"), ("13:00", "defer"), ("23:59", "defer"), ("00:00", "allow")],
)
def test_in_shanghai_the_night_is_from_13_to_24_utc(utc: str, outcome: str) -> None:
    hour, minute = map(int, utc.split(":"))
    assert ask(now=NOON.replace(hour=hour, minute=minute)).outcome == outcome


def test_a_mail_of_the_night_goes_at_eight_in_the_morning_of_the_person() -> None:
    verdict = ask(now=datetime(2026, 3, 2, 15, 30, tzinfo=UTC))
    assert verdict.not_before == datetime(2026, 3, 3, 0, 0, tzinfo=UTC)


def test_the_morning_after_the_clocks_change_is_still_eight_on_the_wall() -> None:
    # Germany springs forward on 29 March 2026: 08:00 is 06:00 UTC that day, not 07:00.
    verdict = ask(lead(country="DE"), now=datetime(2026, 3, 28, 22, 0, tzinfo=UTC))
    assert verdict.not_before == datetime(2026, 3, 29, 6, 0, tzinfo=UTC)


def spent(percent: str) -> Spend:
    return Spend(Decimal(percent), Decimal(100), Decimal(80))


@pytest.mark.parametrize("percent", ["0", "80", "99.99", "99.999999"])
def test_below_a_hundred_percent_of_the_budget_marketing_goes_out(percent: str) -> None:
    assert ask(spend=spent(percent)).outcome == "allow"


@pytest.mark.parametrize("percent", ["100", "100.01", "250"])
def test_from_a_hundred_percent_of_the_budget_on_marketing_stops(percent: str) -> None:
    verdict = ask(spend=spent(percent))
    assert (verdict.outcome, verdict.reasons) == ("refuse", ("budget",))


@pytest.mark.parametrize("klass", [TRANSACTIONAL, INTERNAL])
def test_no_budget_stops_what_was_asked_for_or_our_own_people(klass: str) -> None:
    assert ask(klass=klass, spend=spent("250")).outcome == "allow"


def test_the_receipt_names_how_much_of_the_budget_was_used() -> None:
    assert "budget: 99.99 % of 100.00 USD used" in ask(spend=spent("99.999")).checks


def test_who_said_no_is_told_apart_from_a_budget_that_is_used_up() -> None:
    assert ask(lead(consent=""), spend=spent("100")).reasons == ("no_consent", "budget")


def test_a_deferred_mail_expires() -> None:
    old = MessageOrder("m1", "lin", MARKETING, "nurture", "t", NOON - timedelta(days=3))
    assert decide(Facts(old, lead(), NOON, receipts=[sent(1)]), POLICY).outcome == "refuse"


def test_nobody_without_an_address_is_written_to() -> None:
    person = Lead("lin", NOON, "s1", profile={"phone": "+8613912047765"})
    assert "unsendable" in contactable(person, [], TRANSACTIONAL, NOON)


@given(
    rows=st.lists(
        st.builds(
            no,
            st.sampled_from(LISTS),
            st.integers(1, 1400).map(lambda hours: NOON - timedelta(hours=hours)),
        )
    ),
    extra=st.sampled_from(["bounced", "complained", "dnc", "blacklist"]),
)
def test_one_more_no_never_makes_a_yes(rows: list[Suppression], extra: str) -> None:
    before, after = ask(suppressions=rows), ask(suppressions=[*rows, no(extra)])
    assert after.outcome == "refuse"
    assert set(before.reasons) <= set(after.reasons) or before.outcome != "refuse"


# ------------------------------------------------------------------ where the person may be


def american(phone: str = "") -> Lead:
    given_at = {"email": {"state": "granted", "at": to_iso(NOON - timedelta(days=1))}}
    profile = {"email": "ann@acme.example", "country": "" if phone else "US", "phone_key": phone}
    return Lead("ann", NOON, "s1", profile=profile, consent=given_at)


@pytest.mark.parametrize("person", [american(), american("+12025550123")], ids=["by country", "by phone"])
@pytest.mark.parametrize(
    ("utc", "outcome"),
    [("14:00", "defer"), ("15:59", "defer"), ("16:00", "allow"), ("00:59", "allow"), ("02:00", "defer")],
)
def test_mail_to_a_wide_country_waits_until_it_is_day_at_both_ends(person: Lead, utc: str, outcome: str) -> None:
    hour, minute = map(int, utc.split(":"))
    at = datetime(2026, 1, 14, hour, minute, tzinfo=UTC)
    assert decide(Facts(order(at=at), person, at), POLICY).outcome == outcome


def test_on_a_quiet_day_mail_waits_for_the_first_hour_of_the_next_other_day() -> None:
    saturday = datetime(2026, 3, 7, 4, 0, tzinfo=UTC)
    verdict = decide(Facts(order(at=saturday), lead(), saturday), {**POLICY, "quiet_days": ["sat", "sun"]})
    assert (verdict.outcome, verdict.reasons) == ("defer", ("quiet_hours",))
    assert verdict.not_before == datetime(2026, 3, 9, 0, 0, tzinfo=UTC)  # Monday, 08:00 in Shanghai


# ------------------------------------------------------------------ mailboxes that are full for a while

RULE = SoftBounceRule(count=3, within=timedelta(days=14), pause=timedelta(days=30))


def bounced(*days_ago: int) -> datetime | None:
    return RULE.rests_until(NOON - timedelta(days=days) for days in days_ago)


def test_three_soft_bounces_in_two_weeks_let_an_address_rest_for_a_month() -> None:
    assert bounced(1, 5, 10) == NOON + timedelta(days=29)
    assert bounced(10, 1, 5) == bounced(1, 5, 10)
    assert bounced(1, 5) is None
    assert bounced(1, 9, 16) is None


@pytest.mark.parametrize("klass", [MARKETING, TRANSACTIONAL])
def test_an_address_that_rests_gets_nothing_until_its_rest_is_over(klass: str) -> None:
    row = Suppression("email:lin@acme.example", SOFT_BOUNCED, "email", NOON, until=NOON + timedelta(days=1))
    assert contactable(lead(), [row], klass, NOON) == ["suppressed"]
    assert contactable(lead(), [row], klass, NOON + timedelta(days=1)) == []
    assert contactable(lead(), [replace(row, until=None)], klass, NOON) == []
