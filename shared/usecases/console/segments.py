"""Segments made, changed, tried out and removed by hand."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from shared.domain.ids import stable_id
from shared.domain.lead import Lead
from shared.domain.moments import to_iso
from shared.domain.segments import BUILDING, CONSOLE, FILE, LEAVING, MAX_SEGMENTS, Segment, version_of, wrong_with
from shared.usecases.console.texts import InvalidField, clean_text
from shared.usecases.fill_segment import begin
from shared.usecases.keep_segments import SegmentPorts, belongs

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_NAME = 80


class Untouchable(Exception):
    """The segment may not be changed here and now; says why."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A segment as somebody wrote it. `segment_id` is empty for a new one that takes its id from its name."""

    segment_id: str
    name: Mapping[str, str]
    condition: Mapping[str, Any]


def parse_draft(body: Mapping[str, Any]) -> Draft:
    """``{"segment_id"?, "name": text or {"en", "zh"}, "condition"}``. Raises InvalidField with the place and how to mend it."""
    segment_id = clean_text("segment_id", body.get("segment_id"), limit=60)
    if segment_id and not _ID.fullmatch(segment_id):
        raise InvalidField("segment_id", "lower case letters, digits and single hyphens, such as asked-for-an-offer")
    condition = body.get("condition")
    for problem in wrong_with(condition):
        place = ".".join(map(str, ("condition", *problem.path)))
        raise InvalidField(place, f"{problem.what}; {problem.mend}")
    return Draft(segment_id, _name(body.get("name")), dict(condition or {}))


def _name(given: object) -> dict[str, str]:
    texts = given if isinstance(given, Mapping) else {"en": given, "zh": given}
    names = {locale: clean_text("name", texts.get(locale), limit=_NAME) for locale in ("en", "zh")}
    found = next((name for name in names.values() if name), "")
    if not found:
        raise InvalidField("name", "is required")
    return {locale: name or found for locale, name in names.items()}


def save(draft: Draft, who: str, ports: SegmentPorts, now: datetime) -> Segment:
    """Puts the draft in force and begins to fill it. Raises Untouchable for a segment of a file or one that is going, and for one too many."""
    segment_id = draft.segment_id or _id_of(draft.name, who, now)
    present = ports.definitions.get(segment_id)
    if present is None and len(ports.definitions.all()) >= MAX_SEGMENTS:
        raise Untouchable(f"there are {MAX_SEGMENTS} segments already: remove one first")
    _check_touchable(present)
    version = version_of(draft.condition)
    fresh = Segment(segment_id, draft.name, draft.condition, version, CONSOLE, BUILDING, changed_at=now, changed_by=who)
    if present and present.version == version:
        # Only a better name: nobody need be asked.
        fresh = replace(fresh, status=present.status, walked=present.walked)
        saved = ports.definitions.save(fresh, replaces=present)
    else:
        saved = begin(fresh, present, ports, now)
    if not saved:
        raise Untouchable("somebody else changed this segment just now: look at it again")
    return fresh


def _id_of(name: Mapping[str, str], who: str, now: datetime) -> str:
    words = re.findall(r"[a-z0-9]+", name["en"].lower())
    made = "-".join(words)[:40].strip("-") or "segment"
    return f"{made}-{stable_id(who, to_iso(now), made)[:5]}"


def _check_touchable(present: Segment | None) -> None:
    if present and present.source == FILE:
        raise Untouchable(f"this segment stands in templates/segments/{present.segment_id}.yaml: change it there")
    if present and present.status == LEAVING:
        raise Untouchable("this segment is being removed")


def remove(segment: Segment, who: str, ports: SegmentPorts, now: datetime) -> None:
    """Leads everybody out, in the background; then the segment is gone. Raises Untouchable."""
    _check_touchable(segment)
    going = replace(segment, status=LEAVING, changed_at=now, changed_by=who)
    if not begin(going, segment, ports, now):
        raise Untouchable("somebody else changed this segment just now: look at it again")


@dataclass(frozen=True, slots=True)
class Trial:
    """How many of a bounded sample would be in a segment, and the first of them."""

    asked: int
    found: int
    examples: Sequence[Lead]


def try_out(condition: Mapping[str, Any], sample: Sequence[Lead], ports: SegmentPorts, now: datetime) -> Trial:
    """Asks the condition about `sample`; writes nothing."""
    segment = Segment("trial", {}, condition, "trial")
    found = [lead for lead in sample if belongs(lead.lead_id, segment, ports, now, lead=lead)]
    return Trial(len(sample), len(found), found[:5])
