"""Merging people is a matter of what was said and when, never of the order in which records meet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.lead import Lead
from shared.domain.merge import consent_after_parting, merged_profile, stricter_consent, survivor_first
from shared.domain.moments import to_iso

START = datetime(2026, 3, 2, tzinfo=UTC)
_MOMENTS = st.integers(0, 5).map(lambda hours: START + timedelta(hours=hours))
_WORDS = st.sampled_from(["granted", "withdrawn"])


@st.composite
def people(draw: st.DrawFn) -> Lead:
    born = draw(_MOMENTS)
    profile = draw(
        st.dictionaries(st.sampled_from(["name", "email", "phone", "title"]), st.sampled_from("abc"), max_size=4)
    )
    dates = draw(st.dictionaries(st.sampled_from(sorted(profile)), _MOMENTS.map(to_iso))) if profile else {}
    consent = {
        channel: {"state": draw(_WORDS), "at": to_iso(draw(_MOMENTS))}
        for channel in draw(st.sets(st.sampled_from(["email", "phone"])))
        if profile.get(channel)
    }
    return Lead(draw(st.uuids()).hex, born, "", profile=profile, known_at=dates, consent=consent)


def merged(one: Lead, other: Lead) -> Lead:
    first, second = survivor_first(one, other)
    profile, known_at = merged_profile(first, second)
    return Lead(
        first.lead_id, first.created_at, "", profile=profile, known_at=known_at, consent=stricter_consent(first, second)
    )


@given(st.lists(people(), min_size=2, max_size=3, unique_by=lambda lead: lead.lead_id))
def test_the_order_of_merging_does_not_matter(leads: list[Lead]) -> None:
    results = []
    for order in permutations(leads):
        one = reduce(merged, order)
        born = to_iso(one.created_at)
        dates = {name: one.known_at.get(name, born) for name in one.profile}
        results.append((one.lead_id, one.profile, dates, one.consent))
    assert all(result == results[0] for result in results)


@given(people(), people())
def test_a_no_of_either_is_a_no_also_after_parting(one: Lead, other: Lead) -> None:
    together = stricter_consent(one, other)
    for lead in (one, other):
        for channel, word in lead.consent.items():
            if word["state"] == "withdrawn":
                assert together[channel]["state"] == "withdrawn"
        parted = consent_after_parting(lead.consent, together, to_iso(START + timedelta(days=1)))
        for channel, word in together.items():
            assert word["state"] != "withdrawn" or parted[channel]["state"] == "withdrawn"


def test_a_yes_for_one_address_is_no_yes_for_another() -> None:
    yes = {"email": {"state": "granted", "at": to_iso(START)}}
    one = Lead("a", START, "", profile={"email": "a@x.example"}, consent=yes)
    silent = Lead("b", START, "", profile={"email": "b@x.example"})
    caller = Lead("c", START, "", profile={"phone": "+8613912047765"})
    assert stricter_consent(one, silent) == {}
    assert stricter_consent(one, caller) == yes
    assert consent_after_parting(yes, {}, to_iso(START)) == yes
