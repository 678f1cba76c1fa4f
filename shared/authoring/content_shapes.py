"""Shapes that content must have: small checks that combine. A shape is called with a document, a place in it and the value there."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from shared.authoring.content_yaml import Document, Place
from shared.authoring.nearest import or_meant
from shared.domain.condition_fields import Vocabulary, named, problems

Shape = Callable[[Document, Place, Any], None]

LOCALES = ("en", "zh")


def anything(document: Document, place: Place, value: Any) -> None:
    """Accepts every value."""


def text(pattern: str = "", example: str = "", *, empty: bool = False) -> Shape:
    """A text, matching `pattern` when there is one; `example` tells how it should look."""

    def check(document: Document, place: Place, value: Any) -> None:
        if not isinstance(value, str):
            document.report(place, f"{_name(place)} should be a text, not {_shown(value)}", "put it in quotes")
        elif not empty and not value.strip():
            document.report(place, f"{_name(place)} is empty", "write it, or leave the key out where it is optional")
        elif pattern and not re.fullmatch(pattern, value):
            document.report(place, f"{_name(place)} is {_shown(value)}", f"write it like {example}")

    return check


def choice(*allowed: str) -> Shape:
    """One of the `allowed` words."""

    def check(document: Document, place: Place, value: Any) -> None:
        if value not in allowed:
            document.report(
                place,
                f"{_name(place)} is {_shown(value)}",
                or_meant(value, allowed, f"choose one of {', '.join(allowed)}"),
            )

    return check


def number(low: float, high: float) -> Shape:
    """A whole number from `low` to `high`."""

    def check(document: Document, place: Place, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            document.report(
                place, f"{_name(place)} is {_shown(value)}", f"write a whole number from {low:g} to {high:g}"
            )

    return check


def amount(high: float) -> Shape:
    """An amount of money, in US dollars, from 0 to `high`."""

    def check(document: Document, place: Place, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= high:
            document.report(place, f"{_name(place)} is {_shown(value)}", f"write an amount from 0 to {high:g}")

    return check


def boolean(document: Document, place: Place, value: Any) -> None:
    """true or false."""
    if not isinstance(value, bool):
        document.report(place, f"{_name(place)} is {_shown(value)}", "write true or false")


def optional(shape: Shape) -> Shape:
    """`shape`, or null."""

    def check(document: Document, place: Place, value: Any) -> None:
        if value is not None:
            shape(document, place, value)

    return check


def listing(shape: Shape, *, least: int = 0) -> Shape:
    """A list of `shape`, with at least `least` entries."""

    def check(document: Document, place: Place, value: Any) -> None:
        if not isinstance(value, list):
            document.report(place, f"{_name(place)} should be a list", "begin each entry with '- '")
            return
        if len(value) < least:
            document.report(place, f"{_name(place)} has {len(value)} entries", f"write at least {least}")
        for index, entry in enumerate(value):
            shape(document, (*place, index), entry)

    return check


def record(required: Mapping[str, Shape], also: Mapping[str, Shape] | None = None) -> Shape:
    """A mapping with exactly the `required` keys, and perhaps those of `also`."""
    shapes = {**required, **(also or {})}

    def check(document: Document, place: Place, value: Any) -> None:
        if not isinstance(value, dict):
            document.report(place, f"{_name(place)} should be a mapping", f"write the keys {', '.join(required)}")
            return
        for key in value:
            if key not in shapes:
                mend = or_meant(key, shapes, f"known here: {', '.join(shapes)}")
                document.report((*place, key), f"unknown key {key!r}", mend)
        for key in required:
            if key not in value:
                document.report((*place, key), f"{_name(place)} has no {key!r}", f"add {key}:")
        for key, shape in shapes.items():
            if key in value:
                shape(document, (*place, key), value[key])

    return check


def mapping(key_pattern: str, example: str, shape: Shape) -> Shape:
    """A mapping with free keys that match `key_pattern`."""

    def check(document: Document, place: Place, value: Any) -> None:
        if not isinstance(value, dict):
            document.report(place, f"{_name(place)} should be a mapping", f"write keys like {example}")
            return
        for key, entry in value.items():
            if not re.fullmatch(key_pattern, key):
                document.report((*place, key), f"the key {key!r} is not understood", f"write it like {example}")
            shape(document, (*place, key), entry)

    return check


def localized(shape: Shape | None = None) -> Shape:
    """The same thing in every locale: a missing translation is a finding."""
    return record(dict.fromkeys(LOCALES, shape or text()))


def condition(fields: Collection[str] | Vocabulary) -> Shape:
    """A condition of the one language over `fields` (names of the field table), or over a whole vocabulary."""
    vocabulary = fields if isinstance(fields, Vocabulary) else Vocabulary(named(fields))

    def check(document: Document, place: Place, value: Any) -> None:
        for problem in problems(value, vocabulary):
            is_field = problem.path[-1:] == ("field",)
            mend = or_meant(_at(value, problem.path), vocabulary.fields, problem.mend) if is_field else problem.mend
            document.report((*place, *problem.path), problem.what, mend)

    return check


def _at(value: Any, path: Place) -> Any:
    for key in path:
        value = value[key]
    return value


def _name(place: Place) -> str:
    return ".".join(map(str, place)) or "the file"


def _shown(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}…"


# ---------------------------------------------------------------- what many files have

ID_PATTERN = r"[a-z0-9]+([_-][a-z0-9]+)*"
ID = text(ID_PATTERN, "white-paper or white_paper")
DURATION = text(r"(\d+[wdhms])+", "3d, 40h or 1d12h")

CONVERSION_POINTS = (
    "whitepaper_download",
    "brochure_download",
    "event_signup",
    "webinar_signup",
    "demo_signup",
    "quote_request",
    "consultation_request",
    "free_trial",
    "registration",
)
