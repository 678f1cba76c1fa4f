"""What a form accepts. Fields come from anybody on the internet: cleaned or refused here, never passed on as they came."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

DEFAULT_ROW = "default"
_ABSOLUTE_MAX = 4000
_TRUE = {"on", "true", "1", "yes"}
# Marks that reorder what is shown: nobody's name needs them and they make one text look like another.
_BIDI = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)}
_KEPT_CONTROLS = {"\n", "\t"}


@dataclass(slots=True)
class Checked:
    """`values` are clean, `errors` map a field to an error code whose words are in templates/pages/texts (``error_<code>``)."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def clean(text: str, *, multiline: bool = False) -> str:
    """`text` without control characters, reordering marks and surplus white space, in composed form. Letters stay as typed."""
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    # What is printable holds nothing harmful: most fields need not be looked through letter by letter.
    kept = composed if composed.isprintable() else "".join(_harmless(char, multiline) for char in composed)
    if multiline:
        return "\n".join(" ".join(line.split()) for line in kept.split("\n")).strip()
    return " ".join(kept.split())


def _harmless(char: str, multiline: bool) -> str:
    if char in _KEPT_CONTROLS:
        return char if multiline else " "
    if char in _BIDI or unicodedata.category(char) in ("Cc", "Cs", "Co", "Cn"):
        return ""
    return char


def is_ticked(value: object) -> bool:
    """Whether a consent box was ticked by the person: only an explicit yes counts."""
    return value is True or (isinstance(value, str) and value.strip().lower() in _TRUE)


def check(form: Mapping[str, Any], raw: Mapping[str, Any], answered: Collection[str] = ()) -> Checked:
    """The form's own rules: presence (but for what this person has `answered` before), length, choices.

    Syntax of addresses and phone numbers is checked by who can (usecases).
    """
    checked = Checked()
    for spec in form["fields"]:
        name = spec["name"]
        value = raw.get(name, "")
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            checked.errors[name] = "unreadable"
            continue
        text = clean(value, multiline=spec["type"] == "textarea")
        error = _error_of(spec, text)
        if error and not (error == "required" and name in answered):
            checked.errors[name] = error
        elif text:
            checked.values[name] = text
    return checked


def _error_of(spec: Mapping[str, Any], text: str) -> str:
    if not text:
        return "required" if spec.get("required") else ""
    if len(text) > min(spec.get("max_length") or _ABSOLUTE_MAX, _ABSOLUTE_MAX):
        return "too_long"
    choices = spec.get("choices")
    if choices and spec.get("strict_choices") and text not in {choice["value"] for choice in choices}:
        return "invalid_choice"
    return ""


def consent_row(form: Mapping[str, Any], country: str) -> str:
    """The jurisdiction whose wording a person of this country is shown: a key of the boxes' wordings, ``default`` for who names none."""
    return str(form.get("consent_rows", {}).get(country.upper(), DEFAULT_ROW))


def shown_row(form: Mapping[str, Any], raw: Mapping[str, Any], country: str) -> str:
    """The wording that the person had before them: the page says which; for posts of other pages it is their country's."""
    said = raw.get("_consent_row")
    known = {row for box in form.get("consents", ()) for row in box["wordings"]}
    return said if isinstance(said, str) and said in known else consent_row(form, country)


def consents(form: Mapping[str, Any], raw: Mapping[str, Any], locale: str, row: str) -> dict[str, dict[str, str]]:
    """Per channel what the person ticked: the exact text they saw, its version, row and purpose. A box that was not ticked says nothing."""
    given = {}
    for box in form.get("consents", ()):
        if not is_ticked(raw.get(box["name"])):
            continue
        found = row if row in box["wordings"] else DEFAULT_ROW
        worded = box["wordings"][found]
        given[box["channel"]] = {
            "purpose": box["purpose"],
            "version": worded["version"],
            "row": found,
            "text": worded["text"].get(locale) or next(iter(worded["text"].values())),
            "locale": locale,
        } | ({"given_at": box["given_at"]} if "given_at" in box else {})
    return given
