"""Does a journey lead somewhere? Steps that nobody reaches, ways without an end, circles, and journeys that write to the same people at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from shared.authoring.content_yaml import Document, Finding, Place
from shared.authoring.nearest import or_meant
from shared.domain.journeys.graph import leads_to
from shared.domain.moments import parse_duration

Journey = Mapping[str, Any]
Step = Mapping[str, Any]
_END = ""
# Where a way leads of which the file does not say it.
_UNREAD = "?"
_LEADS = frozenset({"id", "do", "next", "goto", "else", "then", "timeout", "ways"})


def check_graph(document: Document, journey: Journey) -> None:
    """Every step exists, is reached, reaches an end, and no circle is without a wait or without a limit.

    `journey` is what of the document has the right shape. A way that leads nowhere is found whatever else is wrong; who reaches what is asked where
    all ways can be read.
    """
    steps = [_drawable(step, number) for number, step in enumerate(journey.get("steps", ()))]
    drawn, index = {**journey, "steps": steps}, {step["id"]: number for number, step in enumerate(steps)}
    ways = {step["id"]: [target for _, target in leads_to(drawn, step)] for step in steps}
    can_be_read = len(index) == len(steps) > 0 and not any(map(_is_of_the_graph, document.wrong))
    lost, endless = False, False
    for number, step in enumerate(steps):
        for place, target in leads_to(drawn, step):
            if target == _END:
                endless = True
                document.report(
                    ("steps", number),
                    "the journey has no end: nothing follows this step",
                    "finish it with {id: end, do: exit, reason: completed}",
                )
            elif target not in (*index, _UNREAD):
                lost = True
                mend = or_meant(target, index, f"choose one of {', '.join(index)}")
                document.report(("steps", number, *place), f"there is no step {target!r}", mend)
    if can_be_read and not lost:
        _check_reach(document, drawn, index, ways, asks_for_ends=not endless)
        _check_circles(document, drawn, index, ways)


def _drawable(step: Step, number: int) -> dict[str, Any]:
    """A step of which all may be missing as one that the graph can be drawn of: where it leads is `_UNREAD` when that is not written."""
    known = {"id": f"step {number + 1}", **step}
    if "do" not in step:
        return {"id": known["id"], "do": "", "next": _UNREAD}
    if known["do"] in ("branch", "split"):
        known["ways"] = [
            way if "goto" in way or known["do"] == "split" else {"goto": _UNREAD} for way in known.get("ways", ())
        ]
    if known["do"] == "repeat":
        known.setdefault("goto", _UNREAD)
    return known


def _is_of_the_graph(place: Place) -> bool:
    """Whether what is wrong at `place` may hide a step, or where one leads."""
    if place[:1] not in ((), ("steps",)):
        return False
    return len(place) < 3 or place[-1] in _LEADS or place[-2] == "ways"


def _reach(ways: Mapping[str, list[str]], start: str) -> set[str]:
    seen, ahead = set(), [start]
    while ahead:
        here = ahead.pop()
        if here not in seen:
            seen.add(here)
            ahead += ways.get(here, ())
    return seen


def _check_reach(
    document: Document, journey: Journey, index: Mapping[str, int], ways: dict[str, list[str]], *, asks_for_ends: bool
) -> None:
    ends = {step["id"] for step in journey["steps"] if step["do"] == "exit"}
    reached = _reach(ways, journey["steps"][0]["id"])
    for name, number in index.items():
        if name not in reached:
            document.report(
                ("steps", number),
                f"{name!r}: this step is never reached",
                "lead somebody here by goto: or next:, move it before the exit, or delete it",
            )
        elif asks_for_ends and not _reach(ways, name) & ends:
            document.report(("steps", number), f"from {name!r} there is no way out", "let a way lead to an exit")


def _check_circles(document: Document, journey: Journey, index: Mapping[str, int], ways: dict[str, list[str]]) -> None:
    """A circle needs a wait, or one move would never end; and a repeat, or a person would never get out."""
    for kind, what, mend in (
        ("wait", "runs in a circle without a wait", "put a wait between them"),
        ("repeat", "runs in a circle that nothing limits", "lead back by {do: repeat, goto: …, times: 4}"),
    ):
        kept = {name for name, number in index.items() if journey["steps"][number]["do"] != kind}
        inner = {name: [target for target in ways[name] if target in kept] for name in kept}
        for name in index:
            if name in kept and any(name in _reach(inner, target) for target in inner[name]):
                document.report(("steps", index[name]), f"{name!r} {what}", mend)
                break


# ---------------------------------------------------------------- journeys beside each other


def check_rivals(journeys: Mapping[str, tuple[Document, Journey]]) -> list[Finding]:
    """Two journeys of the same priority that may write marketing mail to the same people on the same day: the caps would choose by chance."""
    pairs = combinations(sorted(journeys.items()), 2)
    return [found for (_, (document, one)), (_, (_, other)) in pairs for found in rivals_of(document, one, other)]


def rivals_of(document: Document, one: Journey, other: Journey) -> list[Finding]:
    """What `check_rivals` says of these two; `document` is the file of `one`."""
    days = sorted(_marketing_days(one) & _marketing_days(other))
    if not days or one["priority"] != other["priority"] or not _may_meet(one, other):
        return []
    names = f"{one['journey']} and {other['journey']}"
    what = f"{names} may write to the same people on day {days[0]}, with the same priority"
    mend = "give them different priority:, or an audience: that keeps them apart"
    return [Finding(document.file, document.line_of(("trigger",)), what, mend)]


def _may_meet(one: Journey, other: Journey) -> bool:
    """Whether the same happening to the same person may start both. What cannot be told apart may."""
    if not (one["enabled"] and other["enabled"]) or _exclude(one["audience"], other["audience"]):
        return False
    return any(
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


def _marketing_days(journey: Journey) -> set[int]:
    """The days after the entry on which marketing mail may go out, every wait taken at its full length."""
    days: set[int] = set()
    seen: set[tuple[str, int]] = set()
    ahead = [(str(journey["steps"][0]["id"]), 0)]
    steps = {step["id"]: step for step in journey["steps"]}
    while ahead:
        name, day = ahead.pop()
        step = steps.get(name)
        if step is None or (name, day) in seen or len(seen) > 5000:
            continue
        seen.add((name, day))
        if step["do"] == "send" and step["class"] == "marketing":
            days.add(day)
        length = parse_duration(step.get("for") or step.get("at_most") or "0s").days if step["do"] == "wait" else 0
        # A circle is walked once: its second round is on another day, which says nothing new about rivals.
        ahead += [(target, day + length) for _, target in leads_to(journey, step) if step["do"] != "repeat" or target]
    return days
