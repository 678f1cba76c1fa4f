"""Segments as a person reads them: the list, the rows of the builder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from functions.admin.present import harmless, localised, moment
from functions.admin.present_conditions import choices_of, describe
from shared.domain.condition_fields import PERSON, Field
from shared.domain.segments import BUILDING, FILE, LEAVING, Segment
from shared.domain.text import fold
from shared.runtime import pages
from shared.usecases.console.segment_form import ALL_OPERATORS, DETAIL_OF, DID, NEVER, TIMES, Builder, Row

Words = Mapping[str, str]
_STATUS_KINDS = {BUILDING: "wait", LEAVING: "bad"}


def segment_row(segment: Segment, members: int, words: Words, locale: str) -> dict[str, Any]:
    """A line in the list of segments, and the head of its page."""
    return {
        "id": segment.segment_id,
        "name": harmless(localised(segment.name, locale), 120),
        "members": members,
        "status": {
            "kind": _STATUS_KINDS.get(segment.status, "good"),
            "text": _status(segment, words),
        },
        "share": segment.share,
        "is_ready": segment.status not in _STATUS_KINDS,
        "is_file": segment.source == FILE,
        "lines": describe(segment.condition, words, locale),
        "changed": moment(segment.changed_at),
        "by": "" if segment.source == FILE else harmless(segment.changed_by, 60),
    }


def _status(segment: Segment, words: Words) -> str:
    seen, total = int(segment.walked.get("seen", 0)), int(segment.walked.get("total") or 0)
    if segment.status != BUILDING:
        return words[f"segments.{segment.status}"].format(n=seen)
    if segment.share is None:
        return words["segments.begins"]
    return words["segments.building"].format(n=min(seen, total), total=total, percent=segment.share)


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
