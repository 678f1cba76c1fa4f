"""The main job: a post becomes a scored person, who is mailed, ripens, and is handed to sales."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.people import Console, Mailbox, Visitor, eventually

Json = Any


@pytest.fixture(scope="module")
def cto(visitor: Visitor) -> str:
    """The address of a CTO who asked for the white paper and ticked the box."""
    address = visitor.address("lin")
    visitor.submit(
        email=address,
        name="林小姐",
        company="Acme Robotics",
        title="CTO",
        phone="+8613912047765",
        country="CN",
        company_size="200",
        consent_email=True,
    )
    return address


@pytest.fixture(scope="module")
def lead(cto: str, console: Console) -> Json:
    """The CTO as the console shows them, scored."""
    return console.scored(cto, at_least=35)


@pytest.fixture(scope="module")
def first_mail(cto: str, mailbox: Mailbox) -> Json:
    return mailbox.mail(cto)


@pytest.fixture(scope="module")
def ripe(cto: str, lead: Json, first_mail: Json, visitor: Visitor, console: Console) -> Json:
    """The CTO after they opened the mail and followed its link."""
    visitor.open(first_mail)
    assert visitor.click(first_mail).status == 302
    return console.scored(cto, at_least=50)


@pytest.fixture(scope="module")
def handoff(ripe: Json, console: Console) -> Json:
    def look() -> Json | None:
        handoffs = console.get("/api/handoffs")["items"]
        return next((one for one in handoffs if one["lead_id"] == ripe["lead_id"]), None)

    return eventually(look, "a hand-off")


def test_a_post_becomes_one_scored_person(lead: Json) -> None:
    assert (lead["score"], lead["fit"], lead["interest"]) == (35, 20, 15)
    assert (lead["name"], lead["company"], lead["stage"]) == ("林小姐", "Acme Robotics", "lead")


def test_the_console_says_why_point_by_point(lead: Json, console: Console) -> None:
    score = console.get(f"/api/leads/{lead['lead_id']}/score")
    assert sum(entry["points"] for entry in score["entries"]) == score["score"]
    assert {entry["rule"] for entry in score["entries"]} >= {"whitepaper_download"}


def test_the_timeline_begins_with_the_form(lead: Json, console: Console) -> None:
    timeline = console.get(f"/api/leads/{lead['lead_id']}/timeline")["items"]
    assert timeline[-1]["type"] == "form_submitted"


def test_the_paper_arrives_by_mail_in_the_readers_language(first_mail: Json) -> None:
    assert "白皮书" in first_mail["subject"]
    assert first_mail["text"]
    assert first_mail["tags"]["class"] == "transactional"


def test_a_mail_can_be_unsubscribed_from_by_one_click(first_mail: Json, visitor: Visitor) -> None:
    assert first_mail["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"<{visitor.public_url}/u/" in first_mail["headers"]["List-Unsubscribe"]


def test_the_receipt_is_delivered_once_ses_says_so(lead: Json, first_mail: Json, console: Console) -> None:
    def look() -> Json | None:
        receipts = console.get(f"/api/leads/{lead['lead_id']}/messages")["items"]
        return next((receipt for receipt in receipts if receipt["status"] == "delivered"), None)

    receipt = eventually(look, "a delivered receipt")
    assert receipt["message_id"] == first_mail["tags"]["message_id"]


def test_opening_and_clicking_make_the_person_hot(ripe: Json) -> None:
    assert (ripe["score"], ripe["grade"]) == (50, "hot")


def test_a_hot_person_is_marketing_qualified(ripe: Json, handoff: Json, console: Console) -> None:
    stage = eventually(lambda: (console.get(f"/api/leads/{ripe['lead_id']}")["stage"] == "mql") or None, "an MQL")
    assert stage


def test_the_hand_off_names_owner_and_manager_and_its_deadline(handoff: Json) -> None:
    assert (handoff["owner"], handoff["manager"]) == ("sales", "manager")
    assert handoff["due_at"] > handoff["created_at"]
    assert handoff["escalated_at"] in ("", None)


def test_the_brief_says_who_why_and_what_next(handoff: Json) -> None:
    brief = str(handoff["brief"])
    assert "Acme Robotics" in brief
    assert "50" in brief


def test_the_owner_is_told_by_mail(handoff: Json, lead: Json, mailbox: Mailbox) -> None:
    mail = mailbox.mail("sales@", "Acme Robotics")
    assert mail["tags"]["class"] == "internal"
    assert "List-Unsubscribe" not in mail["headers"]


def test_a_second_post_of_the_same_person_makes_no_second_lead(
    lead: Json, cto: str, visitor: Visitor, console: Console
) -> None:
    visitor.submit(email=cto.upper(), name="Lin", company="Acme Robotics", title="CTO", message="again")

    def look() -> Json | None:
        timeline = console.get(f"/api/leads/{lead['lead_id']}/timeline")["items"]
        posts = [item for item in timeline if item["type"] == "form_submitted"]
        return posts if len(posts) == 2 else None

    eventually(look, "a second post on the same timeline")
    found = console.find(cto)
    assert found
    assert found["lead_id"] == lead["lead_id"]
