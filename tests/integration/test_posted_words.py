"""A country and a company's size are kept as the rules read them, however a form or a file writes them; what is neither is told, not kept."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

from infra.template import ROOT
from shared.store.tables import IntakeItem, PersonItem
from tests.bed import Bed

ANNA = {"email": "anna@brandt.example", "name": "Anna Keller", "company": "Brandt GmbH"}


def post(bed: Bed, language: str = "en", **changes: Any) -> Any:
    return bed.http("POST", "/f/whitepaper", json={**ANNA, **changes}, headers={"Accept-Language": language})


def profile(bed: Bed) -> dict[str, str]:
    bed.pump()
    [lead] = [item for item in PersonItem.scan() if item.kind == "lead"]
    return dict(lead.profile)


@pytest.mark.parametrize(("said", "code"), [("中国", "CN"), ("Deutschland", "DE"), ("u.s.", "US"), ("台灣", "TW")])
def test_a_countrys_name_in_a_form_is_kept_as_its_code(bed: Bed, said: str, code: str) -> None:
    assert post(bed, country=said).status == 202
    assert profile(bed)["country"] == code


@pytest.mark.parametrize(("said", "row", "state"), [("Deutschland", "DE", "pending"), ("中国", "CN", "granted")])
def test_a_country_that_was_written_out_has_its_own_rules_of_consent(bed: Bed, said: str, row: str, state: str) -> None:
    assert post(bed, country=said, consent_email=True).status == 202
    bed.pump()
    [lead] = [item for item in PersonItem.scan() if item.kind == "lead"]
    assert lead.consent["email"]["state"] == state
    [kept] = IntakeItem.scan()
    assert kept.meta["consents"]["email"]["row"] == row


@pytest.mark.parametrize(
    ("field", "said", "en", "zh"),
    [
        ("country", "ZZ", "We do not know this country", "无法识别此国家或地区"),
        ("country", "Atlantis", "We do not know this country", "无法识别此国家或地区"),
        ("company_size", "-5", "a number of people", "请填写人数"),
        ("company_size", "viele", "a number of people", "请填写人数"),
        ("company_size", 0, "a number of people", "请填写人数"),
    ],
)
def test_what_is_none_is_told_in_the_visitors_language(bed: Bed, field: str, said: object, en: str, zh: str) -> None:
    for language, words in (("en", en), ("zh", zh)):
        answer = post(bed, language, **{field: said})
        assert (answer.status, list(answer.json()["errors"])) == (422, [field])
        assert words in answer.json()["errors"][field]
    assert list(IntakeItem.scan()) == []


def test_a_page_that_is_shown_again_has_the_country_chosen(bed: Bed) -> None:
    answer = bed.http("POST", "/f/whitepaper", form={**ANNA, "email": "none", "country": "Deutschland"})
    assert answer.status == 422
    assert '<option value="DE" selected' in answer.text


@pytest.mark.parametrize(("said", "people"), [("51-200", "200"), (300, "300"), ("1,000", "1000"), ("5000+", "5000")])
def test_a_size_is_kept_as_a_number_of_people(bed: Bed, said: object, people: str) -> None:
    assert post(bed, company_size=said).status == 202
    assert profile(bed)["company_size"] == people


def test_null_is_what_was_not_said(bed: Bed) -> None:
    nothing = dict.fromkeys(
        ("phone", "title", "country", "company_size", "message", "consent_email", "website", "_token", "visitor", "s")
    )
    assert post(bed, **nothing).status == 202
    [kept] = IntakeItem.scan()
    assert (kept.status, kept.fields) == ("accepted", ANNA)
    refused = post(bed, email=None)
    assert (refused.status, refused.json()["errors"]) == (422, {"email": "Please fill this in."})


def test_a_file_has_its_countries_and_sizes_read_and_told_where_it_cannot_be(bed: Bed) -> None:
    rows = "a@acme.example,Deutschland,51-200\nb@acme.example,中国,many\nc@acme.example,Atlantis,300 Mitarbeiter\n"
    text = f"email,country,employees\n{rows}"
    begun = bed.admin("POST", "/api/imports", body=text.encode(), headers={"Content-Type": "text/csv"}).json()
    bed.later(minutes=2)
    told = bed.admin("GET", f"/api/imports/{begun['import_id']}").json()
    assert [(row["status"], row["reasons"]) for row in told["items"]] == [
        ("new", []),
        ("new", ["invalid_size"]),
        ("new", ["unknown_country"]),
    ]
    found = {item.profile["email"][0]: item.profile for item in PersonItem.scan() if item.kind == "lead"}
    assert {who: (said.get("country"), said.get("company_size")) for who, said in found.items()} == {
        "a": ("DE", "200"),
        "b": ("CN", None),
        "c": (None, "300"),
    }


def test_what_a_machine_wrote_is_held_without_the_country_that_is_none(bed: Bed) -> None:
    assert post(bed, country="Atlantis", company_size="200 people", website="http://spam.example").status == 202
    [kept] = IntakeItem.scan()
    assert (kept.status, kept.fields) == ("quarantined", {**ANNA, "company_size": "200"})


class _Inputs(HTMLParser):
    """The fields of a form as a browser posts them: what is ticked and typed, the rest empty."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.names: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "form":
            self.action = str(said["action"])
        elif tag == "input":
            self.names.append(str(said["name"]))


@pytest.mark.parametrize(("company", "points"), [("Brandt GmbH", 0), ("", -10)])
def test_the_form_that_the_marketers_guide_shows_is_taken(bed: Bed, company: str, points: int) -> None:
    guide = (ROOT / "docs" / "marketers.md").read_text(encoding="utf-8")
    shown = _Inputs()
    shown.feed(guide[guide.index("<form action=") : guide.index("</form>")])
    assert shown.names == ["email", "company", "consent_email"]
    typed = {"email": "anna@brandt.example", "company": company, "consent_email": "on"}
    answer = bed.http("POST", shown.action.removeprefix("https://…"), form={name: typed[name] for name in shown.names})
    assert (answer.status, answer.headers["location"].split("?")[0]) == (303, "whitepaper/thank-you")
    assert profile(bed)["email"] == "anna@brandt.example"
    [lead] = bed.admin("GET", "/api/leads").json()["items"]
    reasons = bed.admin("GET", f"/api/leads/{lead['lead_id']}/score").json()["entries"]
    assert sum(entry["points"] for entry in reasons if entry["rule"] == "no_clear_company") == points
    assert [mail.to for mail in bed.mails][:1] == ["anna@brandt.example"]
