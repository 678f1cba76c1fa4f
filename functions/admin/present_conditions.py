"""Conditions in a person's words, and what the values of a field are called. Segments, scoring and journeys speak of conditions with these words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from functions.admin import desk
from functions.admin.present import harmless, localised
from shared.domain.condition_fields import PERSON, Field
from shared.runtime import content
from shared.store.segments import Tags

Words = Mapping[str, str]
Condition = Mapping[str, Any]
# A deed that stands in a condition, in words: those of a journey know its mails.
Deed = Callable[[Condition], str]
_DURATION, _PART = re.compile(r"([0-9]{1,6}[wdhms])+"), re.compile(r"([0-9]+)([wdhms])")
_CHANNELS = ("sem", "seo", "event", "partner", "social", "email", "referral", "web", "form")


# ------------------------------------------------------------------ a condition in words


def describe(condition: Condition, words: Words, locale: str, depth: int = 0) -> list[dict[str, Any]]:
    """The condition as lines, each with how far it is indented."""
    branch = next((key for key in ("all", "any", "not") if key in condition), "")
    if not branch:
        return [{"depth": depth, "text": _leaf(condition, words, locale)}]
    parts = [condition["not"]] if branch == "not" else condition[branch]
    if branch != "not" and len(parts) == 1:
        return describe(parts[0], words, locale, depth)
    lines = [{"depth": depth, "text": words[f"condition.{branch}"]}]
    return lines + [line for part in parts for line in describe(part, words, locale, depth + 1)]


def sentence(condition: Condition, words: Words, locale: str, deed: Deed | None = None) -> str:
    """The condition as one sentence; `deed` tells what a person did (else as `describe` does)."""
    branch = next((key for key in ("all", "any") if key in condition), "")
    if branch:
        parts = [_inner(part, words, locale, deed) for part in condition[branch]]
        return words[f"condition.{branch}_join"].join(dict.fromkeys(parts))
    if "not" in condition:
        return words["condition.not_that"].format(said=sentence(condition["not"], words, locale, deed))
    if deed and "did" in condition:
        return deed(condition)
    return _leaf(condition, words, locale)


def _inner(part: Condition, words: Words, locale: str, deed: Deed | None) -> str:
    said = sentence(part, words, locale, deed)
    is_group = any(len(part.get(key, ())) > 1 for key in ("all", "any"))
    return words["condition.group"].format(said=said) if is_group else said


def _leaf(leaf: Condition, words: Words, locale: str) -> str:
    return _deed(leaf, words, locale) if "did" in leaf else _fact(leaf, PERSON.fields, words, locale)


def _fact(leaf: Condition, fields: Mapping[str, Field], words: Words, locale: str) -> str:
    known = fields.get(leaf["field"])
    name = localised(known.label, locale) if known else harmless(leaf["field"].replace("_", " "), 60)
    op = words.get(f"op.{leaf['op']}", leaf["op"])
    if leaf["op"] in ("exists", "missing"):
        return f"{name} {op}"
    return f"{name} {op} {_shown(known, leaf.get('value'), words, locale)}"


def _deed(leaf: Condition, words: Words, locale: str) -> str:
    text = words.get(f"event.{leaf['did']}", leaf["did"])
    about = words["condition.about"].format(said=where_text(leaf["where"], words, locale)) if "where" in leaf else ""
    return text + about + counted(leaf, words)


def where_text(where: Condition | Sequence[Condition], words: Words, locale: str) -> str:
    """What is asked of an activity's details, as one sentence."""
    if isinstance(where, Mapping) and "field" in where:
        return _fact(where, PERSON.did_fields, words, locale)
    if isinstance(where, Mapping) and "not" in where:
        return words["condition.not_that"].format(said=where_text(where["not"], words, locale))
    branch = next((key for key in ("all", "any") if key in where), "all")
    parts = where[branch] if isinstance(where, Mapping) else where
    return words[f"condition.{branch}_join"].join(where_text(part, words, locale) for part in parts)


def counted(leaf: Condition, words: Words) -> str:
    """How often and since when, to be put behind a deed; once or more, ever, says nothing."""
    times = leaf.get("times") or {}
    said = [_often(op, count, words) for op, count in times.items() if (op, count) != ("gte", 1)]
    within = words["condition.within"].format(time=duration_text(leaf["within"], words)) if "within" in leaf else ""
    return "".join(f" {each}" for each in (*said, within) if each)


def _often(op: str, count: int, words: Words) -> str:
    if (op, count) == ("eq", 0):
        return words["op.never"]
    often = words["times.once" if count == 1 else "times.many"].format(n=count)
    return words[f"times.{op}"].format(times=often)


def _shown(known: Field | None, value: object, words: Words, locale: str) -> str:
    if isinstance(value, list):
        return words["condition.list"].join(_shown(known, each, words, locale) for each in value)
    if isinstance(value, bool):
        return words["condition.yes" if value else "condition.no"]
    if known and known.kind == "moment":
        return duration_text(str(value), words)
    labels = dict(choices_of(known, words, locale)) if known else {}
    return harmless(labels.get(str(value), value), 80)


def duration_text(text: str, words: Words) -> str:
    """``1d12h`` in words; anything else as it is."""
    if not _DURATION.fullmatch(text):
        return text
    parts = [(int(number), unit) for number, unit in _PART.findall(text)]
    said = [words[f"duration.one_{unit}" if n == 1 else f"duration.{unit}"].format(n=n) for n, unit in parts]
    return " ".join(said)


# ------------------------------------------------------------------ choices


def choices_of(known: Field, words: Words, locale: str) -> list[tuple[str, str]]:
    """(value, what it is called) of everything that the field may be; empty where it may be anything."""
    if known.choices:
        return [(value, _called(known.name, value, words)) for value in known.choices]
    source = _SOURCES.get(known.source)
    return source(locale) if source else []


def _called(name: str, value: str, words: Words) -> str:
    return words.get(f"{name}.{value}") or words.get(f"choice.{value}") or value


def _named(names: Sequence[str]) -> list[tuple[str, str]]:
    return [(name, harmless(name, 60)) for name in names]


def _countries(locale: str) -> list[tuple[str, str]]:
    fields = (field for form in content.forms().values() for field in form["fields"] if field["type"] == "country")
    found = {each["value"]: localised(each["label"], locale) for field in fields for each in field["choices"]}
    return sorted(found.items(), key=lambda pair: pair[1])


_SOURCES: Mapping[str, Callable[[str], list[tuple[str, str]]]] = {
    "forms": lambda _: _named(sorted(content.forms())),
    "owners": lambda _: _named(desk.team()),
    "tags": lambda _: _named(Tags().all()),
    "channels": lambda _: _named(_CHANNELS),
    "countries": _countries,
    "departments": lambda _: _named(sorted(content.scoring_model().titles.get("departments", {}))),
    "mails": lambda _: _named(sorted(content.emails())),
    "journeys": lambda _: _named(sorted(content.journeys())),
}
