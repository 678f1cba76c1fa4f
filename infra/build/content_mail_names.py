"""A mail names something that there is not: said in the words of who writes mails, with the line where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from shared.authoring.content_yaml import Document, Finding, Place
from shared.authoring.nearest import or_meant

# What is looked up by name: as it stands in a `to:` or a link, and how it comes into being.
_KINDS = {
    "assets": ("asset", "add it to assets: of a form"),
    "forms": ("form", "write forms/{name}.yaml"),
    "audience": ("group of audiences", "add it to emails/audiences.yaml"),
}


class Drawing(NamedTuple):
    """The MJML of a mail that has one of its own: its path under templates/ and its text."""

    file: str
    text: str


def unknown_name(
    document: Document, drawing: Drawing | None, source: str, context: Mapping[str, Any], said: str
) -> Finding | None:
    """What is wrong when rendering `source` failed with `said`; None when it is nothing about a name. `context`: what a mail may use."""
    found = re.search(r"'([^']+)' is undefined|has no attribute '([^']+)'", said)
    if not found:
        return None
    name = found[1] or found[2]
    owner = "" if found[1] else _owner(source, name)
    kind, mend = _KINDS.get(owner, ("", ""))
    inner = context.get(owner)
    known: Iterable[str] = context if not owner else inner if isinstance(inner, Mapping) else ()
    listed = f"choose one of {', '.join(map(str, known))}"
    what = f"there is no {kind} {name!r}" if kind else f"nothing is called {f'{owner}.{name}'.lstrip('.')!r} in a mail"
    file, line = _where(document, drawing, owner, kind, name)
    return Finding(
        file, line, what, or_meant(name, known, f"{listed}{f', or {mend.format(name=name)}' if mend else ''}")
    )


def _owner(source: str, name: str) -> str:
    """What the `name` is asked of: "assets" of ``assets.case`` and ``assets['case']``."""
    found = re.search(rf"\b(\w+)(?:\.|\[')({re.escape(name)})\b", source)
    return found[1] if found else ""


def _where(document: Document, drawing: Drawing | None, owner: str, kind: str, name: str) -> tuple[str, int]:
    """(file, line) of the first place that names it, in the words or else in the drawing; the words' first line when neither does."""
    written = rf"\b{owner}(\.|\[['\"]){re.escape(name)}\b" if owner else rf"\b{re.escape(name)}\b"
    pattern = re.compile(rf"{written}|\b{kind}/{re.escape(name)}(?![\w-])" if kind else written)
    for place, words in _texts(document.data, ()):
        if pattern.search(words):
            return document.file, document.line_of(place)
    for number, line in enumerate(drawing.text.splitlines() if drawing else (), 1):
        if drawing and pattern.search(line):
            return drawing.file, number
    return document.file, 1


def _texts(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping | list):
        for key, inner in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _texts(inner, (*place, key))
