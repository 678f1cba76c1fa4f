"""Journeys for people: how each stands and how many are where; pausing, stopping, going back to a version, moving those who wait."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared.domain.journey_counts import Comparison, JourneyCounts, compare, row_of
from shared.domain.journeys.plan import step_of
from shared.domain.meter import total
from shared.domain.moments import to_iso
from shared.domain.traffic import TooMuchTraffic
from shared.usecases.console.texts import InvalidField
from shared.usecases.journey_book import LIVE, PAUSED, STOPPED

if TYPE_CHECKING:
    from shared.store.journeys import Journeys
    from shared.store.meters import Meters

Journey = Mapping[str, Any]
STATUSES = (LIVE, PAUSED, STOPPED)
_ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class JourneyPorts:
    """What looking at journeys touches; `newest` are those of the deployed content."""

    newest: Mapping[str, Journey]
    store: Journeys
    meters: Meters


@dataclass(frozen=True, slots=True)
class Version:
    """One version: since when it is used ("" when nobody has entered on it yet), and its counts."""

    journey: Journey
    since: str
    counts: JourneyCounts


@dataclass(frozen=True, slots=True)
class Standing:
    """A journey as it stands: `current` is the version that people enter."""

    name: str
    status: str
    current: Journey
    counts: JourneyCounts


def standings(ports: JourneyPorts) -> list[Standing]:
    """Every journey with the counts of its current version: one read for the states, one query a journey for the counts."""
    states, _ = ports.store.states()
    return [_standing(name, states.get(name, {}), ports) for name in sorted(ports.newest)]


def standing(name: str, ports: JourneyPorts) -> Standing | None:
    """One journey; None when there is none of this name."""
    return _standing(name, ports.store.states()[0].get(name, {}), ports) if name in ports.newest else None


def _standing(name: str, state: Mapping[str, Any], ports: JourneyPorts) -> Standing:
    newest, chosen = ports.newest[name], state.get("version")
    current = newest if chosen in (None, newest["version"]) else ports.store.version(name, str(chosen)) or newest
    status = state.get("status", LIVE)
    return Standing(name, str(status), current, _counts(current, ports))


def _counts(journey: Journey, ports: JourneyPorts) -> JourneyCounts:
    return JourneyCounts(total(ports.meters.of_month(row_of(journey["journey"], journey["version"]))))


def versions(name: str, ports: JourneyPorts) -> list[Version]:
    """Every version on which somebody ever entered, and the deployed one, newest first."""
    kept = [Version(journey, since, _counts(journey, ports)) for since, journey in ports.store.versions(name)]
    newest = ports.newest[name]
    if newest["version"] not in [each.journey["version"] for each in kept]:
        kept.append(Version(newest, "", _counts(newest, ports)))
    return kept[::-1]


def difference(old: Journey, new: Journey) -> list[str]:
    """The lines in which two versions differ, each begun by ``-``, ``+`` or a blank."""

    def lines(journey: Journey) -> list[str]:
        said = {key: value for key, value in journey.items() if key not in ("version", "marked")}
        steps = [json.dumps(step, ensure_ascii=False) for step in said.pop("steps")]
        return [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in said.items()] + steps

    found = difflib.unified_diff(lines(old), lines(new), lineterm="", n=1)
    return [line for line in found if not line.startswith(("---", "+++", "@@"))]


def comparisons(journey: Journey, counts: JourneyCounts) -> list[tuple[str, str, Comparison]]:
    """(split, goal, how its two best-known ways compare) for each split and each goal that lies behind it."""
    found = []
    goals = [step["id"] for step in journey["steps"] if step["do"] == "goal"]
    for split in (step for step in journey["steps"] if step["do"] == "split"):
        for goal in goals:
            tallies = [
                (way["way"], _drawn(journey, split, way["way"], counts), counts.by_way(split["id"], way["way"], goal))
                for way in split["ways"]
            ]
            tallies.sort(key=lambda tally: tally[1], reverse=True)
            comparison = compare(tallies[0], tallies[1])
            if comparison and (tallies[0][2] or tallies[1][2]):
                found.append((split["id"], goal, comparison))
    return found


def _drawn(journey: Journey, split: Mapping[str, Any], way: str, counts: JourneyCounts) -> int:
    """How many drew this way: the most who came past any step with it (they all come past the first one)."""
    return max((counts.by_way(split["id"], way, step["id"]) for step in journey["steps"]), default=0)


# ---------------------------------------------------------------- acts


def set_status(name: str, status: str, ports: JourneyPorts, now: datetime) -> None:
    """Pauses, stops or resumes a journey. Raises InvalidField. What is stopped ends for everybody in it, when their wait is over."""
    if status not in STATUSES:
        raise InvalidField("status", f"one of {', '.join(STATUSES)}")
    _change(name, lambda state: {**state, "status": status}, ports, now)


def choose_version(name: str, version: str, ports: JourneyPorts, now: datetime) -> None:
    """From now on people enter on `version` (the deployed one: back to normal). Raises InvalidField."""
    if version != ports.newest[name]["version"] and ports.store.version(name, version) is None:
        raise InvalidField("version", "a version of this journey")
    _change(name, lambda state: {**state, "version": version}, ports, now)


def move_people(
    name: str, old: str, new: str, steps: Mapping[str, str], ports: JourneyPorts, now: datetime
) -> list[str]:
    """Whoever waits on version `old` goes on in `new` when their wait is over, each wait replaced as `steps` says (else by the one of the same
    name). Returns the waits that have no place in `new`: who stands there finishes on `old`. Raises InvalidField.
    """
    before, after = _known(name, old, ports), _known(name, new, ports)
    for begin, end in steps.items():
        if not _is_wait(before, begin) or not _is_wait(after, end):
            raise InvalidField("steps", f"waits of both versions; {begin} → {end} is not")
    order = {"to": new, "steps": dict(steps)}
    _change(name, lambda state: {**state, "moves": {**state.get("moves", {}), old: order}}, ports, now)
    waits = [step["id"] for step in before["steps"] if step["do"] == "wait"]
    return [wait for wait in waits if not _is_wait(after, steps.get(wait, wait))]


def _known(name: str, version: str, ports: JourneyPorts) -> Journey:
    newest = ports.newest[name]
    found = newest if newest["version"] == version else ports.store.version(name, version)
    if found is None:
        raise InvalidField("version", "a version of this journey")
    return found


def _is_wait(journey: Journey, step_id: str) -> bool:
    step = step_of(journey, step_id)
    return step is not None and step["do"] == "wait"


def _change(name: str, change: Callable[[dict[str, Any]], dict[str, Any]], ports: JourneyPorts, now: datetime) -> None:
    for _ in range(_ATTEMPTS):
        states, edition = ports.store.states()
        state = {**change(dict(states.get(name, {}))), "at": to_iso(now)}
        if ports.store.set_states({**states, name: state}, edition, now):
            # What is chosen may be the deployed version, which is kept when the first person enters; keep it now, so that it can be found.
            ports.store.keep(ports.newest[name], now)
            return
    raise TooMuchTraffic("the states of journeys are written by too many at once")
