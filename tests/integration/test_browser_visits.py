"""ripen.js in Chromium: on a foreign site and on our own pages, with the functions answering in process."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from infra.rehearsal.world import PUBLIC_URL
from shared.domain.ids import key_id
from shared.store.activities import Activities
from shared.store.secrets import signing_key_made
from tests.bed import Bed
from tests.e2e.browsing import chromium

FOREIGN = "https://www.acme.example"
PAGE = '<!doctype html><title>Acme</title><input name="visitor" data-ripen-visitor><script src="{src}" {more}></script>'

pytestmark = pytest.mark.skipif(
    not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), reason="no Chromium"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


class Site:
    """A browser window whose requests end in this process; `views` are the bodies that /t/v got."""

    def __init__(self, bed: Bed, context: BrowserContext, more: str = "") -> None:
        self.bed, self.context, self.more = bed, context, more
        self.views: list[dict[str, Any]] = []
        self.page: Page = context.new_page()
        context.route("**/*", self._answer)

    def _answer(self, route: Route) -> None:
        request = route.request
        if request.url.startswith(FOREIGN):
            route.fulfill(body=PAGE.format(src=f"{PUBLIC_URL}/t/ripen.js", more=self.more), content_type="text/html")
        elif request.url.startswith(PUBLIC_URL):
            body = request.post_data_buffer
            if request.url.endswith("/t/v") and body:
                self.views.append(json.loads(body))
            answer = self.bed.http(
                request.method, request.url, headers=request.all_headers(), **({"body": body} if body else {})
            )
            headers = dict(answer.headers)
            if "location" in headers:
                headers["location"] = urljoin(request.url, headers["location"])
            route.fulfill(status=answer.status, headers=headers, body=answer.body)
        else:
            route.abort()

    def seen(self) -> list[str]:
        return [view["url"] for call in self.views for view in call["views"]]

    def visitor(self) -> str:
        return str(self.page.evaluate("localStorage.getItem('ripen_visitor') || ''"))

    def until_called(self, times: int) -> None:
        for _ in range(100):
            if len(self.views) >= times:
                return
            self.page.wait_for_timeout(50)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(locale="en-GB")
    yield made
    made.close()


def test_a_foreign_site_sends_its_view_with_an_id_of_its_own(bed: Bed, context: BrowserContext) -> None:
    site = Site(bed, context)
    site.page.goto(f"{FOREIGN}/pricing?utm_source=poster#top")
    site.until_called(1)
    assert site.seen() == [f"{FOREIGN}/pricing?utm_source=poster"]
    assert site.page.locator("[data-ripen-visitor]").input_value() == site.visitor() != ""
    key = key_id(signing_key_made(), "visitor", site.visitor())
    (activity,) = Activities().whole(key)
    assert (activity.detail["path"], activity.detail["touch"]["utm_source"]) == ("/pricing", "poster")


def test_what_a_page_shows_without_loading_is_sent_in_one_call(bed: Bed, context: BrowserContext) -> None:
    site = Site(bed, context)
    site.page.goto(f"{FOREIGN}/")
    site.until_called(1)
    for path in ("/a", "/b", "/c"):
        site.page.evaluate(f"history.pushState(null, '', '{path}')")
    site.page.evaluate("dispatchEvent(new Event('pagehide'))")
    site.until_called(2)
    assert [len(call["views"]) for call in site.views] == [1, 3]


def test_nothing_is_stored_or_sent_before_consent_and_a_no_forgets(bed: Bed, context: BrowserContext) -> None:
    site = Site(bed, context, 'data-consent="wait"')
    site.page.goto(f"{FOREIGN}/")
    site.page.wait_for_timeout(200)
    assert (site.views, site.visitor()) == ([], "")
    site.page.evaluate("ripen.consent(true)")
    site.until_called(1)
    assert site.visitor() != ""
    site.page.evaluate("ripen.consent(false)")
    assert site.visitor() == ""
    assert site.page.locator("[data-ripen-visitor]").input_value() == ""


@pytest.mark.parametrize(
    "objection",
    ["Object.defineProperty(navigator, 'doNotTrack', {value: '1'})",
     "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})"],
    ids=["Do Not Track", "Global Privacy Control"],
)  # fmt: skip
def test_who_objects_is_left_alone_whatever_the_page_says(bed: Bed, context: BrowserContext, objection: str) -> None:
    context.add_init_script(objection)
    site = Site(bed, context)
    site.page.goto(f"{FOREIGN}/")
    site.page.evaluate("ripen.consent(true)")
    site.page.wait_for_timeout(200)
    assert (site.views, site.visitor()) == ([], "")


def test_our_own_page_asks_first_and_then_a_scan_is_known_to_be_this_visitors(
    bed: Bed, context: BrowserContext
) -> None:
    made = bed.admin("POST", "/api/touchpoints", json={"channel": "event", "content": "/f/demo"}).json()
    site = Site(bed, context)
    site.page.goto(f"{PUBLIC_URL}/f/whitepaper")
    asking = site.page.locator("[data-ripen-ask]")
    asking.wait_for(state="visible")
    assert (site.views, site.visitor(), context.cookies()) == ([], "", [])
    asking.get_by_role("button", name="Yes").click()
    site.until_called(1)
    asking.wait_for(state="hidden")
    (cookie,) = context.cookies()
    assert (cookie["name"], cookie["value"], cookie["sameSite"]) == ("ripen_visitor", site.visitor(), "Lax")
    bed.http("GET", f"/q/{made['code']}", headers={"Cookie": f"ripen_visitor={cookie['value']}"})
    key = key_id(signing_key_made(), "visitor", site.visitor())
    assert "touchpoint_followed" in {activity.type for activity in Activities().whole(key)}


def test_a_no_is_remembered_and_not_asked_again(bed: Bed, context: BrowserContext) -> None:
    site = Site(bed, context)
    site.page.goto(f"{PUBLIC_URL}/f/whitepaper")
    site.page.locator("[data-ripen-consent=no]").click()
    site.page.reload()
    site.page.wait_for_timeout(200)
    assert not site.page.locator("[data-ripen-ask]").is_visible()
    assert (site.views, site.visitor()) == ([], "")


def test_the_wording_of_the_consent_box_follows_the_country_and_is_the_evidence(
    bed: Bed, context: BrowserContext
) -> None:
    site = Site(bed, context)
    page = site.page
    page.goto(f"{PUBLIC_URL}/f/demo?lang=en")
    said = page.locator("[data-consent=consent_email]")
    assert "UWG" not in said.inner_text()
    page.locator("[name=email]").fill("eva@acme.example")
    page.locator("[name=name]").fill("Eva")
    page.locator("[name=company]").fill("Acme")
    page.locator("[name=consent_email]").check()
    page.locator("[name=country]").select_option("DE")
    assert "§ 7 UWG" in said.inner_text()
    assert not page.locator("[name=consent_email]").is_checked()
    page.locator("[name=consent_email]").check()
    bed.clock.pass_by(timedelta(seconds=10))
    page.locator("form button[type=submit]").click()
    page.wait_for_url("**/thank-you**")
    bed.pump()
    (lead,) = bed.admin("GET", "/api/leads?email=eva@acme.example").json()["items"]
    (evidence,) = bed.admin("GET", f"/api/leads/{lead['lead_id']}/consents").json()["items"]
    assert "§ 7 UWG" in evidence["text"]
