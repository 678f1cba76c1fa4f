"""What the pages of demo and quote promise is kept: confirmed at once, and in the hands of sales, once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bed import Bed
from tests.rehearsal.playing import Played

LIN = {"email": "lin@acme-robotics.example", "name": "林小姐", "company": "Acme Robotics", "country": "CN"}
CONFIRMED = {
    "demo": "demo-confirmed",
    "quote": "quote-received",
    "webinar": "webinar-registered",
    "trial": "trial-started",
}


def ask(bed: Bed, form: str, **fields: Any) -> str:
    answer = bed.http("POST", f"/f/{form}", json={**LIN, **fields})
    assert answer.status == 202, answer.text
    bed.pump()
    [lead] = bed.admin("GET", f"/api/leads?email={LIN['email']}").json()["items"]
    return str(lead["lead_id"])


def handoffs(bed: Bed) -> list[dict[str, Any]]:
    return list(bed.admin("GET", "/api/handoffs").json()["items"])


def templates(bed: Bed, lead_id: str) -> list[str]:
    found = bed.admin("GET", f"/api/leads/{lead_id}/messages").json()["items"]
    return sorted(each["template"] for each in found if each["class"] != "internal")


@pytest.mark.parametrize("form", CONFIRMED)
def test_each_form_is_confirmed_at_once_to_people_who_want_no_advertising(form: str, bed: Bed) -> None:
    assert templates(bed, ask(bed, form)) == [CONFIRMED[form]]
    assert [mail.to for mail in bed.mails if mail.to == LIN["email"]] == [LIN["email"]]


@pytest.mark.parametrize("form", ["demo", "quote"])
def test_a_request_is_with_sales_at_once_whatever_the_score(form: str, bed: Bed) -> None:
    lead_id = ask(bed, form, message="Can we see it with our own three leads?")
    [handoff] = handoffs(bed)
    assert (handoff["lead_id"], handoff["reason"], handoff["status"]) == (lead_id, f"{form}_request", "open")
    assert bed.admin("GET", f"/api/leads/{lead_id}").json()["stage"] == "mql"
    assert "一个工作日内" in handoff["brief"]["next_step"]["zh"]
    brief = next(mail for mail in bed.mails if mail.to.startswith("sales@"))
    assert "our own three leads" in brief.text


@pytest.mark.parametrize("form", ["webinar", "trial"])
def test_other_forms_promise_nobody_and_hand_nobody_over(form: str, bed: Bed) -> None:
    ask(bed, form)
    assert handoffs(bed) == []


def test_who_is_with_sales_already_is_not_handed_over_twice_but_their_salesperson_is_told(bed: Bed) -> None:
    ask(bed, "demo")
    before = len(bed.mails)
    bed.later(hours=5)
    lead_id = ask(bed, "quote")
    assert len(handoffs(bed)) == 1
    told = [mail for mail in bed.mails[before:] if mail.to.startswith("sales@")]
    assert len(told) == 1
    assert "申请了报价" in told[0].text
    assert templates(bed, lead_id) == ["demo-confirmed", "quote-received"]


def test_whom_sales_sent_back_is_handed_over_when_they_ask_again(bed: Bed) -> None:
    ask(bed, "demo")
    [first] = handoffs(bed)
    bed.later(hours=5)
    back = {"result": "deferred", "until": "2026-06-01", "reason": "no budget this year"}
    assert bed.admin("POST", f"/api/handoffs/{first['handoff_id']}/outcome", json=back).status == 200
    bed.pump()
    ask(bed, "demo")
    assert sorted(each["status"] for each in handoffs(bed)) == ["deferred", "open"]


def test_the_same_request_posted_again_within_hours_is_one(bed: Bed) -> None:
    ask(bed, "demo")
    bed.later(minutes=20)
    lead_id = ask(bed, "demo")
    assert templates(bed, lead_id) == ["demo-confirmed"]
    assert len(handoffs(bed)) == 1


def test_a_month_with_doubled_deliveries_and_dying_handlers_keeps_every_promise_once(content: Any) -> None:
    played = Played("requests.yaml", content)
    for person, form in (("lin", "demo"), ("erik", "quote"), ("hot", "demo")):
        handoff = played.handoff(person)
        assert played.since_start(handoff["at"]).total_seconds() < 3600 * 24 * 4
        assert [template for template, _ in played.mails_to(person)].count(CONFIRMED[form]) == 1
    assert played.handoff("silent")["escalated_at"]
    assert played.result["invariants"]
    assert all(played.result["invariants"].values()), played.result["invariants"]
