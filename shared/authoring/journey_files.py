"""One journey's text, from YAML to what the engine runs, or to what is wrong with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from shared.authoring.content_yaml import Document, Finding, is_plain, parse
from shared.authoring.journey_rivals import rivals_of, same_mails
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


class Checked(NamedTuple):
    """A text that was checked: the journey as the engine reads it ({} with findings), what keeps it from being published, and what had better be otherwise."""

    journey: dict[str, Any]
    findings: list[Finding]
    warnings: list[Finding]


def check_text(name: str, text: str, known: Known, others: Mapping[str, Journey]) -> Checked:
    """Checks the text of the journey `name`. `others` are the journeys beside it that are or may be live, by name."""
    file = f"journeys/{name}.yaml"
    if not is_plain(text):
        what = "the text has aliases, or is too deep"
        return Checked({}, [Finding(file, 1, what, "write out what *name stands for")], [])
    document = parse(text, file)
    journey = read_journey(name, document, known)
    _check_silence(document, known)
    beside = [other for other in others.values() if other["journey"] != name]
    found = {finding for other in beside for finding in rivals_of(document, journey, other)} if journey else set()
    found.update(document.found)
    warnings = sorted(same_mails(document, journey, beside)) if journey else []
    return Checked({} if found else versioned(journey), sorted(found), warnings)


def read_journey(name: str, document: Document, known: Known) -> dict[str, Any]:
    """The journey of a file, compiled, also when it names things that there are not; {} when it has not the shape of one. Everything that is wrong with it
    is found at once, as far as the file can be read.
    """
    if document.data is None:
        return {}
    JOURNEY(document, (), document.data)
    has_shape = not document.found
    if isinstance(document.data, dict):
        check_journey(document, known)
    return compiled(name, document.data, known.marks) if has_shape else {}


def _check_silence(document: Document, known: Known) -> None:
    """Silence is counted by a segment; the build makes one for each length that a file names, publishing alone makes none."""
    journey = document.sound() if isinstance(document.data, dict) else {}
    several = isinstance(journey.get("trigger"), list)
    for index, trigger in enumerate(triggers_of(journey)):
        silence = trigger.get("for") if trigger.get("on") == "no_interaction" else None
        if silence and quiet_segment(silence) not in known.segments:
            document.report(
                ("trigger", index, "for") if several else ("trigger", "for"),
                f"silence of {silence} is not counted here yet",
                "make a segment (last_activity_at older_than that) and write on: segment_entered, or deploy the file",
            )
