"""What a journey's mails brought: each change of a receipt moves the counts by what it changed, and no change is lost or counted twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.journeys.graph import first_mail
from shared.domain.mail_counts import MailCounts, Tally, mail_steps_of, row_of
from shared.domain.message import (
    BOUNCED,
    CLAIMED,
    CLICKED,
    DELIVERED,
    INTERNAL,
    MARKETING,
    NOBODY,
    OPENED,
    QUEUED,
    REFUSED,
    Receipt,
)
from shared.domain.meter import GIVEN

NOON = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
STATUSES = (QUEUED, CLAIMED, DELIVERED, REFUSED, BOUNCED)
RESPONSES = ("", OPENED, CLICKED, NOBODY)


def receipt(status: str = DELIVERED, response: str = "", **more: object) -> Receipt:
    known = Receipt("lin", "m", MARKETING, "t", status, NOON, journey="j", step="mail", version="v1", response=response)
    return replace(known, **more)  # type: ignore[arg-type]


def counts(*changes: tuple[Receipt | None, Receipt]) -> MailCounts:
    found: Counter[str] = Counter()
    for sequence, (before, after) in enumerate(changes):
        for step in mail_steps_of(sequence, before, after):
            assert step.month == row_of("j", "v1")
            found[step.key] += step.by
    return MailCounts(found)


@given(st.lists(st.tuples(st.sampled_from(STATUSES), st.sampled_from(RESPONSES)), min_size=1, max_size=8))
def test_after_any_life_the_counts_are_those_of_the_last_state(life: list[tuple[str, str]]) -> None:
    states = [receipt(*state) for state in life]
    status, response = life[-1]
    sent = status in GIVEN
    expected = Tally(int(sent), int(sent and response in (OPENED, CLICKED)), int(sent and response == CLICKED))
    assert counts(*zip([None, *states], states, strict=False)).of("mail") == expected


def test_a_mail_is_counted_for_each_way_that_was_drawn_before_it() -> None:
    found = counts((None, receipt(response=CLICKED, ways={"lot": "a"})), (None, receipt(ways={"lot": "b"})))
    assert (found.of("mail"), found.by_way("lot", "a", "mail")) == (Tally(2, 1, 1), Tally(1, 1, 1))
    assert found.by_way("lot", "b", "mail") == Tally(1, 0, 0)


@pytest.mark.parametrize("left_out", [{"klass": INTERNAL}, {"version": ""}])
def test_mail_to_colleagues_and_mail_of_no_journey_is_not_counted(left_out: dict[str, str]) -> None:
    assert mail_steps_of(1, None, receipt(**left_out)) == []


def test_the_ways_of_a_split_are_compared_by_their_first_mail() -> None:
    def step(name: str, do: str, **more: object) -> dict[str, object]:
        return {"id": name, "do": do, **more}

    split = step("lot", "split", ways=[{"way": "a"}, {"way": "b", "goto": "pause"}, {"way": "c", "goto": "end"}])
    steps = [split, step("one", "send", next="end"), step("pause", "wait"), step("two", "send"), step("end", "exit")]
    assert [first_mail({"steps": steps}, split, index) for index in range(3)] == ["one", "two", ""]
