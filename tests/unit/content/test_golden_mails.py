"""What every mail looks like, word for word: tests/golden/mails. After a change that is meant: UPDATE_GOLDEN=1 make unit, and read the diff.

For each mail and language one file with subject, preheader and text for every audience, and one with the HTML that somebody in no audience gets. The style
sheet is the same in all of them and kept once.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from infra.build.content_mail_lint import readers, sendable
from infra.build.content_samples import sample_context
from infra.template import ROOT
from tests.unit.content.conftest import TEMPLATES, Content

GOLDEN = ROOT / "tests" / "golden" / "mails"
MAILS = sorted(path.parent.name for path in (TEMPLATES / "emails").glob("[!_]*/mail.yaml"))
_STYLE = re.compile(r"<style\b.*?</style>", re.DOTALL)


def differs(path: Path, text: str) -> str:
    """Where `text` is not what `path` holds, "" when it is; with UPDATE_GOLDEN=1 it is written instead."""
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return ""
    if not path.is_file():
        return f"{path.relative_to(ROOT)} is missing: UPDATE_GOLDEN=1 writes it"
    kept, made = path.read_text(encoding="utf-8").splitlines(), text.splitlines()
    for number, (old, new) in enumerate(zip(kept, made, strict=False), 1):
        if old != new:
            return f"{path.relative_to(ROOT)}:{number}: was {old!r}, is {new!r}"
    return "" if len(kept) == len(made) else f"{path.relative_to(ROOT)}: {len(kept)} lines, now {len(made)}"


def rendered(entry: dict[str, Any], locale: str, part: str, audience: dict[str, str]) -> str:
    context = sample_context(locale, entry["class"], audience=audience)
    return sendable(entry["locales"][locale][part], autoescape=part == "html").render(context)


def told(entry: dict[str, Any], locale: str) -> str:
    """Subject, preheader and text, for every audience."""
    pages = []
    for audience in readers(entry["audiences"]):
        head = "".join(f"{part}: {rendered(entry, locale, part, audience)}\n" for part in ("subject", "preheader"))
        whom = ", ".join(f"{group}.{name}" for group, name in audience.items()) or "everybody"
        pages.append(f"=== {whom}\n{head}\n{rendered(entry, locale, 'text', audience)}")
    return "\n".join(pages)


def drawn(entry: dict[str, Any], locale: str) -> str:
    """The HTML without its style sheets, a line for each tag."""
    html = rendered(entry, locale, "html", dict.fromkeys(entry["audiences"], "others"))
    lines = (line.strip() for line in _STYLE.sub("<style />", html).replace("><", ">\n<").splitlines())
    return "\n".join(line for line in lines if line) + "\n"


@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize("mail", MAILS)
def test_a_mail_is_what_it_was(mail: str, locale: str, content: Content) -> None:
    entry = content("emails")[mail]
    assert not differs(GOLDEN / mail / f"{locale}.txt", told(entry, locale))
    assert not differs(GOLDEN / mail / f"{locale}.html", drawn(entry, locale))


def test_the_style_sheet_is_what_it_was_and_the_same_in_every_mail(content: Content) -> None:
    # MJML adds the widths of columns; what we write is the last sheet.
    sheets = {
        _STYLE.findall(entry["locales"][locale]["html"])[-1]
        for entry in content("emails").values()
        for locale in ("en", "zh")
    }
    assert len(sheets) == 1
    assert not differs(GOLDEN / "style.css", sheets.pop() + "\n")


def test_no_golden_stands_for_a_mail_that_is_gone() -> None:
    assert sorted(path.name for path in GOLDEN.iterdir() if path.is_dir()) == MAILS
