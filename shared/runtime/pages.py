"""HTML pages from the compiled content."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from shared.runtime import content

if TYPE_CHECKING:
    from jinja2 import Environment

LOCALES = ("en", "zh")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    # Late: most requests are posts of programs, which get no page.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=FileSystemLoader(content.directory() / "pages"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(name: str, locale: str, **context: Any) -> str:
    """The page `name` (such as ``public/landing.html``) in `locale`; the words and the sender are always there."""
    sender = content.policies()["sender"]
    return _environment().get_template(name).render(locale=locale, t=content.texts(locale), sender=sender, **context)


def choose_locale(query: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """The language of the answer: what the address asks for, else what the browser prefers, else English."""
    asked = query.get("lang", "")
    if asked in LOCALES:
        return asked
    ranked: list[tuple[float, str]] = []
    for part in headers.get("accept-language", "")[:200].split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            ranked.append((float(weight or 1), tag.split("-")[0].lower()))
        except ValueError:
            continue
    known = [entry for entry in sorted(ranked, key=lambda entry: -entry[0]) if entry[1] in LOCALES]
    return known[0][1] if known else "en"


def mask_email(address: str) -> str:
    """``l••@acme.example``: enough for its owner to recognise, too little for who was forwarded the link."""
    local, at, domain = address.partition("@")
    return f"{local[:1]}••{at}{domain}" if at else ""
