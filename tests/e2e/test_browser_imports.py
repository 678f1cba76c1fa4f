"""Imports in Chromium: a file goes in, its page shows how far it is and that it is done, and what is too large is not sent."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsing import window
from tests.e2e.people import Visitor
from tests.e2e.test_browser_console import sign_in

pytestmark = pytest.mark.browser
Json = Any


def choose(page: Page, stack: Json, text: bytes) -> None:
    sign_in(page, stack, "marketing", "/imports")
    page.set_input_files("#file", {"name": "fair.csv", "mimeType": "text/csv", "buffer": text})
    page.get_by_role("button", name="Import", exact=True).click()


def test_the_page_of_an_import_comes_to_its_end_without_being_loaded_anew(
    browser: Browser, stack: Json, visitor: Visitor
) -> None:
    people = [visitor.address(name) for name in ("one", "two", "three")]
    with window(browser) as page:
        choose(page, stack, "\n".join(["email,name", *(f"{address},Ming" for address in people), "none,Mei"]).encode())
        expect(page).to_have_url(re.compile("/imports/[a-z0-9]+$"))
        expect(page.locator("[data-fresh=counts]")).to_contain_text("4 of 4 rows", timeout=120_000)
        expect(page.locator("[data-fresh=counts]")).to_contain_text("3 new")
        expect(page.locator("[data-fresh=counts]")).to_contain_text("1 refused")
        expect(page.locator(".head .lead")).to_contain_text("done ·")
        expect(page.locator("[data-live]")).to_have_count(0)


def test_a_file_that_one_request_does_not_take_is_packed(browser: Browser, stack: Json, visitor: Visitor) -> None:
    rows = "\n".join(f"{visitor.address('nobody')[:12]} {number},{'x' * 30_000}" for number in range(150))
    with window(browser) as page:
        choose(page, stack, f"email,remarks of ours\n{rows}".encode())
        expect(page.locator("[data-fresh=counts]")).to_contain_text("150 of 150 rows", timeout=120_000)
        expect(page.get_by_role("heading", level=1)).to_have_text("fair.csv.gz")


def test_a_file_that_is_too_large_even_packed_is_not_sent_and_the_page_says_so(browser: Browser, stack: Json) -> None:
    with window(browser) as page:
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.method))
        choose(page, stack, random.Random(5).randbytes(5_000_000).hex().encode())
        expect(page.get_by_role("alert")).to_contain_text("Even packed the file is larger than 4 MB")
        expect(page.get_by_role("button", name="Import", exact=True)).to_be_disabled()
        assert sent.count("POST") == 1  # the sign-in
        page.set_input_files("#file", {"name": "a.csv", "mimeType": "text/csv", "buffer": b"email\na@acme.example\n"})
        expect(page.get_by_role("alert")).to_be_hidden()
        expect(page.get_by_role("button", name="Import", exact=True)).to_be_enabled()
