"""One journey's text, from YAML to what the engine runs, or to what is wrong with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from shared.authoring.content_yaml import Document, Finding, is_plain, parse
from shared.authoring.journey_lint import rivals_of
from shared.authoring.journey_rules import Known, check_journey, compiled, quiet_segment, triggers_of
from shared.authoring.journey_shapes import JOURNEY

Journey = Mapping[str, Any]


def versioned(content: dict[str, Any]) -> dict[str, Any]:
    """The content with its version: the same content has the same."""
    return content | {"version": version_of(content)}


def version_of(content: Any) -> str:
    """Twelve hex digits that stand for the content."""
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def check_text(
    name: str, text: str, known: Known, others: Mapping[str, Journey]
) -> tuple[dict[str, Any], list[Finding]]:
    """(the journey as the engine reads it, []) or ({}, what is wrong with it). `others` are the journeys beside it, by name."""
    file = f"journeys/{name}.yaml"
    if not is_plain(text):
        return {}, [Finding(file, 1, "the text has aliases, or is too deep", "write out what *name stands for")]
    document = parse(text, file)
    if not document.found:
        JOURNEY(document, (), document.data)
    if not document.found:
        check_journey(document, known)
    if not document.found:
        _check_silence(document, known)
    if document.found:
        return {}, sorted(set(document.found))
    journey = versioned(compiled(name, document.data, known.marks))
    beside = [other for other in others.values() if other["journey"] != name]
    found = [finding for other in beside for finding in rivals_of(document, journey, other)]
    return ({}, sorted(set(found))) if found else (journey, [])


def _check_silence(document: Document, known: Known) -> None:
    """Silence is counted by a segment; the build makes one for each length that a file names, publishing alone makes none."""
    several = isinstance(document.data["trigger"], list)
    for index, trigger in enumerate(triggers_of(document.data)):
        if trigger["on"] == "no_interaction" and quiet_segment(trigger["for"]) not in known.segments:
            document.report(
                ("trigger", index, "for") if several else ("trigger", "for"),
                f"silence of {trigger['for']} is not counted here yet",
                "make a segment (last_activity_at older_than that) and write on: segment_entered, or deploy the file",
            )
