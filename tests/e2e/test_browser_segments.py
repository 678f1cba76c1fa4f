"""Segments in Chromium: a marketer builds one, tries it, and finds the people in it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browsing import keep_picture, window
from tests.e2e.people import Console, Visitor
from tests.e2e.test_browser_console import sign_in

pytestmark = pytest.mark.browser
Json = Any


def test_a_segment_is_built_tried_and_kept(browser: Browser, stack: Json, visitor: Visitor, console: Console) -> None:
    address = visitor.address("zhao")
    company = f"Segment {address.split('@')[0]}"
    visitor.submit(email=address, name="赵工", company=company, title="设备总监", country="CN", consent_email=True)
    person = console.scored(address, at_least=20)
    with window(browser) as page:
        sign_in(page, stack, "marketing", "/segments")
        page.get_by_role("link", name="New segment").click()
        page.locator("#name_en").fill(company)
        first = page.locator(".line-of").first
        first.locator("[data-field]").select_option("company")
        expect(first.locator("[data-within]")).to_be_hidden()
        expect(first.locator("option[value='gte']")).to_be_disabled()
        first.locator("[data-op]").select_option("eq")
        first.locator("[data-value]").fill(company.upper())
        page.locator("button[value='preview']").last.click()
        expect(page.locator("#trial")).to_contain_text("赵工")
        keep_picture(page, "segment-builder")
        page.locator("button[value='save']").click()
        expect(page.locator("h1")).to_have_text(company)
        page.goto(f"{stack['admin_url']}/leads/{person['lead_id']}")
        page.locator("#tag").fill("VIP")
        page.locator("#tags form.row button").click()
        expect(page.locator("#tags .chip")).to_contain_text("VIP")
