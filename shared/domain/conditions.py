"""The one condition language: ``{all: [...]}``, ``{any: [...]}``, ``{not: ...}`` of ``{field, op, value}``, and what a person did:
``{did: page_viewed, where: {...}, times: {gte: 3}, within: 14d}``. Data, never text to evaluate.

What is missing or of the wrong type is simply not so: no fact makes a condition raise. Text is compared without regard to width and case; a number may stand
as text ("200"). `ne` and `not_in` are true of what is missing, as ``not: eq`` would be. Which field takes which operator: `condition_fields`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from shared.domain.moments import from_iso, parse_duration
from shared.domain.text import fold
from shared.domain.timeline import HUMAN, Activity

Condition = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None
Facts = Mapping[str, Any]
# The activities of a type from a moment on (None: all there are), in any order; asked only when the answer depends on it.
History = Callable[[str, datetime | None], Iterable[Activity]]

COMPARISONS = ("eq", "ne", "gt", "gte", "lt", "lte")
OPERATORS = (
    *COMPARISONS,
    "in",
    "not_in",
    "contains",
    "starts_with",
    "ends_with",
    "matches_domain",
    "within",
    "older_than",
    "exists",
    "missing",
)
_MISSING: tuple[Any, ...] = (None, "", [], {}, (), frozenset())
_AT_LEAST_ONCE = {"gte": 1}


def holds(condition: Condition, facts: Facts, *, now: datetime | None = None, history: History | None = None) -> bool:
    """Whether `condition` is true of `facts` at `now` (else at ``facts["now"]``); a list means all of it, no condition is always true.

    Without a history nothing can be said of what a person did, and `did` is false. Raises ValueError only for a condition that no build would
    let through (an unknown operator).
    """
    if not condition:
        return True
    if not isinstance(condition, Mapping):
        return all(holds(part, facts, now=now, history=history) for part in condition)
    if "all" in condition:
        return all(holds(part, facts, now=now, history=history) for part in condition["all"])
    if "any" in condition:
        return any(holds(part, facts, now=now, history=history) for part in condition["any"])
    if "not" in condition:
        return not holds(condition["not"], facts, now=now, history=history)
    moment = now or _moment(facts.get("now"))
    if "did" in condition:
        return _did(condition, moment, history)
    return _is(condition["op"], facts.get(condition["field"]), condition.get("value"), moment)


def _leaves(condition: Condition) -> Iterator[Mapping[str, Any]]:
    if isinstance(condition, Mapping) and ("field" in condition or "did" in condition):
        yield condition
    elif isinstance(condition, Mapping):
        yield from (leaf for part in condition.values() for leaf in _leaves(part))
    elif isinstance(condition, Sequence) and not isinstance(condition, str):
        yield from (leaf for part in condition for leaf in _leaves(part))


def fields_of(condition: Condition) -> frozenset[str]:
    """What the condition reads: names of fields, and ``did:<activity type>`` for what a person did."""
    return frozenset(f"did:{leaf['did']}" if "did" in leaf else leaf["field"] for leaf in _leaves(condition))


def moves_with_time(condition: Condition) -> bool:
    """Whether the condition can change although nothing happens."""
    return any(leaf.get("op") in ("within", "older_than") or "within" in leaf for leaf in _leaves(condition))


def next_change(condition: Condition, facts: Facts, now: datetime, history: History | None = None) -> datetime | None:
    """The first moment after `now` at which the condition changes if nothing happens until then; None when it never does.

    A fact that itself fades with time (a score) is taken as it stands: who keeps it tells when it moves.
    """
    if _settled(condition, facts, now) is not None:
        return None
    present = holds(condition, facts, now=now, history=history)
    moments = {moment for leaf in _leaves(condition) for moment in _turns(leaf, facts, now, history) if moment > now}
    return next((at for at in sorted(moments) if holds(condition, facts, now=at, history=history) != present), None)


def _settled(condition: Condition, facts: Facts, now: datetime) -> bool | None:
    """What the condition is whatever time and the past say; None when it depends on them."""
    if not condition:
        return True
    if not isinstance(condition, Mapping):
        return _all_settled([_settled(part, facts, now) for part in condition])
    if "all" in condition:
        return _all_settled([_settled(part, facts, now) for part in condition["all"]])
    if "any" in condition:
        return _opposite(_all_settled([_opposite(_settled(part, facts, now)) for part in condition["any"]]))
    if "not" in condition:
        return _opposite(_settled(condition["not"], facts, now))
    return None if "did" in condition or moves_with_time(condition) else holds(condition, facts, now=now)


def _all_settled(parts: Sequence[bool | None]) -> bool | None:
    return False if False in parts else None if None in parts else True


def _opposite(settled: bool | None) -> bool | None:
    return None if settled is None else not settled


def _turns(leaf: Mapping[str, Any], facts: Facts, now: datetime, history: History | None) -> Iterator[datetime]:
    """When one leaf may turn: as something reaches the age that it asks about."""
    if "did" in leaf:
        age = _duration(leaf.get("within"))
        starts = [activity.at for activity in _done(leaf, now, history)] if age else []
    else:
        age = _duration(leaf.get("value")) if leaf["op"] in ("within", "older_than") else None
        found = _moment(facts.get(leaf["field"]))
        starts = [found] if found else []
    for start in starts if age else ():
        yield start
        if (turn := _shifted(start, age)) is not None:
            yield turn


# -------------------------------------------------------------------- what a person did


def history_of(activities: Iterable[Activity]) -> History:
    """A history of activities that are at hand."""
    known = list(activities)
    return lambda kind, since: [each for each in known if each.type == kind and (since is None or each.at >= since)]


def activity_facts(activity: Activity) -> dict[str, Any]:
    """What a condition may ask about one activity."""
    return {**activity.detail, "channel": activity.channel, "type": activity.type, "agent": activity.agent}


def _did(leaf: Mapping[str, Any], now: datetime | None, history: History | None) -> bool:
    if history is None or ("within" in leaf and now is None):
        return False
    count = sum(1 for _ in _done(leaf, now, history))
    wanted = leaf.get("times") or _AT_LEAST_ONCE
    return all(_is(op, count, value, now) for op, value in wanted.items())


def _done(leaf: Mapping[str, Any], now: datetime | None, history: History | None) -> Iterator[Activity]:
    """The activities that count: of the type, in the window, by a human being unless the condition itself asks who acted."""
    where, age = leaf.get("where"), _duration(leaf.get("within"))
    if history is None or ("within" in leaf and (age is None or now is None)):
        return
    since = _shifted(now, -age) if now and age else None
    anybody = "agent" in fields_of(where)
    for activity in history(str(leaf["did"]), since):
        in_time = (now is None or activity.at <= now) and (since is None or activity.at > since)
        if in_time and (anybody or activity.agent == HUMAN) and holds(where, activity_facts(activity), now=now):
            yield activity


# -------------------------------------------------------------------- one comparison


def _is(op: str, found: Any, value: Any, now: datetime | None) -> bool:
    if op not in OPERATORS:
        raise ValueError(f"unknown operator {op!r} (one of {', '.join(OPERATORS)})")
    match op:
        case "eq" | "ne":
            return _equal(found, value) is (op == "eq")
        case "in" | "not_in":
            return _among(found, value) is (op == "in")
        case "exists" | "missing":
            return ((found in _MISSING) is (op == "missing")) is (value is not False)
        case "gt" | "gte" | "lt" | "lte":
            return _ordered(op, found, value)
        case "contains" | "starts_with" | "ends_with":
            return _has(op, found, value)
        case "matches_domain":
            return _in_domain(found, value)
    return _aged(op, found, value, now)


def _is_many(value: Any) -> bool:
    return isinstance(value, (list, tuple, set, frozenset))


def _equal(found: Any, value: Any) -> bool:
    if found in _MISSING or value in _MISSING:
        return found in _MISSING and value in _MISSING
    if _is_many(found) and not _is_many(value):
        return any(_equal(each, value) for each in found)
    if isinstance(found, bool) or isinstance(value, bool):
        return found is value
    pair = _alike(found, value)
    return pair[0] == pair[1] if pair else bool(found == value)


def _among(found: Any, values: Any) -> bool:
    return _is_many(values) and any(_equal(found, value) for value in values)


def _ordered(op: str, found: Any, value: Any) -> bool:
    if isinstance(found, bool) or isinstance(value, bool):
        return False
    pair = _both(_number(found), _number(value)) or _alike(found, value)
    if pair is None:
        return False
    left, right = pair
    return bool({"gt": left > right, "gte": left >= right, "lt": left < right, "lte": left <= right}[op])


def _alike(found: Any, value: Any) -> tuple[Any, Any] | None:
    """Both as what can be compared: numbers, moments or folded text. None when they have nothing in common."""
    if isinstance(found, datetime) or isinstance(value, datetime):
        return _both(_moment(found), _moment(value))
    if _is_number(found) or _is_number(value):
        return _both(_number(found), _number(value))
    return (fold(found), fold(value)) if isinstance(found, str) and isinstance(value, str) else None


def _both(left: Any, right: Any) -> tuple[Any, Any] | None:
    return None if left is None or right is None else (left, right)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(value: Any) -> float | None:
    """A finite number, also one that stands as text."""
    if not (_is_number(value) or (isinstance(value, str) and len(value) <= 40)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _moment(value: Any) -> datetime | None:
    """An aware moment: itself, ISO text with a zone, or a day (its beginning in UTC)."""
    if isinstance(value, datetime):
        return value if value.tzinfo else None
    if not isinstance(value, str):
        return None
    try:
        return datetime.fromisoformat(value).replace(tzinfo=UTC) if len(value) == 10 else from_iso(value)
    except (ValueError, OverflowError):
        return None


def _duration(value: Any) -> timedelta | None:
    try:
        return parse_duration(value) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None


def _shifted(moment: datetime, by: timedelta | None) -> datetime | None:
    try:
        return moment + by if by is not None else None
    except OverflowError:
        return None


def _has(op: str, found: Any, value: Any) -> bool:
    if _is_many(found):
        return op == "contains" and any(_equal(each, value) for each in found)
    if not isinstance(found, str) or not isinstance(value, str) or not value.strip():
        return False
    text, part = fold(found), fold(value)
    return {"contains": part in text, "starts_with": text.startswith(part), "ends_with": text.endswith(part)}[op]


def _in_domain(found: Any, value: Any) -> bool:
    """Whether an address (or a URL, or a bare host) belongs to a domain or to one below it."""
    if not isinstance(found, str):
        return False
    host = _host(fold(found))
    wanted = [fold(each).lstrip("@.") for each in (value if _is_many(value) else [value]) if isinstance(each, str)]
    return any(name and (host == name or host.endswith(f".{name}")) for name in wanted)


def _host(text: str) -> str:
    if "://" not in text:
        return text.rpartition("@")[2]
    try:
        return urlsplit(text).hostname or ""
    except ValueError:
        return ""


def _aged(op: str, found: Any, value: Any, now: datetime | None) -> bool:
    moment, age = _moment(found), _duration(value)
    mark = _shifted(now, -age) if now and age is not None else None
    if moment is None or now is None or mark is None:
        return False
    return mark < moment <= now if op == "within" else moment <= mark
