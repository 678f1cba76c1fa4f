"""Mails from the compiled templates: Jinja in a sandbox, where an unknown variable is an error and everything is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import SandboxedEnvironment

_HTML = SandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
_TEXT = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)


@lru_cache(maxsize=256)
def _compiled(source: str, *, html: bool) -> Template:
    return (_HTML if html else _TEXT).from_string(source)


def render_text(source: str, context: Mapping[str, Any]) -> str:
    """A message without markup, on as few lines as it was written."""
    return _compiled(source, html=False).render(context).strip()


def render_mail(parts: Mapping[str, str], context: Mapping[str, Any]) -> tuple[str, str, str]:
    """(subject, html, text) of one locale's `parts`."""
    subject = " ".join(_compiled(parts["subject"], html=False).render(context).split())
    html = _compiled(parts["html"], html=True).render(context)
    text = _compiled(parts["text"], html=False).render(context)
    return subject, html, text
