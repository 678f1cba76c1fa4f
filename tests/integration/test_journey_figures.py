"""What a journey's mails brought, as its picture tells: sent, opened and clicked by people, exact whatever comes twice or is taken back."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.links import CLICK, OPEN, Link, make_link
from shared.runtime.wiring import wiring
from shared.store.tables import MessageItem
from tests.bed import Bed
from tests.integration.test_main_path import post

FILTER = {"User-Agent": "Mozilla/5.0 (compatible; Barracuda)"}
NAME = "whitepaper-three-steps"


@pytest.fixture
def thanked(bed: Bed) -> Bed:
    """Somebody has the first mail of the journey, and time has passed."""
    post(bed)
    bed.pump()
    bed.later(minutes=10)
    return bed


def receipt() -> MessageItem:
    [found] = [row for row in MessageItem.scan() if row.klass != "internal"]
    return found


def touch(bed: Bed, kind: str, url: str = "https://a.example/1", **request: Any) -> None:
    sent = receipt()
    token = make_link(wiring.secret, kind, Link(sent.lead_id, sent.message_id, url if kind == CLICK else ""))
    assert bed.http("GET", f"/t/{kind}/{token}", **request).status in (200, 302)


def figures(bed: Bed) -> tuple[int, int, int]:
    bed.pump()
    steps = bed.admin("GET", f"/api/journeys/{NAME}").json()["steps"]
    [mail] = [step for step in steps if step["id"] == "thanks"]
    return mail["sent"], mail["opened"], mail["clicked"]


def test_a_mail_is_sent_then_opened_then_clicked_and_each_counts_once(thanked: Bed) -> None:
    assert figures(thanked) == (1, 0, 0)
    touch(thanked, OPEN)
    assert figures(thanked) == (1, 1, 0)
    for hours in range(3):
        thanked.later(hours=hours)
        touch(thanked, OPEN)
        touch(thanked, CLICK)
        assert figures(thanked) == (1, 1, 1)


def test_who_clicks_has_opened(thanked: Bed) -> None:
    touch(thanked, CLICK)
    assert figures(thanked) == (1, 1, 1)
    assert receipt().response == "clicked"


def test_what_a_machine_opens_and_clicks_is_not_counted(thanked: Bed) -> None:
    touch(thanked, OPEN, headers=FILTER)
    touch(thanked, CLICK, headers=FILTER)
    assert figures(thanked) == (1, 0, 0)
    assert receipt().response is None


def test_a_sweep_is_taken_out_again_and_the_person_after_it_counts(thanked: Bed) -> None:
    for number in range(3):
        touch(thanked, CLICK, f"https://a.example/{number}")
        thanked.pump()
    assert figures(thanked) == (1, 0, 0)
    assert receipt().response == "nobody"
    thanked.later(hours=2)
    touch(thanked, OPEN)
    assert figures(thanked) == (1, 1, 0)


def test_the_hundredth_open_writes_nothing_on_the_receipt(thanked: Bed) -> None:
    touch(thanked, OPEN)
    thanked.pump()
    noted = receipt().serialize()
    for _ in range(5):
        thanked.later(hours=1)
        touch(thanked, OPEN)
        thanked.pump()
    assert receipt().serialize() == noted


@pytest.mark.parametrize(("language", "said"), [("en", "1 sent · 1 opened (100 %)"), ("zh", "发送 1 · 打开 1（100%）")])
def test_the_picture_tells_what_the_mail_brought(thanked: Bed, language: str, said: str) -> None:
    touch(thanked, OPEN)
    thanked.pump()
    assert said in thanked.admin("GET", f"/journeys/{NAME}?lang={language}").text
