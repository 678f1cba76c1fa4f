"""How ripe a whole company is: a fold over its people, by templates/scoring/accounts.yaml.

Never a raw sum: twenty curious interns are no purchase. The most interested person counts in full and each next by less; what decides are the departments
of the buying committee that are moved, and how far the furthest has come.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.domain.conditions import holds
from shared.domain.lead import Lead
from shared.domain.lifecycle import LEAD, STAGES
from shared.domain.scoring import Entry, Score, ScoringModel, attributes_of, grade_of, whole_parts

ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Coverage:
    """A department of the buying committee and the person who covers it: `lead_id` is "" while nobody does; `quiet` are people who could, once they
    are interested.
    """

    role: str
    name: Mapping[str, str]
    lead_id: str
    quiet: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountScore:
    """`entries` sum to `total`; `stage` is that of the furthest person; `active` counts the people who are interested."""

    total: int
    grade: str
    stage: str
    active: int
    coverage: tuple[Coverage, ...]
    entries: tuple[Entry, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The departments that nobody covers."""
        return tuple(covered.role for covered in self.coverage if not covered.lead_id)


@dataclass(frozen=True)
class AccountModel:
    """templates/scoring/accounts.yaml, and the model by which each of the people counts."""

    model: Mapping[str, Any]
    person: ScoringModel


@dataclass(frozen=True, slots=True)
class _Member:
    lead: Lead
    score: Score
    last_at: datetime

    @property
    def name(self) -> str:
        return self.lead.profile.get("name") or self.lead.profile.get("title") or self.lead.lead_id[:6]


@dataclass(frozen=True, slots=True)
class _Reason:
    rule: str
    points: float
    at: datetime
    why: Mapping[str, str]


def score_account(people: Sequence[Lead], model: AccountModel, as_of: datetime, present: str = "cold") -> AccountScore:
    """The score of a company with these `people` at `as_of`; `present` is the grade it has, which it keeps until its leaving mark. The order of the people
    changes nothing.
    """
    members = sorted(
        (_member(lead, model.person, as_of) for lead in people), key=lambda each: (-each.score.total, each.lead.lead_id)
    )
    active = [each for each in members if each.score.interest >= model.model["breadth"]["active_from"]]
    coverage = _coverage(members, active, model)
    reasons = [
        *_people(members, model.model["people"]),
        *_breadth(active, model.model["breadth"]),
        *_committee(coverage, active, model.model["committee"]),
        *_stage(members, model.model["stages"]),
    ]
    points, total = whole_parts([reason.points for reason in reasons])
    entries = [
        Entry(reason.rule, whole, reason.at, reason.why, ACCOUNT)
        for reason, whole in zip(reasons, points, strict=True)
        if whole
    ]
    grade = grade_of(model.model["grades"], total, present)
    return AccountScore(total, grade, _furthest(members), len(active), coverage, tuple(entries))


def _member(lead: Lead, model: ScoringModel, as_of: datetime) -> _Member:
    score = model.for_stage(lead.stage).read(lead.score_state, lead.profile, lead.known_at, as_of, lead.created_at)
    return _Member(lead, score, max((entry.at for entry in score.entries), default=lead.created_at))


def _people(members: Iterable[_Member], rule: Mapping[str, Any]) -> Iterable[_Reason]:
    room, share = float(rule["most"]), 1.0
    for each in members:
        points = min(max(each.score.total, 0) * share, room)
        room, share = room - points, share * rule["share"] / 100
        if points:
            yield _Reason("people", points, each.last_at, _told(rule, name=each.name, score=each.score.total))


def _breadth(active: Sequence[_Member], rule: Mapping[str, Any]) -> Iterable[_Reason]:
    points = min((len(active) - 1) * rule["points"], rule["most"])
    if points > 0:
        at = max(each.last_at for each in active)
        yield _Reason("breadth", points, at, _told(rule, count=len(active)))


def _coverage(members: Sequence[_Member], active: Sequence[_Member], model: AccountModel) -> tuple[Coverage, ...]:
    """As many departments as can be covered at once, each by a person of its own: whoever could cover two makes room for who can cover only one."""
    roles = model.model["committee"]["roles"]
    facts = {each.lead.lead_id: attributes_of(each.lead.profile, model.person.titles) for each in members}
    able = {role["id"]: [lead_id for lead_id, known in facts.items() if holds(role["when"], known)] for role in roles}
    moved = {each.lead.lead_id for each in active}
    fitting = {role_id: [lead_id for lead_id in lead_ids if lead_id in moved] for role_id, lead_ids in able.items()}
    covers: dict[str, str] = {}

    def place(role_id: str, tried: set[str]) -> bool:
        for lead_id in fitting[role_id]:
            if lead_id in tried:
                continue
            tried.add(lead_id)
            if lead_id not in covers or place(covers[lead_id], tried):
                covers[lead_id] = role_id
                return True
        return False

    for role in roles:
        place(role["id"], set())
    by_role = {role_id: lead_id for lead_id, role_id in covers.items()}
    return tuple(
        Coverage(
            role["id"],
            role["name"],
            by_role.get(role["id"], ""),
            tuple(lead_id for lead_id in able[role["id"]] if lead_id not in moved),
        )
        for role in roles
    )


def _committee(coverage: Sequence[Coverage], active: Sequence[_Member], rule: Mapping[str, Any]) -> Iterable[_Reason]:
    by_id = {each.lead.lead_id: each for each in active}
    covering = [
        (role, by_id[covered.lead_id]) for role, covered in zip(rule["roles"], coverage, strict=True) if covered.lead_id
    ]
    for role, each in covering:
        yield _Reason(f"committee_{role['id']}", role["points"], each.last_at, _told(role, name=each.name))
    if covering and len(covering) == len(coverage):
        complete = rule["complete"]
        yield _Reason(
            "committee_complete", complete["points"], max(each.last_at for _, each in covering), complete["why"]
        )


def _stage(members: Sequence[_Member], rule: Mapping[str, Any]) -> Iterable[_Reason]:
    worth = rule["points"]
    best = max(members, key=lambda each: (worth.get(each.lead.stage, 0), each.lead.lead_id), default=None)
    if best is not None and worth.get(best.lead.stage):
        at = best.lead.stage_at or best.lead.created_at
        yield _Reason("stage", worth[best.lead.stage], at, _told(rule, name=best.name, stage=best.lead.stage))


def _furthest(members: Sequence[_Member]) -> str:
    """Of recycled and disqualified people a company is not further than of new ones."""
    way = STAGES[: STAGES.index("customer") + 1]
    return max((each.lead.stage for each in members if each.lead.stage in way), key=way.index, default=LEAD)


def _told(rule: Mapping[str, Any], **values: object) -> dict[str, str]:
    """The rule's words with names and numbers filled in; what people typed is never a pattern."""
    told = {}
    for locale, text in rule["why"].items():
        for name, value in values.items():
            text = text.replace("{" + name + "}", str(value))
        told[locale] = text
    return told
