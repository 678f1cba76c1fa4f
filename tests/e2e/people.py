"""Those who meet Ripen over HTTP: a visitor with a mail program, their mailbox, a colleague at the console."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Callable
from html import unescape
from typing import Any, TypeVar
from urllib.parse import quote

import urllib3

T = TypeVar("T")
Json = Any
Answer = urllib3.BaseHTTPResponse

# What Ripen promises from a post to a scored lead; cold functions on a busy machine included.
PATIENCE = 30.0
_http = urllib3.PoolManager(maxsize=8, retries=False, timeout=60)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
BROWSER = {"User-Agent": FIREFOX, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "none"}


def eventually(look: Callable[[], T | None], what: str, seconds: float = PATIENCE) -> T:
    """Looks until there is something to see; fails with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if seen:
            return seen
        assert time.monotonic() < deadline, f"after {seconds:.0f} s there is still not {what}"
        time.sleep(0.25)


class Visitor:
    """Fills in forms and reads mail."""

    def __init__(self, public_url: str) -> None:
        self.public_url = public_url

    @staticmethod
    def address(name: str) -> str:
        """An address that nobody had before."""
        return f"{name}-{uuid.uuid4().hex[:10]}@acme-{uuid.uuid4().hex[:6]}.example"

    def post(self, fields: Json, form: str = "whitepaper", **headers: str) -> Answer:
        """Posts the form as JSON."""
        sent = {"Content-Type": "application/json", "Accept": "application/json", **_named(headers)}
        return self.send("POST", f"/f/{form}", json.dumps(fields).encode(), sent)

    def send(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
        """Any request to the public API; redirects are not followed."""
        return _http.request(method, self.public_url + path, body=body, headers=headers, redirect=False)

    def submit(self, **fields: Json) -> str:
        """Posts a good form and returns its submission id."""
        answer = self.post(fields)
        assert answer.status == 202, answer.data
        return str(answer.json()["submission_id"])

    def open(self, mail: Json) -> None:
        """Looks at the mail: its pictures load."""
        for picture in re.findall(r'<img[^>]+src="([^"]+/t/o/[^"]+)"', mail["html"]):
            assert _http.request("GET", unescape(picture), headers={"User-Agent": FIREFOX}).status == 200

    def click(self, mail: Json) -> Answer:
        """Follows the mail's first content link, as far as its first redirect."""
        link = re.search(r'href="([^"]+/t/c/[^"]+)"', mail["html"])
        assert link, "the mail has no tracked link"
        return _http.request("GET", unescape(link.group(1)), headers=BROWSER, redirect=False)


class Mailbox:
    """The local mailbox page's JSON."""

    def __init__(self, url: str) -> None:
        self.url = url

    def mails(self, to: str) -> list[Json]:
        """Newest first."""
        return list(_http.request("GET", f"{self.url}/api/messages?to={quote(to)}").json()["items"])

    def mail(self, to: str, subject: str = "", seconds: float = PATIENCE) -> Json:
        """The newest mail to the address whose subject or text holds `subject`; waits for it."""

        def look() -> Json | None:
            return next((mail for mail in self.mails(to) if subject in mail["subject"] + mail["text"]), None)

        return eventually(look, f"a mail to {to} with {subject!r}", seconds)

    def act(self, mail: Json, act: str, **options: str) -> Json:
        """bounce, complain or unsubscribe."""
        body = json.dumps(options).encode()
        answer = _http.request(
            "POST",
            f"{self.url}/api/messages/{mail['id']}/{act}",
            body=body,
            headers={"Content-Type": "application/json"},
        )
        assert answer.status == 200, answer.data
        return answer.json()


class Console:
    """The admin API."""

    def __init__(self, stack: Json, token: str = "") -> None:
        self._stack = stack
        self._token = token

    def sign_in(self, role: str) -> Console:
        """The same console with another pair of eyes."""
        answer = self.request("POST", "/login", self._stack["users"][role])
        assert answer.status == 200, answer.data
        return Console(self._stack, answer.json()["token"])

    def request(self, method: str, path: str, body: Json = None) -> Answer:
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        sent = json.dumps(body).encode() if body is not None else None
        return _http.request(method, self._stack["admin_url"] + path, body=sent, headers=headers, redirect=False)

    def get(self, path: str) -> Json:
        answer = self.request("GET", path)
        assert answer.status == 200, (path, answer.status, answer.data)
        return answer.json()

    def find(self, email: str) -> Json | None:
        """The lead with this address, or None."""
        items = self.get(f"/api/leads?email={quote(email)}")["items"]
        assert len(items) <= 1, "one person, one lead"
        return items[0] if items else None

    def scored(self, email: str, at_least: int = 1, seconds: float = PATIENCE) -> Json:
        """The lead, once its score is at least that high."""

        def look() -> Json | None:
            lead = self.find(email)
            return lead if lead and lead["score"] >= at_least else None

        return eventually(look, f"a lead {email} with a score of {at_least}", seconds)


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
