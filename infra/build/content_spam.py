"""Words in mails and messages that filters and readers distrust (templates/policies/spam_words.yaml). They warn; nothing is refused for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from shared.authoring.content_shapes import LOCALES
from shared.authoring.content_yaml import Finding, load

_SHOUTING = re.compile(r"[!！]{2,}|\b(?:[A-Z]{4,}\s+){2,}[A-Z]{4,}\b")
_LATER = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")


def suspicious_words(root: Path) -> list[Finding]:
    """A warning for each suspicious word of each mail and message to people outside, with its line."""
    listed = load(root / "policies" / "spam_words.yaml", root).data
    found: list[Finding] = []
    for place in sorted((root / "emails").glob("[!_]*/mail.yaml")):
        head = load(place, root).data
        if isinstance(head, dict) and head.get("class") != "internal":
            for locale in LOCALES:
                found += _in_file(place.with_name(f"{locale}.yaml"), root, listed[locale])
    for path in sorted((root / "messages").glob("*.yaml")):
        # Both languages stand in one file; a word of one is none of the other.
        found += dict.fromkeys(each for locale in LOCALES for each in _in_file(path, root, listed[locale]))
    return found


def _in_file(path: Path, root: Path, words: list[str]) -> Iterator[Finding]:
    if not path.is_file():
        return
    patterns = [(word, _pattern(word)) for word in words]
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        said = "" if line.lstrip().startswith("#") else _LATER.sub(" ", line)
        for word, pattern in patterns:
            if pattern.search(said):
                what = f"the word {word!r} makes mail filters suspicious"
                yield Finding(str(path.relative_to(root)), number, what, "say it plainly, or keep it knowingly")
        if _SHOUTING.search(said):
            yield Finding(str(path.relative_to(root)), number, "this shouts", "write it without !! and capitals")


def _pattern(word: str) -> re.Pattern[str]:
    escaped = re.escape(word)
    bounded = rf"(?<![\w-]){escaped}(?![\w-])" if word.isascii() else escaped
    return re.compile(bounded, re.IGNORECASE)
