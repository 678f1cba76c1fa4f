"""Chromium for tests: found on the machine, else the one that Playwright brought along."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "docs" / "images"
# A page of a cold function on a busy machine.
PATIENCE = 30_000
_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

expect.set_options(timeout=PATIENCE)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium that talks to nobody but the pages it is sent to."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=_QUIET)
        yield browser
        browser.close()


@contextmanager
def window(
    browser: Browser, locale: str = "en-GB", *, javascript: bool = True, width: int = 1280, height: int = 900
) -> Iterator[Page]:
    """A window of somebody who was never here; a script error on a page fails the test."""
    context = browser.new_context(
        locale=locale,
        java_script_enabled=javascript,
        viewport={"width": width, "height": height},
        timezone_id="Asia/Shanghai",
        device_scale_factor=2 if width < 600 else 1,
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console", lambda message: errors.append(message.text) if "Content Security Policy" in message.text else None
    )
    yield page
    context.close()
    assert errors == []


def keep_picture(page: Page, name: str) -> None:
    """Writes the README's picture `name`, when RIPEN_SCREENSHOTS=1 asks for it."""
    if os.environ.get("RIPEN_SCREENSHOTS") == "1":
        IMAGES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(IMAGES / f"{name}.png"))
