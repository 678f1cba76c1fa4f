"""The shape of a journey file: triggers, exits, steps, and conditions that may ask what the person did. docs/marketers.md describes every key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.authoring.content_shapes import (
    CONVERSION_POINTS,
    DURATION,
    ID,
    Shape,
    anything,
    boolean,
    choice,
    condition,
    listing,
    localized,
    mapping,
    number,
    record,
    text,
)
from shared.authoring.content_yaml import Document, Place
from shared.authoring.nearest import or_meant
from shared.domain import timeline
from shared.domain.condition_fields import ACTIVITY_FIELDS, PERSON_FIELDS, Vocabulary, named
from shared.domain.journeys.waits import WEEKDAYS
from shared.domain.lifecycle import STAGES
from shared.domain.message import CHANNELS
from shared.domain.webhook import TELLABLE

# Everything that the react function hears (its filter in template.yaml), so that a journey may listen for it.
HEARD = (
    timeline.FORM_SUBMITTED,
    timeline.PAGE_VIEWED,
    timeline.EMAIL_OPENED,
    timeline.EMAIL_CLICKED,
    timeline.EMAIL_REPLIED,
    timeline.EMAIL_BOUNCED,
    timeline.EMAIL_COMPLAINED,
    timeline.UNSUBSCRIBED,
    timeline.CHANNEL_STOPPED,
    timeline.CONSENT_GIVEN,
    timeline.GRADE_CHANGED,
    timeline.STAGE_CHANGED,
    timeline.HANDED_OFF,
    timeline.HANDOFF_UPDATED,
    timeline.PREFERENCES_CHANGED,
    timeline.TAG_ADDED,
    timeline.TAG_REMOVED,
    timeline.SEGMENT_ENTERED,
    timeline.SEGMENT_LEFT,
)
# What a person does, as opposed to what happens to them.
DOINGS = (
    timeline.FORM_SUBMITTED,
    timeline.PAGE_VIEWED,
    timeline.EMAIL_OPENED,
    timeline.EMAIL_CLICKED,
    timeline.EMAIL_REPLIED,
)
# What activities tell beyond the common table.
_MORE_FACTS = ("conversion_point", "score", "status", "result", "goal")
SETTABLE = ("company", "title", "industry", "company_size", "country", "budget", "locale")

_where = condition(Vocabulary({**ACTIVITY_FIELDS, **named(_MORE_FACTS)}))
_TIMES = mapping("eq|ne|gt|gte|lt|lte", "gte", number(0, 1000))
_EVENT_KEYS: Mapping[str, Shape] = {
    "step": ID,
    "link": text(),
    "path": text(r"/\S*", "/pricing"),
    "where": _where,
    "times": _TIMES,
}
EVENT = record({"did": choice(*DOINGS)}, _EVENT_KEYS)
_DID = record({"did": choice(*DOINGS)}, {**_EVENT_KEYS, "within": DURATION})
_leaf = condition(Vocabulary(PERSON_FIELDS))


def journey_condition(document: Document, place: Place, value: Any) -> None:
    """A condition on the person, which may also ask what they did: ``{did: email_clicked, step: week-1}``."""
    branch = next((key for key in ("all", "any") if isinstance(value, dict) and key in value), "")
    if branch:
        record({branch: listing(journey_condition, least=1)})(document, place, value)
    elif isinstance(value, dict) and "not" in value:
        record({"not": journey_condition})(document, place, value)
    elif isinstance(value, dict) and "did" in value:
        _DID(document, place, value)
        if "step" not in value and "within" not in value:
            document.report(place, "since when?", "add step: (since that step) or within: 14d")
    else:
        _leaf(document, place, value)


_at = text(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?([+-]\d\d:\d\d|Z)", '"2026-06-01T09:00:00+08:00"')
TRIGGERS: Mapping[str, Shape] = {
    "form": record({"on": anything, "form": ID}),
    "conversion_point": record({"on": anything, "is": choice(*CONVERSION_POINTS)}),
    "score": record({"on": anything, "reaches": number(-1000, 1000)}),
    "grade": record(
        {"on": anything, "becomes": choice("hot", "warm", "cold")}, {"from": choice("hot", "warm", "cold")}
    ),
    "no_interaction": record({"on": anything, "for": DURATION}),
    "segment_entered": record({"on": anything, "segment": ID}),
    "segment_left": record({"on": anything, "segment": ID}),
    "handoff_outcome": record({"on": anything, "result": choice("won", "deferred", "invalid")}),
}
DATE_FIXED = record({"on": anything, "at": _at})
DATE_OF = record(
    {"on": anything, "of": choice(*HEARD), "field": text(r"[a-z_]+(\.[a-z_]+)*", "until")},
    {"before": DURATION, "after": DURATION},
)
ON_ACTIVITY = record({"on": choice(*HEARD)}, {"where": _where})

EXIT_ON_STAGE = record({"on": choice("stage"), "in": listing(choice(*STAGES), least=1), "reason": ID})
EXIT_ON_CONDITION = record({"on": choice("condition"), "when": _leaf, "reason": ID})
EXIT_ON_ACTIVITY = record({"on": choice(*HEARD), "reason": ID}, {"where": _where})

_step: dict[str, Shape] = {"id": ID, "do": anything}
_next: dict[str, Shape] = {"next": ID}
_until = record({"at": text(r"([01]\d|2[0-3]):[0-5]\d", '"09:30"')}, {"days": listing(choice(*WEEKDAYS), least=1)})
_way = record({"when": journey_condition, "goto": ID})
# `name` is what people read where the id stands for the machine.
_split_way = record({"way": ID, "weight": number(1, 1000)}, {"goto": ID, "name": localized()})
_recipient = text(r"owner|manager|[^@\s]+@[^@\s]+\.[^@\s]+", "owner, manager or sales@company.example")
STEPS: Mapping[str, Shape] = {
    "send": record(
        {**_step, "template": ID, "class": choice("marketing", "transactional"), "purpose": ID},
        {**_next, "channel": choice(*CHANNELS)},
    ),
    "wait": record(
        _step,
        {**_next, "for": DURATION, "until": _until, "event": EVENT, "at_most": DURATION, "then": ID, "timeout": ID},
    ),
    "branch": record({**_step, "ways": listing(_way, least=1)}, {**_next, "else": ID}),
    "split": record({**_step, "ways": listing(_split_way, least=2)}, _next),
    "repeat": record({**_step, "goto": ID, "times": number(1, 52)}, _next),
    "update": record(
        _step,
        {
            **_next,
            "set": mapping("|".join(SETTABLE), "industry", text()),
            "add_tags": listing(text(), least=1),
            "remove_tags": listing(text(), least=1),
        },
    ),
    "notify": record({**_step, "to": _recipient, "reason": localized()}, {**_next, "template": ID}),
    "hand_off": record(_step, {**_next, "reason": ID}),
    "goal": record({**_step, "goal": ID}, {**_next, "name": localized()}),
    "webhook": record(
        {**_step, "url": text(r"https://[^\s@?#]+(\?[^\s#]*)?", "https://hooks.company.example/ripen")},
        {
            **_next,
            "fields": listing(choice(*TELLABLE), least=1),
            "data": mapping("[a-z][a-z0-9_]*", "campaign", text()),
        },
    ),
    "exit": record({**_step, "reason": ID}),
}
_again = record({"again_after": DURATION})


def _entry(document: Document, place: Place, value: Any) -> None:
    if isinstance(value, dict):
        _again(document, place, value)
    elif value not in ("once", "always"):
        what = f"entry is {str(value)[:60]!r}"
        document.report(place, what, or_meant(value, ("once", "always"), "write once, {again_after: 30d} or always"))


def by_kind(shapes: Mapping[str, Shape], key: str, what: str) -> Shape:
    """A mapping whose `key` says which of the `shapes` it has."""

    def check(document: Document, place: Place, value: Any) -> None:
        shape = shapes.get(str(value.get(key))) if isinstance(value, dict) else None
        if shape is None:
            where = (*place, key) if isinstance(value, dict) else place
            mend = f"write {key}: with one of them"
            if isinstance(value, dict) and key in value:
                mend = or_meant(value[key], shapes, mend)
            document.report(where, f"{what} has {key}: one of {', '.join(shapes)}", mend)
        else:
            shape(document, place, value)

    return check


def _trigger(document: Document, place: Place, value: Any) -> None:
    kind = value.get("on") if isinstance(value, dict) else None
    if kind in ("segment_entered", "segment_left") and "where" in value:
        ON_ACTIVITY(document, place, value)
    elif kind == "date":
        (DATE_FIXED if "at" in value else DATE_OF)(document, place, value)
    else:
        TRIGGERS.get(str(kind), ON_ACTIVITY)(document, place, value)


def _triggers(document: Document, place: Place, value: Any) -> None:
    (listing(_trigger, least=1) if isinstance(value, list) else _trigger)(document, place, value)


def _exit(document: Document, place: Place, value: Any) -> None:
    kind = value.get("on") if isinstance(value, dict) else None
    shapes = {"stage": EXIT_ON_STAGE, "condition": EXIT_ON_CONDITION}
    shapes.get(str(kind), EXIT_ON_ACTIVITY)(document, place, value)


JOURNEY = record(
    {
        "name": localized(),
        "trigger": _triggers,
        "entry": _entry,
        "exits": listing(_exit, least=1),
        "steps": listing(by_kind(STEPS, "do", "a step"), least=1),
    },
    {"description": localized(), "enabled": boolean, "priority": number(1, 100), "audience": journey_condition},
)
