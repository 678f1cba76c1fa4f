"""Whoever merges or parts two people may die between any two calls: done again, it comes to the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.enrolment import Enrolment
from shared.domain.submission import Submission
from shared.domain.timeline import PEOPLE_MERGED, PEOPLE_PARTED, Activity
from shared.runtime import content
from shared.runtime.wiring import wiring
from shared.store.tables import ActivityItem, EnrolmentItem, PersonItem, TimerItem
from shared.usecases.merge_people import MergePorts, merge_people, part_people
from shared.usecases.resolve_submission import resolve_submission
from tests.bed import Bed

AT = datetime(2026, 3, 3, tzinfo=UTC)
DUE = AT + timedelta(days=2)
_MOST_CALLS = 60


class Died(Exception):
    """The function was killed here."""


class Mortal:
    """A port whose user dies after so many calls of all ports together."""

    def __init__(self, port: Any, lives: list[int]) -> None:
        self._port, self._lives = port, lives

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            if not self._lives[0]:
                raise Died
            self._lives[0] -= 1
            found = getattr(self._port, name)(*args, **named)
            return list(found) if name == "whole" else found

        return call


def mortal(lives: int) -> MergePorts:
    left = [lives]
    names = ("people", "activities", "suppressions")
    journeys = wiring.journey_ports._replace(
        enrolments=Mortal(wiring.enrolments, left),
        alarm=Mortal(wiring.alarm, left),
        effects=wiring.journey_ports.effects._replace(outbox=Mortal(wiring.outbox, left)),
    )
    ports = {name: Mortal(getattr(wiring.merge_ports, name), left) for name in names}
    return wiring.merge_ports._replace(**ports, journeys=journeys)


def submitted(name: str, number: int) -> str:
    """Somebody with one line on the timeline; the id."""
    said = {"email": f"{name}{number}@acme.example", "name": "Li Na", "company": "Acme"}
    consents = {"email": {"purpose": "marketing", "version": "1", "text": "yes", "locale": "en"}}
    post = Submission(f"{name}{number}", "whitepaper", AT - timedelta(days=1), fields=said, meta={"consents": consents})
    return str(resolve_submission(post, wiring.resolve_ports))


def waiting(lead_id: str) -> str:
    """Somebody who is in a journey since yesterday; the id."""
    name, journey = "whitepaper-three-steps", content.journeys()["whitepaper-three-steps"]
    step = next(each["id"] for each in journey["steps"] if each["do"] == "wait")
    entered = AT - timedelta(days=1)
    row = Enrolment(
        lead_id, name, journey["version"], "active", step, DUE, f"cause{lead_id}", (step,), entered, entered_at=entered
    )
    assert wiring.enrolments.enter(row)
    return lead_id


def picture(one: str, other: str) -> Any:
    """What stands of both, without ids and moments."""
    people = [PersonItem.get(each) for each in (one, other)]
    lines = [
        sorted(f"{item.type} {sorted(item.detail or {})}" for item in ActivityItem.query(each)) for each in (one, other)
    ]
    kept = [(item.kind, sorted(item.profile), sorted(item.consent or {}), len(item.members or [])) for item in people]
    journeys = [
        [(item.status, item.step, item.due, item.exit_reason, int(item.run)) for item in EnrolmentItem.query(each)]
        for each in (one, other)
    ]
    timed = [
        sorted({item.body["due"] for item in TimerItem.scan() if (item.body or {}).get("lead_id") == each})
        for each in (one, other)
    ]
    return kept, lines, journeys, timed


def standing(journeys: list[tuple[Any, ...]]) -> str:
    [(status, *_)] = journeys
    return str(status)


def until_done(act: Callable[[MergePorts, datetime], None], lives: int) -> bool:
    """Dies once after `lives` calls, then comes again; True when it lived."""
    try:
        act(mortal(lives), AT)
    except Died:
        act(wiring.merge_ports, AT)
        return False
    return True


def test_dying_anywhere_in_a_merge_or_a_parting_changes_nothing_about_its_end(bed: Bed) -> None:
    bed.http("GET", "/f/whitepaper/token")  # makes the installation's signing key
    pictures: dict[str, list[Any]] = {"merged": [], "parted": []}
    lived = {"merged": False, "parted": False}
    for lives in range(_MOST_CALLS):
        one, other = submitted("a", lives), waiting(submitted("b", lives))
        merged = Activity(one, PEOPLE_MERGED, AT, f"merge{lives}", detail={"absorbed": other, "by": "x", "why": "y"})
        parted = Activity(
            one,
            PEOPLE_PARTED,
            AT + timedelta(hours=1),
            f"merge{lives}",
            detail={"absorbed": other, "merge": f"merge{lives}"},
        )
        lived["merged"] = until_done(lambda ports, now, each=merged: merge_people(each, ports, now), lives)
        pictures["merged"].append(picture(one, other))
        lived["parted"] = until_done(lambda ports, now, each=parted: part_people(each, ports, now), lives)
        pictures["parted"].append(picture(one, other))
        merge_people(merged, wiring.merge_ports, AT)
        assert picture(one, other) == pictures["parted"][-1]
        if all(lived.values()):
            break
    else:
        pytest.fail("it never came to its end")
    ends = {name: [standing(own) for own in found[-1][2]] for name, found in pictures.items()}
    assert ends == {"merged": ["active", "exited"], "parted": ["exited", "active"]}
    for name, found in pictures.items():
        assert all(each == found[-1] for each in found), name
