"""Contrast of the colours that a compiled mail gives, by day and by night (WCAG 2.2: 4.5 at least for text).

Understands what MJML writes: inline ``color`` and ``background``, and rules ``.a``, ``.a tag``, ``.a > tag`` (also several ``>``) under
``prefers-color-scheme: dark``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser

LEAST = 4.5
_DARK = re.compile(r"@media\s*\(prefers-color-scheme:\s*dark\)\s*\{((?:[^{}]*\{[^{}]*\})*)\s*\}")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_VOID = {"img", "br", "hr", "meta", "link", "input"}


@dataclass(slots=True)
class _Element:
    tag: str
    classes: frozenset[str]
    colour: str
    ground: str
    hidden: bool


@dataclass(slots=True)
class _Rule:
    steps: list[tuple[str, bool]]  # (simple selector, is the parent of the next)
    declared: dict[str, str] = field(default_factory=dict)


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb`` or ``#rgb``."""
    digits = colour.lstrip("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    channels = [int(digits[index : index + 2], 16) / 255 for index in (0, 2, 4)]
    linear = [value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@lru_cache(maxsize=64)
def weak_contrasts(source: str) -> tuple[str, ...]:
    """What cannot be read well in an HTML mail, one line per pair of colours. Kept, because templates are compiled over and over
    while they are written, and most of them stay the same.
    """
    found = []
    for scheme, rules in (("light", []), ("dark", _dark_rules(source))):
        reader = _ColourReader(rules, ("#000000", "#ffffff") if scheme == "light" else ("#eeeeee", "#111111"))
        reader.feed(source)
        for (colour, ground), sample in sorted(reader.pairs.items()):
            ratio = contrast(colour, ground)
            if ratio < LEAST:
                found.append(f"{colour} on {ground} has a contrast of {ratio:.1f} in the {scheme} scheme ({sample!r})")
    return tuple(found)


def _dark_rules(source: str) -> list[_Rule]:
    rules = []
    for block in _DARK.findall(source):
        for selectors, body in _RULE.findall(block):
            declared = _declarations(body)
            for selector in selectors.split(","):
                words = selector.replace(">", " > ").split()
                steps = [
                    (word, index + 1 < len(words) and words[index + 1] == ">")
                    for index, word in enumerate(words)
                    if word != ">"
                ]
                rules.append(_Rule(steps, declared))
    return rules


def _declarations(style: str) -> dict[str, str]:
    declared = {}
    for part in style.split(";"):
        name, _, value = part.partition(":")
        declared[name.strip().lower()] = value.replace("!important", "").strip().lower()
    return declared


class _ColourReader(HTMLParser):
    def __init__(self, rules: list[_Rule], page: tuple[str, str]) -> None:
        super().__init__(convert_charrefs=True)
        self.pairs: dict[tuple[str, str], str] = {}
        self._rules = rules
        self._stack = [_Element("", frozenset(), page[0], page[1], False)]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return
        given = {name: value or "" for name, value in attrs}
        parent = self._stack[-1]
        style = _declarations(given.get("style", ""))
        hidden = parent.hidden or style.get("display") == "none" or tag in ("style", "title", "head", "script")
        element = _Element(tag, frozenset(given.get("class", "").split()), parent.colour, parent.ground, hidden)
        self._stack.append(element)
        for declared in (style, *(rule.declared for rule in self._rules if self._matches(rule))):
            element.colour = _hex(declared.get("color", "")) or element.colour
            element.ground = (
                _hex(declared.get("background-color", "")) or _hex(declared.get("background", "")) or element.ground
            )

    def _matches(self, rule: _Rule) -> bool:
        return self._fits(rule.steps, len(self._stack) - 1)

    def _fits(self, steps: list[tuple[str, bool]], at: int) -> bool:
        if not _is(self._stack[at], steps[-1][0]):
            return False
        if len(steps) == 1:
            return True
        outer = (at - 1,) if steps[-2][1] else range(at - 1, 0, -1)
        return any(index > 0 and self._fits(steps[:-1], index) for index in outer)

    def handle_endtag(self, tag: str) -> None:
        if tag in {element.tag for element in self._stack}:
            while self._stack.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        element = self._stack[-1]
        if data.strip() and not element.hidden:
            self.pairs.setdefault((element.colour, element.ground), data.strip()[:24])


def _is(element: _Element, selector: str) -> bool:
    return selector[1:] in element.classes if selector.startswith(".") else element.tag == selector


def _hex(value: str) -> str:
    found = re.search(r"#(?:[0-9a-f]{6}|[0-9a-f]{3})\b", value)
    return found[0] if found else ""
