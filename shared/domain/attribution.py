"""Several touches, one lead: what each of them contributed, and to whom the lead is owed.

Every touch stays on the timeline as a claim. Everything here is a fold over them: the same touches give the same answer, in whatever order they were delivered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from shared.domain.timeline import EMAIL_CLICKED, FORM_SUBMITTED, HUMAN, PAGE_VIEWED, TOUCHPOINT_FOLLOWED, Activity

MODELS = ("first", "last", "linear", "position")
_TOUCHING = (FORM_SUBMITTED, TOUCHPOINT_FOLLOWED, PAGE_VIEWED)


@dataclass(frozen=True, slots=True)
class Touch:
    """One claim: when, what kind of thing happened, by which channel, and what it says of its origin (``activity employee material …``)."""

    at: datetime
    type: str
    channel: str
    origin: dict[str, str] = field(default_factory=dict)
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Assignment:
    """Whose the lead is: `named` holds what the winning touch named (``employee distributor referred_by``), from its time until the window ends."""

    named: dict[str, str]
    since: datetime
    until: datetime
    touch: Touch


def touches_of(activities: Iterable[Activity], policy: Mapping[str, Any]) -> list[Touch]:
    """The claims of a timeline, oldest first. Machines claim nothing; a scan and the form that it led to are one touch."""
    found = [touch for activity in activities if (touch := _touch(activity))]
    found.sort(key=lambda touch: (touch.at, touch.cause, touch.type))
    return _joined(found, timedelta(hours=policy["one_touch_hours"]))


def _touch(activity: Activity) -> Touch | None:
    if activity.agent != HUMAN:
        return None
    if activity.type == EMAIL_CLICKED:
        origin = {name: str(activity.detail[name]) for name in ("template", "journey") if activity.detail.get(name)}
        return Touch(activity.at, activity.type, "email", origin, activity.cause)
    said = activity.detail.get("touch")
    if activity.type not in _TOUCHING or not isinstance(said, Mapping):
        return None
    origin = {str(name): str(value) for name, value in said.items() if value and name not in ("at", "channel")}
    return Touch(activity.at, activity.type, str(said.get("channel") or activity.channel), origin, activity.cause)


def _joined(touches: Sequence[Touch], within: timedelta) -> list[Touch]:
    """Touches of one code shortly after one another are the first of them, with what the later ones add."""
    joined: list[Touch] = []
    begun: dict[str, int] = {}
    for touch in touches:
        code = touch.origin.get("s", "")
        known = begun.get(code) if code else None
        if known is not None and touch.at - joined[known].at <= within:
            first = joined[known]
            joined[known] = Touch(first.at, first.type, first.channel, touch.origin | first.origin, first.cause)
            continue
        if code:
            begun[code] = len(joined)
        joined.append(touch)
    return joined


def shares(touches: int, model: str, policy: Mapping[str, Any]) -> list[Fraction]:
    """What each of so many touches contributed; together exactly 1, unless there are none. Raises KeyError for a model that there is not."""
    if touches == 0:
        return []
    by_model = {
        "first": lambda: _at(touches, 0),
        "last": lambda: _at(touches, touches - 1),
        "linear": lambda: [Fraction(1, touches)] * touches,
        "position": lambda: _by_position(touches, policy["position"]),
    }
    return by_model[model]()


def _at(touches: int, place: int) -> list[Fraction]:
    return [Fraction(int(index == place)) for index in range(touches)]


def _by_position(touches: int, position: Mapping[str, int]) -> list[Fraction]:
    first, last = Fraction(position["first"], 100), Fraction(position["last"], 100)
    between = 1 - first - last
    if touches == 1:
        return [Fraction(1)]
    if touches == 2:
        return [first + between / 2, last + between / 2]
    return [first, *[between / (touches - 2)] * (touches - 2), last]


def by_channel(touches: Sequence[Touch], model: str, policy: Mapping[str, Any]) -> dict[str, Fraction]:
    """What each channel contributed to one lead."""
    credit: dict[str, Fraction] = {}
    for touch, share in zip(touches, shares(len(touches), model, policy), strict=True):
        if share:
            credit[touch.channel] = credit.get(touch.channel, Fraction()) + share
    return credit


def window_of(policy: Mapping[str, Any]) -> timedelta:
    """How long a claim holds."""
    return timedelta(days=policy["assignment"]["window_days"])


def assignment(touches: Sequence[Touch], policy: Mapping[str, Any], as_of: datetime) -> Assignment | None:
    """Whose the lead is at `as_of`: of the touches within the window before it that name somebody, the first (or the last, when the policy says so).

    What is older than the window does not matter, so nobody need read it.
    """
    rule, window = policy["assignment"], window_of(policy)
    claims = [touch for touch in touches if as_of - window < touch.at <= as_of and _named(touch, rule["by"])]
    if not claims:
        return None
    touch = claims[0] if rule["wins"] == "first" else claims[-1]
    return Assignment(_named(touch, rule["by"]), touch.at, touch.at + window, touch)


def _named(touch: Touch, by: Sequence[str]) -> dict[str, str]:
    return {name: touch.origin[name] for name in by if touch.origin.get(name)}
