"""The picture of a journey: every step as a box of lines that fit into it, in words, with the people and mails that came by."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from functions.admin.journey_words import Journey, Step, Teller, Told
from functions.admin.views import Words
from shared.domain.journey_counts import JourneyCounts
from shared.domain.journeys.graph import Place
from shared.domain.journeys.picture import BOX_WIDTH, Box, picture_of
from shared.domain.mail_counts import MailCounts, Tally

_PADDING, _TOP, _LINE, _FOOT = 12, 20, 18, 10
_ROOM = BOX_WIDTH - 2 * _PADDING
# How wide a letter of the console's font is at 13 px, roughly: East Asian ones are square.
_WIDE, _NARROW, _CAPITAL = 13.2, 6.5, 8.6


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a box; `kind` is its class in the style sheet."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class _Laid:
    """The lines of a box, and the index of the line at which each way leaves it."""

    lines: Sequence[Line]
    outs: Mapping[Place, tuple[int, str]]

    @property
    def height(self) -> int:
        return _TOP + (len(self.lines) - 1) * _LINE + _FOOT

    def box(self, step: str) -> Box:
        outs = {place: (_TOP + index * _LINE - 4, short) for place, (index, short) in self.outs.items()}
        return Box(step, self.height, outs)


def draw(journey: Journey, counts: JourneyCounts, mails: MailCounts, teller: Teller) -> dict[str, Any]:
    """What the page draws: boxes with lines, edges, the size of the whole."""
    start = _lay(teller.start(), [])
    laid = [_lay(teller.step(step), _figures(step, counts, mails, teller.words)) for step in journey["steps"]]
    boxes = [start.box(""), *(each.box(step["id"]) for each, step in zip(laid, journey["steps"], strict=True))]
    picture = picture_of(journey, boxes)
    corners = zip(picture.lefts, picture.tops, strict=True)
    nodes = [
        _node(each, left, top, step)
        for each, (left, top), step in zip([start, *laid], corners, [None, *journey["steps"]], strict=True)
    ]
    return {
        "nodes": nodes,
        "edges": picture.edges,
        "width": picture.width,
        "height": picture.height,
        "box_width": BOX_WIDTH,
    }


def _node(laid: _Laid, left: int, top: int, step: Step | None) -> dict[str, Any]:
    return {
        "kind": step["do"] if step else "start",
        "id": step["id"] if step else "",
        "mail": step["template"] if step and step["do"] == "send" and step.get("channel", "email") == "email" else "",
        "left": left,
        "y": top,
        "height": laid.height,
        "x": left + _PADDING,
        "lines": [
            {"text": line.text, "kind": line.kind, "y": top + _TOP + index * _LINE}
            for index, line in enumerate(laid.lines)
        ],
    }


def _figures(step: Step, counts: JourneyCounts, mails: MailCounts, words: Words) -> list[Line]:
    passed, waiting = counts.passed(step["id"]), counts.at(step["id"])
    if not counts.entered:
        return []
    percent = round(100 * passed / counts.entered)
    lines = [Line(words("way.numbers_1" if passed == 1 else "way.numbers", n=passed, percent=percent), "many")]
    if step["do"] == "send" and (said := tally_text(mails.of(step["id"]), words)):
        lines += [Line(text, "mails") for text in wrapped(said)]
    return lines + ([Line(words("journeys.waiting", n=waiting), "here")] if waiting else [])


def tally_text(tally: Tally, words: Words) -> str:
    """``118 sent · 40 opened (34 %) · 12 clicked (10 %)``; "" before the first mail."""
    if tally.sent <= 0:
        return ""
    opened, clicked = (f"{100 * count / tally.sent:.0f}" for count in (tally.opened, tally.clicked))
    return words(
        "way.mails",
        sent=tally.sent,
        opened=tally.opened,
        opened_percent=opened,
        clicked=tally.clicked,
        clicked_percent=clicked,
    )


def _lay(told: Told, figures: Sequence[Line]) -> _Laid:
    lines = [Line(text, "name") for text in wrapped(told.title)]
    lines += [Line(text, "what") for line in told.lines for text in wrapped(line)]
    outs: dict[Place, tuple[int, str]] = {}
    for way in told.ways:
        outs[way.place] = (len(lines), way.short)
        lines += [Line(text, "way") for text in wrapped(way.said)]
    return _Laid([*lines, *figures], outs)


def wrapped(text: str, room: float = _ROOM) -> list[str]:
    """`text` in lines that fit into a box: broken between words, in Chinese between signs but never before a closing one."""
    lines, line = [], ""
    for piece in _pieces(text):
        if line and _width(line + piece.rstrip()) > room:
            lines.append(line.rstrip())
            line = ""
        line += piece
    return [*lines, line.rstrip()] if line.strip() else lines or [""]


def _pieces(text: str) -> Iterator[str]:
    """What must not be broken: words with the blank behind them, single signs of scripts without blanks with what closes behind them."""
    piece = ""
    for sign in text:
        breaks = piece.endswith(" ") or (piece and (_is_wide(sign) or _is_wide(piece[-1])))
        if piece and breaks and not _stays(piece, sign):
            yield piece
            piece = ""
        piece += sign
    # A word that is longer than a box is cut.
    while _width(piece) > _ROOM:
        yield piece[:_LONGEST]
        piece = piece[_LONGEST:]
    if piece:
        yield piece


_LONGEST = 24
_CLOSING, _OPENING = "”’）》」』】，。、；：！？％%)]},.;:!?", "“‘（《「『【([{"


def _stays(piece: str, sign: str) -> bool:
    return sign in _CLOSING or piece[-1] in _OPENING


def _is_wide(sign: str) -> bool:
    return unicodedata.east_asian_width(sign) in "WF"


def _width(text: str) -> float:
    return sum(_WIDE if _is_wide(sign) else _CAPITAL if sign.isupper() else _NARROW for sign in text)
