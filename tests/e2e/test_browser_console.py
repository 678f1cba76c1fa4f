"""The console in Chromium: what a marketer and a salesperson do in it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsing import keep_picture, window
from tests.e2e.people import Console, Mailbox, Visitor, eventually

pytestmark = pytest.mark.browser
Json = Any


@pytest.fixture(scope="module")
def cto(visitor: Visitor, console: Console) -> Json:
    """A CTO who asked for the white paper, scored."""
    address = visitor.address("lin")
    visitor.submit(
        email=address,
        name="林小姐",
        company="Acme Robotics",
        title="CTO",
        phone="+8613912047765",
        country="CN",
        company_size="200",
        industry="manufacturing",
        message="想了解一下在制造业的落地案例。",
        consent_email=True,
    )
    return console.scored(address, at_least=35)


@pytest.fixture(scope="module")
def handoff(cto: Json, visitor: Visitor, mailbox: Mailbox, console: Console) -> Json:
    """The CTO's hand-off, after they opened the mail and followed its link."""
    mail = mailbox.mail(cto["email"])
    visitor.open(mail)
    visitor.click(mail)

    def look() -> Json | None:
        return next((one for one in console.get("/api/handoffs")["items"] if one["lead_id"] == cto["lead_id"]), None)

    return eventually(look, "a hand-off")


def sign_in(page: Page, stack: Json, role: str, path: str = "/") -> None:
    """Opens a page of the console and signs in where it asks for it."""
    user = stack["users"][role]
    page.goto(stack["admin_url"] + path)
    page.locator("#username").fill(user["username"])
    page.locator("#password").fill(user["password"])
    page.locator("form button").click()
    expect(page.locator("nav.nav")).to_be_visible()


def test_a_wrong_password_is_said_and_the_name_kept(browser: Browser, stack: Json) -> None:
    with window(browser) as page:
        page.goto(stack["admin_url"] + "/")
        page.locator("#username").fill("marketing")
        page.locator("#password").fill("Guess-2026-guess")
        page.locator("form button").click()
        expect(page.get_by_role("alert")).to_contain_text("User name or password is wrong")
        expect(page.locator("#username")).to_have_value("marketing")


def test_a_marketer_finds_the_person_with_35_points_and_its_reasons(browser: Browser, stack: Json, cto: Json) -> None:
    with window(browser) as page:
        sign_in(page, stack, "marketing")
        page.get_by_role("link", name="Leads", exact=True).click()
        page.locator("#find").fill(cto["email"])
        page.get_by_role("button", name="Search").click()
        page.locator("tbody a.person").click()
        expect(page.locator("h1")).to_have_text("林小姐")
        expect(page.locator("[data-score]")).to_have_text("35")
        points = page.locator(".reasons li[data-rule] .points").all_inner_texts()
        assert sorted(points) == ["+15", "+20"]
        expect(page.locator(".reasons")).to_contain_text("Asked for the white paper")
        expect(page.locator(".line li[data-type=form_submitted]")).to_contain_text("想了解一下在制造业的落地案例")
        page.get_by_text("Forms", exact=True).click()
        expect(page.locator(".line li[data-type=grade_changed]")).to_be_hidden()
        expect(page.locator(".line li[data-type=form_submitted]")).to_be_visible()


def test_the_console_speaks_chinese_to_who_reads_chinese(browser: Browser, stack: Json, cto: Json) -> None:
    with window(browser, "zh-CN") as page:
        sign_in(page, stack, "marketing", f"/leads/{cto['lead_id']}")
        expect(page.locator("h2").first).to_have_text("评分依据")
        page.get_by_role("link", name="English").click()
        expect(page.locator("h2").first).to_have_text("Why this score")
        page.get_by_role("link", name="Leads", exact=True).first.click()
        expect(page.locator("h1")).to_have_text("Leads")


def test_sales_read_the_brief_and_follow_up(browser: Browser, stack: Json, handoff: Json, console: Console) -> None:
    with window(browser) as page:
        sign_in(page, stack, "sales", f"/handoffs/{handoff['handoff_id']}")
        expect(page.locator("h1")).to_have_text("林小姐")
        expect(page.locator(".step")).to_be_visible()
        expect(page.locator(".left").first).to_contain_text("left")
        page.get_by_role("link", name="See the person").click()
        expect(page.locator("[data-score]")).to_have_text("50")
        expect(page.locator("main time").first).not_to_contain_text("UTC")
        keep_picture(page, "person")
        page.go_back()
        page.locator("#note").fill("Called, we meet on Friday. <b>Budget</b> is there.")
        page.get_by_role("button", name="I followed up").click()
        expect(page.get_by_role("status")).to_contain_text("The clock has stopped")
        expect(page.locator("main")).to_contain_text("Called, we meet on Friday. <b>Budget</b> is there.")
    seen = next(one for one in console.get("/api/handoffs")["items"] if one["handoff_id"] == handoff["handoff_id"])
    assert (seen["status"], bool(seen["followed_up_at"])) == ("followed_up", True)


def test_everything_can_be_done_without_javascript(browser: Browser, stack: Json) -> None:
    with window(browser, javascript=False) as page:
        sign_in(page, stack, "compliance", "/suppressions")
        address = Visitor.address("stop")
        page.locator("#entry").fill(address)
        page.locator("#why").fill("asked by phone")
        page.get_by_role("button", name="Add to the list").click()
        row = page.locator("tr", has_text=address)
        expect(row).to_be_visible()
        row.get_by_role("button").click()
        expect(row).to_have_count(0)
        page.get_by_role("link", name="Audit").click()
        expect(page.locator("tbody")).to_contain_text("removed a suppression")


def test_signing_out_closes_the_door(browser: Browser, stack: Json) -> None:
    with window(browser) as page:
        sign_in(page, stack, "manager", "/handoffs")
        cookie = next(each for each in page.context.cookies() if each["name"] == "ripen_session")
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
        page.get_by_role("button", name="Sign out").click()
        expect(page.locator("#username")).to_be_visible()
        page.goto(stack["admin_url"] + "/handoffs")
        expect(page.locator("#username")).to_be_visible()


def test_a_link_from_another_site_finds_who_signed_in(browser: Browser, stack: Json) -> None:
    with window(browser) as page:
        sign_in(page, stack, "manager")
        # localhost is another site than 127.0.0.1, and the browser keeps the strict cookie back at first.
        page.goto(re.sub(r"127\.0\.0\.1", "localhost", stack["mailbox_url"]))
        page.evaluate("address => { location.href = address }", stack["admin_url"] + "/handoffs")
        expect(page.locator("h1")).to_have_text("Hand-offs")


def test_the_console_fits_a_phone(browser: Browser, stack: Json, cto: Json) -> None:
    with window(browser, width=390, height=844) as page:
        sign_in(page, stack, "admin")
        for path in ("/", "/leads", f"/leads/{cto['lead_id']}", "/handoffs", "/suppressions", "/quarantine", "/audit"):
            page.goto(stack["admin_url"] + path)
            expect(page.locator("h1")).to_be_visible()
            wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wider <= 0, f"{path} is {wider} px wider than the phone"
