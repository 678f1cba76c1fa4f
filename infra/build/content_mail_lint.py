"""What a finished mail must be: rendered for every audience, readable by day and by night, lawful, short enough."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import jinja2
from jinja2.sandbox import SandboxedEnvironment

from infra.build.content_colours import weak_contrasts
from infra.build.content_mail_names import Drawing, unknown_name
from infra.build.content_samples import Targets, sample_context
from shared.authoring.content_yaml import Document, Finding
from shared.domain.audiences import OTHERS

# Gmail cuts a mail off beyond this size, and with it the unsubscribe link.
MOST_BYTES = 102_000
# What a subject may take: letters of the Latin alphabet, a Chinese one counts for two. Phones show about half of it.
SUBJECT_MOST = 78
_PARTS = ("subject", "preheader", "html", "text")

# (key of the locale's file, what is wrong, how to mend it)
Problem = tuple[str, str, str]
Audiences = Mapping[str, Sequence[Mapping[str, Any]]]


@lru_cache(maxsize=1024)
def sendable(source: str, *, autoescape: bool) -> jinja2.Template:
    """A part of a mail as it is rendered when it is sent: in a sandbox, `autoescape` for HTML. Raises jinja2.TemplateSyntaxError."""
    return SandboxedEnvironment(undefined=jinja2.StrictUndefined, autoescape=autoescape).from_string(source)


def readers(audiences: Audiences) -> Iterator[dict[str, str]]:
    """Enough different people that every audience of every group is among them."""
    names = {group: [OTHERS, *(str(entry["name"]) for entry in entries)] for group, entries in audiences.items()}
    for turn in range(max((len(known) for known in names.values()), default=1)):
        yield {group: known[turn % len(known)] for group, known in names.items()}


def lint_mail(
    document: Document,
    mail: Mapping[str, str],
    klass: str,
    locale: str,
    audiences: Audiences,
    targets: Targets,
    drawing: Drawing | None = None,
) -> list[Finding]:
    """What is wrong with one locale of a mail; findings point into its words, or into the `drawing` that it has of its own."""
    problems: list[Problem] = [*_lint_links(mail, klass), *_lint_label(mail["subject"], klass)]
    for audience in readers(audiences):
        context = sample_context(locale, klass, audience=audience, targets=targets)
        rendered = {}
        for part in _PARTS:
            try:
                rendered[part] = sendable(mail[part], autoescape=part == "html").render(context)
            except jinja2.TemplateError as error:
                unknown = unknown_name(document, drawing, mail[part], context, str(error.message))
                return [unknown or _unrenderable(document, part, error)]
        problems += [
            *_lint_html(rendered["html"], locale),
            *_lint_subject(rendered["subject"], context["label"]),
            *_lint_text(rendered["html"], rendered["text"]),
        ]
    return [
        Finding(document.file, document.line_of((key,) if key else ()), what, mend)
        for key, what, mend in dict.fromkeys(problems)
    ]


def _unrenderable(document: Document, part: str, error: jinja2.TemplateError) -> Finding:
    key = part if part in ("subject", "preheader") else _guilty_key(document, error)
    return Finding(
        document.file,
        document.line_of((key,) if key else ()),
        f"the {part} cannot be rendered ({error.message})",
        "mend the braces",
    )


def _guilty_key(document: Document, error: jinja2.TemplateError) -> str:
    """The key whose words hold the name that the error complains of."""
    names = re.findall(r"'([^' ]+)'", str(error.message))
    return next((key for key, words in document.data.items() if any(name in str(words) for name in names)), "")


def _lint_html(source: str, locale: str) -> Iterator[Problem]:
    size = len(source.encode())
    if size > MOST_BYTES:
        yield "", f"the mail has {size} bytes, and Gmail cuts off at {MOST_BYTES}", "shorten it"
    if not re.search(rf'<html[^>]*\blang="{locale}', source):
        yield "", "the mail does not say its language", 'write <mjml lang="[[ lang ]]">'
    if not re.search(r"<title>\s*[^<\s]", source):
        yield "title", "the mail has no title", "include _parts/head.mjml"
    for image in re.findall(r"<img\b[^>]*>", source):
        if "alt=" not in image:
            yield "", f"an image has no alt text: {image[:60]}", 'add alt="…" (alt="" for decoration)'
        if "/t/o/" not in image and 'src="data:' not in image:
            yield (
                "",
                f"an image is loaded from elsewhere: {image[:60]}",
                "draw it with text and colour, or leave it out",
            )
    for what in weak_contrasts(source):
        yield "", what, "make the text darker or its ground lighter (4.5 at least)"


def width(words: str) -> int:
    """How wide `words` are in an inbox: a Chinese letter takes the room of two Latin ones."""
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in words)


def _lint_subject(rendered: str, label: str) -> Iterator[Problem]:
    wide = width(rendered.removeprefix(label))
    if wide > SUBJECT_MOST:
        yield (
            "subject",
            f"the subject is {wide} letters wide",
            f"keep it under {SUBJECT_MOST} (a Chinese letter is two)",
        )


def _lint_label(subject: str, klass: str) -> Iterator[Problem]:
    if klass == "marketing" and not re.match(r"\{\{\s*label\s*\}\}", subject):
        yield "subject", "some countries want a label before the subject of marketing mail", "begin it with {{ label }}"


def _lint_text(html: str, text: str) -> Iterator[Problem]:
    """The text part is made from the HTML: what has words in pictures only has no text part."""
    words = re.sub(r"https?://\S+|\W", "", text)
    if width(words) < 80:
        yield "", "the mail has no text part to speak of", "say it in words, not in pictures"
    lost = [
        link
        for link in re.findall(r'<a\b[^>]*href="(https?://[^"]+)"', html)
        if link not in text and "/t/h/" not in link
    ]
    for link in dict.fromkeys(lost):
        yield "", f"the text part lacks the link {link[:60]!r}", "write the link as <a href> with words in it"


def _lint_links(mail: Mapping[str, str], klass: str) -> Iterator[Problem]:
    for part in ("html", "text"):
        unsubscribes = len(re.findall(r"\bunsubscribe_url\b", mail[part]))
        if klass == "marketing" and unsubscribes != 1:
            mend = "have exactly one: {{ unsubscribe_url }} in the footer"
            yield "", f"the {part} has {unsubscribes} unsubscribe links", mend
        if unsubscribes > {"internal": 0, "transactional": 1}.get(klass, unsubscribes):
            yield "", f"the {part} has {unsubscribes} unsubscribe links", "have one at most; colleagues need none"
        if klass != "internal" and "sender.postal_address" not in mail[part]:
            yield "", f"the {part} does not say where the sender lives", "show {{ sender.postal_address }}"
    if klass == "marketing" and not re.search(r"\blabel\b", mail["html"]):
        yield "", "the country's label is missing from the footer", "include _parts/footer.mjml"
    if klass != "internal" and mail["html"].count("pixel_url") != 1:
        yield "", "the mail should have the open pixel once", "include _parts/footer.mjml"
    for address in re.findall(r'href="(https?://[^"{]+)"', mail["html"]):
        yield "", f"the link {address!r} is not tracked", "write {{ link('…') }}"
