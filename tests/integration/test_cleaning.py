"""Junk is thanked like everybody and set aside; people decide what becomes of it, and Ripen learns."""

from __future__ import annotations

import re
from typing import Any

import pytest

from shared.store.tables import ActivityItem, HandoffItem, IntakeItem, PersonItem
from tests.bed import Bed, stream_image

HOST = {
    "Host": "ripen.example",
    "Origin": "https://ripen.example",
    "Cookie": "ripen_session=abc",
    "Sec-Fetch-Site": "same-origin",
    "Accept-Language": "en",
}
LIN = {
    "email": "lin@acme-robotics.example",
    "name": "林小姐",
    "company": "Acme Robotics",
    "title": "CTO",
    "phone": "+8613912047765",
    "country": "CN",
    "consent_email": True,
}


def post(bed: Bed, **changes: Any) -> str:
    answer = bed.http("POST", "/f/whitepaper", json={**LIN, **changes})
    assert answer.status == 202, answer.body
    bed.pump()
    return str(answer.json()["submission_id"])


def leads() -> list[PersonItem]:
    return [item for item in PersonItem.scan() if item.kind == "lead"]


def held(bed: Bed, **query: str) -> list[dict[str, Any]]:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return list(bed.admin("GET", f"/api/quarantine?{asked}").json()["items"])


@pytest.mark.parametrize(
    ("said", "reasons"),
    [
        ({"phone": "13888888888"}, ["phone_repeated_digits"]),
        ({"phone": "138-1234-5678"}, ["phone_consecutive_digits"]),
        ({"phone": "+1 234 567 8900", "country": "US"}, ["phone_consecutive_digits"]),
        ({"email": "lin@mailinator.com"}, ["disposable_email"]),
        ({"email": "lin@acme.con"}, ["invalid_email"]),
        ({"name": "test"}, ["test_lead"]),
        ({"email": "spy@competitor.example", "phone": "13888888888"}, ["phone_repeated_digits", "competitor"]),
    ],
)
def test_junk_gets_the_same_answer_and_makes_no_person(bed: Bed, said: dict[str, str], reasons: list[str]) -> None:
    submission_id = post(bed, **said)
    assert [(item["submission_id"], item["reasons"]) for item in held(bed)] == [(submission_id, reasons)]
    assert leads() == []
    assert bed.mails == []


def test_four_eights_and_a_country_code_make_no_run(bed: Bed) -> None:
    post(bed, phone="13988881204")
    post(bed, email="b@acme.example", phone="+4567890123", country="DK")
    assert held(bed) == []
    assert len(leads()) == 2


def test_a_released_post_becomes_a_lead_though_the_rules_say_no(bed: Bed) -> None:
    submission_id = post(bed, phone="13888888888")
    assert bed.admin("POST", f"/api/quarantine/{submission_id}/release").status == 200
    bed.pump()
    assert [lead.profile["phone"] for lead in leads()] == ["+8613888888888"]
    assert held(bed) == []


def test_a_late_delivery_does_not_take_back_what_was_released(bed: Bed) -> None:
    submission_id = post(bed, phone="13888888888")
    bed.admin("POST", f"/api/quarantine/{submission_id}/release")
    bed.pump()
    image = stream_image(IntakeItem.get(submission_id))
    image["status"] = {"S": "accepted"}
    record = {"eventName": "INSERT", "dynamodb": {"Keys": {"submission_id": {"S": submission_id}}, "NewImage": image}}
    bed.invoke("Resolve", {"Records": [record]})
    assert IntakeItem.get(submission_id).status == "released"
    assert len(leads()) == 1


def test_what_was_taught_since_changes_nothing_about_who_is_a_lead_already(bed: Bed) -> None:
    submission_id = post(bed)
    bed.admin("POST", "/api/lists", json={"list": "competitor", "entry": "acme-robotics.example"})
    image = stream_image(IntakeItem.get(submission_id))
    record = {"eventName": "INSERT", "dynamodb": {"Keys": {"submission_id": {"S": submission_id}}, "NewImage": image}}
    bed.invoke("Resolve", {"Records": [record]})
    assert held(bed) == []
    assert len(list(ActivityItem.scan())) >= 1


def test_all_of_one_kind_are_released_and_others_stay(bed: Bed) -> None:
    for number in range(3):
        post(bed, email=f"p{number}@acme.example", phone="13888888888")
    post(bed, email="spy@competitor.example", phone="13888888888")
    answer = bed.admin("POST", "/api/quarantine/release", json={"reason": "phone_repeated_digits"})
    assert answer.json() == {"released": 3, "more": False}
    bed.pump()
    assert [item["reasons"] for item in held(bed)] == [["phone_repeated_digits", "competitor"]]
    assert [item["reasons"] for item in held(bed, reason="competitor")] == [["phone_repeated_digits", "competitor"]]
    assert held(bed, reason="test_lead") == []


def test_teaching_holds_from_the_next_post_on(bed: Bed) -> None:
    submission_id = post(bed, email="lin@mailinator.com", phone="")
    lesson = {"list": "allow", "subject": "domain:mailinator.com"}
    assert bed.admin("POST", f"/api/quarantine/{submission_id}/teach", json=lesson).status == 200
    bed.pump()
    post(bed, email="mei@mailinator.com", phone="")
    assert {lead.profile["email"] for lead in leads()} == {"lin@mailinator.com", "mei@mailinator.com"}


def test_only_what_a_finding_is_about_can_be_taught_from_it(bed: Bed) -> None:
    submission_id = post(bed, phone="13888888888")
    for lesson in (
        {"list": "allow", "subject": "domain:gmail.com"},
        {"list": "customer", "subject": "phone:+8613888888888"},
    ):
        assert bed.admin("POST", f"/api/quarantine/{submission_id}/teach", json=lesson).status in (404, 422)


def test_a_taught_competitor_is_set_aside_by_company_name_too(bed: Bed) -> None:
    added = bed.admin("POST", "/api/lists", json={"list": "competitor", "entry": "北京天穹科技有限公司"})
    assert added.json()["value"] == "天穹科技"
    post(bed, company="天穹科技（集团）")
    assert [item["reasons"] for item in held(bed)] == [["competitor"]]
    bed.admin("DELETE", f"/api/lists/{added.json()['id']}")
    post(bed, company="天穹科技（集团）")
    assert len(leads()) == 1


def test_a_customer_is_recognised_and_not_issued_to_sales_as_a_new_lead(bed: Bed) -> None:
    bed.admin("POST", "/api/lists", json={"list": "customer", "entry": "acme-robotics.example", "note": "since 2019"})
    post(bed)
    bed.open_and_click()
    [lead] = leads()
    assert (lead.grade, lead.stage) == ("hot", "lead")
    assert list(HandoffItem.scan()) == []
    items = bed.admin("GET", f"/api/leads/{lead.id}/timeline").json()["items"]
    assert next(item for item in items if item["type"] == "form_submitted")["detail"]["flags"] == ["existing_customer"]
    assert [item["detail"]["reason"] for item in items if item["type"] == "handoff_withheld"] == ["existing_customer"]
    assert bed.admin("POST", f"/api/leads/{lead.id}/mql", json={"note": "upsell"}).status == 200
    assert len(list(HandoffItem.scan())) == 1


def test_a_column_of_customers_is_added_at_once(bed: Bed) -> None:
    entries = ["brandt.example", "华星物流有限公司", "华星物流（集团）", "", "anna@keller.example;"]
    added = bed.admin("POST", "/api/lists", json={"list": "customer", "entries": entries})
    assert added.json() == {"added": 3}
    assert bed.admin("GET", "/api/lists?entry=brandt.example").json()["items"][0]["list"] == "customer"
    wrong = bed.admin("POST", "/api/lists", json={"list": "customer", "entries": ["acme.example", "x@"]})
    assert wrong.status == 422
    assert bed.admin("GET", "/api/lists?entry=acme.example").json()["items"] == []


def test_who_is_in_follow_up_is_recognised_and_not_issued_again(bed: Bed) -> None:
    post(bed)
    [lead] = leads()
    bed.admin("POST", f"/api/leads/{lead.id}/mql", json={"note": "called"})
    bed.pump()
    post(bed, title="Chief Technology Officer")
    items = bed.admin("GET", f"/api/leads/{lead.id}/timeline").json()["items"]
    newest = next(item for item in items if item["type"] == "form_submitted")
    assert newest["detail"]["flags"] == ["duplicate", "in_follow_up"]
    assert len(list(HandoffItem.scan())) == 1


# ------------------------------------------------------------------ pages


def page(bed: Bed, path: str, **headers: str) -> str:
    answer = bed.admin("GET", path, headers={**HOST, **headers})
    assert answer.status == 200, answer.text
    return answer.text


def press(bed: Bed, path: str, form: dict[str, str], seen: str) -> Any:
    token = re.search(r'name="_form" value="([0-9a-f]+)"', seen)
    assert token
    return bed.admin("POST", path, form={"_form": token[1], **form}, headers=HOST)


def test_the_page_tells_the_reasons_and_its_buttons_work(bed: Bed) -> None:
    submission_id = post(bed, email="lin@mailinator.com", phone="13888888888")
    seen = page(bed, "/quarantine")
    assert "repeated digits in the phone number" in seen
    assert "throw-away address" in seen
    assert "domain: mailinator.com" in seen
    assert "一次性邮箱" in page(bed, "/quarantine", **{"Accept-Language": "zh-CN"})
    form = {"teach": "allow", "subject": "domain:mailinator.com"}
    assert press(bed, f"/quarantine/{submission_id}", form, seen).status == 303
    bed.pump()
    assert len(leads()) == 1
    assert "mailinator.com" in page(bed, "/lists")


def test_one_button_releases_all_of_a_kind(bed: Bed) -> None:
    for number in range(2):
        post(bed, email=f"p{number}@acme.example", phone="13888888888")
    seen = page(bed, "/quarantine?reason=phone_repeated_digits")
    assert press(bed, "/quarantine", {"reason": "phone_repeated_digits"}, seen).status == 303
    bed.pump()
    assert len(leads()) == 2


def test_lists_are_kept_on_their_page(bed: Bed) -> None:
    seen = page(bed, "/lists")
    assert press(bed, "/lists", {"list": "customer", "entry": "华星物流有限公司", "act": "add"}, seen).status == 303
    seen = page(bed, "/lists?entry=华星物流")
    assert "华星物流" in seen
    entry = re.search(r'name="id" value="([^"]+)"', seen)
    assert entry
    assert press(bed, "/lists", {"act": "remove", "id": entry[1]}, seen).status == 303
    assert "Nothing on the lists yet" in page(bed, "/lists")
    assert press(bed, "/lists", {"list": "customer", "entry": "x@", "act": "add"}, seen).status == 422
