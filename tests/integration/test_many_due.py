"""A morning on which everybody's wait ends at once: nothing is lost, nothing is done twice, and no tick is too short for it."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from infra.bench.life import Somebody
from infra.rehearsal.requests import BROWSER
from shared.domain.enrolment import ACTIVE, Enrolment
from shared.domain.moments import to_iso
from shared.domain.timer import Timer
from shared.runtime.wiring import wiring
from shared.store.tables import EnrolmentItem
from shared.usecases import set_timer
from shared.usecases.set_timer import hand_on_due
from tests.bed import Bed

NAME = "whitepaper-three-steps"
# `make morning` plays ten thousand, a thousand of them with mails.
PEOPLE = int(os.environ.get("RIPEN_DUE", "120"))
MAILED = int(os.environ.get("RIPEN_MAILED", "25"))


class Shelf:
    """A queue that keeps what it is given; `full_at`: how many bodies it takes before the process dies."""

    def __init__(self, full_at: int = 10**9) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.full_at = full_at

    def put(self, bodies: list[dict[str, Any]], **_: Any) -> None:
        if len(self.bodies) + len(bodies) > self.full_at:
            raise TimeoutError("the tick's time is over")
        self.bodies += bodies


def waiting(bed: Bed, people: int) -> None:
    """So many people, each with a wait that ends in an hour, at the same second."""
    now, due = bed.clock.now(), bed.clock.now() + timedelta(hours=1)
    version = wiring.book.newest[NAME]["version"]
    with EnrolmentItem.batch_write() as rows:
        for number in range(people):
            lead_id = f"lead{number:05}"
            row = Enrolment(lead_id, NAME, version, ACTIVE, "wait-4-days", due, f"c{number}", (), now, entered_at=now)
            rows.save(_item(row))
            body = {"kind": "enrolment", "lead_id": lead_id, "journey": NAME, "due": to_iso(due)}
            wiring.timers.set(Timer(f"t{number:05}", due, body))


def _item(row: Enrolment) -> EnrolmentItem:
    return EnrolmentItem(
        row.lead_id,
        row.journey,
        version=row.version,
        status=row.status,
        step=row.step,
        due=to_iso(row.due) if row.due else None,
        cause=row.cause,
        moved_at=to_iso(row.moved_at),
        entered_at=to_iso(row.entered_at),
        run=1,
    )


@contextmanager
def counted(bed: Bed, what: str) -> Iterator[Callable[[], Counter[str]]]:
    """Prints what was spent within (`make morning` shows it); gives the write units of each function."""
    units, invoked, started = bed.world.meter.units, bed.world.deliveries.count, time.process_time()
    before, already = {name: spent["write"] for name, spent in units.by_function.items()}, Counter(invoked)

    def written() -> Counter[str]:
        return Counter(
            {name: int(spent["write"] - before.get(name, 0)) for name, spent in units.by_function.items() if name}
        )

    yield written
    seconds = time.process_time() - started
    print(f"\n{what}: {seconds:.0f} s, invocations {dict(invoked - already)}, write units {dict(+written())}")  # noqa: T201 - for who plays it


def test_everybody_whose_wait_ends_in_the_same_minute_is_moved(bed: Bed) -> None:
    """The people are unknown (nobody posted a form for them), so each enrolment ends with that as its reason: one step each, and one write unit."""
    waiting(bed, PEOPLE)
    with counted(bed, f"{PEOPLE} steps") as written:
        bed.later(hours=1, minutes=1)
        assert written()["AdvanceFunction"] == PEOPLE
    assert Counter(row.exit_reason for row in EnrolmentItem.scan()) == {"person_gone": PEOPLE}


def test_everybody_whose_wait_ends_in_the_same_minute_gets_their_mail_and_gets_it_once(bed: Bed) -> None:
    people = [Somebody(number) for number in range(MAILED)]
    for who in people:
        sent = bed.http("POST", "/f/whitepaper", form=who.fields, headers=BROWSER, source_ip=who.ip)
        assert sent.status in (202, 303), sent.text
    bed.later(days=2, hours=23)
    before = len(bed.mails)
    with counted(bed, f"{MAILED} mails"):
        bed.later(hours=2)
    assert Counter(mail.to for mail in bed.mails[before:]) == {who.email: 1 for who in people}
    assert len({mail.subject for mail in bed.mails[before:]}) == 1
    steps = Counter((row.journey, row.step) for row in EnrolmentItem.scan() if row.journey == NAME)
    assert steps == {(NAME, "wait-4-days"): MAILED}


@pytest.fixture
def marked_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(set_timer, "_MARKED_EVERY", 20)


@pytest.mark.usefixtures("marked_often")
def test_a_tick_that_dies_is_done_again_from_its_mark_and_not_from_the_beginning(bed: Bed) -> None:
    waiting(bed, 70)
    now = bed.clock.now() + timedelta(hours=1, seconds=10)
    dying, next_one = Shelf(full_at=50), Shelf()
    with pytest.raises(TimeoutError):
        hand_on_due(wiring.timers, dying, now)  # type: ignore[arg-type]
    hand_on_due(wiring.timers, next_one, now + timedelta(minutes=1))  # type: ignore[arg-type]
    handed = {json.dumps(body, sort_keys=True) for body in [*dying.bodies, *next_one.bodies]}
    assert (len(dying.bodies), len(next_one.bodies), len(handed)) == (50, 30, 70)


@pytest.mark.usefixtures("marked_often")
def test_a_tick_without_time_stops_and_the_next_goes_on_where_it_stopped(bed: Bed) -> None:
    waiting(bed, 70)
    now, shelf = bed.clock.now() + timedelta(hours=1, seconds=10), Shelf()
    counts = [
        hand_on_due(wiring.timers, shelf, now + timedelta(minutes=n), lambda: False)  # type: ignore[arg-type]
        for n in range(6)
    ]
    assert counts == [20, 20, 20, 10, 0, 0]
    assert len({body["lead_id"] for body in shelf.bodies}) == len(shelf.bodies) == 70
    assert wiring.timers.mark().finished == now + timedelta(minutes=5)
