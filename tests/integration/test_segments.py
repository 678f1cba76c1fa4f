"""Segments, on an engine: who enters and leaves, when time alone moves somebody, how a new segment finds those who are there already."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from functions.react import handler as react
from infra.rehearsal.world import PARAMETERS
from infra.template import load
from shared.domain.segments import BUILDING, READY, Segment, version_of
from shared.runtime import clock
from shared.runtime.wiring import wiring
from shared.store.activities import Activities
from shared.store.segments import Definitions, Memberships
from shared.store.tables import ActivityItem, PersonItem, SegmentItem
from shared.usecases.fill_segment import begin
from tests.bed import Bed

LIN = {"email": "lin@acme.example", "name": "林小姐", "company": "Acme Robotics", "title": "CTO", "country": "CN"}
WANG = {"email": "wang@plant.example", "name": "王工", "company": "Plant", "title": "采购专员", "country": "CN"}


def leaf(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


def capture(bed: Bed, fields: dict[str, Any], form: str = "whitepaper", **more: Any) -> str:
    answer = bed.http("POST", f"/f/{form}", json={**fields, **more})
    assert answer.status == 202, answer.body
    bed.pump()
    return next(
        item.id for item in PersonItem.scan() if item.kind == "lead" and item.profile["email"] == fields["email"]
    )


def make(bed: Bed, segment_id: str, condition: dict[str, Any]) -> None:
    """A segment of the console, filled."""
    bed.pump()
    with_clock = clock.now()
    present = Definitions().get(segment_id)
    segment = Segment(
        segment_id, {"en": segment_id, "zh": segment_id}, condition, version_of(condition), changed_at=with_clock
    )
    assert begin(replace(segment, status=BUILDING), present, wiring.segment_ports, with_clock)
    bed.later(minutes=5)
    found = Definitions().get(segment_id)
    assert found
    assert found.status == READY


def standing(lead_id: str) -> set[str]:
    return {name for name, each in Memberships().of(lead_id).memberships.items() if each.is_in}


def told(lead_id: str, kind: str) -> list[str]:
    return [each.detail["segment"] for each in Activities().whole(lead_id) if each.type == kind]


def counts_are_rows() -> bool:
    rows = Counter(item.segment for item in SegmentItem.scan() if item.member_of)
    names = {each.segment_id for each in Definitions().all()}
    return {name: count for name, count in Memberships().counts(names).items() if count} == dict(rows)


def test_a_post_enters_a_segment_once_and_the_timeline_tells_it(bed: Bed) -> None:
    make(bed, "chinese", leaf("country", "eq", "CN"))
    lin = capture(bed, LIN)
    capture(bed, LIN, message="again")
    assert standing(lin) == {"chinese"}
    assert told(lin, "segment_entered") == ["chinese"]
    assert Memberships().counts(["chinese"]) == {"chinese": 1}


def test_what_somebody_says_later_leads_them_out_and_back_in(bed: Bed) -> None:
    make(bed, "chinese", leaf("country", "eq", "CN"))
    lin = capture(bed, LIN)
    bed.later(minutes=5)
    capture(bed, LIN, country="DE")
    assert standing(lin) == set()
    bed.later(minutes=5)
    capture(bed, LIN)
    assert standing(lin) == {"chinese"}
    assert told(lin, "segment_entered") == ["chinese", "chinese"]
    assert told(lin, "segment_left") == ["chinese"]
    assert counts_are_rows()


def test_a_new_segment_finds_those_who_are_there_already(bed: Bed) -> None:
    ids = {capture(bed, {**LIN, "email": f"lin{n}@acme.example", "country": "CN" if n % 2 else "DE"}) for n in range(7)}
    make(bed, "chinese", leaf("country", "eq", "CN"))
    assert sum(standing(each) == {"chinese"} for each in ids) == 3
    assert Definitions().get("chinese").walked["seen"] == 7  # type: ignore[union-attr]
    assert counts_are_rows()


def test_a_changed_segment_is_asked_of_everybody_again(bed: Bed) -> None:
    lin, wang = capture(bed, LIN), capture(bed, {**WANG, "country": "DE"})
    make(bed, "home", leaf("country", "eq", "CN"))
    make(bed, "home", leaf("country", "eq", "DE"))
    assert (standing(lin), standing(wang)) == (set(), {"home"})
    assert counts_are_rows()


def test_views_of_a_page_count_and_age(bed: Bed) -> None:
    condition = {"did": "page_viewed", "where": leaf("path", "eq", "/cases"), "times": {"gte": 2}, "within": "7d"}
    make(bed, "readers", condition)
    lin = capture(bed, LIN, visitor="visitor-000001")
    for _ in range(2):
        bed.http("POST", "/t/v", json={"url": "https://www.ripen.example/cases", "visitor": "visitor-000001"})
        bed.later(days=1)
    assert standing(lin) == {"readers"}
    bed.later(days=4)
    assert standing(lin) == {"readers"}
    bed.later(days=1, minutes=5)
    assert standing(lin) == set(), "the first of the two views is seven days old"
    assert told(lin, "segment_left") == ["readers"]


def test_silence_alone_leads_somebody_in_and_a_sign_of_life_out(bed: Bed) -> None:
    make(bed, "silent", leaf("last_activity_at", "older_than", "30d"))
    lin = capture(bed, LIN, visitor="visitor-000001")
    bed.later(days=20)
    bed.http("POST", "/t/v", json={"url": "https://www.ripen.example/cases", "visitor": "visitor-000001"})
    bed.later(days=15)
    assert standing(lin) == set()
    bed.later(days=15, minutes=5)
    assert standing(lin) == {"silent"}
    bed.http("POST", "/t/v", json={"url": "https://www.ripen.example/cases", "visitor": "visitor-000001"})
    bed.pump()
    assert standing(lin) == set()


def test_consent_withdrawn_leads_out_at_once(bed: Bed) -> None:
    make(bed, "mailable", leaf("consent_email", "eq", "granted"))
    lin = capture(bed, LIN, consent_email=True)
    assert standing(lin) == {"mailable"}
    bed.later(days=4)
    link = next(link for link in bed.mails[-1].links if "/u/" in link)
    bed.http("POST", link, form={"List-Unsubscribe": "One-Click"})
    bed.pump()
    assert standing(lin) == set()


def test_whoever_changes_no_membership_writes_nothing(bed: Bed) -> None:
    make(bed, "chinese", leaf("country", "eq", "CN"))
    lin = capture(bed, LIN, visitor="visitor-000001")
    before = [(item.lead_id, item.segment, item.changes) for item in SegmentItem.scan()]
    written = len(list(ActivityItem.scan()))
    capture(bed, LIN, message="again")
    assert [(item.lead_id, item.segment, item.changes) for item in SegmentItem.scan()] == before
    assert len(list(ActivityItem.scan())) == written + 1
    assert standing(lin) == {"chinese"}


def test_the_segments_that_ship_are_in_force_once_somebody_comes(bed: Bed) -> None:
    capture(bed, LIN)
    bed.later(minutes=5)
    assert {each.segment_id: each.status for each in Definitions().all()} == dict.fromkeys(
        (
            "asked-for-an-offer",
            "customers",
            "engaged-decision-makers",
            "gone-quiet",
            "met-at-an-event",
            "quiet-for-90d",
        ),
        READY,
    )


@pytest.mark.parametrize("channel", ["event", "sem"])
def test_who_was_met_at_an_event_stays_in_that_segment(bed: Bed, channel: str) -> None:
    answer = bed.http("POST", f"/f/whitepaper?utm_medium={channel}", json=LIN)
    assert answer.status == 202
    bed.pump()
    [lead] = [item.id for item in PersonItem.scan() if item.kind == "lead"]
    assert standing(lead) == ({"met-at-an-event"} if channel == "event" else set())


def test_two_who_become_one_are_counted_once_and_parted_twice(bed: Bed) -> None:
    make(bed, "chinese", leaf("country", "eq", "CN"))
    lin, wang = capture(bed, LIN), capture(bed, WANG)
    assert bed.admin("POST", f"/api/leads/{lin}/merge", json={"with": wang}).status == 200
    bed.pump()
    assert Memberships().counts(["chinese"]) == {"chinese": 1}
    assert [standing(lin), standing(wang)].count({"chinese"}) == 1
    stays, gone = (lin, wang) if standing(lin) else (wang, lin)
    assert bed.admin("POST", f"/api/leads/{stays}/part", json={"absorbed": gone}).status == 200
    bed.pump()
    assert Memberships().counts(["chinese"]) == {"chinese": 2}
    assert counts_are_rows()


def test_what_the_score_function_reads_is_left_to_it() -> None:
    """So that nobody is asked twice for one activity, nor never."""
    template = load(parameters=PARAMETERS)
    [pattern] = template.functions["ScoreFunction"].streams[0].filters
    types = set(pattern["dynamodb"]["NewImage"]["type"]["S"])
    assert types - {"touches_voided"} == react._SCORED
