"""What a score remembers: for each behaviour rule, when each distinct thing last happened and how deep it went.

The state is ``{rule: {key: seconds since the epoch}}``; where a rule weighs involvement, ``{key: [seconds, weight]}``. Adding an activity is a union by
(rule, key) that keeps the later time and the deeper involvement, followed by leaving out what can no longer count: whatever is older than ten
half-lives of the newest, and whatever stands behind enough fresher things to fill its rule's cap. Both only ever look at the set of what
happened, so activities may come twice, late and in any order and the state is the same, and it stays small however long the history is.

Two keys are not rules: ``_v`` says which rules the state was folded by, and ``_x`` which opens and clicks of which mail were a machine's after all.
Taking something back is the one thing that a union cannot do: such a state is folded anew from the timeline (`needs_history`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.domain.conditions import activity_facts, holds
from shared.domain.ids import stable_id
from shared.domain.moments import from_iso
from shared.domain.timeline import EMAIL_CLICKED, EMAIL_OPENED, HUMAN, TOUCHES_VOIDED, Activity

State = dict[str, Any]
Model = Mapping[str, Any]
Rule = Mapping[str, Any]

VERSION, VOIDS = "_v", "_x"
# After ten half-lives a point is worth less than a thousandth: the entry is forgotten, in the live score and in a replay alike.
FORGOTTEN_AFTER_HALF_LIVES = 10
# A rule without a cap still remembers a bounded number of things: the freshest.
KEPT_WITHOUT_CAP = 40
# Deliveries come again within a day; a dozen mails that a machine swept are more than anybody gets in that time.
_VOIDS_KEPT = 12
_DAY = 86_400
# Words that `once_per` may hold beside fields: the thing counts once in each of these (UTC, by the clock).
SPANS = {"hour": 3_600, "day": _DAY, "week": 7 * _DAY}


def start(model: Model) -> State:
    """The state of somebody who has done nothing yet."""
    return {VERSION: model["fold"]} if model.get("fold") else {}


def needs_history(model: Model, state: State, fresh: Iterable[Activity]) -> bool:
    """Whether adding `fresh` is not enough: the rules are others than those the state was folded by, or something is taken back."""
    known = _voids(state)
    return state.get(VERSION, "") != model.get("fold", "") or any(
        _void(activity) not in known for activity in fresh if activity.type == TOUCHES_VOIDED
    )


def add(model: Model, state: State, activity: Activity) -> State:
    """The state after `activity`; the very same object when nothing in it scores."""
    if activity.agent != HUMAN or is_void(state, activity):
        return state
    happened = [
        (rule["id"], key_of(rule, activity), weight)
        for rule in behaviour_rules(model)
        if rule["on"] == activity.type
        and holds(rule.get("where"), activity_facts(activity))
        and (weight := involvement(rule, activity))
    ]
    if not happened:
        return state
    folded = {**start(model), **state}
    for rule_id, key, weight in happened:
        seen = folded[rule_id] = dict(folded.get(rule_id, {}))
        occurrence = (int(activity.at.timestamp()), weight)
        seen[key] = _packed(_joined(_unpacked(seen[key]), occurrence) if key in seen else occurrence)
    return _pruned(model, folded)


def replay(model: Model, activities: Iterable[Activity]) -> State:
    """The state from nothing, what was taken back left out whenever it was taken back."""
    timeline = list(activities)
    state = start(model)
    voids = {_void(activity) for activity in timeline if activity.type == TOUCHES_VOIDED}
    if voids:
        state[VOIDS] = _kept_voids(voids)
    for activity in timeline:
        state = add(model, state, activity)
    return state


def merge(model: Model, one: State, other: State) -> State:
    """The state of one person who was taken for two: what folding both timelines comes to."""
    merged = start(model)
    voids = {*_voids(one), *_voids(other)}
    if voids:
        merged[VOIDS] = _kept_voids(voids)
    for rule in behaviour_rules(model):
        seen = dict(one.get(rule["id"], {}))
        for key, packed in other.get(rule["id"], {}).items():
            seen[key] = _packed(_joined(_unpacked(seen[key]), _unpacked(packed))) if key in seen else packed
        if seen:
            merged[rule["id"]] = seen
    return _pruned(model, merged)


def behaviour_rules(model: Model) -> Iterator[Rule]:
    """The rules about what people do."""
    return (rule for rule in model["rules"] if rule["kind"] == "behaviour")


def concerns(model: Model, activity: Activity) -> bool:
    """Whether some rule is about such an activity."""
    return activity.agent == HUMAN and any(
        rule["on"] == activity.type and holds(rule.get("where"), activity_facts(activity))
        for rule in behaviour_rules(model)
    )


def clicks_near(model: Model, state: State, at: datetime, seconds: float) -> int:
    """How many different links are remembered as clicked within so many seconds of `at`."""
    stamp = at.timestamp()
    names = {rule["id"] for rule in behaviour_rules(model) if rule["on"] == EMAIL_CLICKED}
    return max(
        (
            sum(abs(_unpacked(packed)[0] - stamp) <= seconds for packed in state.get(name, {}).values())
            for name in names
        ),
        default=0,
    )


def latest_touch(model: Model, state: State, until: float) -> int:
    """When somebody last opened or clicked a mail, as far as it is remembered and until then, in seconds since the epoch; 0: never."""
    names = {rule["id"] for rule in behaviour_rules(model) if rule["on"] in (EMAIL_OPENED, EMAIL_CLICKED)}
    stamps = (_unpacked(packed)[0] for name in names for packed in state.get(name, {}).values())
    return max((stamp for stamp in stamps if stamp <= until), default=0)


def newest(model: Model, state: State) -> int:
    """When the latest thing that is remembered happened, in seconds since the epoch; 0 when there is none."""
    names = (rule["id"] for rule in behaviour_rules(model))
    return max((_unpacked(packed)[0] for name in names for packed in state.get(name, {}).values()), default=0)


def occurrences(rule: Rule, state: State, until: float) -> list[tuple[int, float]]:
    """(seconds, points) of what counts for `rule` among what happened until then: the freshest first, up to the rule's cap, without decay."""
    seen = (_unpacked(packed) for packed in state.get(rule["id"], {}).values())
    room = _Room(rule)
    counted = []
    for stamp, weight in sorted((pair for pair in seen if pair[0] <= until), reverse=True):
        points = room.take(stamp, rule["points"] * weight)
        if points:
            counted.append((stamp, points))
    return counted


# ------------------------------------------------------------------ what is one thing, and how deep it went


def key_of(rule: Rule, activity: Activity) -> str:
    """What makes two activities the same thing to `rule`: its `once_per`, else the activity itself; and the cap's window, where it has one."""
    stamp = int(activity.at.timestamp())
    names = rule.get("once_per") or ()
    parts = [str(stamp // SPANS[name]) if name in SPANS else str(activity.detail.get(name, "")) for name in names] or [
        activity.activity_id
    ]
    window = _window_seconds(rule)
    return stable_id(*parts, *([str(stamp // window)] if window else []))[:8]


def involvement(rule: Rule, activity: Activity) -> float:
    """How often the rule's points this touch is worth: 1 where the rule does not weigh, 0 when it was too shallow to count."""
    weight = rule.get("weight")
    if weight is None:
        return 1
    depth = _number(activity.detail.get(weight["field"]))
    if "steps" in weight:
        return float(max((step["times"] for step in weight["steps"] if depth >= step["from"]), default=0))
    return float(round(min(max(depth / weight["full"], weight["least"]), weight["most"]), 2))


def _number(value: object) -> float:
    """A depth that strangers report: what is no sensible number is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return 0.0
    try:
        number = float(value)
    except ValueError:
        return 0.0
    return number if 0 <= number < 1e9 else 0.0


def _joined(one: tuple[int, float], other: tuple[int, float]) -> tuple[int, float]:
    return max(one[0], other[0]), max(one[1], other[1])


def _packed(occurrence: tuple[int, float]) -> int | list[float]:
    """As few bytes as it takes: a person's row over 1 KB costs a second write unit."""
    stamp, weight = occurrence
    return stamp if weight == 1 else [stamp, weight]


def _unpacked(packed: int | Sequence[float]) -> tuple[int, float]:
    return (int(packed[0]), packed[1]) if isinstance(packed, Sequence) else (packed, 1)


# ------------------------------------------------------------------ what can no longer count


class _Room:
    """How much of a rule's cap is left while its things are gone through, the freshest first."""

    def __init__(self, rule: Rule) -> None:
        cap = rule.get("cap") or {}
        self._most: float | None = cap.get("points")
        self._window = _window_seconds(rule)
        self._taken: dict[int, float] = {}

    def take(self, stamp: int, points: float) -> float:
        """The part of `points` for which there is room."""
        if self._most is None:
            return points
        window = stamp // self._window if self._window else 0
        taken = self._taken.get(window, 0.0)
        part = min(abs(points), max(self._most - taken, 0.0))
        self._taken[window] = taken + part
        return part if points > 0 else -part


def _window_seconds(rule: Rule) -> int:
    return int((rule.get("cap") or {}).get("days", 0) * _DAY)


def _pruned(model: Model, state: State) -> State:
    rules = {rule["id"]: rule for rule in behaviour_rules(model)}
    latest = newest(model, state)
    kept = {name: seen for name, seen in state.items() if name in (VERSION, VOIDS)}
    for name, rule in rules.items():
        if seen := _pruned_rule(rule, state.get(name, {}), latest - lifetime(model, rule)):
            kept[name] = seen
    return kept


def _pruned_rule(rule: Rule, seen: Mapping[str, Any], since: float) -> dict[str, Any]:
    freshest = sorted(
        ((*_unpacked(packed), key) for key, packed in seen.items()), key=lambda o: (o[0], o[2]), reverse=True
    )
    room = _Room(rule)
    kept: dict[str, Any] = {}
    for stamp, weight, key in freshest:
        if stamp <= since or ("cap" not in rule and len(kept) >= KEPT_WITHOUT_CAP):
            break
        if room.take(stamp, rule["points"] * weight):
            kept[key] = seen[key]
    return kept


def lifetime(model: Model, rule: Rule) -> float:
    """Seconds after which a thing is worth nothing any more."""
    half_life = rule.get("half_life_days")
    days = model["full_value_days"] + FORGOTTEN_AFTER_HALF_LIVES * half_life if half_life else float("inf")
    return days * _DAY


# ------------------------------------------------------------------ what is taken back

_Void = tuple[str, int, int]


def void_key(message_id: str) -> str:
    """How a state names a mail."""
    return stable_id(message_id)[:8]


def _void(activity: Activity) -> _Void:
    detail = activity.detail
    since, until = (int(from_iso(detail[name]).timestamp()) for name in ("from", "until"))
    return void_key(detail["message_id"]), since, until


def _voids(state: State) -> list[_Void]:
    return [(str(key), int(since), int(until)) for key, since, until in state.get(VOIDS, [])]


def _kept_voids(voids: Iterable[_Void]) -> list[list[str | int]]:
    return [list(void) for void in sorted(voids, key=lambda void: (void[2], void[1], void[0]))[-_VOIDS_KEPT:]]


def is_void(state: State, activity: Activity) -> bool:
    """Whether `activity` is an open or click that turned out to be a machine's."""
    if activity.type not in (EMAIL_OPENED, EMAIL_CLICKED) or not state.get(VOIDS):
        return False
    key, stamp = void_key(str(activity.detail.get("message_id", ""))), int(activity.at.timestamp())
    return any(key == mail and since <= stamp <= until for mail, since, until in _voids(state))
