"""Whoever merges or parts two people may die between any two calls: done again, it comes to the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.submission import Submission
from shared.domain.timeline import PEOPLE_MERGED, PEOPLE_PARTED, Activity
from shared.runtime.wiring import wiring
from shared.store.tables import ActivityItem, PersonItem
from shared.usecases.merge_people import MergePorts, merge_people, part_people
from shared.usecases.resolve_submission import resolve_submission
from tests.bed import Bed

AT = datetime(2026, 3, 3, tzinfo=UTC)
_MOST_CALLS = 40


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
    names = ("people", "activities", "enrolments", "suppressions")
    return replace(wiring.merge_ports, **{name: Mortal(getattr(wiring.merge_ports, name), left) for name in names})


def submitted(name: str, number: int) -> str:
    """Somebody with one line on the timeline; the id."""
    said = {"email": f"{name}{number}@acme.example", "name": "Li Na", "company": "Acme"}
    consents = {"email": {"purpose": "marketing", "version": "1", "text": "yes", "locale": "en"}}
    post = Submission(f"{name}{number}", "whitepaper", AT - timedelta(days=1), fields=said, meta={"consents": consents})
    return str(resolve_submission(post, wiring.resolve_ports))


def picture(one: str, other: str) -> Any:
    """What stands of both, without ids and moments."""
    people = [PersonItem.get(each) for each in (one, other)]
    lines = [
        sorted(f"{item.type} {sorted(item.detail or {})}" for item in ActivityItem.query(each)) for each in (one, other)
    ]
    kept = [(item.kind, sorted(item.profile), sorted(item.consent or {}), len(item.members or [])) for item in people]
    return kept, lines


def until_done(act: Callable[[MergePorts], None], lives: int) -> bool:
    """Dies once after `lives` calls, then comes again; True when it lived."""
    try:
        act(mortal(lives))
    except Died:
        act(wiring.merge_ports)
        return False
    return True


def test_dying_anywhere_in_a_merge_or_a_parting_changes_nothing_about_its_end(bed: Bed) -> None:
    bed.http("GET", "/f/whitepaper/token")  # makes the installation's signing key
    pictures: dict[str, list[Any]] = {"merged": [], "parted": []}
    lived = {"merged": False, "parted": False}
    for lives in range(_MOST_CALLS):
        one, other = submitted("a", lives), submitted("b", lives)
        merged = Activity(one, PEOPLE_MERGED, AT, f"merge{lives}", detail={"absorbed": other, "by": "x", "why": "y"})
        parted = Activity(
            one,
            PEOPLE_PARTED,
            AT + timedelta(hours=1),
            f"merge{lives}",
            detail={"absorbed": other, "merge": f"merge{lives}"},
        )
        lived["merged"] = until_done(lambda ports, each=merged: merge_people(each, ports), lives)
        pictures["merged"].append(picture(one, other))
        lived["parted"] = until_done(lambda ports, each=parted: part_people(each, ports), lives)
        pictures["parted"].append(picture(one, other))
        merge_people(merged, wiring.merge_ports)
        assert picture(one, other) == pictures["parted"][-1]
        if all(lived.values()):
            break
    else:
        pytest.fail("it never came to its end")
    for name, found in pictures.items():
        assert all(each == found[-1] for each in found), name
