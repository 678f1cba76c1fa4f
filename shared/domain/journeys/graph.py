"""A journey as a graph: where each step may lead, and how the graph is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.domain.journeys.plan import step_after, step_of

Journey = Mapping[str, Any]
Step = Mapping[str, Any]
Place = tuple[str | int, ...]


def leads_to(journey: Journey, step: Step) -> Iterator[tuple[Place, str]]:
    """(place within the step, step) of everywhere that a step may lead; "" is the end."""
    match step["do"]:
        case "exit":
            return
        case "branch":
            yield from ((("ways", index, "goto"), way["goto"]) for index, way in enumerate(step["ways"]))
            yield ("else",), step.get("else") or step_after(journey, step)
        case "split":
            for index, way in enumerate(step["ways"]):
                yield ("ways", index, "goto"), way.get("goto") or step_after(journey, step)
        case "repeat":
            yield ("goto",), step["goto"]
            yield ("next",), step_after(journey, step)
        case "wait" if "event" in step:
            yield ("then",), step.get("then") or step_after(journey, step)
            yield ("timeout",), step.get("timeout") or step_after(journey, step)
        case _:
            yield ("next",), step_after(journey, step)


def first_mail(journey: Journey, split: Step, index: int) -> str:
    """The first mail that whoever draws the way at `index` of `split` may get: what the ways are compared by. "" when there is none."""
    ahead, seen = [dict(leads_to(journey, split))["ways", index, "goto"]], set[str]()
    while ahead:
        step = step_of(journey, ahead.pop(0))
        if step is None or step["id"] in seen:
            continue
        if step["do"] == "send":
            return str(step["id"])
        seen.add(step["id"])
        ahead += [target for _, target in leads_to(journey, step)]
    return ""


@dataclass(frozen=True, slots=True)
class Box:
    """What is drawn for one step (`step` "" is the beginning): how high it is, and how far below its top each of several ways leaves it, with what is said
    at the line.
    """

    step: str
    height: int
    outs: Mapping[Place, tuple[int, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Edge:
    """A line from one box to another (`path` is SVG's), `label` says when it is taken, and stands at (`x`, `y`)."""

    path: str
    label: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Picture:
    """Boxes from top to bottom in the order of the file (`tops`: where each begins); lines that skip some run along the right."""

    tops: list[int]
    edges: list[Edge]
    width: int
    height: int


BOX_WIDTH, GAP, MARGIN, _LANE = 320, 30, 4, 14


@dataclass(frozen=True, slots=True)
class _Jump:
    begin: int
    end: int
    out: tuple[int, str] | None


def picture_of(journey: Journey, boxes: Sequence[Box]) -> Picture:
    """The journey, drawn: the first box is its beginning, then one for each step."""
    order = {box.step: index for index, box in enumerate(boxes)}
    tops = [MARGIN]
    for box in boxes:
        tops.append(tops[-1] + box.height + GAP)
    jumps = [_Jump(0, 1, None)] + [
        _Jump(order[step["id"]], order[target], boxes[order[step["id"]]].outs.get(place))
        for step in journey["steps"]
        for place, target in leads_to(journey, step)
        if target in order
    ]
    laid = list(_in_lanes(_joined(jumps)))
    edges = [_edge(jump, lane, boxes, tops) for jump, lane in laid]
    lanes = max((lane for _, lane in laid), default=0)
    return Picture(tops[:-1], edges, MARGIN * 2 + BOX_WIDTH + (lanes + 1) * _LANE + 8, tops[-1] - GAP + MARGIN)


def _joined(jumps: Sequence[_Jump]) -> list[_Jump]:
    """Ways of one box that all lead to the one below it are one line."""
    down: dict[int, list[_Jump]] = {}
    for jump in jumps:
        if jump.end == jump.begin + 1:
            down.setdefault(jump.begin, []).append(jump)
    one = [
        _Jump(begin, begin + 1, (0, ", ".join(dict.fromkeys(each.out[1] for each in ways if each.out))))
        for begin, ways in down.items()
    ]
    return one + [jump for jump in jumps if jump.end != jump.begin + 1]


def _in_lanes(jumps: list[_Jump]) -> Iterator[tuple[_Jump, int]]:
    """Each line with its lane: 0 for one to the step below, else the first lane at the right that is free between its ends."""
    taken: list[list[tuple[int, int]]] = []
    for jump in sorted(jumps, key=lambda jump: abs(jump.end - jump.begin)):
        if jump.end == jump.begin + 1:
            yield jump, 0
            continue
        low, high = sorted((jump.begin, jump.end))
        lane = next((n for n, spans in enumerate(taken) if all(high < a or b < low for a, b in spans)), len(taken))
        if lane == len(taken):
            taken.append([])
        taken[lane].append((low, high))
        yield jump, lane + 1


def _edge(jump: _Jump, lane: int, boxes: Sequence[Box], tops: Sequence[int]) -> Edge:
    right, box = MARGIN + BOX_WIDTH, boxes[jump.begin]
    down, label = jump.out or (box.height // 2, "")
    if lane == 0:
        x, bottom = MARGIN + 40, tops[jump.begin] + box.height
        return Edge(f"M{x} {bottom}V{tops[jump.end]}", label, x + 10, bottom + 19)
    start, stop, bend = tops[jump.begin] + down, tops[jump.end] + 16, right + 10 + lane * _LANE
    # What is said of a way stands in the box, beside which its line begins.
    return Edge(f"M{right} {start}H{bend}V{stop}H{right}", "", right, start)
