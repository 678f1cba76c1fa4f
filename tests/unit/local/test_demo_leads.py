"""The demo's people look like real ones and are nobody."""

from __future__ import annotations

import re

import phonenumbers
import pytest

from infra.local.demo_leads import DemoLead, demo_leads


@pytest.fixture(scope="module")
def leads() -> list[DemoLead]:
    return demo_leads(200)


def test_they_are_the_same_each_time(leads: list[DemoLead]) -> None:
    assert demo_leads(200) == leads


def test_each_is_somebody_else(leads: list[DemoLead]) -> None:
    assert len({lead.fields["email"] for lead in leads}) == 200


def test_they_come_from_three_markets(leads: list[DemoLead]) -> None:
    countries = [lead.fields["country"] for lead in leads]
    assert {country: countries.count(country) > 20 for country in set(countries)} == {
        "CN": True,
        "US": True,
        "DE": True,
    }


def test_more_than_half_tick_the_box_and_many_do_not(leads: list[DemoLead]) -> None:
    ticked = sum("consent_email" in lead.fields for lead in leads)
    assert 100 <= ticked <= 140


def test_their_phones_are_possible_numbers_that_do_not_look_made_up(leads: list[DemoLead]) -> None:
    phones = [lead.fields["phone"] for lead in leads if "phone" in lead.fields]
    assert len(phones) > 100
    for phone in phones:
        assert phonenumbers.is_valid_number(phonenumbers.parse(phone)), phone
        assert not re.search(r"(\d)\1{5}", phone), phone


def test_no_address_is_anybodys(leads: list[DemoLead]) -> None:
    for lead in leads:
        email = lead.fields["email"]
        assert email.endswith(".example") or ".ripen.demo." in email, email
