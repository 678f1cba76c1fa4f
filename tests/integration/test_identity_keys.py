"""WeChat's ids and the CRM's id find a person, merge what is one, and keep apart what may be two."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bed import Bed
from tests.integration.test_admin_pages import EN, ZH, page
from tests.integration.test_imports import send

OPENID, UNIONID = "oK3aB_9xYz-12345678901234567", "o6_bmjrPTlm6_2sgVt7hMZOPfL2M"
LIN = {"name": "林小姐", "company": "Acme Robotics", "country": "CN"}
HOT_PATH = ("/pricing", "/pricing", "/pricing")


def post(bed: Bed, form: str = "demo", **said: Any) -> None:
    answer = bed.http("POST", f"/f/{form}", json={**LIN, **said})
    assert answer.status == 202, answer.text
    bed.later(minutes=1)


def lead(bed: Bed, email: str) -> dict[str, Any]:
    [found] = bed.admin("GET", f"/api/leads?email={email}").json()["items"]
    return dict(found)


def import_rows(bed: Bed, text: str) -> None:
    send(bed, text, name="crm.csv")
    bed.later(minutes=2)


def everybody(bed: Bed) -> list[dict[str, Any]]:
    return list(bed.admin("GET", "/api/leads").json()["items"])


def test_the_same_unionid_with_another_address_stays_two(bed: Bed) -> None:
    post(bed, email="lin@acme-robotics.example", wechat_unionid=UNIONID)
    post(bed, email="mei@acme-robotics.example", wechat_unionid=UNIONID)
    assert lead(bed, "lin@acme-robotics.example")["lead_id"] != lead(bed, "mei@acme-robotics.example")["lead_id"]


@pytest.mark.parametrize(("name", "value"), [("wechat_unionid", UNIONID), ("wechat_openid", OPENID)])
def test_who_is_known_by_wechat_alone_becomes_one_with_who_gives_an_address(name: str, value: str, bed: Bed) -> None:
    import_rows(bed, f"姓名,手机,{name}\n林小姐,13912047765,{value}\n")
    [before] = everybody(bed)
    post(bed, email="lin@acme-robotics.example", **{name: value})
    [after] = everybody(bed)
    assert after["lead_id"] == before["lead_id"]
    assert (after["email"], after[name]) == ("lin@acme-robotics.example", value)


def test_two_records_that_a_post_shows_to_be_one_are_merged(bed: Bed) -> None:
    import_rows(bed, f"姓名,手机,unionid\n林小姐,13912047765,{UNIONID}\n")
    post(bed, email="lin@acme-robotics.example")
    assert len(everybody(bed)) == 2
    post(bed, email="lin@acme-robotics.example", wechat_unionid=UNIONID)
    bed.pump()
    [one] = everybody(bed)
    assert (one["email"], one["wechat_unionid"]) == ("lin@acme-robotics.example", UNIONID)
    assert "13912047765" in one["phone"]


def test_an_openid_does_not_outweigh_another_number(bed: Bed) -> None:
    import_rows(bed, f"姓名,手机,openid\n林小姐,13912047765,{OPENID}\n王强,13912047766,{OPENID}\n")
    assert len(everybody(bed)) == 2


@pytest.mark.parametrize(
    "value", ["short", "has spaces in it which no id has", "<script>alert(1)</script>xxxxx", 42, ["x"]]
)
def test_what_is_no_wechat_id_is_left_out(value: Any, bed: Bed) -> None:
    post(bed, email="lin@acme-robotics.example", wechat_unionid=value)
    assert lead(bed, "lin@acme-robotics.example")["wechat_unionid"] == ""


def test_the_crm_id_finds_the_person_whose_address_changed_in_the_crm(bed: Bed) -> None:
    import_rows(bed, "CRM ID,Name,Email\n00Q123,Lin Mei,lin@acme-robotics.example\n")
    known = lead(bed, "lin@acme-robotics.example")
    import_rows(bed, "CRM ID,Name,Email\n00Q123,Lin Mei,lin.mei@acme-robotics.example\n")
    after = lead(bed, "lin.mei@acme-robotics.example")
    assert (after["lead_id"], after["email"]) == (known["lead_id"], "lin.mei@acme-robotics.example")
    assert lead(bed, "lin@acme-robotics.example")["lead_id"] == known["lead_id"]
    assert after["crm_id"] == "00Q123"


def test_a_crm_id_that_two_known_addresses_claim_merges_nobody(bed: Bed) -> None:
    post(bed, email="mei@acme-robotics.example")
    import_rows(bed, "CRM ID,Name,Email\n00Q123,Lin,lin@acme-robotics.example\n")
    import_rows(bed, "CRM ID,Name,Email\n00Q123,Mei,mei@acme-robotics.example\n")
    assert len(everybody(bed)) == 2


def test_a_stranger_s_post_says_nothing_about_the_crm(bed: Bed) -> None:
    import_rows(bed, "CRM ID,Name,Email,Status\n00Q123,Lin Mei,lin@acme-robotics.example,open\n")
    post(bed, email="eve@evil.example", crm_id="00Q123", crm_stage="customer")
    eve = lead(bed, "eve@evil.example")
    assert eve["lead_id"] != lead(bed, "lin@acme-robotics.example")["lead_id"]
    assert (eve["crm_id"], eve["crm_stage"]) == ("", "")


@pytest.mark.parametrize(
    ("word", "standing"),
    [("客户", "existing_customer"), ("Closed Won", "existing_customer"), ("跟进中", "in_follow_up")],
)
def test_whom_the_crm_has_already_is_recognised_and_not_issued_again(word: str, standing: str, bed: Bed) -> None:
    import_rows(bed, f"CRM编号,姓名,邮箱,客户阶段\n00Q123,林小姐,lin@acme-robotics.example,{word}\n")
    post(
        bed,
        "whitepaper",
        email="lin@acme-robotics.example",
        title="CTO",
        phone="+8613912047765",
        company_size="200",
        visitor="visitor-of-lin-1",
    )
    found = lead(bed, "lin@acme-robotics.example")
    assert found["crm_stage"] == standing
    for path in HOT_PATH:
        bed.http("POST", "/t/v", json={"url": f"https://www.ripen-demo.example{path}", "visitor": "visitor-of-lin-1"})
        bed.later(minutes=31)
    timeline = bed.admin("GET", f"/api/leads/{found['lead_id']}/timeline").json()["items"]
    assert standing in timeline[-1]["detail"]["flags"] or any(
        standing in each["detail"].get("flags", ()) for each in timeline
    )
    assert [each["detail"]["reason"] for each in timeline if each["type"] == "handoff_withheld"][:1] == [standing]
    assert bed.admin("GET", "/api/handoffs").json()["items"] == []


def test_a_word_that_is_neither_takes_back_what_the_crm_said(bed: Bed) -> None:
    for word in ("Customer", "Churned"):
        import_rows(bed, f"CRM ID,Name,Email,CRM stage\n00Q123,Lin,lin@acme-robotics.example,{word}\n")
    assert lead(bed, "lin@acme-robotics.example")["crm_stage"] == "other"


def test_the_keys_stand_on_the_person_s_page(bed: Bed) -> None:
    import_rows(bed, f"CRM ID,Name,Email,CRM stage,Unionid\n00Q123,Lin,lin@acme-robotics.example,Customer,{UNIONID}\n")
    found = lead(bed, "lin@acme-robotics.example")
    for headers, words in ((EN, ("CRM id", "customer")), (ZH, ("CRM 编号", "客户"))):
        text = page(bed, f"/leads/{found['lead_id']}", headers)
        for word in (*words, "00Q123", UNIONID):
            assert word in text
