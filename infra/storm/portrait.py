"""What a run came to, without times and without ids that are made of times: the same for every way that led there."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from infra.rehearsal.books import Books, Row
from infra.rehearsal.world import World
from shared.domain.webhook import DONE, judge

Portrait = dict[str, int]
_SHOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "intake": ("form", "status", "reason"),
    "enrolments": ("lead_id", "journey", "status", "step", "exit_reason"),
    "messages": ("lead_id", "template", "class", "to", "status", "journey", "step", "reasons"),
    "handoffs": ("lead_id", "owner", "manager", "status", "reason", "outcome"),
    "suppressions": ("address", "list", "channel", "reason", "by"),
    "activities": ("lead_id", "type", "channel", "agent", "detail"),
    "segments": ("lead_id", "segment", "changes", "members", "status"),
    "touchpoints": ("code", "origin", "content"),
    "imports": ("part", "outcomes", "counts", "reasons"),
    "journeys": ("journey", "entry"),
}
_LEAD: Final = (
    "id",
    "profile",
    "consent",
    "score",
    "fit",
    "interest",
    "grade",
    "stage",
    "owner",
    "first_touch",
    "last_touch",
    "tags",
    "members",
)
# Moments, ids that are made of moments, and how often a server was asked, which depends on when.
_TIMELY: Final = frozenset(
    {
        "at",
        "answered_at",
        "since",
        "after",
        "handoff_id",
        "message_id",
        "submission_id",
        "evidence",
        "score",
        "merge",
        "answer",
        "tries",
    }
)
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")


def portrait(books: Books, world: World) -> Portrait:
    """Each thing in words → how often it is there."""
    return dict(Counter(_things(books, world)))


def _things(books: Books, world: World) -> Iterator[str]:
    for row in books["people"]:
        yield _told("lead", row, _LEAD) if row["kind"] == "lead" else _told("pointer", row, ("id", "lead_id"))
    for table, shown in _SHOWN.items():
        for row in books[table]:
            yield _told(table, row, shown)
    for call_id, heard in {each.call_id: each for each in world.strangers.heard}.items():
        taken = any(judge(each.status) == DONE for each in world.strangers.heard if each.call_id == call_id)
        yield f"{heard.url} was told of {heard.said['step']}{'' if taken else ', in vain'}"
    for mail in world.mails:
        yield f"mail to {mail.to}: {mail.subject}"


def _told(table: str, row: Row, shown: tuple[str, ...]) -> str:
    picked = {name: _timeless(row[name]) for name in shown if row.get(name) is not None}
    return f"{table} {json.dumps(picked, ensure_ascii=False, sort_keys=True, default=str)}"


def _timeless(value: Any) -> Any:
    if isinstance(value, str):
        return _MOMENT.sub("", value)
    if isinstance(value, Mapping):
        return {k: _timeless(v) for k, v in value.items() if k not in _TIMELY}
    return [_timeless(member) for member in value] if isinstance(value, list) else value


def differences(calm: Portrait, found: Portrait) -> list[str]:
    """What is missing and what is there too often."""
    expected, actual = Counter(calm), Counter(found)
    return [
        *(f"missing: {thing}" for thing in (expected - actual).elements()),
        *(f"surplus: {thing}" for thing in (actual - expected).elements()),
    ]


def lost_in_sending(found: Portrait) -> bool:
    """Whether a mail may not have left because its sender died around the call: then what follows from it may be missing too."""
    return any(thing.startswith("messages ") and '"status": "unknown"' in thing for thing in found)
