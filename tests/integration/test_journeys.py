"""Journeys from the console: numbers, pausing, stopping; and versions: who is on one stays on it, until somebody moves them."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.rehearsal.cold import forget
from shared.store.tables import EnrolmentItem
from tests.bed import Bed, bed_on

NAME = "whitepaper-three-steps"
WEI = {
    "email": "wei@huaxing-logistics.example",
    "name": "张伟",
    "company": "华星物流",
    "title": "Clerk",
    "country": "CN",
    "consent_email": True,
}


@pytest.fixture
def bed(content: Path, tmp_path: Path) -> Iterator[Bed]:
    """A fresh Ripen with a copy of the content, in which a test may publish."""
    shutil.copytree(content, tmp_path / "content")
    with bed_on(tmp_path / "content") as fresh:
        fresh.content = tmp_path / "content"  # type: ignore[attr-defined]
        yield fresh


def arrive(bed: Bed, number: int = 0) -> None:
    person = {**WEI, "email": f"wei{number}@huaxing-logistics.example"}
    assert bed.http("POST", "/f/whitepaper", json=person).status == 202
    bed.pump()


def publish(bed: Bed, change: Any) -> str:
    """Deploys a changed journey: the files are new, and so is every process. Returns the new version."""
    file = bed.content / "journeys.json"  # type: ignore[attr-defined]
    journeys = json.loads(file.read_text(encoding="utf-8"))
    change(journeys[NAME])
    journeys[NAME]["version"] = "newer"
    file.write_text(json.dumps(journeys), encoding="utf-8")
    os.utime(file.with_name("forms.json"), (1, 1))
    forget(file.parent)
    return "newer"


def change(bed: Bed, **body: Any) -> Any:
    answer = bed.admin("POST", f"/api/journeys/{NAME}", json=body)
    assert answer.status == 200, answer.text
    forget(bed.content)  # type: ignore[attr-defined]
    return answer.json()


def journey(bed: Bed) -> dict[str, Any]:
    found: dict[str, Any] = bed.admin("GET", f"/api/journeys/{NAME}").json()
    return found


def rows() -> list[EnrolmentItem]:
    return [row for row in EnrolmentItem.scan() if row.journey == NAME]


def test_the_numbers_are_those_of_the_people(bed: Bed) -> None:
    arrive(bed)
    arrive(bed, 1)
    found = journey(bed)
    assert (found["entered"], found["active"], found["completed"]) == (2, 2, 0)
    assert {step["id"]: step["waiting"] for step in found["steps"] if step["waiting"]} == {"wait-3-days": 2}
    bed.later(days=10)
    found = journey(bed)
    assert (found["entered"], found["active"], found["completed"]) == (2, 0, 2)
    assert all(step["passed"] == 2 for step in found["steps"])


def test_the_list_has_every_journey(bed: Bed) -> None:
    items = {item["journey"] for item in bed.admin("GET", "/api/journeys").json()["items"]}
    assert NAME in items


def test_an_unknown_journey_is_not_found(bed: Bed) -> None:
    assert bed.admin("GET", "/api/journeys/no-such-thing").status == 404


def test_a_paused_journey_sends_nothing_and_goes_on_when_it_is_resumed(bed: Bed) -> None:
    arrive(bed)
    change(bed, status="paused")
    bed.later(days=3, hours=2)
    assert len(bed.mails) == 1
    change(bed, status="live")
    bed.later(hours=2)
    assert len(bed.mails) == 2


def test_nobody_enters_a_paused_journey(bed: Bed) -> None:
    change(bed, status="paused")
    arrive(bed)
    assert rows() == []


def test_a_stopped_journey_ends_for_whoever_is_in_it(bed: Bed) -> None:
    arrive(bed)
    change(bed, status="stopped")
    bed.later(days=4)
    assert [(row.status, row.exit_reason) for row in rows()] == [("exited", "journey_stopped")]
    assert len(bed.mails) == 1


def longer(journey: dict[str, Any]) -> None:
    journey["steps"][1]["for"] = "6d"


def without_the_case(journey: dict[str, Any]) -> None:
    journey["steps"] = [step for step in journey["steps"] if step["id"] != "case-study"]


def test_who_entered_stays_on_their_version_when_another_is_published(bed: Bed) -> None:
    arrive(bed)
    publish(bed, without_the_case)
    arrive(bed, 1)
    bed.later(days=3, hours=1)
    assert [mail.to for mail in bed.mails[2:]] == ["wei0@huaxing-logistics.example"]


def waits_five_days_elsewhere(journey: dict[str, Any]) -> None:
    journey["steps"][1] |= {"id": "pause", "for": "5d"}
    journey["name"] = {"en": "Called otherwise", "zh": "另一个名字"}


def test_a_persons_page_names_the_step_of_the_version_on_which_they_are(bed: Bed) -> None:
    arrive(bed)
    publish(bed, waits_five_days_elsewhere)
    [row] = rows()
    shown = bed.admin("GET", f"/leads/{row.lead_id}", headers={"Accept": "text/html", "Accept-Language": "en"}).text
    assert "Called otherwise" in shown
    assert "Wait 3 days" in shown


def test_who_waits_is_moved_when_somebody_says_so(bed: Bed) -> None:
    arrive(bed)
    old = rows()[0].version
    new = publish(bed, without_the_case)
    change(bed, move={"from": old, "to": new})
    bed.later(days=3, hours=1)
    assert len(bed.mails) == 1
    assert rows()[0].version == new


def test_going_back_lets_people_enter_the_older_version_again(bed: Bed) -> None:
    arrive(bed)
    old = rows()[0].version
    publish(bed, without_the_case)
    change(bed, version=old)
    arrive(bed, 1)
    assert {row.version for row in rows()} == {old}


def test_an_unknown_version_or_status_is_refused(bed: Bed) -> None:
    for body in ({"status": "asleep"}, {"version": "nope"}, {}, {"move": {"from": "a", "to": "b"}}):
        assert bed.admin("POST", f"/api/journeys/{NAME}", json=body).status in (400, 422)


def test_only_marketing_may_pause(bed: Bed) -> None:
    manager = {"username": "boss", "groups": "manager"}
    answer = bed.admin("POST", f"/api/journeys/{NAME}", manager, json={"status": "paused"})
    assert answer.status == 403


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_pages_show_the_list_the_picture_and_the_versions(bed: Bed, language: str) -> None:
    arrive(bed)
    publish(bed, longer)
    arrive(bed, 1)
    listed = bed.admin("GET", f"/journeys?lang={language}")
    assert listed.status == 200
    assert f"/journeys/{NAME}" in listed.text
    page = bed.admin("GET", f"/journeys/{NAME}?lang={language}")
    assert page.status == 200
    # The beginning and six steps.
    assert page.text.count('class="node ') == 7
    assert '<ol class="changes">' in page.text
