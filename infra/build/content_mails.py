"""Compiles templates/emails: each mail in every locale, linted the way it will be sent."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2

from infra.build.content_blocks import AUDIENCES, check_body, prepared
from infra.build.content_mail_lint import lint_mail
from infra.build.content_mail_names import Drawing
from infra.build.content_samples import Targets, read_targets
from infra.build.mail import MailError, build_environment, to_html, to_text
from infra.build.schema import message_schema
from shared.authoring.content_shapes import LOCALES
from shared.authoring.content_yaml import Document, Finding, load

_LAYOUT = "_layouts/letter.mjml"
_WANTED = ("subject", "preheader", "title")
_ASKED = re.compile(r"\baudience\.([a-z_]+)")


@dataclass(slots=True)
class _Run:
    """What all mails of one templates folder share."""

    root: Path
    environment: jinja2.Environment
    shared: dict[str, Document]
    audiences: dict[str, list[dict[str, Any]]]
    targets: Targets
    found: list[Finding] = field(default_factory=list)


def compile_mails(root: Path) -> tuple[dict[str, Any], list[Finding]]:
    """{template: {"class", "purpose", "audiences", "locales"}} of templates/emails, and what is wrong with them: of what cannot be read only the name."""
    folder = root / "emails"
    found: list[Finding] = []
    run = _Run(
        root,
        build_environment(folder),
        {locale: _words(folder / "_parts" / f"{locale}.yaml", root, found) for locale in LOCALES},
        _audiences(folder / "audiences.yaml", root, found),
        read_targets(root),
        found,
    )
    mails: dict[str, Any] = {}
    for place in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("_")):
        head = load(place / "mail.yaml", root) if (place / "mail.yaml").is_file() else None
        if head is None:
            missing = "the file is missing"
            found.append(Finding(f"emails/{place.name}/mail.yaml", 1, missing, "write class: and purpose:"))
            mails[place.name] = {}
            continue
        if head.data is not None:
            message_schema.MAIL(head, (), head.data)
        found += head.found
        # A mail with findings still exists: its journey is not blamed for it.
        mails[place.name] = {} if head.found else _compile(place, dict(head.data), run)
    return mails, found


def _audiences(path: Path, root: Path, found: list[Finding]) -> dict[str, list[dict[str, Any]]]:
    if not path.is_file():
        return {}
    document = load(path, root)
    if not document.found:
        AUDIENCES(document, (), document.data)
    found += document.found
    return {} if document.found else dict(document.data)


def _words(path: Path, root: Path, found: list[Finding]) -> Document:
    if not path.is_file():
        document = Document(str(path.relative_to(root)))
        document.report((), "the translation is missing", f"write {path.name} beside the other locale")
    else:
        document = load(path, root)
        if document.data is not None and not isinstance(document.data, dict):
            document.report((), "the file should be a mapping", "write subject:, preheader:, …")
    found += document.found
    return document


def _compile(place: Path, head: dict[str, Any], run: _Run) -> dict[str, Any]:
    """One mail: as it stands in mail.mjml, else the letter that its blocks describe."""
    documents = {locale: _words(place / f"{locale}.yaml", run.root, run.found) for locale in LOCALES}
    is_letter = not (place / "mail.mjml").is_file()
    run.found += _compare_keys(documents)
    sources = {
        locale: _source(document, place.name, head["class"], locale, is_letter, run)
        for locale, document in documents.items()
        if not (document.found or run.shared[locale].found)
    }
    locales = {locale: mail for locale, mail in sources.items() if mail}
    asked = {group for mail in locales.values() for part in mail.values() for group in _ASKED.findall(part)}
    audiences = {group: entries for group, entries in run.audiences.items() if group in asked}
    drawn = place / "mail.mjml"
    drawing = None if is_letter else Drawing(str(drawn.relative_to(run.root)), drawn.read_text(encoding="utf-8"))
    for locale, mail in locales.items():
        run.found += lint_mail(documents[locale], mail, head["class"], locale, audiences, run.targets, drawing)
    return head | {"audiences": audiences, "locales": locales}


def _source(
    document: Document, name: str, klass: str, locale: str, is_letter: bool, run: _Run
) -> dict[str, str] | None:
    """Subject, preheader, html and text that still hold the Jinja of the moment of sending; None with findings."""
    before = len(document.found)
    wanted = (*_WANTED, "heading") if is_letter else _WANTED
    for key in wanted:
        if not isinstance(document.data.get(key), str):
            document.report((), f"there is no {key!r}", f"add {key}:")
    if is_letter:
        check_body(document, {group: [entry["name"] for entry in entries] for group, entries in run.audiences.items()})
    run.found += document.found[before:]
    if document.found[before:]:
        return None
    shared = run.shared[locale].data
    words = {**shared["letter"], **document.data, "footer": shared[klass], "marketing": klass == "marketing"}
    if is_letter:
        words["body"] = prepared(document.data["body"])
    try:
        source = to_html(run.environment, _LAYOUT if is_letter else f"{name}/mail.mjml", words, locale)
    except MailError as error:
        file = f"emails/{_LAYOUT}" if is_letter else f"emails/{name}/mail.mjml"
        mend = "mend the MJML, or add the word to the locale's file"
        run.found.append(Finding(file, error.line, f"{name}, {locale}: {error}", mend))
        return None
    return {key: document.data[key] for key in ("subject", "preheader")} | {"html": source, "text": to_text(source)}


def _compare_keys(documents: dict[str, Document]) -> list[Finding]:
    known = {locale: set(document.data) for locale, document in documents.items() if isinstance(document.data, dict)}
    every = set().union(*known.values())
    found = [
        Finding(documents[locale].file, 1, f"{key!r} is not translated", f"add {key}:")
        for locale, keys in known.items()
        for key in sorted(every - keys)
    ]
    return found + _compare_bodies(documents)


def _compare_bodies(documents: dict[str, Document]) -> list[Finding]:
    """A block that one language has and the other lacks is a missing translation too."""
    shapes = {
        locale: [sorted(block) for block in document.data["body"] if isinstance(block, dict)]
        for locale, document in documents.items()
        if isinstance(document.data, dict) and isinstance(document.data.get("body"), list)
    }
    if len(shapes) < len(LOCALES):
        return []
    first, *others = LOCALES
    return [
        Finding(
            documents[locale].file,
            documents[locale].line_of(("body",)),
            f"the blocks are not those of {first}.yaml ({len(shapes[locale])} here, {len(shapes[first])} there)",
            "translate the same blocks in the same order",
        )
        for locale in others
        if shapes[locale] != shapes[first]
    ]
