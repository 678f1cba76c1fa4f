"""Journeys in Chromium: a marketer reads one as a picture with what its mails brought, notes that somebody answered a mail, and changes a journey: checks,
publishes, reads what changed, moves who waits, and goes back.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.browsing import keep_picture, window
from tests.e2e.people import Console, Mailbox, Visitor, eventually
from tests.e2e.test_browser_console import sign_in

pytestmark = pytest.mark.browser
Json = Any
NAME = "whitepaper-three-steps"


@pytest.fixture(scope="module")
def reader(visitor: Visitor, mailbox: Mailbox, console: Console) -> Json:
    """Somebody who asked for the paper and opened its mail, which the journey's figures know."""
    address = visitor.address("qian")
    visitor.submit(email=address, name="钱敏", company="Qian Optics", title="Buyer", country="CN", consent_email=True)
    person = console.scored(address)
    visitor.open(mailbox.mail(address))

    def counted() -> Json | None:
        [mail] = [step for step in console.get(f"/api/journeys/{NAME}")["steps"] if step["id"] == "thanks"]
        return mail if mail["opened"] else None

    return person | {"mail": eventually(counted, "an open in the journey's figures")}


def test_the_picture_speaks_and_tells_what_each_mail_brought(browser: Browser, stack: Json, reader: Json) -> None:
    with window(browser) as page:
        sign_in(page, stack, "marketing", f"/journeys/{NAME}")
        picture = page.locator(".picture svg")
        expect(picture).to_contain_text("Begins when somebody fills in the form")
        expect(picture).to_contain_text("Wait 3 days")
        expect(picture.locator(".mails").first).to_contain_text(f"{reader['mail']['sent']} sent")
        expect(picture.locator(".node title").first).to_have_text("thanks")
        keep_picture(page, "journey")
        picture.locator("a").first.click()
        expect(page).to_have_url(re.compile("/mails/whitepaper-thanks"))


def test_a_marketer_notes_that_somebody_answered(browser: Browser, stack: Json, reader: Json) -> None:
    with window(browser) as page:
        sign_in(page, stack, "marketing", f"/leads/{reader['lead_id']}")
        form = page.locator("form[action$='/replied']")
        expect(form).to_be_hidden()
        page.locator("details.act summary", has_text="They answered").click()
        form.locator("#replied-note").fill("Wants two dates next week")
        form.get_by_role("button").click()
        expect(page.get_by_role("status")).to_contain_text("The answer")
        told = page.locator(".line li[data-type=email_replied]")
        expect(told).to_have_count(1)
        expect(told).to_contain_text("Wants two dates next week")


def test_a_marketer_changes_a_journey_moves_who_waits_and_goes_back(
    browser: Browser, stack: Json, reader: Json
) -> None:
    with window(browser) as page:
        sign_in(page, stack, "marketing", f"/journeys/{NAME}")
        page.get_by_role("link", name="Edit the text").click()
        text = page.locator("#source")
        text.fill(text.input_value().replace("for: 3d", "for: soon"))
        page.get_by_role("button", name="Check").click()
        expect(page.locator(".findings")).to_contain_text("soon")
        text.fill(text.input_value().replace("for: soon", "for: 2d"))
        page.get_by_role("button", name="Check").click()
        expect(page.locator(".changes li")).to_have_count(1)
        expect(page.locator(".changes")).to_contain_text("Wait 3 days")
        expect(page.locator(".changes")).to_contain_text("Wait 2 days")
        page.locator("#note").fill("Sooner")
        page.get_by_role("button", name="Publish").click()
        expect(page.get_by_role("status")).to_contain_text("Published")
        versions = page.locator(".version")
        expect(versions.first).to_contain_text("current")
        expect(versions.first).to_contain_text("Sooner")
        versions.first.get_by_text("What changed since").click()
        expect(versions.first.locator("ins")).to_have_text("Wait 2 days")
        keep_picture(page, "journey-versions")
        moves = versions.nth(1).locator(".moving")
        eventually(lambda: _shown(page, moves), "people who wait on the version before")
        moves.locator("summary").click()
        expect(moves.locator("select").first).to_have_value("wait-3-days")
        moves.get_by_role("button", name="Move them").click()
        expect(page.get_by_role("status")).to_contain_text("Saved")
        versions.nth(1).get_by_role("button", name="Go back to this version").click()
        expect(versions.nth(1)).to_contain_text("current")
        expect(versions.first).not_to_contain_text("current")


def _shown(page: Page, part: Locator) -> bool:
    """Whether the page shows `part` by now: people at a step are counted a moment after they arrive."""
    page.reload()
    return part.count() > 0
