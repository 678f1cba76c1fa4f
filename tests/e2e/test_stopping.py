"""Who must not be mailed is not mailed, and the console says why."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.people import Console, Mailbox, Visitor, eventually

Json = Any


def consenting(visitor: Visitor, name: str) -> str:
    address = visitor.address(name)
    visitor.submit(
        email=address, name="Alex Morgan", company="Acme", title="Head of IT", country="US", consent_email=True
    )
    return address


def refusal(console: Console, address: str) -> Json:
    """What the gate says about e-mail to this person, once it says no."""
    lead = console.scored(address)

    def look() -> Json | None:
        verdict = console.get(f"/api/leads/{lead['lead_id']}/contactable?channel=email")
        return None if verdict["allowed"] else verdict

    return eventually(look, "a refusal")


@pytest.mark.parametrize(
    ("act", "listed", "reason"),
    [
        ("unsubscribe", "unsubscribed", "unsubscribed"),
        ("bounce", "bounced", "suppressed"),
        ("complain", "complained", "suppressed"),
    ],
)
def test_one_press_in_the_mailbox_stops_the_mails(
    act: str, listed: str, reason: str, visitor: Visitor, mailbox: Mailbox, console: Console
) -> None:
    address = consenting(visitor, act)
    mailbox.act(mailbox.mail(address), act)
    verdict = refusal(console, address)
    assert reason in verdict["reasons"]
    suppressions = console.get("/api/suppressions")["items"]
    assert (address, listed) in {(row.get("address"), row["list"]) for row in suppressions}


def test_looking_at_the_unsubscribe_page_changes_nothing(visitor: Visitor, mailbox: Mailbox, console: Console) -> None:
    address = consenting(visitor, "curious")
    mail = mailbox.mail(address)
    path = mail["headers"]["List-Unsubscribe"].strip("<>").removeprefix(visitor.public_url)
    assert visitor.send("GET", path).status == 200
    lead = console.scored(address)
    assert console.get(f"/api/leads/{lead['lead_id']}/contactable?channel=email")["allowed"]


def test_after_a_bounce_even_what_was_asked_for_is_refused(
    visitor: Visitor, mailbox: Mailbox, console: Console
) -> None:
    address = consenting(visitor, "gone")
    mailbox.act(mailbox.mail(address), "bounce")
    refusal(console, address)
    before = len(mailbox.mails(address))
    lead = console.scored(address)
    visitor.submit(email=address, name="Alex Morgan", company="Acme", title="Head of IT", country="US", message="again")

    def look() -> Json | None:
        timeline = console.get(f"/api/leads/{lead['lead_id']}/timeline")["items"]
        return sum(item["type"] == "form_submitted" for item in timeline) == 2 or None

    eventually(look, "the second post")
    assert len(mailbox.mails(address)) == before
