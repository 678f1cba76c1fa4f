"""Journeys beside each other: two that write to the same people on the same day, and one mail that two of them send."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

from shared.authoring.content_yaml import Document, Finding
from shared.domain.journeys.graph import leads_to
from shared.domain.journeys.waits import wait_ends
from shared.domain.message import MARKETING

Journey = Mapping[str, Any]
Step = Mapping[str, Any]
# A wait until a weekday and hour lasts as long as it does because of when it begins: everybody enters at one of these moments of a week.
_A_MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
_ENTRIES = tuple(_A_MONDAY + timedelta(days=day, hours=hour) for day in range(7) for hour in (0, 6, 12, 18))
# Enough for every way through a journey that somebody can read.
_MOST_STOPS = 5000


def check_rivals(journeys: Mapping[str, tuple[Document, Journey]]) -> list[Finding]:
    """Two journeys of the same priority that may write marketing mail to the same people on the same day: the caps would choose by chance."""
    pairs = combinations(sorted(journeys.items()), 2)
    return [found for (_, (document, one)), (_, (_, other)) in pairs for found in rivals_of(document, one, other)]


def rivals_of(document: Document, one: Journey, other: Journey) -> list[Finding]:
    """What `check_rivals` says of these two; `document` is the file of `one`."""
    if one["priority"] != other["priority"] or not _begin_together(one, other):
        return []
    day = min((day for entry in _ENTRIES for day in _mail_days(one, entry) & _mail_days(other, entry)), default=None)
    if day is None:
        return []
    names = f"{one['journey']} and {other['journey']}"
    what = f"{names} may write to the same people on day {day}, with the same priority"
    mend = "give them different priority:, or an audience: that keeps them apart"
    return [Finding(document.file, document.line_of(("trigger",)), what, mend)]


def same_mails(document: Document, journey: Journey, others: Iterable[Journey]) -> list[Finding]:
    """A warning for each marketing mail of `journey` that one of the `others` sends too to people who may be the same; `document` is its file."""
    beside = [other for other in others if _may_share_people(journey, other)]
    found = []
    for index, step in enumerate(journey["steps"]):
        senders = sorted(other["journey"] for other in beside if step["do"] == "send" and _mail(step) in _mails(other))
        if senders and step["class"] == MARKETING:
            what = f"the mail {step['template']!r} is sent by {', '.join(senders)} too: who is in both gets it twice"
            line = document.line_of(("steps", index, "template"))
            found.append(Finding(document.file, line, what, "send another one, or keep them apart by audience:"))
    return found


def _mails(journey: Journey) -> set[tuple[str, str]]:
    return {_mail(step) for step in journey["steps"] if step["do"] == "send"}


def _mail(step: Step) -> tuple[str, str]:
    return str(step["template"]), str(step.get("channel", ""))


def _may_share_people(one: Journey, other: Journey) -> bool:
    return bool(one["enabled"] and other["enabled"]) and not _exclude(one["audience"], other["audience"])


def _begin_together(one: Journey, other: Journey) -> bool:
    """Whether the same happening to the same person may start both. What cannot be told apart may."""
    return _may_share_people(one, other) and any(
        first["on"] == second["on"] and not _exclude(first.get("where"), second.get("where"))
        for first in one["triggers"]
        for second in other["triggers"]
    )


def _exclude(one: Any, other: Any) -> bool:
    """Whether two conditions can never both be true, as far as plain equalities that must hold tell."""
    mine, yours = dict(_must_be(one)), dict(_must_be(other))
    return any(field in yours and not values & yours[field] for field, values in mine.items())


def _must_be(condition: Any) -> Iterator[tuple[str, frozenset[str]]]:
    """(field, values) of the equalities without which the condition is false."""
    if isinstance(condition, list) or (isinstance(condition, Mapping) and "all" in condition):
        for part in condition if isinstance(condition, list) else condition["all"]:
            yield from _must_be(part)
    elif isinstance(condition, Mapping) and condition.get("op") in ("eq", "in"):
        values = condition["value"] if condition["op"] == "in" else [condition["value"]]
        yield condition["field"], frozenset(map(str, values))


def _mail_days(journey: Journey, entered: datetime) -> set[int]:
    """The days after the one of the entry on which marketing mail may go out: waits as long as they are for who enters then, an event at once or never."""
    days: set[int] = set()
    steps = {step["id"]: step for step in journey["steps"]}
    seen: set[tuple[str, datetime, frozenset[tuple[str, int]]]] = set()
    ahead = [(str(journey["steps"][0]["id"]), entered, frozenset[tuple[str, int]]())]
    while ahead and len(seen) < _MOST_STOPS:
        stop = name, moment, rounds = ahead.pop()
        step = steps.get(name)
        if step is None or stop in seen:
            continue
        seen.add(stop)
        if step["do"] == "send" and step["class"] == MARKETING:
            days.add((moment.date() - entered.date()).days)
        ahead += [(target, when, turns) for target, when, turns in _goes_on(journey, step, moment, dict(rounds))]
    return days


def _goes_on(
    journey: Journey, step: Step, moment: datetime, rounds: dict[str, int]
) -> Iterator[tuple[str, datetime, frozenset[tuple[str, int]]]]:
    """(step, when, rounds of each circle so far) of where somebody may be next."""
    ends = wait_ends(step, moment, lambda: UTC) if step["do"] == "wait" else moment
    for place, target in leads_to(journey, step):
        turns = rounds
        if step["do"] == "repeat" and place == ("goto",):
            turns = {**rounds, step["id"]: rounds.get(step["id"], 0) + 1}
            if turns[step["id"]] > step["times"]:
                continue
        yield target, ends, frozenset(turns.items())
        if place == ("then",):
            yield target, moment, frozenset(turns.items())
