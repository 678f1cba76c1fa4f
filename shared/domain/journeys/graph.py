"""A journey as a graph: where each step may lead, and how the graph is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.journey_counts import JourneyCounts
from shared.domain.journeys.plan import step_after

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


@dataclass(frozen=True, slots=True)
class Node:
    """A step in the picture: `waiting` stand there now, `passed` ever came by, which is `percent` of those who entered."""

    step: Step
    y: int
    waiting: int
    passed: int
    percent: int


@dataclass(frozen=True, slots=True)
class Edge:
    """A line from one step to another (`path` is SVG's), `label` says when it is taken, and stands at (`x`, `y`)."""

    path: str
    label: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Picture:
    """Steps from top to bottom in the order of the file; lines that skip some run along the right."""

    nodes: list[Node]
    edges: list[Edge]
    width: int
    height: int


BOX_WIDTH, BOX_HEIGHT, _ROW, _MARGIN, _LANE = 300, 46, 68, 8, 14


def picture_of(journey: Journey, counts: JourneyCounts) -> Picture:
    """The journey, drawn."""
    order = {step["id"]: index for index, step in enumerate(journey["steps"])}
    entered = counts.entered
    nodes = [
        Node(
            step,
            _MARGIN + index * _ROW,
            counts.at(step["id"]),
            counts.passed(step["id"]),
            round(100 * counts.passed(step["id"]) / entered) if entered else 0,
        )
        for index, step in enumerate(journey["steps"])
    ]
    jumps = [
        (order[step["id"]], order[target], _label(step, place))
        for step in journey["steps"]
        for place, target in leads_to(journey, step)
        if target in order
    ]
    edges = [_edge(begin, end, label, lane) for begin, end, label, lane in _in_lanes(jumps)]
    lanes = max((lane for *_, lane in _in_lanes(jumps)), default=0)
    return Picture(nodes, edges, _MARGIN * 2 + BOX_WIDTH + (lanes + 1) * _LANE + 24, _MARGIN * 2 + len(nodes) * _ROW)


def _label(step: Step, place: Place) -> str:
    """When a line is taken: the number of the branch's way, the name of the split's, what became of the wait."""
    if place[0] == "ways" and step["do"] == "split":
        return str(step["ways"][place[1]]["way"])
    if place[0] == "ways":
        return str(int(place[1]) + 1)
    return {"then": "✓", "timeout": "×", "else": "…", "goto": "↑"}.get(str(place[0]), "")


def _in_lanes(jumps: list[tuple[int, int, str]]) -> Iterator[tuple[int, int, str, int]]:
    """Each line with its lane: 0 for one to the step below, else the first lane at the right that is free between its ends."""
    taken: list[list[tuple[int, int]]] = []
    for begin, end, label in sorted(jumps, key=lambda jump: abs(jump[1] - jump[0])):
        if end == begin + 1:
            yield begin, end, label, 0
            continue
        low, high = sorted((begin, end))
        lane = next((n for n, spans in enumerate(taken) if all(high < a or b < low for a, b in spans)), len(taken))
        if lane == len(taken):
            taken.append([])
        taken[lane].append((low, high))
        yield begin, end, label, lane + 1


def _edge(begin: int, end: int, label: str, lane: int) -> Edge:
    right = _MARGIN + BOX_WIDTH
    if lane == 0:
        x, top = _MARGIN + 40, _MARGIN + begin * _ROW + BOX_HEIGHT
        return Edge(f"M{x} {top}V{top + _ROW - BOX_HEIGHT}", label, x + 8, top + 15)
    start, stop = _MARGIN + begin * _ROW + 30, _MARGIN + end * _ROW + 16
    bend = right + 10 + lane * _LANE
    return Edge(f"M{right} {start}H{bend}V{stop}H{right}", label, right + 4 + (lane - 1) * _LANE, start - 4)
