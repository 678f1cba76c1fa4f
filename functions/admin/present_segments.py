"""Segments as a person reads them: conditions in words, the choices of a field, the rows of the builder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from functions.admin import desk
from functions.admin.present import harmless, localised, moment
from shared.domain.condition_fields import PERSON, Field
from shared.domain.segments import BUILDING, FILE, LEAVING, Segment
from shared.domain.text import fold
from shared.runtime import content, pages
from shared.store.segments import Tags
from shared.usecases.console.segment_form import ALL_OPERATORS, DETAIL_OF, DID, NEVER, TIMES, Builder, Row

Words = Mapping[str, str]
_CHANNELS = ("sem", "seo", "event", "partner", "social", "email", "referral", "web", "form")
_STATUS_KINDS = {BUILDING: "wait", LEAVING: "bad"}


def segment_row(segment: Segment, members: int, words: Words, locale: str) -> dict[str, Any]:
    """A line in the list of segments, and the head of its page."""
    seen = int(segment.walked.get("seen", 0))
    return {
        "id": segment.segment_id,
        "name": harmless(localised(segment.name, locale), 120),
        "members": members,
        "status": {
            "kind": _STATUS_KINDS.get(segment.status, "good"),
            "text": words[f"segments.{segment.status}"].format(n=seen),
        },
        "is_ready": segment.status not in _STATUS_KINDS,
        "is_file": segment.source == FILE,
        "lines": describe(segment.condition, words, locale),
        "changed": moment(segment.changed_at),
        "by": "" if segment.source == FILE else harmless(segment.changed_by, 60),
    }


# ------------------------------------------------------------------ a condition in words


def describe(condition: Mapping[str, Any], words: Words, locale: str, depth: int = 0) -> list[dict[str, Any]]:
    """The condition as lines, each with how far it is indented."""
    branch = next((key for key in ("all", "any", "not") if key in condition), "")
    if not branch:
        return [{"depth": depth, "text": _leaf(condition, words, locale)}]
    parts = [condition["not"]] if branch == "not" else condition[branch]
    if branch != "not" and len(parts) == 1:
        return describe(parts[0], words, locale, depth)
    lines = [{"depth": depth, "text": words[f"condition.{branch}"]}]
    return lines + [line for part in parts for line in describe(part, words, locale, depth + 1)]


def _leaf(leaf: Mapping[str, Any], words: Words, locale: str) -> str:
    if "did" in leaf:
        return _deed(leaf, words, locale)
    known = PERSON.fields.get(leaf["field"])
    name = localised(known.label, locale) if known else leaf["field"]
    op = words.get(f"op.{leaf['op']}", leaf["op"])
    if leaf["op"] in ("exists", "missing"):
        return f"{name} {op}"
    return f"{name} {op} {_shown(known, leaf.get('value'), words, locale)}"


def _deed(leaf: Mapping[str, Any], words: Words, locale: str) -> str:
    text = words.get(f"event.{leaf['did']}", leaf["did"])
    if "where" in leaf:
        text += "（{}）" if locale == "zh" else " ({})"
        text = text.format("; ".join(line["text"] for line in _where_lines(leaf["where"], words, locale)))
    times = leaf.get("times", {"gte": 1})
    counted = [words[f"times.{op}"].format(n=count) for op, count in times.items()]
    within = words["condition.within"].format(time=duration_text(leaf.get("within", ""), words))
    return " ".join([text, *counted, *([within] if leaf.get("within") else [])])


def _where_lines(where: Mapping[str, Any], words: Words, locale: str) -> list[dict[str, Any]]:
    if "field" not in where:
        return [line for line in describe(where, words, locale) if line["depth"]]
    known = PERSON.did_fields.get(where["field"])
    name = localised(known.label, locale) if known else where["field"]
    value = _shown(known, where.get("value"), words, locale)
    return [{"depth": 0, "text": f"{name} {words.get('op.' + where['op'], where['op'])} {value}"}]


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
    """``14d`` in words; anything else as it is."""
    number, unit = text[:-1], text[-1:]
    return words[f"duration.{unit}"].format(n=number) if number.isdigit() and unit in "wdhm" else text


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


def value_called(known: Field, typed: str) -> str:
    """The value that somebody means who typed it or what it is called, in any language; "" for none."""
    from functions.admin.views import words_of

    for locale in pages.LOCALES:
        for value, label in choices_of(known, words_of(locale), locale):
            if fold(typed) in (fold(value), fold(label)):
                return value
    return ""


# ------------------------------------------------------------------ the builder


def builder_view(builder: Builder, words: Words, locale: str) -> dict[str, Any]:
    """What the form is drawn from."""
    return {
        "builder": builder,
        "groups": [
            {"match": group.match, "rows": [_row_view(row, words, locale) for row in group.rows]}
            for group in builder.groups
        ],
        "fields": [
            {"value": name, "label": localised(known.label, locale), "ops": " ".join(known.asks), "detail": ""}
            for name, known in PERSON.fields.items()
        ],
        "deeds": [
            {
                "value": DID + deed,
                "label": words.get(f"event.{deed}", deed),
                "ops": f"{TIMES} {NEVER}",
                "detail": words[f"detail.{DETAIL_OF[deed]}"] if deed in DETAIL_OF else "",
            }
            for deed in PERSON.did
        ],
        "ops": [{"value": op, "label": words[f"op.{op}"]} for op in ALL_OPERATORS],
        "lists": _lists(words, locale),
    }


def _row_view(row: Row, words: Words, locale: str) -> dict[str, Any]:
    known = PERSON.fields.get(row.field)
    hint = words[f"wrong.{row.wrong}"] if row.wrong else ""
    if row.wrong == "value" and known and (choices := choices_of(known, words, locale)):
        hint = words["wrong.choice"].format(choices=words["condition.list"].join(label for _, label in choices[:12]))
    elif row.wrong == "op" and known:
        hint = words["wrong.op"].format(ops=words["condition.list"].join(words[f"op.{op}"] for op in known.asks))
    return {"row": row, "hint": hint}


def _lists(words: Words, locale: str) -> list[dict[str, Any]]:
    """What may be typed, by field, for the browser to offer."""
    details = {deed: PERSON.did_fields[name] for deed, name in DETAIL_OF.items()}
    fields = {**PERSON.fields, **{DID + deed: known for deed, known in details.items()}}
    found = {name: choices_of(known, words, locale) for name, known in fields.items()}
    return [{"field": name, "choices": choices} for name, choices in found.items() if choices]
