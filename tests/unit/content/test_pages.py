"""The public pages as a browser gets them."""

from __future__ import annotations

import re

import pytest

from tests.unit.content.conftest import Content, Page

PLAIN = {"values": {}, "errors": {}, "hidden": {}, "token": "signed", "row": "default", "card": {}}
TOKENS = {
    "token": "signed",
    "masked_email": "l••@acme.example",
    "subscribed": True,
    "channels": [("sms", True), ("wechat", False), ("push", True)],
    "done": False,
    "status": 404,
}
PAGES = (
    "thanks.html",
    "asset-whitepaper.html",
    "asset-case.html",
    "asset-consultation.html",
    "asset-live.html",
    "asset-tour.html",
    "asset-prices.html",
    "asset-start.html",
    "asset-case-video.html",
    "asset-faq.html",
    "asset-reviews.html",
    "asset-architecture.html",
    "asset-business-case.html",
    "asset-score-table.html",
    "asset-film.html",
    "asset-library.html",
    "unsubscribe.html",
    "unsubscribed.html",
    "preferences.html",
    "confirm.html",
    "confirmed.html",
    "error.html",
    "embed.js",
)


@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_renders_in_both_languages(name: str, locale: str, page: Page) -> None:
    assert "{{" not in page(name, locale, **TOKENS)


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_the_landing_page_has_no_ticked_box(locale: str, page: Page) -> None:
    boxes = re.findall(r'<input type="checkbox"[^>]*>', page("landing.html", locale, **PLAIN))
    assert len(boxes) == 1
    assert "checked" not in boxes[0]


def test_a_box_that_the_person_ticked_stays_ticked_when_another_field_was_wrong(page: Page) -> None:
    html = page("landing.html", **PLAIN | {"values": {"consent_email": "on"}, "errors": {"email": "Wrong."}})
    assert re.search(r'name="consent_email" value="on" checked', html)


def test_a_refused_post_keeps_what_was_typed_and_says_why_beside_the_field(page: Page) -> None:
    html = page(
        "landing.html", **PLAIN | {"values": {"name": "Ada", "email": "x"}, "errors": {"email": "Not an address."}}
    )
    assert 'value="Ada"' in html
    assert re.search(r'name="email"[^>]*aria-invalid="true" aria-describedby="f-email-error"', html)
    assert '<p class="why" id="f-email-error">Not an address.</p>' in html
    assert '<a href="#f-email">Work e-mail</a>' in html


def test_an_error_in_a_folded_field_unfolds_it(page: Page) -> None:
    assert "<details open>" in page("landing.html", **PLAIN | {"errors": {"message": "Too long."}})
    assert "<details>" in page("landing.html", **PLAIN)


def test_what_a_visitor_typed_is_escaped(page: Page) -> None:
    hostile = '"><script>alert(1)</script>'
    values = dict.fromkeys(("email", "name", "message", "company_size", "country"), hostile)
    html = page(
        "landing.html", **PLAIN | {"values": values, "errors": {"email": hostile}, "hidden": {"utm_source": hostile}}
    )
    assert "<script>alert" not in html


def test_a_size_from_another_page_is_kept_though_it_is_not_proposed(page: Page) -> None:
    html = page("landing.html", **PLAIN | {"values": {"company_size": "333"}})
    assert '<option value="333" selected>333</option>' in html


def test_the_honeypot_is_out_of_sight_and_out_of_the_tab_order(page: Page) -> None:
    html = page("landing.html", **PLAIN)
    assert re.search(
        r'<div class="trap" aria-hidden="true"><label [^>]+>[^<]+</label><input [^>]*name="website" tabindex="-1" autocomplete="off">',
        html,
    )


def test_campaign_and_touchpoint_travel_with_the_form_and_the_language_switch(page: Page) -> None:
    html = page("landing.html", **PLAIN | {"hidden": {"utm_source": "a&b", "s": "qr7", "visitor": "v1"}})
    assert '<input type="hidden" name="utm_source" value="a&amp;b">' in html
    assert 'href="?lang=zh&amp;utm_source=a%26b&amp;s=qr7"' in html
    assert html.count('name="visitor"') == 1


@pytest.mark.parametrize("name", ["landing.html", *[name for name in PAGES if name.endswith(".html")]])
def test_a_page_loads_nothing_from_elsewhere(name: str, page: Page) -> None:
    html = page(name, **PLAIN | TOKENS)
    assert re.findall(r"""(?:src|action)=["'](?!\.\./)[^"']+|url\(|@import""", html) == []


@pytest.mark.parametrize("name", ["thanks.html", "embed.js"])
def test_the_thank_you_leads_to_the_paper(name: str, page: Page) -> None:
    assert "asset/whitepaper" in page(name)
    assert "asset/case" not in page(name)


def test_opening_the_unsubscribe_page_offers_a_button_that_posts(page: Page) -> None:
    html = page("unsubscribe.html", **TOKENS)
    assert '<form class="actions" method="post" action="../u/signed?lang=en">' in html
    assert "l••@acme.example" in html


def test_an_unknown_status_reads_as_our_fault(page: Page, content: Content) -> None:
    assert content("texts")["en"]["error_500_title"] in page("error.html", status=503)


def test_every_error_code_of_the_form_check_has_its_words(content: Content) -> None:
    for locale in ("en", "zh"):
        for code in (
            *("required", "too_long", "unreadable", "invalid_choice", "invalid_email", "invalid_phone"),
            *("unknown_country", "invalid_size"),
        ):
            assert content("texts")[locale][f"error_{code}"]


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_the_paper_tells_the_score_table_that_ships(locale: str, page: Page, content: Content) -> None:
    told = re.findall(r"<td>([+−]\d+)</td>", page("asset-whitepaper.html", locale))
    shipped = {rule["points"] for rule in content("scoring")["model"]["rules"]}
    assert {int(points.replace("−", "-")) for points in told} == shipped
