"""The forms that ship, as they are compiled."""

from __future__ import annotations

import re

import pytest

from shared.authoring.content_shapes import CONVERSION_POINTS
from tests.unit.content.conftest import Content, Page

FORMS = ("demo", "quote", "trial", "webinar", "whitepaper")
PLAIN = {"values": {}, "errors": {}, "hidden": {}, "token": "signed", "row": "default", "card": {}}


def test_five_forms_ship_each_with_its_own_conversion_point(content: Content) -> None:
    points = {name: form["conversion_point"] for name, form in content("forms").items()}
    assert tuple(sorted(points)) == FORMS
    assert len(set(points.values())) == len(FORMS)
    assert set(points.values()) <= set(CONVERSION_POINTS)


@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize("name", FORMS)
def test_a_landing_page_asks_for_consent_without_ticking_anything(
    name: str, locale: str, page: Page, content: Content
) -> None:
    form = content("forms")[name]
    boxes = re.findall(r'<input type="checkbox"[^>]*>', page("landing.html", locale, **PLAIN, form=form))
    assert len(boxes) == len(form["consents"]) >= 1
    assert not any("checked" in box for box in boxes)


@pytest.mark.parametrize("name", FORMS)
def test_nobody_is_refused_for_keeping_title_phone_country_or_budget_to_themselves(name: str, content: Content) -> None:
    required = {field["name"] for field in content("forms")[name]["fields"] if field["required"]}
    assert {"email"} <= required <= {"email", "name", "company"}


@pytest.mark.parametrize("name", ["demo", "quote"])
def test_who_wants_to_be_called_says_who_they_are(name: str, content: Content) -> None:
    required = {field["name"] for field in content("forms")[name]["fields"] if field["required"]}
    assert required == {"email", "name", "company"}


@pytest.mark.parametrize(
    ("country", "row"),
    [("DE", "DE"), ("FR", "EU"), ("GB", "UK"), ("CN", "CN"), ("US", "US"), ("CA", "CA"), ("IS", "EU")],
)
def test_a_country_has_its_own_wording_or_its_regions(country: str, row: str, content: Content) -> None:
    assert content("forms")["whitepaper"]["consent_rows"][country] == row


def test_a_country_of_no_wording_has_the_default(content: Content) -> None:
    assert "KE" not in content("forms")["whitepaper"]["consent_rows"]


@pytest.mark.parametrize("name", FORMS)
def test_every_wording_says_who_asks_and_what_will_come(name: str, content: Content) -> None:
    sender = content("policies")["sender"]["name"]
    for box in content("forms")[name]["consents"]:
        for worded in box["wordings"].values():
            assert all(sender[locale] in text and "{" not in text for locale, text in worded["text"].items())


def test_the_page_shows_the_wording_of_the_jurisdiction_and_posts_which_it_was(page: Page) -> None:
    html = page("landing.html", "en", **PLAIN | {"row": "DE"})
    assert '<input type="hidden" name="_consent_row" value="DE">' in html
    assert re.search(r'<span data-consent="consent_email">[^<]*§ 7 UWG', html)


def test_what_a_form_says_of_a_field_wins_over_the_shared_description(content: Content) -> None:
    webinar = {field["name"]: field for field in content("forms")["webinar"]["fields"]}
    assert webinar["message"]["label"]["en"] == "Your question for the hosts"
    assert webinar["message"]["type"] == "textarea"
