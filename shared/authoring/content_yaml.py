"""YAML files with the line of every value, and the findings that point at them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

Place = tuple[str | int, ...]
# libyaml where it is there: ten times as fast, the same nodes.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is wrong in templates/: where, what, and how to mend it."""

    file: str
    line: int
    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}; {self.mend}"


@dataclass(slots=True)
class Document:
    """A YAML file as plain data. `file` is its path under templates/; `found` collects what is wrong with it, `wrong` the places."""

    file: str
    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    found: list[Finding] = field(default_factory=list)
    wrong: set[Place] = field(default_factory=set)

    def line_of(self, place: Place) -> int:
        """The line of the value at `place`, or of the nearest thing around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def report(self, place: Place, what: str, mend: str) -> None:
        """Notes a finding at `place`."""
        self.found.append(Finding(self.file, self.line_of(place), what, mend))
        self.wrong.add(place)

    def is_sound(self, place: Place) -> bool:
        """Whether nothing was found wrong at `place`, within it or around it."""
        return not any(each[: len(place)] == place or place[: len(each)] == each for each in self.wrong)

    def sound(self) -> Any:
        """The data without what was found wrong: of the right shape as far as it goes, so that more can be checked. What is wrong in a list becomes
        an empty mapping, because the others keep their places.
        """
        return _sound(self.data, (), self.wrong)


@lru_cache(maxsize=512)
def _composed(text: str) -> yaml.Node | None:
    """Nodes are only read: who compiles over and over while writing parses again what changed."""
    return yaml.compose(text, Loader=_LOADER)


def load(path: Path, root: Path) -> Document:
    """Reads `path`; what cannot be read is a finding of the document, whose data are then None."""
    file = str(path.relative_to(root))
    try:
        return parse(path.read_text(encoding="utf-8"), file)
    except UnicodeDecodeError as error:
        return Document(file, found=[Finding(file, 1, f"not UTF-8 ({error.reason})", "save it as UTF-8")])


def parse(text: str, file: str) -> Document:
    """Reads `text`, which is said to stand in `file`; what cannot be read is a finding, as in `load`."""
    document = Document(file)
    try:
        node = _composed(text)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        what = f"not readable as YAML ({getattr(error, 'problem', None) or error})"
        document.found.append(
            Finding(document.file, mark.line + 1 if mark else 1, what, "check indentation, quotes and colons")
        )
        return document
    if node is None:
        document.found.append(Finding(document.file, 1, "the file is empty", "write it, or delete the file"))
        return document
    document.data = _plain(node, (), document, yaml.SafeLoader(""))
    return document


def _sound(value: Any, place: Place, wrong: Collection[Place]) -> Any:
    if place in wrong:
        return {}
    if isinstance(value, dict):
        inner = {key: (*place, key) for key in value}
        return {key: _sound(value[key], there, wrong) for key, there in inner.items() if there not in wrong}
    if isinstance(value, list):
        return [_sound(inner, (*place, index), wrong) for index, inner in enumerate(value)]
    return value


# Deeper than any file of ours, and far from what the parser's own recursion bears.
_DEEPEST = 30


def is_plain(text: str) -> bool:
    """Whether a text of somebody signed in may be read at all: no aliases (a few lines of which stand for gigabytes), not too deep. What is no YAML is for
    `parse` to say.
    """
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST or isinstance(event, yaml.AliasEvent):
                return False
    except yaml.YAMLError:
        return True
    return True


def _plain(node: yaml.Node, place: Place, document: Document, scalars: yaml.SafeLoader) -> Any:
    document.lines[place] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, place, document, scalars)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, (*place, index), document, scalars) for index, child in enumerate(node.value)]
    return scalars.construct_object(node)


def _mapping(node: yaml.MappingNode, place: Place, document: Document, scalars: yaml.SafeLoader) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for key_node, value_node in node.value:
        # Keys are taken as written: NO is Norway, not false; "on" is a word.
        key = str(key_node.value)
        if key in plain:
            what, mend = f"{key!r} stands twice", "keep one of the two"
            document.found.append(Finding(document.file, key_node.start_mark.line + 1, what, mend))
        plain[key] = _plain(value_node, (*place, key), document, scalars)
        document.lines[(*place, key)] = key_node.start_mark.line + 1
    return plain
