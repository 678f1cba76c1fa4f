"""Journeys for people: how each stands and how many are where; pausing, stopping, going back to a version, moving those who wait."""

from __future__ import annotations

import difflib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.domain import mail_counts
from shared.domain.journey_counts import Comparison, JourneyCounts, compare, row_of
from shared.domain.journeys.graph import first_mail
from shared.domain.journeys.plan import step_of
from shared.domain.journeys.rules import calls_after
from shared.domain.mail_counts import MailCounts, Tally
from shared.domain.meter import total
from shared.domain.moments import to_iso
from shared.domain.traffic import TooMuchTraffic
from shared.usecases.console.texts import InvalidField
from shared.usecases.journey_book import LIVE, PAUSED, STOPPED, chosen_version, names_of

if TYPE_CHECKING:
    from shared.store.journeys import Journeys, Kept
    from shared.store.meters import Meters
    from shared.usecases.set_timer import Alarm

Journey = Mapping[str, Any]
STATUSES = (LIVE, PAUSED, STOPPED)
_ATTEMPTS = 4


class JourneyPorts(NamedTuple):
    """What looking at journeys touches; `newest` are those of the deployed content, `sources` the texts of their files, `keep` makes the row of a version."""

    newest: Mapping[str, Journey]
    sources: Callable[[], Mapping[str, str]]
    store: Journeys
    meters: Meters
    alarm: Alarm
    kept: Callable[..., Kept]


@dataclass(frozen=True, slots=True)
class Move:
    """An order to move who waits: to which version, since when (ISO), how many waited then where a wait takes their place, how many of them have moved, and
    how many wait there still. Who is missing left the journey meanwhile.
    """

    to: str
    at: str
    ordered: int
    moved: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Version:
    """One version: since when it is used or published ("" when nobody has entered on it yet), by whom and why, its text, its counts; `move` when those who
    wait on it were ordered to go on in another.
    """

    journey: Journey
    since: str
    counts: JourneyCounts
    by: str = ""
    note: str = ""
    source: str = ""
    move: Move | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A journey as it stands: `current` is the version that people enter; `is_published` when it comes from the console and not from a file;
    `overtaken` when a file that was deployed later counts instead of what was published.
    """

    name: str
    status: str
    current: Journey
    counts: JourneyCounts
    is_published: bool = False
    overtaken: bool = False


def standings(ports: JourneyPorts) -> list[Standing]:
    """Every journey with the counts of its current version: one read for the states, one query a journey for the counts."""
    states, _ = ports.store.states()
    found = [_standing(name, states.get(name, {}), ports) for name in names_of(ports.newest, states)]
    return [each for each in found if each]


def standing(name: str, ports: JourneyPorts) -> Standing | None:
    """One journey; None when there is none of this name."""
    return _standing(name, ports.store.states()[0].get(name, {}), ports)


def _standing(name: str, state: Mapping[str, Any], ports: JourneyPorts) -> Standing | None:
    newest = ports.newest.get(name)
    if newest is None and not state.get("made"):
        return None
    chosen = chosen_version(state, newest)
    current = (ports.store.version(name, chosen) if chosen else None) or newest
    if current is None:
        return None
    overtaken = not chosen and newest is not None and state.get("version") not in (None, newest["version"])
    status = str(state.get("status", LIVE))
    return Standing(name, status, current, _counts(current, ports), current is not newest, overtaken)


def _counts(journey: Journey, ports: JourneyPorts) -> JourneyCounts:
    return JourneyCounts(total(ports.meters.of_month(row_of(journey["journey"], journey["version"]))))


def counts_over_versions(found: Standing, ports: JourneyPorts) -> JourneyCounts:
    """The counts of all versions of a journey together: whoever entered an older one has entered the journey."""
    others = [each.journey for each in ports.store.versions(found.name)]
    counts = Counter(found.counts.counts)
    for journey in others:
        if journey["version"] != found.current["version"]:
            counts.update(_counts(journey, ports).counts)
    return JourneyCounts(counts)


def mails_of(journey: Journey, ports: JourneyPorts) -> MailCounts:
    """What became of the mails of one version."""
    return MailCounts(total(ports.meters.of_month(mail_counts.row_of(journey["journey"], journey["version"]))))


def versions(name: str, ports: JourneyPorts) -> list[Version]:
    """Every version on which somebody ever entered or that was published, and the deployed one, newest first."""
    newest = ports.newest.get(name)
    orders = ports.store.states()[0].get(name, {}).get("moves", {})
    kept = []
    for each in ports.store.versions(name):
        counts = _counts(each.journey, ports)
        move = _move(each.journey, orders.get(each.journey["version"]), counts)
        kept.append(Version(each.journey, each.at, counts, each.by, each.note, each.source, move))
    if newest is not None and newest["version"] not in [each.journey["version"] for each in kept]:
        kept.append(Version(newest, "", _counts(newest, ports)))
    return kept[::-1]


def _move(journey: Journey, order: Mapping[str, Any] | None, counts: JourneyCounts) -> Move | None:
    """How far an order is. Orders of before they were counted tell nothing but who waits."""
    if order is None:
        return None
    waits = order.get("waits", [step["id"] for step in journey["steps"] if step["do"] == "wait"])
    waiting = sum(counts.at(wait) for wait in waits)
    moved = max(counts.moved_to(order["to"]) - order.get("had", 0), 0)
    # Counts are a minute behind: who came in within it was ordered, too.
    return Move(order["to"], order.get("at", ""), max(order.get("people", 0), moved), moved, waiting)


def source_of(name: str, version: str, ports: JourneyPorts) -> str:
    """The text of a version: that of its file while it is the deployed one, else as it was published; "" when nobody kept it."""
    newest = ports.newest.get(name)
    if newest is not None and newest["version"] == version:
        return ports.sources().get(name, "")
    return next((each.source for each in ports.store.versions(name) if each.journey["version"] == version), "")


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


@dataclass(frozen=True, slots=True)
class Arm:
    """One way of a split: who drew it, the first mail that they may get (a step; "" when none follows) and what it brought."""

    way: Mapping[str, Any]
    people: int
    mail: str
    tally: Tally


def arms(journey: Journey, split: Mapping[str, Any], counts: JourneyCounts, mails: MailCounts) -> list[Arm]:
    """The ways of a split, in the order of the file."""
    found = []
    for index, way in enumerate(split["ways"]):
        mail = first_mail(journey, split, index)
        tally = mails.by_way(split["id"], way["way"], mail) if mail else Tally(0, 0, 0)
        found.append(Arm(way, _drawn(journey, split, way["way"], counts), mail, tally))
    return found


def clicks_compared(arms_of_split: Sequence[Arm]) -> Comparison | None:
    """How the two ways with the most mails compare by who clicked in them; None while there is nothing to compare."""
    sent = sorted((arm for arm in arms_of_split if arm.mail), key=lambda arm: arm.tally.sent, reverse=True)
    if len(sent) < 2 or not (sent[0].tally.clicked or sent[1].tally.clicked):
        return None
    first, second = ((arm.way["way"], arm.tally.sent, arm.tally.clicked) for arm in sent[:2])
    return compare(first, second)


def _drawn(journey: Journey, split: Mapping[str, Any], way: str, counts: JourneyCounts) -> int:
    """How many drew this way: the most who came past any step with it (they all come past the first one)."""
    return max((counts.by_way(split["id"], way, step["id"]) for step in journey["steps"]), default=0)


# ---------------------------------------------------------------- acts


def set_status(name: str, status: str, ports: JourneyPorts, now: datetime) -> None:
    """Pauses, stops or resumes a journey. Raises InvalidField. What is stopped ends for everybody in it, when their wait is over."""
    if status not in STATUSES:
        raise InvalidField("status", f"one of {', '.join(STATUSES)}")
    _change(name, lambda state: {**state, "status": status}, ports, now)


def publish(journey: Journey, source: str, by: str, note: str, ports: JourneyPorts, now: datetime) -> None:
    """From now on people enter on `journey`, which was checked. The version is kept before the states name it; who is inside stays on their own. Fixed dates
    that are to come are told to the timers.
    """
    name = journey["journey"]
    if name in ports.newest:
        # What it takes the place of is kept before it, so that the versions stand in their order even where nobody had entered yet.
        ports.store.keep(ports.newest[name], now)
    ports.store.publish(ports.kept(journey, to_iso(now), by, note, source))
    for timer in calls_after({name: journey}, now):
        ports.alarm.set(timer.timer_id, timer.due, timer.body, now)
    _choose(name, journey["version"], ports, now)


def choose_version(name: str, version: str, ports: JourneyPorts, now: datetime) -> None:
    """From now on people enter on `version` (the deployed one: back to normal), and whoever is on it stays on it: a move away from it is taken back.
    Raises InvalidField.
    """
    _known(name, version, ports)
    _choose(name, version, ports, now)


def _choose(name: str, version: str, ports: JourneyPorts, now: datetime) -> None:
    newest = ports.newest.get(name)
    chosen: dict[str, Any] = {"version": version, "made": True} if newest is None else {"version": version}
    base = {"base": newest["version"]} if newest is not None else {}

    def chosen_now(state: dict[str, Any]) -> dict[str, Any]:
        moves = {old: order for old, order in state.get("moves", {}).items() if old != version}
        return {**state, **chosen, **base} | ({"moves": moves} if "moves" in state else {})

    _change(name, chosen_now, ports, now)


@dataclass(frozen=True, slots=True)
class Waiting:
    """People who wait on another version than the current one, and the wait where they would go on in it ("" when they would finish on their own)."""

    version: str
    step: str
    people: int
    goes_on_at: str


def waiting_elsewhere(current: Journey, listed: list[Version]) -> list[Waiting]:
    """Who waits on versions other than the current one, wait by wait: what a move would concern."""
    return [
        Waiting(each.journey["version"], step["id"], people, step["id"] if _is_wait(current, step["id"]) else "")
        for each in listed
        if each.journey["version"] != current["version"]
        for step in each.journey["steps"]
        if step["do"] == "wait" and (people := each.counts.at(step["id"])) > 0
    ]


def move_people(
    name: str, old: str, new: str, steps: Mapping[str, str], ports: JourneyPorts, now: datetime
) -> dict[str, str]:
    """Whoever waits on version `old` goes on in `new` when their wait is over, each wait replaced as `steps` says (else by the one of the same
    name; "" lets who stands there finish on `old`). Returns {wait of `old`: wait of `new`, or "" where who stands there finishes on `old`}. Raises
    InvalidField.
    """
    before, after = _known(name, old, ports), _known(name, new, ports)
    for begin, end in steps.items():
        if not _is_wait(before, begin) or (end and not _is_wait(after, end)):
            raise InvalidField("steps", f"waits of both versions; {begin} → {end} is not")
    waits = [step["id"] for step in before["steps"] if step["do"] == "wait"]
    places = {wait: place if _is_wait(after, place) else "" for wait in waits for place in [steps.get(wait, wait)]}
    moving, counts = [wait for wait, place in places.items() if place], _counts(before, ports)
    people, had = sum(counts.at(wait) for wait in moving), counts.moved_to(new)
    order = {"to": new, "steps": dict(steps), "at": to_iso(now), "waits": moving, "people": people, "had": had}
    _change(name, lambda state: {**state, "moves": {**state.get("moves", {}), old: order}}, ports, now)
    return places


def _known(name: str, version: str, ports: JourneyPorts) -> Journey:
    newest = ports.newest.get(name)
    found = newest if newest and newest["version"] == version else ports.store.version(name, version)
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
            if name in ports.newest:
                ports.store.keep(ports.newest[name], now)
            return
    raise TooMuchTraffic("the states of journeys are written by too many at once")
