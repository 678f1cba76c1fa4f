"""A sample of scores is held against the timelines each night; everybody is folded anew when an operator says so."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from shared.domain.moments import to_iso
from shared.runtime import content, observe
from shared.runtime.wiring import wiring
from shared.store.tables import ActivityItem, PersonItem
from shared.usecases.check_scores import Difference, difference
from shared.usecases.refold_scores import begin, take_step
from tests.bed import START, Bed
from tests.integration.test_main_path import leads, post
from tests.integration.test_merging import HOST

NIGHT = START.replace(hour=18, minute=17)
TICK = {"source": "aws.events", "detail-type": "Scheduled Event"}


def night(bed: Bed) -> None:
    """The tick of the minute at which scores are looked at, and the second look at whoever differs."""
    bed.until(NIGHT)
    bed.invoke("Tick", TICK)
    bed.later(minutes=11)


def seen(bed: Bed) -> Difference | None:
    """What a look at the only lead finds now."""
    [lead] = leads()
    found = wiring.people.find(lead.id)
    assert found is not None
    return difference(found, wiring.score_ports, bed.clock.now())


def break_score(lead_id: str) -> None:
    """As a defect or somebody's hand in the table would: what the person did is forgotten, and the points with it."""
    item = PersonItem.get(lead_id)
    state = {name: seen for name, seen in item.score_state.items() if name.startswith("_")}
    item.update(actions=[PersonItem.score_state.set(state), PersonItem.score.set(1), PersonItem.interest.set(0)])


def out_of_date(lead_id: str) -> None:
    """As if the person had been scored by other rules, when a whitepaper was worth nothing."""
    item = PersonItem.get(lead_id)
    actions = [
        PersonItem.score_state.set({"_v": "old"}),
        PersonItem.score.set(20),
        PersonItem.interest.set(0),
        PersonItem.grade.set("cold"),
    ]
    item.update(actions=actions)


def crossings(lead_id: str) -> list[str]:
    return [row.detail["to"] for row in ActivityItem.query(lead_id) if row.type == "grade_changed"]


@pytest.fixture
def metrics(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what was counted."""
    found: list[str] = []
    kept = observe._metrics()
    monkeypatch.setattr(kept, "add_metric", lambda name, **_: found.append(name) if name.startswith("Score") else None)
    return found


def test_a_score_that_is_not_that_of_its_timeline_is_told_counted_and_folded_anew(bed: Bed, metrics: list[str]) -> None:
    post(bed)
    bed.pump()
    [lead] = leads()
    right = lead.score_state
    break_score(lead.id)
    assert seen(bed) == Difference(lead.id, (20, 20, 0), (35, 20, 15), ("whitepaper_download",))
    night(bed)
    [mended] = leads()
    assert (mended.score_state, int(mended.score)) == (right, 35)
    assert metrics == ["ScoreDiffers"]
    assert seen(bed) is None


def test_scores_that_are_right_are_left_alone(bed: Bed, metrics: list[str]) -> None:
    post(bed)
    bed.pump()
    bed.open_and_click(0)
    before = [item.serialize() for item in PersonItem.scan()]
    night(bed)
    assert [item.serialize() for item in PersonItem.scan()] == before
    assert metrics == []


def test_what_happened_this_moment_and_is_not_counted_yet_is_no_difference(bed: Bed, metrics: list[str]) -> None:
    post(bed)
    bed.pump()
    bed.until(NIGHT - timedelta(seconds=10))
    bed.http("GET", next(image for image in bed.mails[0].images if "/t/o/" in image))  # nobody has read the stream yet
    assert seen(bed) is not None
    bed.invoke("Tick", TICK)
    bed.later(minutes=11)
    assert seen(bed) is None
    assert metrics == []


def test_other_minutes_look_at_nobody(bed: Bed) -> None:
    bed.until(NIGHT + timedelta(minutes=1))
    bed.invoke("Tick", TICK)
    assert bed.world.waiting("DueQueue") == 0


def test_the_sample_is_bounded_however_many_people_there_are(bed: Bed) -> None:
    for number in range(5):
        post(bed, email=f"p{number}@acme.example", consent_email=False)
    bed.pump()
    assert len(wiring.people.around(bed.clock.now(), 3)) == 3
    first = wiring.people.oldest()
    assert first is not None
    assert len(wiring.people.around(first, 3)) == 3
    assert wiring.people.oldest(hot=True) is None


def test_everybody_is_folded_by_corrected_rules_with_progress_and_each_crossing_told_once(bed: Bed) -> None:
    for number in range(6):
        post(bed, email=f"p{number}@acme.example", consent_email=False)
    bed.pump()
    old = [lead.id for lead in leads()[:3]]
    for lead_id in old:
        out_of_date(lead_id)
    begun = bed.admin("POST", "/api/scoring/fold", json={}).json()
    assert begun["walk"]["status"] == "walking"
    assert begun["walk"]["version"] == begun["version"] == content.rules_version()
    bed.pump()
    told = bed.admin("GET", "/api/scoring").json()["walk"]
    assert (told["status"], told["seen"], told["changed"]) == ("done", 6, 3)
    assert {(int(PersonItem.get(each).score), PersonItem.get(each).grade) for each in old} == {(35, "warm")}
    assert [crossings(each) for each in old] == [["warm", "warm"]] * 3
    bed.admin("POST", "/api/scoring/fold", json={})
    bed.pump()
    assert [crossings(each) for each in old] == [["warm", "warm"]] * 3
    assert bed.admin("GET", "/api/scoring").json()["walk"]["changed"] == 0


def test_a_page_that_comes_again_goes_no_further_than_once(bed: Bed) -> None:
    for number in range(5):
        post(bed, email=f"p{number}@acme.example", consent_email=False)
    bed.pump()
    ports, now = wiring.walk_ports._replace(page=2), bed.clock.now()
    walk = begin("op", ports, now)
    begun = to_iso(walk.begun_at)
    for step in (0, 1, 1, 0, 2, 2, 3, 4, 5, 5):
        take_step({"kind": "score_walk", "begun": begun, "step": step}, ports, now)
    found = ports.walks.get()
    assert found is not None
    assert (found.status, found.seen) == ("done", 5)


def test_a_walk_that_is_on_its_way_is_not_begun_twice(bed: Bed) -> None:
    post(bed)
    bed.pump()
    first = bed.admin("POST", "/api/scoring/fold", json={}).json()["walk"]
    again = bed.admin("POST", "/api/scoring/fold", json={}).json()["walk"]
    assert again["begun_at"] == first["begun_at"]
    bed.pump()
    assert bed.admin("GET", "/api/scoring").json()["walk"]["seen"] == 1


def test_sales_may_not_set_it_going(bed: Bed) -> None:
    who = {"username": "chen", "groups": "sales"}
    assert bed.admin("POST", "/api/scoring/fold", who, json={}).status == 403


def test_whoever_was_merged_is_folded_in_the_survivor_alone(bed: Bed) -> None:
    post(bed, consent_email=False)
    post(bed, email="lin@other.example", phone="+8613912047799", consent_email=False)
    bed.pump()
    one, other = (lead.id for lead in leads())
    bed.admin("POST", f"/api/leads/{one}/merge", json={"with": other})
    bed.pump()
    bed.admin("POST", "/api/scoring/fold", json={})
    bed.pump()
    assert bed.admin("GET", "/api/scoring").json()["walk"]["seen"] == 1


def test_the_page_has_everybody_scored_anew_and_tells_how_far_it_has_come(bed: Bed) -> None:
    post(bed)
    bed.pump()
    [lead] = leads()
    out_of_date(lead.id)
    empty = bed.admin("GET", "/scoring", headers=HOST).text
    assert "Never yet" in empty
    assert content.rules_version() in empty
    token = re.search(r'name="_form" value="([0-9a-f]+)"', empty)
    assert token
    assert bed.admin("POST", "/scoring", form={"_form": "forged"}, headers=HOST).status == 403
    assert bed.admin("POST", "/scoring", form={"_form": token[1]}, headers=HOST).status == 303
    assert "under way" in bed.admin("GET", "/scoring", headers=HOST).text
    bed.pump()
    told = bed.admin("GET", "/scoring?lang=zh", headers=HOST).text
    assert "已完成" in told
    assert [re.search(rf"data-{name}>(\d+)<", told)[1] for name in ("seen", "changed")] == ["1", "1"]  # type: ignore[index]
