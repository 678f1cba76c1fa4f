"""Posts the demo's leads through the public form, as a browser's visitors would."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, urlencode

import urllib3

from infra.local.demo_leads import DemoLead, demo_leads

CALLERS = 4
FORM = "whitepaper"
SCORED_SECONDS = 180


def post_demo_leads(public_url: str, count: int, posted: Callable[[], None]) -> None:
    """Posts `count` leads with a few callers at once; calls `posted` after each. A lead that is posted again (a seeding
    that was interrupted) is the same submission, by its idempotency key. Stops when one is refused: a demo lead is good."""
    http = urllib3.PoolManager(maxsize=CALLERS, retries=urllib3.Retry(5, status_forcelist=[429], backoff_factor=0.5))
    with ThreadPoolExecutor(CALLERS) as callers:
        numbered = enumerate(demo_leads(count))
        for _ in callers.map(lambda pair: _post(http, public_url, *pair), numbered):
            posted()


def wait_until_scored(admin_url: str, user: dict[str, str], count: int) -> None:
    """Waits for the last demo lead: a stream keeps its order, so the others are done before."""
    http = urllib3.PoolManager()
    login = http.request("POST", f"{admin_url}/login", json=user)
    if login.status != 200:
        raise SystemExit(f"The console refused {user['username']}: {login.status} {login.data.decode()[:200]}")
    headers = {"Authorization": f"Bearer {login.json()['token']}"}
    address = quote(demo_leads(count)[-1].fields["email"])
    deadline = time.monotonic() + SCORED_SECONDS
    while not http.request("GET", f"{admin_url}/api/leads?email={address}", headers=headers).json()["items"]:
        if time.monotonic() > deadline:
            raise SystemExit(f"The demo leads were not scored within {SCORED_SECONDS} s.")
        time.sleep(0.5)


def _post(http: urllib3.PoolManager, public_url: str, number: int, lead: DemoLead) -> None:
    url = f"{public_url}/f/{FORM}" + (f"?{urlencode(lead.query)}" if lead.query else "")
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Accept-Language": lead.language,
        "Idempotency-Key": f"demo-lead-{number}",
    }
    answer = http.request("POST", url, body=json.dumps(lead.fields).encode(), headers=headers, timeout=60)
    if answer.status != 202:
        raise SystemExit(f"Demo lead {number} got {answer.status}: {answer.data.decode(errors='replace')[:500]}")
