"""From a post to a hand-off, handler by handler, on an engine: what a newcomer's demo shows, and what must not happen."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from shared.store.tables import (
    ActivityItem,
    EnrolmentItem,
    HandoffItem,
    IntakeItem,
    MessageItem,
    PersonItem,
    SuppressionItem,
)
from tests.bed import Bed

LIN = {
    "email": "lin@acme-robotics.example",
    "name": "林小姐",
    "company": "Acme Robotics",
    "title": "CTO",
    "phone": "+8613912047765",
    "country": "CN",
    "company_size": "200",
    "consent_email": True,
}


def post(bed: Bed, **changes: Any) -> Any:
    answer = bed.http("POST", "/f/whitepaper", json={**LIN, **changes})
    assert answer.status == 202, answer.body
    return answer


def leads() -> list[PersonItem]:
    return [item for item in PersonItem.scan() if item.kind == "lead"]


def activities(kind: str) -> list[ActivityItem]:
    return [item for item in ActivityItem.scan() if item.type == kind]


def messages(klass: str = "") -> list[MessageItem]:
    return [item for item in MessageItem.scan() if not klass or item.klass == klass]


def test_a_post_becomes_one_scored_person_and_the_paper_is_on_its_way(bed: Bed) -> None:
    post(bed)
    bed.pump()
    [lead] = leads()
    assert (int(lead.score), lead.grade, lead.stage) == (35, "warm", "lead")
    assert [mail.to for mail in bed.mails] == ["lin@acme-robotics.example"]


def test_two_posts_of_one_person_make_one_person(bed: Bed) -> None:
    post(bed)
    post(bed, email="LIN@acme-robotics.example", title="Chief Technology Officer")
    bed.pump()
    assert len(leads()) == 1
    assert len(activities("form_submitted")) == 2
    assert len(bed.mails) == 1


def test_two_colleagues_behind_one_switchboard_stay_two(bed: Bed) -> None:
    post(bed)
    post(bed, email="wang@acme-robotics.example", name="王工")
    bed.pump()
    assert len(leads()) == 2


def test_what_an_unknown_visitor_looked_at_becomes_part_of_the_person(bed: Bed) -> None:
    bed.http("POST", "/t/v", json={"url": "https://www.acme.example/pricing?who=lin", "visitor": "visitor-0001"})
    post(bed, visitor="visitor-0001")
    bed.pump()
    bed.http("POST", "/t/v", json={"url": "/cases", "visitor": "visitor-0001"})
    paths = [item.detail["path"] for item in activities("page_viewed")]
    assert sorted(paths) == ["/cases", "/pricing"]
    assert {item.lead_id for item in activities("page_viewed")} == {leads()[0].id}


def test_opening_and_clicking_makes_an_mql_with_a_brief_for_its_owner(bed: Bed) -> None:
    post(bed)
    bed.pump()
    bed.open_and_click(0)
    [lead], [handoff] = leads(), list(HandoffItem.scan())
    assert (int(lead.score), lead.grade, lead.stage, lead.owner) == (50, "hot", "mql", "sales")
    assert handoff.manager == "manager"
    assert sum(reason["points"] for reason in handoff.brief["reasons"]) == handoff.brief["score"] == 50
    assert handoff.brief["who"]["phone"] == "+8613912047765"
    assert handoff.brief["next_step"]["zh"]
    [told] = messages("internal")
    assert (told.template, told.status) == ("handoff-new", "delivered")


def test_three_looks_at_the_price_list_within_two_weeks_hand_over_too(bed: Bed) -> None:
    post(bed, visitor="visitor-0001")
    bed.pump()
    for _ in range(3):
        bed.http("POST", "/t/v", json={"url": "https://www.acme.example/pricing", "visitor": "visitor-0001"})
        bed.later(days=2)
    assert [item.reason for item in HandoffItem.scan()] == ["pricing_views"]


def test_two_looks_are_not_enough(bed: Bed) -> None:
    post(bed, visitor="visitor-0001")
    bed.pump()
    for _ in range(2):
        bed.http("POST", "/t/v", json={"url": "/pricing", "visitor": "visitor-0001"})
        bed.later(minutes=5)
    assert not list(HandoffItem.scan())


def test_the_owner_is_reminded_and_after_48_hours_the_manager_is_told(bed: Bed) -> None:
    post(bed)
    bed.pump()
    bed.open_and_click(0)
    bed.later(hours=47, minutes=59)
    assert [item.status for item in HandoffItem.scan()] == ["reminded"]
    bed.later(minutes=2)
    assert [item.status for item in HandoffItem.scan()] == ["escalated"]
    escalated = {item.to for item in messages("internal") if item.template == "handoff-escalated"}
    assert escalated == {"sales@ripen-demo.example", "manager@ripen-demo.example"}


def test_becoming_an_mql_ends_the_nurturing(bed: Bed) -> None:
    post(bed)
    bed.pump()
    bed.open_and_click(0)
    bed.later(days=8)
    assert not messages("marketing")
    assert [item.exit_reason for item in EnrolmentItem.scan()] == ["became_mql"]


def test_a_one_click_unsubscription_stops_marketing_at_once(bed: Bed) -> None:
    post(bed)
    bed.pump()
    bed.later(days=3, minutes=5)
    assert len(messages("marketing")) == 1
    address = bed.mails[-1].header("List-Unsubscribe").strip("<>")
    answer = bed.http("POST", address, form={"List-Unsubscribe": "One-Click"})
    assert answer.status == 200
    bed.later(days=6)
    assert len(messages("marketing")) == 1
    assert leads()[0].consent["email"]["state"] == "withdrawn"
    assert [(item.list, item.by) for item in SuppressionItem.scan()] == [("unsubscribed", "self")]


def test_whoever_says_no_on_the_page_of_preferences_is_believed_although_they_never_said_yes(bed: Bed) -> None:
    post(bed, consent_email=None)
    bed.pump()
    address = next(link for link in bed.mails[-1].links if "/p/" in link)
    assert bed.http("POST", address, form={"marketing": "off"}).status == 200
    assert [(item.list, item.by) for item in SuppressionItem.scan()] == [("unsubscribed", "self")]
    assert [item.detail["how"] for item in activities("unsubscribed")] == ["preferences"]


def test_looking_at_the_unsubscribe_page_changes_nothing(bed: Bed) -> None:
    post(bed)
    bed.pump()
    address = bed.mails[0].header("List-Unsubscribe").strip("<>")
    assert bed.http("GET", address).status == 200
    assert not list(SuppressionItem.scan())


def test_who_ticked_nothing_gets_the_paper_and_no_more_and_the_receipt_says_why(bed: Bed) -> None:
    post(bed, consent_email="")
    bed.later(days=8)
    assert len(bed.mails) == 1
    refused = messages("marketing")
    assert [(item.status, item.reasons) for item in refused] == [("refused", ["no_consent"])] * 2


@pytest.mark.parametrize(
    ("kind", "listed"),
    [
        ("bounce", "bounced"),
        ("complain", "complained"),
    ],
)
def test_a_bounce_or_a_complaint_takes_the_address_off_the_list(bed: Bed, kind: str, listed: str) -> None:
    post(bed)
    bed.pump()
    getattr(bed.world.post_office, kind)(bed.mails[0])
    bed.later(days=8)
    assert [item.list for item in SuppressionItem.scan()] == [listed]
    assert {item.status for item in messages("marketing")} <= {"refused"}
    assert len(bed.mails) == 1


def test_a_mail_of_the_night_waits_for_the_morning(bed: Bed) -> None:
    bed.later(hours=13)  # 22:00 in Shanghai
    post(bed)
    bed.later(days=3, hours=1)
    [waiting] = messages("marketing")
    assert (waiting.status, waiting.reasons) == ("queued", ["quiet_hours"])
    bed.later(hours=10)
    [sent] = messages("marketing")
    assert sent.status == "delivered"
    assert sent.at.startswith("2026-03-06T00:0")  # 08:00 in Shanghai


def test_the_country_label_stands_before_marketing_and_not_before_what_was_asked_for(bed: Bed) -> None:
    post(bed)
    bed.later(days=3, minutes=5)
    assert [mail.subject.startswith("【广告】") for mail in bed.mails] == [False, True]


def test_every_mail_says_how_to_stop_it(bed: Bed) -> None:
    post(bed)
    bed.later(days=3, minutes=5)
    for mail in bed.mails:
        assert mail.header("List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
        assert mail.header("List-Unsubscribe").startswith("<https://ripen.example/u/")


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_every_kind_of_body_is_read(bed: Bed, content_type: str) -> None:
    fields = {"email": "a@b.example", "name": "Zoë 王", "company": "Ünit GmbH"}
    if "json" in content_type:
        body = json.dumps(fields).encode()
    elif "urlencoded" in content_type:
        body = urlencode(fields).encode()
    else:
        body = b"".join(
            f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        )
        body += b"--x--\r\n"
    answer = bed.http("POST", "/f/whitepaper", body=body, headers={"Content-Type": content_type})
    assert answer.status in (202, 303), answer.body
    [item] = IntakeItem.scan()
    assert item.fields == fields


def test_a_chinese_page_in_gbk_is_understood(bed: Bed) -> None:
    body = urlencode({"email": "a@b.example", "name": "林小姐", "company": "极客机器人"}, encoding="gbk").encode()
    bed.http("POST", "/f/whitepaper", body=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    [item] = IntakeItem.scan()
    assert item.fields["company"] == "极客机器人"
