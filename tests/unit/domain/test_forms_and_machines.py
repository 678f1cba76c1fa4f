"""What strangers type, and who is a machine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.forms import check, clean, consent_row, consents, is_ticked, shown_row
from shared.domain.machines import judge_request
from shared.usecases.contact_points import is_phone_like, parse_email, parse_phone

FORM = {
    "fields": [
        {"name": "email", "type": "email", "required": True, "max_length": 254},
        {"name": "name", "type": "text", "required": True, "max_length": 120},
        {"name": "message", "type": "textarea", "max_length": 2000},
    ],
    "consents": [
        {
            "name": "consent_email",
            "channel": "email",
            "purpose": "marketing",
            "wordings": {
                "default": {"version": "v1", "text": {"en": "Yes", "zh": "同意"}},
                "DE": {"version": "v2", "text": {"en": "Yes, under § 7 UWG", "zh": "依据第 7 条同意"}},
            },
        }
    ],
    "consent_rows": {"DE": "DE", "AT": "EU"},
}


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize("text", ["a\x00b", "a\u202eb", "a\u2066b", "a\x1bb", "a\ud800b"])
def test_control_and_reordering_marks_are_taken_out(text: str) -> None:
    assert clean(text) == "ab"


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "林小姐", "O’Brien 🚀", "Ｗｉｄｅ"])
def test_letters_stay_as_they_were_typed(text: str) -> None:
    assert clean(text) == text


def test_missing_and_long_fields_are_named() -> None:
    assert check(FORM, {"name": "x" * 10_000}).errors == {"email": "required", "name": "too_long"}


@pytest.mark.parametrize("value", [["a"], {"a": 1}, True])
def test_what_is_no_text_is_unreadable(value: object) -> None:
    assert check(FORM, {"email": "a@b.example", "name": value}).errors == {"name": "unreadable"}


def test_fields_that_the_form_does_not_have_are_dropped() -> None:
    assert check(FORM, {"email": "a@b.example", "name": "A", "is_admin": "yes"}).values == {
        "email": "a@b.example",
        "name": "A",
    }


@pytest.mark.parametrize("value", ["on", "true", True, "1", "YES"])
def test_a_box_is_ticked_by_an_explicit_yes(value: object) -> None:
    assert is_ticked(value)


@pytest.mark.parametrize("value", ["", "off", "false", False, None, "0", "no", 1, []])
def test_anything_else_is_no_consent(value: object) -> None:
    assert not is_ticked(value)


def test_consent_keeps_the_very_words_that_were_shown() -> None:
    given = consents(FORM, {"consent_email": "on"}, "zh", "DE")["email"]
    assert (given["text"], given["version"], given["row"]) == ("依据第 7 条同意", "v2", "DE")
    assert consents(FORM, {}, "zh", "DE") == {}


def test_a_jurisdiction_without_a_wording_has_the_default() -> None:
    assert consents(FORM, {"consent_email": "on"}, "en", "EU")["email"]["row"] == "default"


@pytest.mark.parametrize(("country", "row"), [("DE", "DE"), ("de", "DE"), ("US", "default"), ("", "default")])
def test_the_wording_follows_the_country(country: str, row: str) -> None:
    assert consent_row(FORM, country) == row


def test_the_evidence_is_what_the_page_showed_and_not_what_the_country_would_have_had() -> None:
    assert shown_row(FORM, {"_consent_row": "default"}, "DE") == "default"


@pytest.mark.parametrize("said", [None, "", "XX", ["DE"], 7])
def test_a_page_that_names_no_wording_of_ours_is_taken_by_its_country(said: object) -> None:
    assert shown_row(FORM, {"_consent_row": said}, "DE") == "DE"


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("lin@acme-robotics.example", "lin@acme-robotics.example"),
        (" ｌｉｎ＠ａｃｍｅ.example ", "lin@acme.example"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("林@acme.example", None),
        ("no-at.example", None),
        ("a@b", None),
        ("a@b.example\r\nBcc: x@y.example", None),
    ],
)
def test_an_address_that_ses_cannot_send_to_is_refused(typed: str, address: str | None) -> None:
    assert parse_email(typed) == address


@pytest.mark.parametrize(
    ("typed", "country", "number"),
    [("139 1204 7765", "CN", "+8613912047765"), ("+8613912047765", "", "+8613912047765"), ("030 901820", "DE", "+4930901820"), ("１３９１２０４７７６５", "CN", "+8613912047765"), ("12", "CN", None)],
)  # fmt: skip
def test_phone_numbers_become_one_form(typed: str, country: str, number: str | None) -> None:
    assert parse_phone(typed, country) == number


def test_a_sentence_is_no_phone_number() -> None:
    assert not is_phone_like("call me maybe")
    assert is_phone_like("+49 (30) 901820 ext 5")


CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36"


@pytest.mark.parametrize(
    ("method", "headers", "agent"),
    [
        ("GET", {"user-agent": CHROME, "x-forwarded-proto": "https", "sec-fetch-mode": "navigate"}, "human"),
        ("GET", {"user-agent": CHROME, "x-forwarded-proto": "https"}, "probable_machine"),
        ("HEAD", {"user-agent": CHROME}, "machine"),
        ("GET", {"user-agent": CHROME, "sec-purpose": "prefetch;prerender"}, "machine"),
        ("GET", {"user-agent": "Googlebot/2.1"}, "machine"),
        ("GET", {"user-agent": "Mozilla/5.0 (via ggpht.com GoogleImageProxy)"}, "human"),
        ("GET", {}, "human"),
    ],
)
def test_machines_betray_themselves(method: str, headers: dict[str, str], agent: str) -> None:
    assert judge_request(method, headers) == agent
