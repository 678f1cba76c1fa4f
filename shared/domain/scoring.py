"""The score is a fold over the timeline.

The state keeps, for each behaviour rule, when each distinct thing last happened: ``{rule: {key: epoch seconds}}``. Adding an activity is a union by
(rule, key) that keeps the latest time, so it may come twice, late or in any order and the state is the same: the live score and a
replay of the whole timeline are one number by construction, and an update reads no history.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from shared.domain.conditions import holds
from shared.domain.ids import stable_id
from shared.domain.moments import to_iso
from shared.domain.timeline import FORM_SUBMITTED, HUMAN, Activity
from shared.domain.titles import classify, fold

# After ten half-lives a point is worth less than a thousandth: the entry is forgotten, in the live score and in a replay alike.
_FORGOTTEN_AFTER_HALF_LIVES = 10
_NO_COMPANY = re.compile(
    r"(none|n/?a|no company|null|test|self|individual|private|personal|freelance|无|没有|个人|自由职业|待业|测试|暂无|privat|keine?|[\W_]*)"
)

State = dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One reason of the score: `points` is what it is worth at the moment asked for."""

    rule: str
    points: int
    at: datetime
    why: Mapping[str, str]
    dimension: str


@dataclass(frozen=True, slots=True)
class Score:
    """`total` = `fit` + `interest`, and the entries' points sum to `total`."""

    total: int
    fit: int
    interest: int
    entries: tuple[Entry, ...]


def has_clear_company(company: str) -> bool:
    """False for an empty company and for what people write to get past the field ("n/a", 无, "-")."""
    return _NO_COMPANY.fullmatch(fold(company)) is None


def attributes_of(profile: Mapping[str, str], titles: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that attribute rules ask about, from a profile and the table of titles."""
    title, negations = profile.get("title", ""), titles.get("negations", ())
    return {
        **profile,
        "seniority": classify(title, titles["levels"], negations),
        "department": classify(title, titles.get("departments", {}), negations),
        "company_known": has_clear_company(profile.get("company", "")),
    }


def _facts(activity: Activity) -> dict[str, Any]:
    return {**activity.detail, "channel": activity.channel, "type": activity.type}


@dataclass(frozen=True)
class ScoringModel:
    """A model from templates/scoring and the table of titles it uses."""

    model: Mapping[str, Any]
    titles: Mapping[str, Any]

    # ------------------------------------------------------------------ folding

    def add(self, state: State, activity: Activity) -> State:
        """The state after `activity`: the same object's content when nothing in it scores."""
        if activity.agent != HUMAN:
            return state
        folded = {rule: dict(seen) for rule, seen in state.items()}
        for rule in self._behaviour_rules(activity.type):
            if holds(rule.get("where"), _facts(activity)):
                key = self._key(rule, activity)
                seen, at = folded.setdefault(rule["id"], {}), int(activity.at.timestamp())
                seen[key] = max(seen.get(key, at), at)
        return folded

    def replay(self, activities: Iterable[Activity]) -> State:
        """The state from nothing."""
        state: State = {}
        for activity in activities:
            state = self.add(state, activity)
        return state

    def _behaviour_rules(self, activity_type: str) -> Iterable[Mapping[str, Any]]:
        return (rule for rule in self.model["rules"] if rule["kind"] == "behaviour" and rule["on"] == activity_type)

    @staticmethod
    def _key(rule: Mapping[str, Any], activity: Activity) -> str:
        once_per = rule.get("once_per")
        parts = [str(activity.detail.get(name, "")) for name in once_per] if once_per else [activity.activity_id]
        return stable_id(*parts)[:8]

    # ------------------------------------------------------------------ reading

    def read(
        self, state: State, profile: Mapping[str, str], known_at: Mapping[str, str], as_of: datetime, born: datetime
    ) -> Score:
        """The score at `as_of` with a reason for each point. `born` dates what no submission said (a company that was never given)."""
        weighed = [*self._fit_weights(profile, known_at, born), *self._interest_weights(state, as_of)]
        fit = _whole(sum(weight for weight, entry in weighed if entry.dimension == "fit"))
        interest = _whole(sum(weight for weight, entry in weighed if entry.dimension != "fit"))
        entries = [
            *_apportion([pair for pair in weighed if pair[1].dimension == "fit"], fit),
            *_apportion([pair for pair in weighed if pair[1].dimension != "fit"], interest),
        ]
        return Score(fit + interest, fit, interest, tuple(sorted(entries, key=lambda entry: (entry.at, entry.rule))))

    def _interest_weights(self, state: State, as_of: datetime) -> Iterable[tuple[float, Entry]]:
        rules = {rule["id"]: rule for rule in self.model["rules"]}
        for rule_id, seen in state.items():
            rule = rules.get(rule_id)
            for stamp in seen.values() if rule else ():
                at = datetime.fromtimestamp(stamp, UTC)
                weight = rule["points"] * self._decay(rule, as_of - at) if rule and at <= as_of else 0.0
                if rule and weight:
                    yield weight, Entry(rule_id, 0, at, rule["why"], rule["dimension"])

    def _decay(self, rule: Mapping[str, Any], age: timedelta) -> float:
        half_life = rule.get("half_life_days")
        past_plateau = age.total_seconds() / 86_400 - self.model["full_value_days"]
        if not half_life or past_plateau <= 0:
            return 1.0
        halves = past_plateau / half_life
        return 0.0 if halves >= _FORGOTTEN_AFTER_HALF_LIVES else float(2**-halves)

    def _fit_weights(
        self, profile: Mapping[str, str], known_at: Mapping[str, str], born: datetime
    ) -> Iterable[tuple[float, Entry]]:
        facts = attributes_of(profile, self.titles)
        best: dict[str, tuple[float, Entry]] = {}
        for rule in self.model["rules"]:
            if rule["kind"] != "attribute" or not holds(rule["where"], facts):
                continue
            entry = Entry(rule["id"], 0, self._learnt(rule, known_at, born), rule["why"], rule["dimension"])
            group = rule.get("group", rule["id"])
            if group not in best or rule["points"] > best[group][0]:
                best[group] = (float(rule["points"]), entry)
        return best.values()

    @staticmethod
    def _learnt(rule: Mapping[str, Any], known_at: Mapping[str, str], born: datetime) -> datetime:
        source = {"seniority": "title", "department": "title", "company_known": "company"}
        name = rule["where"].get("field", "")
        said = known_at.get(source.get(name, name))
        return datetime.fromisoformat(said) if said else born

    # ------------------------------------------------------------------ grades

    def grade(self, score: int, present: str) -> str:
        """The grade of `score` for somebody who is `present` now: a grade is kept until the score falls below its own leaving mark."""
        grades = self.model["grades"]
        for grade in grades:
            enter = grade["enter"]
            if enter is None or score >= enter or (grade["grade"] == present and score >= grade["leave"]):
                return str(grade["grade"])
        return str(grades[-1]["grade"])


def profile_as_of(activities: Iterable[Activity], as_of: datetime) -> tuple[dict[str, str], dict[str, str]]:
    """(profile, known_at) as the form submissions up to `as_of` said it: newest wins, field by field."""
    profile: dict[str, str] = {}
    known_at: dict[str, str] = {}
    for activity in activities:
        if activity.type == FORM_SUBMITTED and activity.at <= as_of:
            profile, known_at = merge_profile(
                profile, known_at, activity.detail.get("profile", {}), to_iso(activity.at), ""
            )
    return profile, known_at


def merge_profile(
    profile: Mapping[str, str], known_at: Mapping[str, str], said: Mapping[str, str], at: str, born: str
) -> tuple[dict[str, str], dict[str, str]]:
    """Profile and dates after a submission of `at` (ISO) said `said`. Whatever order submissions come in, the newest word on each field stands;
    an empty answer is no word. A field without a date was said at `born`, when the lead was made: most are, so their dates need no room.
    """
    merged, dates = dict(profile), dict(known_at)
    for name, value in said.items():
        if value and (name not in merged or at >= dates.get(name, born)):
            merged[name] = value
            if at != born:
                dates[name] = at
    return merged, dates


def _whole(points: float) -> int:
    return int(Decimal(repr(points)).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _apportion(weighed: list[tuple[float, Entry]], total: int) -> list[Entry]:
    """Whole points per entry that sum to `total`: each gets its floor, the largest remainders get the rest."""
    floors = [int(weight // 1) for weight, _ in weighed]
    missing = total - sum(floors)
    by_remainder = sorted(range(len(weighed)), key=lambda index: floors[index] - weighed[index][0])
    for index in by_remainder[: max(missing, 0)]:
        floors[index] += 1
    return [
        Entry(entry.rule, points, entry.at, entry.why, entry.dimension)
        for points, (_, entry) in zip(floors, weighed, strict=True)
    ]
