"""Does a journey lead somewhere? Steps that nobody reaches, ways without an end, circles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.authoring.content_yaml import Document, Place
from shared.authoring.nearest import or_meant
from shared.domain.journeys.graph import leads_to

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
