"""The landing page in Chromium: in two languages, with and without JavaScript, embedded on a foreign site."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsing import keep_picture, window
from tests.e2e.people import Console, Visitor

pytestmark = pytest.mark.browser
Json = Any


@pytest.fixture
def foreign_site(stack: Json) -> Iterator[str]:
    """Somebody else's web site, on another origin: / embeds the form by its script, /plain posts an HTML form of its own."""
    pages = {
        "/": f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Partner</title><h1>Partner</h1>
            <div data-ripen-form="whitepaper"></div><script src="{stack["public_url"]}/f/whitepaper/embed.js" async></script>""",
        "/plain": f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Partner</title>
            <form method="post" action="{stack["public_url"]}/f/whitepaper"><input name="email"><input name="name"><input name="company">
            <input name="title"><select name="country"><option value=""><option value="CN">China</select><button>Send</button></form>""",
    }

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(self.path.split("?")[0], "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    # Another host name than the stack's, so that it is another site and not only another port.
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


# Who sends a form within two seconds is a machine, and is set aside without being told.
READING = 2_200


def fill(page: Page, address: str) -> None:
    page.locator("[name=email]").fill(address)
    page.locator("[name=name]").fill("Lin Wei 林薇")
    page.locator("[name=company]").fill("Acme Robotics")
    page.locator("[name=title]").fill("CTO")
    page.locator("[name=country]").select_option("CN")  # where a ticked box is enough
    page.wait_for_timeout(READING)


@pytest.mark.parametrize(
    ("locale", "language", "title"),
    [("zh-CN", "zh", "48 小时法则"), ("en-US", "en", "The 48-hour rule"), ("de-DE", "en", "The 48-hour rule")],
)
def test_the_page_speaks_the_browsers_language_and_the_box_is_not_ticked(
    browser: Browser, stack: Json, locale: str, language: str, title: str
) -> None:
    with window(browser, locale) as page:
        page.goto(stack["public_url"] + "/f/whitepaper")
        expect(page.locator("h1")).to_have_text(title)
        assert (page.locator("html").get_attribute("lang") or "").startswith(language)
        expect(page.locator("[name=consent_email]")).not_to_be_checked()
        if locale == "en-US":
            keep_picture(page, "landing")


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_cto_fills_it_in_and_becomes_a_lead_with_35_points(
    browser: Browser, stack: Json, console: Console, javascript: bool
) -> None:
    address = Visitor.address("lin")
    with window(browser, "zh-CN", javascript=javascript) as page:
        page.goto(stack["public_url"] + "/f/whitepaper?utm_source=baidu&utm_campaign=spring")
        fill(page, address)
        page.locator("[name=consent_email]").check()
        page.locator("form button[type=submit]").click()
        expect(page.locator("h1")).to_have_text("白皮书已为您备好")
        assert "/thank-you" in page.url
        assert address not in page.url
    lead = console.scored(address, at_least=35)
    assert (lead["score"], lead["consent"]["email"]["state"], lead["first_touch"]["utm_source"]) == (
        35,
        "granted",
        "baidu",
    )


def test_a_box_that_was_not_ticked_is_no_consent(browser: Browser, stack: Json, console: Console) -> None:
    address = Visitor.address("bob")
    with window(browser) as page:
        page.goto(stack["public_url"] + "/f/whitepaper")
        fill(page, address)
        page.locator("form button[type=submit]").click()
        expect(page.locator("h1")).to_have_text("Your paper is ready")
    lead = console.scored(address)
    assert lead["consent"] == {}
    assert console.get(f"/api/leads/{lead['lead_id']}/contactable?channel=email")["reasons"] == ["no_consent"]


def test_what_is_missing_is_said_beside_the_field_and_the_rest_is_kept(browser: Browser, stack: Json) -> None:
    with window(browser, "zh-CN", javascript=False) as page:
        page.goto(stack["public_url"] + "/f/whitepaper")
        fill(page, "not an address@")
        page.locator("[name=email]").evaluate("field => field.type = 'text'")
        page.locator("form button[type=submit]").click()
        expect(page.get_by_role("alert").first).to_be_visible()
        expect(page.locator("[name=company]")).to_have_value("Acme Robotics")
        expect(page.locator("[name=email]")).to_have_attribute("aria-invalid", "true")


def test_the_form_is_embedded_on_a_foreign_site(browser: Browser, foreign_site: str, console: Console) -> None:
    address = Visitor.address("eva")
    with window(browser, "de-DE") as page:
        page.goto(foreign_site + "/?utm_source=partner")
        expect(page.locator("[data-ripen-form] [name=consent_email]")).not_to_be_checked()
        fill(page, address)
        page.locator("[data-ripen-form] button").click()
        expect(page.locator("[data-ripen-form] h2")).to_have_text("Your paper is ready")
        assert page.url.startswith(foreign_site)
    lead = console.scored(address, at_least=35)
    assert (lead["score"], lead["first_touch"]["utm_source"], lead["consent"]) == (35, "partner", {})


def test_the_embedded_form_says_what_is_missing(browser: Browser, foreign_site: str) -> None:
    with window(browser, "en-GB") as page:
        page.goto(foreign_site + "/")
        page.locator("[data-ripen-form] [name=email]").fill("nonsense")
        page.wait_for_timeout(READING)
        page.locator("[data-ripen-form] button").click()
        expect(page.locator("[data-ripen-form] [name=email]")).to_have_attribute("aria-invalid", "true")
        expect(page.locator("[data-ripen-form] #ripen-email-why")).not_to_be_empty()


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_plain_form_on_a_foreign_site_works(
    browser: Browser, foreign_site: str, stack: Json, console: Console, javascript: bool
) -> None:
    address = Visitor.address("max")
    with window(browser, javascript=javascript) as page:
        page.goto(foreign_site + "/plain")
        fill(page, address)
        page.locator("button").click()
        expect(page.locator("h1")).to_have_text("Your paper is ready")
        assert page.url.startswith(stack["public_url"])
    assert console.scored(address, at_least=35)["score"] == 35
