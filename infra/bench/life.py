"""One lead's life, lived by many side by side: a post, ten events, four mails, a hand-off that sales takes up.

A post with phone, visitor and consent; five page views; the opens of three mails; two clicks, the second of which makes the lead
hot; the mail about the hand-off (the fourth); then, told apart from the life, the follow-up by sales within two hours. Everything comes
through the template's own routes and arrives at the functions through its own streams, queues and schedules. An open, a click and the pages
seen after it are one visit: they come within the batching window of the function that scores.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from infra.rehearsal.mails import Mail
from infra.rehearsal.requests import BROWSER, Response
from infra.rehearsal.world import World
from infra.template import Template

START: Final = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # a Monday, 09:00 in Shanghai
SALES: Final = {"username": "sales", "groups": "sales"}
EVENTS: Final = 10
MAILS: Final = 4
_BROWSER: Final = {**BROWSER, "Accept": "application/json"}


class LifeWentWrong(Exception):
    """Somebody's life was not the one that is measured, so its price would be another one's."""


@dataclass(frozen=True)
class Somebody:
    """A person by number: nobody shares an address, a phone, a company or a browser with anybody."""

    number: int

    @property
    def email(self) -> str:
        return f"wang.min{self.number:06}@plant-{self.number:06}.example"

    @property
    def visitor(self) -> str:
        return f"visitor-{self.number:012}"

    @property
    def ip(self) -> str:
        return f"198.18.{self.number // 256 % 256}.{self.number % 256}"

    @property
    def fields(self) -> dict[str, str]:
        return {
            "email": self.email,
            "name": "王敏",
            "company": f"第{self.number:06}精密仪器有限公司",
            "title": "采购专员",
            # Spread: six equal or consecutive digits are held back as made up.
            "phone": f"+86139{(12_047_765 + 48_271 * self.number) % 10**8:08}",
            "country": "CN",
            "company_size": "200",
            "consent_email": "on",
            "visitor": self.visitor,
        }


class Lives:
    """The lives of some people in a world. `side_by_side`: everybody acts before anything is delivered, so that batches fill."""

    def __init__(self, world: World, people: Sequence[Somebody]) -> None:
        self._world = world
        self._people = people
        self._mails: dict[str, list[Mail]] = {}
        self._seen_mails = self._mails_before = len(world.mails)
        self._handoffs_before = set(handoffs(world))

    def live(self, after_post: Callable[[], None] | None = None, after_life: Callable[[], None] | None = None) -> None:
        """Start, on the next morning, to end; `after_post` is called when the leads have their first mail, `after_life` before sales follows up.

        Errors: LifeWentWrong.
        """
        world = self._world
        world.run_until(_next_morning(world.clock.now()))
        self._all(self._post)
        if after_post:
            after_post()
        world.run_until(world.clock.now() + timedelta(minutes=10))
        self._all(
            lambda who: self._open(who, 0),
            lambda who: self._view(who, "/cases"),
            lambda who: self._view(who, "/pricing"),
        )
        world.run_until(world.clock.now() + timedelta(days=3))
        self._all(
            lambda who: self._open(who, 1),
            lambda who: self._click(who, 1),
            lambda who: self._view(who, "/cases/metalworking"),
            lambda who: self._view(who, "/pricing"),
        )
        world.run_until(world.clock.now() + timedelta(days=4))
        self._all(
            lambda who: self._open(who, 2), lambda who: self._view(who, "/security"), lambda who: self._click(who, 2)
        )
        world.run_until(world.clock.now() + timedelta(minutes=1))  # by then it is known that no filter clicked
        self._check_handed_over()
        world.run_until(world.clock.now() + timedelta(hours=2))
        if after_life:
            after_life()
        self._follow_up()
        world.run_until(world.clock.now() + timedelta(days=3))
        if world.failures:
            raise LifeWentWrong(world.failures[0].trace)
        if world.set_aside:
            raise LifeWentWrong(f"set aside: {world.set_aside[0][:300]}")

    def _all(self, *acts: Callable[[Somebody], None]) -> None:
        """What everybody does in one visit: it is told within one batching window of the streams."""
        for who in self._people:
            for act in acts:
                act(who)
        self._world.settle()

    def _post(self, who: Somebody) -> None:
        _expect(self._world.http("POST", "/f/whitepaper", form=who.fields, headers=_BROWSER, source_ip=who.ip), 202)

    def _view(self, who: Somebody, path: str) -> None:
        view = {"url": f"https://www.ripen.example{path}", "referrer": "", "visitor": who.visitor}
        _expect(self._world.http("POST", "/t/v", json=view, headers=BROWSER, source_ip=who.ip), 204)

    def _open(self, who: Somebody, number: int) -> None:
        pixel = next(image for image in self._mail(who, number).images if "/t/o/" in image)
        _expect(self._world.http("GET", pixel, headers=BROWSER, source_ip=who.ip), 200)

    def _click(self, who: Somebody, number: int) -> None:
        link = next(link for link in self._mail(who, number).links if "/t/c/" in link)
        _expect(self._world.http("GET", link, headers=BROWSER, source_ip=who.ip), 302)

    def _mail(self, who: Somebody, number: int) -> Mail:
        mails = self._world.mails
        for mail in mails[self._seen_mails :]:
            self._mails.setdefault(mail.to, []).append(mail)
        self._seen_mails = len(mails)
        try:
            return self._mails[who.email][number]
        except (KeyError, IndexError):
            raise LifeWentWrong(f"mail {number + 1} did not come") from None

    def _check_handed_over(self) -> None:
        sent = len(self._world.mails) - self._mails_before
        if sent != MAILS * len(self._people):
            raise LifeWentWrong(f"{sent} mails to {len(self._people)} people, {MAILS} each were due")

    def _follow_up(self) -> None:
        for handoff_id in sorted(set(handoffs(self._world)) - self._handoffs_before):
            path = f"/api/handoffs/{handoff_id}/follow-up"
            headers = {"Authorization": "Bearer bench"}
            note = {"note": "已致电，约周四演示"}
            _expect(self._world.http("POST", path, json=note, headers=headers, authorizer=SALES), 200, 201, 204)
        self._world.settle()


def _next_morning(now: datetime) -> datetime:
    """09:00 in Shanghai: nobody's mails shall wait for the end of the quiet hours."""
    morning = now.replace(hour=START.hour, minute=0, second=0, microsecond=0)
    return morning if morning >= now else morning + timedelta(days=1)


def handoffs(world: World) -> list[str]:
    """Ids of the hand-offs, read past the functions: looking for them is no part of the life."""
    rows = scan(world.engine.client("dynamodb"), table_named(world.template, "handoffs"))
    return [row["handoff_id"]["S"] for row in rows]


def table_named(template: Template, short: str) -> str:
    """The deployed name of a table, such as `people`."""
    return template.environment[f"TABLE_{short.upper()}"]


def scan(dynamodb: Any, table: str) -> list[dict[str, Any]]:
    """Every row of a table."""
    rows: list[dict[str, Any]] = []
    more: dict[str, Any] = {}
    while True:
        page = dynamodb.scan(TableName=table, **more)
        rows += page["Items"]
        if "LastEvaluatedKey" not in page:
            return rows
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _expect(answer: Response, *good: int) -> None:
    if answer.status not in good:
        raise LifeWentWrong(f"the answer was {answer.status}: {answer.body[:200]!r}")
