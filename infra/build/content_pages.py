"""Checks templates/pages: every page parses, its words exist in every locale, nothing is loaded from elsewhere."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2

from shared.authoring.content_shapes import LOCALES
from shared.authoring.content_yaml import Document, Finding, load

_WORD = re.compile(r"\bt\.([a-z0-9_]+)")
_FOREIGN = re.compile(r"""(?:src|href)=["'](?:https?:)?//[^"']+|url\(["']?(?:https?:)?//|@import""")
_TICKED = re.compile(r"""<input[^>{]*type=["']checkbox["'][^>{]*\bchecked\b""")

# The words of the public pages, and those of the console (their keys have a dot in them, so the two never meet).
TEXT_FOLDERS = ("pages/texts", "pages/console/texts", "pages/console/texts/segments", "pages/console/texts/ways")


def load_texts(root: Path) -> tuple[dict[str, dict[str, str]], list[Finding]]:
    """{locale: {key: text}} of the folders with words; a key that one locale lacks is a finding."""
    texts: dict[str, dict[str, str]] = {locale: {} for locale in LOCALES}
    found: list[Finding] = []
    for folder in TEXT_FOLDERS:
        documents = {locale: _texts(root / folder / f"{locale}.yaml", root) for locale in LOCALES}
        words = {
            locale: document.data if isinstance(document.data, dict) else {} for locale, document in documents.items()
        }
        every = {key for known in words.values() for key in known}
        for locale, document in documents.items():
            found += document.found
            found += [
                Finding(document.file, 1, f"{key!r} is not translated", f"add {key}:")
                for key in sorted(every - set(words[locale]))
            ]
            texts[locale] |= words[locale]
    return texts, found


def _texts(path: Path, root: Path) -> Document:
    if not path.is_file():
        document = Document(str(path.relative_to(root)))
        document.report((), "the translation is missing", "write the file beside the other locale")
        return document
    document = load(path, root)
    for key, value in (document.data if isinstance(document.data, dict) else {}).items():
        if not isinstance(value, str) or not value.strip():
            document.report((key,), f"{key!r} is not a text", "put it in quotes")
    return document


def check_pages(root: Path, texts: dict[str, Any]) -> list[Finding]:
    """What is wrong with the pages under templates/pages/public."""
    found: list[Finding] = []
    for path in sorted((root / "pages").rglob("*")):
        if path.suffix not in (".html", ".js"):
            continue
        name, source = str(path.relative_to(root)), path.read_text(encoding="utf-8")
        if fault := _syntax_fault(source):
            found.append(Finding(name, fault[0], f"not readable as Jinja ({fault[1]})", "mend the braces"))
            continue
        for number, line in enumerate(source.splitlines(), 1):
            found += [Finding(name, number, what, mend) for what, mend in _lint_line(line, path, texts)]
    return found


@lru_cache(maxsize=256)
def _syntax_fault(source: str) -> tuple[int, str] | None:
    try:
        jinja2.Environment(autoescape=True).parse(source)
    except jinja2.TemplateSyntaxError as error:
        return error.lineno, str(error.message)
    return None


def _lint_line(line: str, path: Path, texts: dict[str, Any]) -> list[tuple[str, str]]:
    problems = []
    if path.suffix == ".html" and _FOREIGN.search(line):
        problems.append(
            (
                "something is loaded from another site",
                "put it into the page: visitors' addresses are nobody else's business",
            )
        )
    if _TICKED.search(line):
        problems.append(("a box is ticked beforehand", "remove checked: consent is what a person ticks"))
    if (path.parent.name == "public" and path.suffix == ".html") or path.name == "embed.js":
        known = texts["en"]
        problems += [
            (f"the text {key!r} is in no locale", "add it to pages/texts/*.yaml")
            for key in _WORD.findall(line)
            if known and key not in known
        ]
    return problems
