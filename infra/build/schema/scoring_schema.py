"""The shape of scoring models, of titles and of segments."""

from __future__ import annotations

from infra.build.schema.vocabulary import ACTIVITIES, ACTIVITY_FACTS, DEPTHS, PROFILE_FACTS, STAGES
from shared.authoring.content_shapes import (
    ID,
    Shape,
    amount,
    anything,
    choice,
    condition,
    listing,
    localized,
    mapping,
    number,
    optional,
    record,
    text,
)
from shared.domain.score_state import SPANS

_rule_base = {"id": ID, "points": number(-100, 100), "dimension": choice("interest", "fit"), "why": localized()}
_step = record({"from": number(0, 1_000_000), "times": amount(10)})
BEHAVIOUR = record(
    _rule_base | {"kind": choice("behaviour"), "on": choice(*ACTIVITIES)},
    {
        "where": condition(ACTIVITY_FACTS),
        "half_life_days": number(1, 3650),
        "once_per": listing(choice(*ACTIVITY_FACTS, *SPANS), least=1),
        "cap": record({"points": number(1, 1000)}, {"days": number(1, 365)}),
        "weight": anything,
        "group": ID,
    },
)
# Involvement: a touch is worth the rule's points times this.
WEIGHT_BY_STEPS = record({"field": choice(*DEPTHS), "steps": listing(_step, least=1)})
WEIGHT_LINEAR = record({"field": choice(*DEPTHS), "full": number(1, 100_000), "least": amount(1), "most": amount(10)})
ATTRIBUTE = record(_rule_base | {"kind": choice("attribute"), "where": condition(PROFILE_FACTS)}, {"group": ID})
_grade = record(
    {
        "grade": choice("hot", "warm", "cold"),
        "enter": optional(number(-1000, 1000)),
        "leave": optional(number(-1000, 1000)),
    }
)


def _band(names: str) -> Shape:
    return record({"band": choice(*names), "enter": optional(number(-1000, 1000))})


_trigger = record(
    {
        "id": ID,
        "on": choice("page_viewed"),
        "path": text(r"/\S*", "/pricing"),
        "times": number(1, 100),
        "within_days": number(1, 365),
        "why": localized(),
    }
)
SCORING = record(
    {
        "full_value_days": number(0, 365),
        "grades": listing(_grade, least=3),
        "groups": mapping(r"[a-z_]+", "title", anything),
        "rules": listing(anything, least=1),
        "triggers": listing(_trigger),
    },
    {
        "matrix": record({"fit": listing(_band("ABCD"), least=2), "interest": listing(_band("1234"), least=2)}),
        "for_stages": listing(choice(*STAGES), least=1),
    },
)
_points = number(0, 100)
_role = record({"id": ID, "name": localized(), "when": condition(PROFILE_FACTS), "points": _points, "why": localized()})
ACCOUNTS = record(
    {
        "people": record({"share": number(0, 100), "most": number(0, 1000), "why": localized()}),
        "breadth": record({"active_from": number(1, 100), "points": _points, "most": _points, "why": localized()}),
        "committee": record(
            {"roles": listing(_role, least=1), "complete": record({"points": _points, "why": localized()})}
        ),
        "stages": record({"points": mapping("|".join(STAGES), "mql", _points), "why": localized()}),
        "grades": listing(_grade, least=3),
    }
)
GROUP = choice("highest", "sum")
GROUP_WITH_CAP = record({"use": GROUP}, {"cap": number(1, 1000)})
_patterns = listing(listing(text()), least=1)
TITLES = record(
    {
        "levels": record(
            dict.fromkeys(("c_level", "vp", "director", "manager", "student"), _patterns), {"staff": _patterns}
        ),
        "negations": _patterns,
        "departments": mapping(r"[a-z_]+", "technical", _patterns),
    }
)

SEGMENT = record({"name": localized(), "who": anything}, {"note": localized()})
