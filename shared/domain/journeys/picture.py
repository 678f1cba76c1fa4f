"""A journey drawn: boxes from top to bottom in the order of the file, ways that part and meet again side by side, lines between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.domain.journeys.graph import Place, leads_to

Journey = Mapping[str, Any]


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
    """Boxes in the order of the file (`lefts`, `tops`: where each begins); lines that skip some run along the right."""

    lefts: list[int]
    tops: list[int]
    edges: list[Edge]
    width: int
    height: int


BOX_WIDTH, GAP, MARGIN, _LANE = 320, 30, 4, 14
_COLUMN = BOX_WIDTH + 40
# How far from its left a box is entered from above and left below, and from its top entered from the side.
_DOWN, _SIDE = 40, 16


@dataclass(frozen=True, slots=True)
class _Jump:
    begin: int
    end: int
    out: tuple[int, str] | None


@dataclass(frozen=True, slots=True)
class _Fan:
    """Ways that part at the box above `chains` and meet in the one below: each chain is a run of boxes with one way in and one way out."""

    chains: list[range]

    @property
    def meets(self) -> int:
        return self.chains[-1].stop


@dataclass(slots=True)
class _Places:
    """Where boxes stand: the column of each, and how far down it begins."""

    boxes: Sequence[Box]
    columns: list[int]
    tops: list[int]
    meets: dict[int, int]

    def left(self, box: int) -> int:
        return MARGIN + self.columns[box] * _COLUMN

    def bottom(self, box: int) -> int:
        return self.tops[box] + self.boxes[box].height

    def right_of(self, boxes: range) -> int:
        """Where nothing stands at the right of these."""
        return max(self.left(box) for box in boxes) + BOX_WIDTH


def picture_of(journey: Journey, boxes: Sequence[Box]) -> Picture:
    """The journey, drawn: the first box is its beginning, then one for each step."""
    order = {box.step: index for index, box in enumerate(boxes)}
    jumps = [_Jump(0, 1, None)] + [
        _Jump(order[step["id"]], order[target], boxes[order[step["id"]]].outs.get(place))
        for step in journey["steps"]
        for place, target in leads_to(journey, step)
        if target in order
    ]
    places = _placed(boxes, jumps)
    near, far = _parted(_joined(jumps), places)
    laid = list(_in_lanes(far))
    edges = [_short(jump, places) for jump in near] + [_long(jump, lane, places) for jump, lane in laid]
    rights = [places.right_of(range(len(boxes)))] + [_bend(jump, lane, places) for jump, lane in laid]
    height = max(places.bottom(box) for box in range(len(boxes))) + MARGIN
    return Picture(
        [places.left(box) for box in range(len(boxes))], places.tops, edges, max(rights) + MARGIN + 8, height
    )


# ---------------------------------------------------------------- where boxes stand


def _placed(boxes: Sequence[Box], jumps: Sequence[_Jump]) -> _Places:
    places = _Places(boxes, [0] * len(boxes), [0] * len(boxes), {})
    fans = {fan.chains[0].start: fan for fan in _fans(len(boxes), jumps)}
    box, top = 0, MARGIN
    while box < len(boxes):
        fan = fans.get(box) or _Fan([range(box, box + 1)])
        lowest = top
        for column, chain in enumerate(fan.chains):
            here = top
            for each in chain:
                places.columns[each], places.tops[each] = column, here
                here += boxes[each].height + GAP
            lowest = max(lowest, here)
            if box in fans:
                places.meets[chain[-1]] = fan.meets
        box, top = fan.meets, lowest
    return places


def _fans(count: int, jumps: Sequence[_Jump]) -> Iterator[_Fan]:
    """Where ways part into runs that stand one after the other in the file and all lead to the box behind the last of them."""
    outs = {box: {jump.end for jump in jumps if jump.begin == box} for box in range(count)}
    ins = {box: {jump.begin for jump in jumps if jump.end == box} for box in range(count)}
    begin = 0
    while begin < count:
        chains, start = list[range](), begin + 1
        while start in outs[begin] and ins[start] == {begin}:
            end = start
            while outs[end] == {end + 1} and ins[end + 1] == {end}:
                end += 1
            chains.append(range(start, end + 1))
            start = end + 1
        meets = chains[-1].stop if chains else count
        if len(chains) > 1 and meets < count and all(outs[chain[-1]] == {meets} for chain in chains):
            yield _Fan(chains)
            begin = meets
        else:
            begin += 1


# ---------------------------------------------------------------- lines


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


def _parted(jumps: Sequence[_Jump], places: _Places) -> tuple[list[_Jump], list[_Jump]]:
    """(lines to the next row, lines that skip some)."""
    near, far = list[_Jump](), list[_Jump]()
    for jump in jumps:
        is_next = jump.end == jump.begin + 1 or places.meets.get(jump.begin) == jump.end or places.columns[jump.end]
        (near if is_next else far).append(jump)
    return near, far


def _in_lanes(jumps: Sequence[_Jump]) -> Iterator[tuple[_Jump, int]]:
    """Each line with the first lane at the right that is free between its ends, from 1."""
    taken: list[list[tuple[int, int]]] = []
    for jump in sorted(jumps, key=lambda jump: abs(jump.end - jump.begin)):
        low, high = sorted((jump.begin, jump.end))
        lane = next((n for n, spans in enumerate(taken) if all(high < a or b < low for a, b in spans)), len(taken))
        if lane == len(taken):
            taken.append([])
        taken[lane].append((low, high))
        yield jump, lane + 1


def _short(jump: _Jump, places: _Places) -> Edge:
    """Down; to a box further right first along the row above it, from one further right back to the side of where ways meet."""
    begin, end = places.left(jump.begin), places.left(jump.end)
    label, top, bottom = jump.out[1] if jump.out else "", places.tops[jump.end], places.bottom(jump.begin)
    if begin == end:
        return Edge(f"M{begin + _DOWN} {bottom}V{top}", label, begin + _DOWN + 10, bottom + 19)
    if begin < end:
        start = places.tops[jump.begin] + (jump.out[0] if jump.out else places.boxes[jump.begin].height // 2)
        return Edge(f"M{begin + BOX_WIDTH} {start}H{end + _DOWN}V{top}", label, end + _DOWN + 10, top - 11)
    return Edge(f"M{begin + _DOWN} {bottom}V{top + _SIDE}H{end + BOX_WIDTH}", label, begin + _DOWN + 10, bottom + 19)


def _long(jump: _Jump, lane: int, places: _Places) -> Edge:
    box = places.boxes[jump.begin]
    down = jump.out[0] if jump.out else box.height // 2
    start, stop = places.tops[jump.begin] + down, places.tops[jump.end] + _SIDE
    out, back = places.left(jump.begin) + BOX_WIDTH, places.left(jump.end) + BOX_WIDTH
    # What is said of a way stands in the box, beside which its line begins.
    return Edge(f"M{out} {start}H{_bend(jump, lane, places)}V{stop}H{back}", "", out, start)


def _bend(jump: _Jump, lane: int, places: _Places) -> int:
    """How far right a line runs that skips boxes: beyond those that it passes."""
    low, high = sorted((jump.begin, jump.end))
    return places.right_of(range(low, high + 1)) + 10 + lane * _LANE
