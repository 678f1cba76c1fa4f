"""The score: points with reasons at any moment, from a state (score_state), a profile and a model of templates/scoring.

What a person did is worth its points for a while and then halves again and again; who they are does not fade. The state is a fold over the timeline
in which order and repetition do not matter, so the live score and a replay of the whole timeline are one number, and an update reads no history.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from shared.domain import score_state
from shared.domain.conditions import holds
from shared.domain.moments import to_iso
from shared.domain.score_state import FORGOTTEN_AFTER_HALF_LIVES, State
from shared.domain.timeline import (
    EMAIL_CLICKED,
    FORM_SUBMITTED,
    PROFILE_UPDATED,
    STAGE_CHANGED,
    TOUCHES_VOIDED,
    Activity,
)
from shared.domain.titles import fold, rank_of

_NO_COMPANY = re.compile(
    r"(none|n/?a|no company|null|test|self|individual|private|personal|freelance|无|没有|个人|自由职业|待业|测试|暂无|privat|keine?|[\W_]*)"
)
_DAY = 86_400
# A post changes the profile, a stage the model; a click may be part of a machine's sweep, and then others are taken back.
_ALWAYS_CONCERN = frozenset({FORM_SUBMITTED, PROFILE_UPDATED, STAGE_CHANGED, EMAIL_CLICKED, TOUCHES_VOIDED})
_MINUTE = 60


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


@dataclass(frozen=True, slots=True)
class _Part:
    """What one rule gives for one thing, before it is rounded; `at` in seconds since the epoch."""

    rule: Mapping[str, Any]
    at: float
    points: float

    @property
    def is_fit(self) -> bool:
        return bool(self.rule["dimension"] == "fit")


def has_clear_company(company: str) -> bool:
    """False for an empty company and for what people write to get past the field ("n/a", 无, "-")."""
    return _NO_COMPANY.fullmatch(fold(company)) is None


def attributes_of(profile: Mapping[str, str], titles: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that attribute rules ask about, from a profile and the table of titles."""
    seniority, department = rank_of(profile.get("title", ""), titles)
    return {
        **profile,
        "seniority": seniority,
        "department": department,
        "company_known": has_clear_company(profile.get("company", "")),
    }


@dataclass(frozen=True)
class ScoringModel:
    """A model from templates/scoring and the table of titles it uses."""

    model: Mapping[str, Any]
    titles: Mapping[str, Any]
    others: Mapping[str, ScoringModel] = field(default_factory=dict)
    """{stage: the model by which people of that stage count instead}"""

    def for_stage(self, stage: str) -> ScoringModel:
        """The model by which somebody of this stage counts."""
        return self.others.get(stage, self)

    def concerns(self, activity: Activity) -> bool:
        """Whether the activity can move a score at all: what cannot need not be looked at."""
        if activity.type in _ALWAYS_CONCERN:
            return True
        models = (self, *self.others.values())
        return any(score_state.concerns(model.model, activity) for model in models)

    # ------------------------------------------------------------------ folding

    def start(self) -> State:
        """The state of somebody who has done nothing yet."""
        return score_state.start(self.model)

    def add(self, state: State, activity: Activity) -> State:
        """The state after `activity`: the very same object when nothing in it scores."""
        return score_state.add(self.model, state, activity)

    def replay(self, activities: Iterable[Activity]) -> State:
        """The state from nothing."""
        return score_state.replay(self.model, activities)

    def needs_history(self, state: State, fresh: Iterable[Activity] = ()) -> bool:
        """Whether the state has to be folded anew from the timeline: by other rules, or because `fresh` takes something back."""
        return score_state.needs_history(self.model, state, fresh)

    def merge(self, one: State, other: State) -> State:
        """The state of one person who was taken for two."""
        return score_state.merge(self.model, one, other)

    # ------------------------------------------------------------------ reading

    def read(
        self, state: State, profile: Mapping[str, str], known_at: Mapping[str, str], as_of: datetime, born: datetime
    ) -> Score:
        """The score at `as_of` with a reason for each point. `born` dates what no submission said (a company that was never given)."""
        parts = self._parts(state, self._fit(profile, known_at, born), as_of.timestamp())
        fit, interest = _totals(parts)
        entries = [
            *_apportion([part for part in parts if part.is_fit]),
            *_apportion([part for part in parts if not part.is_fit]),
        ]
        return Score(fit + interest, fit, interest, tuple(sorted(entries, key=lambda entry: (entry.at, entry.rule))))

    def _parts(self, state: State, fit: list[_Part], as_of: float) -> list[_Part]:
        return self._grouped([*fit, *self._interest(state, as_of)])

    def _interest(self, state: State, as_of: float) -> Iterator[_Part]:
        for rule in score_state.behaviour_rules(self.model):
            for at, full in score_state.occurrences(rule, state, as_of):
                points = full * self._decay(rule, as_of - at)
                if points:
                    yield _Part(rule, at, points)

    def _decay(self, rule: Mapping[str, Any], age: float) -> float:
        half_life = rule.get("half_life_days")
        past_plateau = age / _DAY - self.model["full_value_days"]
        if not half_life or past_plateau <= 0:
            return 1.0
        halves = past_plateau / half_life
        return 0.0 if halves >= FORGOTTEN_AFTER_HALF_LIVES else float(2**-halves)

    def _fit(self, profile: Mapping[str, str], known_at: Mapping[str, str], born: datetime) -> list[_Part]:
        facts = attributes_of(profile, self.titles)
        return [
            _Part(rule, self._learnt(rule, known_at, born).timestamp(), float(rule["points"]))
            for rule in self.model["rules"]
            if rule["kind"] == "attribute" and holds(rule["where"], facts)
        ]

    @staticmethod
    def _learnt(rule: Mapping[str, Any], known_at: Mapping[str, str], born: datetime) -> datetime:
        source = {"seniority": "title", "department": "title", "company_known": "company"}
        name = rule["where"].get("field", "")
        said = known_at.get(source.get(name, name))
        return datetime.fromisoformat(said) if said else born

    def _grouped(self, parts: list[_Part]) -> list[_Part]:
        """Rules of a group do not simply add up: the highest applies, or their sum up to a cap."""
        kept = [part for part in parts if not part.rule.get("group")]
        for name, group in self.model["groups"].items():
            members = [part for part in parts if part.rule.get("group") == name]
            how, most = (group, None) if isinstance(group, str) else (group["use"], group.get("cap"))
            members.sort(key=lambda part: part.points, reverse=True)
            if how == "highest":
                members = members[:1]
            kept += members if most is None else _up_to(members, most)
        return kept

    # ------------------------------------------------------------------ grades

    def grade(self, score: int, present: str) -> str:
        """The grade of `score` for somebody who is `present` now: a grade is kept until the score falls below its own leaving mark."""
        return grade_of(self.model["grades"], score, present)

    @property
    def highest(self) -> str:
        """The grade that calls sales."""
        return str(self.model["grades"][0]["grade"])

    def leaves_grade_at(
        self,
        state: State,
        profile: Mapping[str, str],
        known_at: Mapping[str, str],
        born: datetime,
        *,
        present: str,
        now: datetime,
    ) -> datetime | None:
        """The first whole minute after `now` at which time alone moves somebody out of the `present` grade; None: it never does."""
        fit = self._fit(profile, known_at, born)

        def leaves(at: float) -> bool:
            return self.grade(sum(_totals(self._parts(state, fit, at))), present) != present

        for since, until in self._stretches(state, now.timestamp()):
            if leaves(until):
                return datetime.fromtimestamp(_first(leaves, since, until), UTC)
        return None

    def _stretches(self, state: State, now: float) -> Iterator[tuple[float, float]]:
        """Spans of time in which a grade is left at most once: what fades falls, so one is enough; what was held against somebody fades too
        and lifts them again, and then every day is looked at.
        """
        ends, lifts = [now], False
        for rule in score_state.behaviour_rules(self.model):
            if rule.get("half_life_days"):
                lifetime = score_state.lifetime(self.model, rule)
                ends += [at + lifetime for at, _ in score_state.occurrences(rule, state, now)]
            lifts = lifts or (rule["points"] < 0 and rule["id"] in state)
        end, since = max(ends), now
        while since < end:
            until = min(since + _DAY, end) if lifts else end
            yield since, until
            since = until

    def band(self, score: Score) -> str:
        """The field of the matrix: how well somebody fits, A to D, and how interested they are, 1 to 4; "" for a model without one."""
        matrix = self.model.get("matrix")
        if not matrix:
            return ""
        return _band(matrix["fit"], score.fit) + _band(matrix["interest"], score.interest)


def grade_of(grades: Sequence[Mapping[str, Any]], score: int, present: str) -> str:
    """The first grade whose mark the score reaches; the present one already from its leaving mark on."""
    for grade in grades:
        enter = grade["enter"]
        if enter is None or score >= enter or (grade["grade"] == present and score >= grade["leave"]):
            return str(grade["grade"])
    return str(grades[-1]["grade"])


def _band(bands: Iterable[Mapping[str, Any]], points: int) -> str:
    return next(str(band["band"]) for band in bands if band["enter"] is None or points >= band["enter"])


def _first(leaves: Callable[[float], bool], since: float, until: float) -> float:
    """The first whole minute in the span at which the grade is left; it is left at the span's end."""
    low, high = int(since // _MINUTE), -int(-until // _MINUTE)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if leaves(middle * _MINUTE) else (middle, high)
    return high * _MINUTE


def profile_as_of(activities: Iterable[Activity], as_of: datetime) -> tuple[dict[str, str], dict[str, str]]:
    """(profile, known_at) as the form submissions and updates up to `as_of` said it: newest wins, field by field."""
    profile: dict[str, str] = {}
    known_at: dict[str, str] = {}
    for activity in activities:
        if activity.type in (FORM_SUBMITTED, PROFILE_UPDATED) and activity.at <= as_of:
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


def _totals(parts: Iterable[_Part]) -> tuple[int, int]:
    """(fit, interest) in whole points."""
    sums = {True: 0.0, False: 0.0}
    for part in parts:
        sums[part.is_fit] += part.points
    return _whole(sums[True]), _whole(sums[False])


def _up_to(parts: Iterable[_Part], most: float) -> list[_Part]:
    """The highest parts, as far as their sum may go."""
    kept, room = [], float(most)
    for part in parts:
        points = min(part.points, room)
        room -= max(points, 0.0)
        if points:
            kept.append(_Part(part.rule, part.at, points))
    return kept


def _whole(points: float) -> int:
    return int(Decimal(repr(points)).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def whole_parts(points: Sequence[float]) -> tuple[list[int], int]:
    """(whole points for each, their sum): the sum is the rounded sum, each gets its floor, the largest remainders get the rest."""
    total, wholes = _whole(float(sum(points))), [int(each // 1) for each in points]
    by_remainder = sorted(range(len(points)), key=lambda index: wholes[index] - points[index])
    for index in by_remainder[: max(total - sum(wholes), 0)]:
        wholes[index] += 1
    return wholes, total


def _apportion(parts: list[_Part]) -> list[Entry]:
    floors, _ = whole_parts([part.points for part in parts])
    return [
        Entry(part.rule["id"], points, datetime.fromtimestamp(part.at, UTC), part.rule["why"], part.rule["dimension"])
        for points, part in zip(floors, parts, strict=True)
    ]
