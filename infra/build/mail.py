"""Mails: MJML and texts to HTML and plain text that still hold the Jinja of the moment of sending.

Two kinds of braces: ``[[ … ]]`` is filled in here, with the words of a locale; ``{{ … }}`` is left for the sender.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jinja2
import mjml
from markupsafe import Markup

_SENT_LATER = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_LINK = re.compile(r"\[([^\[\]]+)\]\(((?:asset|form)/[a-z0-9_-]+|preferences)\)")
LANGUAGES = {"en": "en", "zh": "zh-CN"}


class MailError(Exception):
    """A mail that cannot be compiled. `line` is a line of mail.mjml."""

    def __init__(self, what: str, line: int = 1) -> None:
        super().__init__(what)
        self.line = line


def marked_up(words: Any) -> Any:
    """Words as safe markup: escaped, ``**bold**``, ``[words](asset/case)`` and line breaks kept, the sender's ``{{ … }}`` untouched."""
    if isinstance(words, str):
        parts = [
            part if _SENT_LATER.fullmatch(part) else html.escape(part, quote=False) for part in _SENT_LATER.split(words)
        ]
        # Every part was escaped above, except the Jinja that the sender runs, and that comes from the same repository.
        linked = _LINK.sub(_anchor, _BOLD.sub(r"<b>\1</b>", "".join(parts)))
        return Markup(linked.replace("\n", "<br />"))  # noqa: S704
    if isinstance(words, list):
        return [marked_up(entry) for entry in words]
    if isinstance(words, dict):
        return {key: marked_up(entry) for key, entry in words.items()}
    return words


def address(target: str) -> str:
    """What the sender fills in for a target: ``asset/case`` and ``form/demo`` are tracked links, ``confirm`` is an address of its own."""
    room, _, name = target.partition("/")
    return f"{{{{ link({room}s['{name}']) }}}}" if name else f"{{{{ {target}_url }}}}"


def _anchor(found: re.Match[str]) -> str:
    return f'<a href="{address(found[2])}" class="link" style="color:#0d5c4a">{found[1]}</a>'


def build_environment(folder: Path) -> jinja2.Environment:
    """The environment in which ``[[ … ]]`` and ``[% … %]`` of templates/emails are filled in."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#",
        comment_end_string="#]",
    )


def to_html(environment: jinja2.Environment, template: str, words: Mapping[str, Any], locale: str) -> str:
    """The HTML of a mail in one locale; `template` is an MJML file under templates/emails. Raises MailError."""
    try:
        source = environment.get_template(template).render(marked_up(dict(words)) | {"lang": LANGUAGES[locale]})
        compiled = str(mjml.mjml2html(source, fonts={}))  # no fonts from elsewhere: they would report who reads
    except jinja2.TemplateSyntaxError as error:
        raise MailError(f"[[ ]] cannot be read ({error.message})", error.lineno) from error
    except jinja2.TemplateError as error:
        raise MailError(f"{error.message or error}") from error
    except ValueError as error:
        raise MailError(f"not readable as MJML ({error})") from error
    # MJML escapes inside {{ }} as it does elsewhere; there it is code, and code must come back as it was written.
    return _SENT_LATER.sub(lambda match: html.unescape(match[0]), compiled)


def to_text(source: str) -> str:
    """The plain-text part of an HTML mail: what a reader sees, with the addresses of links, without the hidden preheader."""
    reader = _TextReader()
    reader.feed(source)
    reader.close()
    return reader.text()


class _TextReader(HTMLParser):
    _BLOCKS = frozenset({"p", "div", "table", "tr", "ul", "ol", "h1", "h2", "h3", "section"})
    _SKIPPED = frozenset({"style", "script", "title", "head"})
    _VOID = frozenset({"img", "br", "hr", "meta", "link", "input"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._out: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self._links: list[tuple[str, int]] = []
        self._numbers: list[int | None] = []

    @property
    def _hidden(self) -> bool:
        return any(hidden for _, hidden in self._open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in self._VOID:
            self._void(tag, given)
            return
        style = given.get("style", "").replace(" ", "")
        self._open.append((tag, tag in self._SKIPPED or "display:none" in style))
        if self._hidden:
            return
        if tag in self._BLOCKS:
            self._out.append("\n\n" if tag in ("p", "ul", "ol", "h1", "h2", "h3") else "\n")
        elif tag == "td":
            self._out.append(" ")
        elif tag == "a":
            self._links.append((given.get("href", ""), len(self._out)))
        self._list_tag(tag)

    def _void(self, tag: str, given: Mapping[str, str]) -> None:
        if self._hidden:
            return
        if tag == "br":
            self._out.append("\n")
        elif tag == "hr":
            self._out.append("\n\n")
        elif tag == "img":
            self._out.append(given.get("alt", ""))

    def _list_tag(self, tag: str) -> None:
        if tag in ("ul", "ol"):
            self._numbers.append(0 if tag == "ol" else None)
        elif tag == "li":
            number = self._numbers[-1] if self._numbers else None
            if number is not None:
                self._numbers[-1] = number + 1
            begin = "" if self._out and self._out[-1].endswith("\n") else "\n"
            self._out.append(f"{begin}- " if number is None else f"{begin}{number + 1}. ")

    def handle_endtag(self, tag: str) -> None:
        hidden = self._hidden
        while self._open and self._open.pop()[0] != tag:
            pass
        if hidden:
            return
        if tag in ("ul", "ol") and self._numbers:
            self._numbers.pop()
        if tag == "a" and self._links:
            href, begin = self._links.pop()
            label = "".join(self._out[begin:]).strip()
            shown = href.removeprefix("mailto:")
            if shown and shown != label:
                self._out.append(f": {shown}")
        elif tag == "li":
            self._out.append("\n")
        elif tag == "div":
            # In a compiled mail each div holds one piece of text: its end is the end of a paragraph.
            self._out.append("\n\n")
        elif tag in self._BLOCKS - {"tr"}:
            self._out.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._out.append(re.sub(r"\s+", " ", data))

    def text(self) -> str:
        lines = [re.sub(r"[ \u00a0]+", " ", line).strip() for line in "".join(self._out).split("\n")]
        joined = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"
        # A line that holds nothing but {% … %} would leave an empty line in every mail: it takes its line break with it.
        return re.sub(r"^((?:\{%.*?%\}[ ]*)+)\n", r"\1", joined, flags=re.MULTILINE)
