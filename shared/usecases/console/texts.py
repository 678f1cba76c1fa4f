"""What people typed into the console, made fit to be stored and shown again."""

from __future__ import annotations

import re
import unicodedata

MAX_NOTE = 2000

# Controls other than tab and newline, lone surrogates, and the marks that turn the direction of text around.
_UNWANTED = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\ud800-\\udfff\\u200e\\u200f\\u061c\\u202a-\\u202e\\u2066-\\u2069\\ufeff]"
)


class InvalidField(ValueError):
    """A field of a request is missing, too long or not of its kind; says which and why."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field = field
        self.why = why


def clean_text(field: str, value: object, *, limit: int = MAX_NOTE, required: bool = False) -> str:
    """`value` without what no note needs. Raises InvalidField when it is no text, too long, or missing though required."""
    if value is None:
        value = ""
    if not isinstance(value, str):
        raise InvalidField(field, "must be text")
    text = unicodedata.normalize("NFC", _UNWANTED.sub("", value.replace("\r\n", "\n"))).strip()
    if len(text) > limit:
        raise InvalidField(field, f"at most {limit} characters")
    if required and not text:
        raise InvalidField(field, "is required")
    return text
