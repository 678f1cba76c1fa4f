"""What a job title says: seniority and department, by a table that marketers keep (templates/scoring/titles.yaml)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from shared.domain.text import fold as fold  # how titles and patterns are compared

# Letters and digits make words, and what names of jobs are written with: "c++", "r&d".
_IN_WORDS = "_&+"


def _is_chinese(char: str) -> bool:
    # No expression: compiling a class of so many characters takes longer than all the rest of a cold start's imports of ours.
    return "⺀" <= char <= "鿿" or "豈" <= char <= "﫿"


@lru_cache(maxsize=8192)
def _prepared(pattern: str) -> tuple[str, bool]:
    """(the pattern as it is looked for, whether it is Chinese).

    Chinese has no word borders; Latin needs them, or "cto" is found in "director". Words are compared as text between spaces: a table has a
    thousand patterns, and compiling as many expressions takes seconds.
    """
    folded = fold(pattern)
    return (folded, True) if any(map(_is_chinese, folded)) else (f" {_words(folded)} ", False)


def _words(folded: str) -> str:
    """The words with single spaces between; Chinese parts them like a space: 集团CTO."""
    kept = (char if (char.isalnum() or char in _IN_WORDS) and not _is_chinese(char) else " " for char in folded)
    return " ".join("".join(kept).split())


def _longest(title: str, between_spaces: str, patterns: Sequence[str]) -> int:
    longest = 0
    for pattern in patterns:
        text, chinese = _prepared(pattern)
        if len(pattern) > longest and text in (title if chinese else between_spaces):
            longest = len(pattern)
    return longest


def classify(title: str, table: Mapping[str, Sequence[str]], negations: Sequence[str] = ()) -> str:
    """The class whose longest pattern fits best, "" when none does.

    A title with one of `negations` ("assistant to", 助理) is nobody's rank but its own, so it is "" too.
    """
    folded = fold(title)
    between_spaces = f" {_words(folded)} "
    if not folded or _longest(folded, between_spaces, negations):
        return ""
    fits = ((_longest(folded, between_spaces, patterns), name) for name, patterns in table.items())
    length, name = max(fits, default=(0, ""))
    return name if length else ""


class _VerySame:
    """A table of titles as a key: only the very same one is equal to it."""

    __slots__ = ("table",)

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.table = table

    def __hash__(self) -> int:
        return id(self.table)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _VerySame) and self.table is other.table


def rank_of(title: str, titles: Mapping[str, Any]) -> tuple[str, str]:
    """(seniority, department) by the whole table. Remembered: whatever happens to a person asks for their title some five times."""
    return _rank(title, _VerySame(titles))


@lru_cache(maxsize=4096)
def _rank(title: str, titles: _VerySame) -> tuple[str, str]:
    table = titles.table
    negations = table.get("negations", ())
    return classify(title, table["levels"], negations), classify(title, table.get("departments", {}), negations)
