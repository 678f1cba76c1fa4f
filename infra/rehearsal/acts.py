"""The acts of a scenario, as requests from outside: what a browser, a mail program, SES or the sales team's console would send."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from infra.rehearsal.chance import Chance
from infra.rehearsal.mails import Mail
from infra.rehearsal.office import Office
from infra.rehearsal.persons import Person
from infra.rehearsal.requests import BROWSER, Response
from infra.rehearsal.scenario import Act, Scenario
from infra.rehearsal.world import World

WEBSITE: Final = "https://www.ripen.example"  # the company's own site, where the page-view snippet runs
# A browser or a person tries again when the answer is 5xx; after this many seconds, each time.
_PATIENCE: Final = (5, 10, 20, 40, 80, 160)
MANAGER: Final = {"username": "manager", "groups": "admin"}
_DONE: Final = (200, 201, 202, 204)
_LANGUAGES: Final = {
    "CN": "zh-CN,zh;q=0.9",
    "TW": "zh-TW,zh;q=0.9",
    "DE": "de-DE,de;q=0.9,en;q=0.5",
    "AT": "de-AT,de;q=0.9,en;q=0.5",
}


@dataclass(frozen=True)
class Press:
    """A button of the console that did what it should, perhaps only when it was pressed again."""

    kind: str
    by: str
    begun: datetime
    done: datetime


class Acts:
    """Carries out acts. What cannot be done is no error of the harness but a warning about the scenario."""

    def __init__(self, world: World, scenario: Scenario, chance: Chance | None = None) -> None:
        self.world = world
        self._chance = chance
        self._done = 0
        self.people = {name: Person(name, number) for number, name in enumerate(scenario.people, start=1)}
        self.warnings: list[str] = []
        self.office = Office(self)
        self.pressed: list[Press] = []
        self.swept: set[str] = set()
        """Ids of the mails that a filter looked at."""
        self._doers: dict[str, Callable[[Act, Person], None]] = {
            "submit": self._submit,
            "visit": self._visit,
            "scan": self._scan,
            "open": self._open,
            "click": self._click,
            "sweep": self._sweep,
            "unsubscribe": self._unsubscribe,
            "confirm": self._confirm,
            "prefer": self._prefer,
            "bounce": self._bounce,
            "complain": self._complain,
        }

    def do(self, act: Act) -> None:
        self._done += 1
        if act.by_sales:
            self.office.do(act)
        else:
            self._doers[act.kind](act, self.people[act.who])

    # ------------------------------------------------------------ people

    def _submit(self, act: Act, person: Person) -> None:
        fields = {k: _as_posted(v) for k, v in act.more["fields"].items() if v is not False and v is not None}
        person.email = fields.get("email", person.email)
        person.phone = fields.get("phone", person.phone)
        person.language = act.more.get("language") or _LANGUAGES.get(fields.get("country", "").upper(), person.language)
        query = {k: str(v) for k, v in act.more.items() if k not in ("fields", "language")}
        address = f"/f/{act.value}" + (f"?{urlencode(query)}" if query else "")
        form = {**fields, "visitor": person.visitor}
        own = {"Accept": "application/json", "Idempotency-Key": f"{person.name}-{len(person.posts) + 1}"}
        answer = self._send(act, "POST", address, person, form=form, headers=person.browser | own)
        person.posts.append(answer)
        self._expect(act, answer, 202)

    def _visit(self, act: Act, person: Person) -> None:
        address = act.value if "://" in act.value else WEBSITE + act.value
        view = {"url": address, "referrer": str(act.more.get("referrer", "")), "visitor": person.visitor}
        headers = person.browser | {
            "Origin": WEBSITE,
            "Sec-Fetch-Mode": "cors",
            "Sec-Fetch-Dest": "empty",
            "Accept": "*/*",
        }
        self._expect(act, self._send(act, "POST", "/t/v", person, json=view, headers=headers), 200, 202, 204)

    def _scan(self, act: Act, person: Person) -> None:
        """The camera opens the code's address in the person's browser, which agreed to be remembered."""
        headers = person.browser | {"Cookie": f"ripen_visitor={person.visitor}"}
        answer = self._send(act, "GET", f"/q/{act.value}", person, headers=headers)
        if answer.status == 302:
            person.scanned.append((act.value, self.world.clock.now()))
        self._expect(act, answer, 302)

    def _open(self, act: Act, person: Person) -> None:
        mail = self._newest(act, person)
        pixel = mail and next((i for i in mail.images if "/t/o/" in i), None)
        if not pixel:
            self.warn(act, "the mail has no open pixel") if mail else None
            return
        image = person.browser | {
            "Accept": "image/avif,image/webp,*/*;q=0.8",
            "Sec-Fetch-Dest": "image",
            "Sec-Fetch-Mode": "no-cors",
        }
        self._expect(act, self._send(act, "GET", pixel, person, headers=image), 200)

    def _click(self, act: Act, person: Person) -> None:
        mail = self._newest(act, person)
        link = mail and next((i for i in mail.links if "/t/c/" in i), None)
        if not link:
            self.warn(act, "the mail has no content link") if mail else None
            return
        self._expect(act, self._send(act, "GET", link, person, headers=person.browser), 301, 302, 303, 307)

    def _sweep(self, act: Act, person: Person) -> None:
        """A filter looks at the mail before the person does: every picture, every link, also those that nobody can see, within a moment."""
        mail = self._newest(act, person)
        if not mail:
            return
        found = dict.fromkeys(link for link in (*mail.images, *mail.links) if "/t/" in urlsplit(link).path)
        for link in found:
            self._expect(act, self._send(act, "GET", link, person, headers=BROWSER), 200, 302)
        if mail.tags.get("class") != "internal":
            self.swept.add(str(mail.tags.get("message_id")))

    def _unsubscribe(self, act: Act, person: Person) -> None:
        mail = self._newest(act, person)
        if not mail:
            return
        address = next((p.strip(" <>") for p in mail.header("List-Unsubscribe").split(",") if "https:" in p), None)
        if not address or mail.header("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click":
            self.warn(act, "the mail offers no one-click unsubscribe")
            return
        # As Gmail does it: no browser, no cookie, no redirect (RFC 8058).
        answer = self._send(act, "POST", address, person, form={"List-Unsubscribe": "One-Click"}, headers={})
        if answer.status == 200:
            person.said_no.append(self.world.clock.now())
        self._expect(act, answer, 200)

    def _confirm(self, act: Act, person: Person) -> None:
        """Answers the newest mail that asks: others may have come after it."""
        links = (
            link
            for mail in self.world.post_office.all_to(person.email)
            for link in mail.links
            if urlsplit(link).path.startswith("/c/")
        )
        link = next(links, None) if person.email else None
        if not link:
            self.warn(act, "no mail asks for a confirmation")
            return
        self._expect(act, self._send(act, "POST", link, person, form={}, headers=person.browser), 200, 303)

    def _prefer(self, act: Act, person: Person) -> None:
        """Saves the page of the person's preferences, which every mail links to."""
        mail = self._newest(act, person)
        link = mail and next((i for i in mail.links if "/p/" in urlsplit(i).path), None)
        if not link:
            self.warn(act, "the mail does not link to the preferences") if mail else None
            return
        wanted = act.more.get("marketing")
        form = {} if wanted is None else {"marketing": "on" if wanted else "off"}
        form |= {"locale": str(act.more["locale"])} if act.more.get("locale") else {}
        answer = self._send(act, "POST", link, person, form=form, headers=person.browser)
        if answer.status == 200 and wanted is False:
            person.said_no.append(self.world.clock.now())
        self._expect(act, answer, 200)

    def _bounce(self, act: Act, person: Person) -> None:
        if mail := self._newest(act, person):
            kind, subtype = act.more.get("kind", "Permanent"), act.more.get("subtype", "General")
            self.world.post_office.bounce(mail, str(kind), str(subtype))

    def _complain(self, act: Act, person: Person) -> None:
        if mail := self._newest(act, person):
            self.world.post_office.complain(mail)

    def lead_of(self, person: Person) -> str | None:
        """The lead that the console finds by the person's address or phone number."""
        for name, value in (("email", person.email), ("phone", person.phone)):
            if value and person.lead_id is None:
                found = self.listed("/api/leads?" + urlencode({name: value}))
                person.lead_id = found[0]["lead_id"] if found else None
        return person.lead_id

    def console(self, method: str, address: str, **request: Any) -> Response:
        """A call of the admin API by somebody who signed in."""
        headers = {"Authorization": "Bearer rehearsal", "Accept": "application/json"} | request.pop("headers", {})
        return self.world.http(method, address, authorizer=MANAGER, headers=headers, **request)

    def listed(self, address: str) -> list[dict[str, Any]]:
        """Every item of a list of the admin API, page by page. Errors: RuntimeError when it does not answer."""
        items: list[dict[str, Any]] = []
        cursor = ""
        while True:
            paged = address + (("&" if "?" in address else "?") + urlencode({"cursor": cursor}) if cursor else "")
            page = self.got(paged)
            items += page["items"]
            cursor = page.get("cursor") or ""
            if not cursor:
                return items

    def got(self, address: str) -> Any:
        """The JSON that the admin API answers. Errors: RuntimeError when it does not answer."""
        with self.world.calm():
            answer = self.console("GET", address)
        if answer.status != 200:
            raise RuntimeError(f"GET {address} answered {answer.status}: {answer.text[:300]}")
        return answer.json()

    # ------------------------------------------------------------ how

    def _send(self, act: Act, method: str, address: str, person: Person, **request: Any) -> Response:
        return self._patiently(act, lambda: self.world.http(method, address, source_ip=person.ip, **request))

    def _patiently(self, act: Act, send: Callable[[], Response]) -> Response:
        """Sends the same request again while the answer is 5xx, as a browser or a person would; the key of a post stays the same."""
        for pause in (*_PATIENCE, 0):
            if self._chance:
                self._chance.begin(f"act {self._done}")
            answer = send()
            if answer.status < 500:
                break
            if pause:
                self.warn(act, f"answered {answer.status}, tried again after {pause} s")
                self.world.run_until(self.world.clock.now() + timedelta(seconds=pause))
        return answer

    def _newest(self, act: Act, person: Person) -> Mail | None:
        mail = self.world.post_office.newest_to(person.email) if person.email else None
        if mail is None:
            self.warn(act, "no mail has arrived yet")
        return mail

    def press(self, act: Act, address: str, method: str = "POST", **request: Any) -> Response:
        """A button of the console; who gets an error presses again."""
        begun = self.world.clock.now()
        answer = self._patiently(act, lambda: self.console(method, address, **request))
        if answer.status in _DONE:
            self.pressed.append(Press(act.kind, MANAGER["username"], begun, self.world.clock.now()))
        self._expect(act, answer, *_DONE)
        return answer

    def _expect(self, act: Act, answer: Response, *good: int) -> None:
        if answer.status not in good:
            self.warn(act, f"the answer was {answer.status} {_short(answer)}")

    def warn(self, act: Act, why: str) -> None:
        at = act.at.isoformat(timespec="minutes")
        self.warnings.append(f"{at} {act.who or 'console'}: {act.kind.replace('_', ' ')}: {why}")


def _as_posted(value: Any) -> str:
    return "on" if value is True else str(value)


def _short(answer: Response) -> str:
    return " ".join(answer.body.decode("utf-8", "replace").split())[:200]
