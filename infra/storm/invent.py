"""Scenarios for storms: people, what they do and the weather, invented from a seed. As a scenario file would hold them."""

from __future__ import annotations

from random import Random
from typing import Any, Final

Row = dict[str, Any]
_START: Final = "2026-03-02T09:00:00+08:00"
_DAYS: Final = 9
_PEOPLE: Final = (
    {"name": "林小姐", "company": "Acme Robotics", "title": "CTO", "country": "CN", "company_size": "200"},
    {"name": "Anna Keller", "company": "Brandt Maschinenbau GmbH", "title": "IT-Leiterin", "country": "DE"},
    {"name": "张伟", "company": "华星物流", "title": "物流总监", "country": "CN", "company_size": "500"},
    {"name": "John Miller", "company": "Harbor Freightways", "title": "Purchasing manager", "country": "US"},
    {"name": "陈曦", "company": "东海大学", "title": "研究生", "country": "CN"},
)
_AT_MAILS: Final = ("open", "click", "open", "click", "unsubscribe", "bounce", "complain")
_SALES: Final = ("follow_up", "accept", "mql", "outcome")
_CONSUMERS: Final = ("resolve", "score", "react", "advance", "send", "feedback", "tick")
# How much of each the worst weather has.
_WORST: Final = {
    "duplicate": 0.4,
    "cut": 0.4,
    "late": 0.1,
    "crash": 0.15,
    "throttle": 0.2,
    "server_errors": 0.1,
    "timeout_after_effect": 0.1,
    "ses_accept_then_die": 0.1,
    "slow": 0.03,
    "missed_ticks": 0.1,
    "double_tick": 0.2,
}


def invented(seed: int) -> Row:
    """The scenario of this seed."""
    draw = Random(seed)
    people = {f"p{number}": _acts(number, draw) for number in range(1, draw.randint(2, 4))}
    sales = [_sale(draw, draw.choice(list(people))) for _ in range(draw.randint(0, 3))]
    return {"start": _START, "days": _DAYS, "people": people, "sales": sales, "faults": _weather(seed, draw)}


def _acts(number: int, draw: Random) -> list[Row]:
    who = dict(draw.choice(_PEOPLE))
    fields: Row = {**who, "email": f"p{number}@{draw.choice(('acme', 'brandt', 'huaxing'))}.example"}
    if draw.random() < 0.8:
        fields["consent_email"] = True
    if draw.random() < 0.4:
        fields["phone"] = f"+86139120477{draw.randint(10, 12)}"
    if draw.random() < 0.1:
        fields["website"] = "https://spam.example"  # only machines fill that in
    acts: list[Row] = [{"at": _at(draw, 0, 6), "submit": "whitepaper", "channel": "sem", "fields": fields}]
    acts += [{"at": _at(draw, 6, 40), "visit": "/pricing"} for _ in range(draw.randint(0, 3))]
    acts += [{"at": _at(draw, 7, 24 * _DAYS - 30), draw.choice(_AT_MAILS): "last"} for _ in range(draw.randint(0, 5))]
    if draw.random() < 0.3:
        acts.append({"at": _at(draw, 6, 100), "submit": "whitepaper", "fields": {**fields, "title": "CTO"}})
    return acts


def _sale(draw: Random, who: str) -> Row:
    kind = draw.choice(_SALES)
    value: Any = {"lead": who, "result": draw.choice(("won", "deferred", "invalid"))} if kind == "outcome" else who
    return {"at": _at(draw, 8, 150), kind: value}


def _at(draw: Random, earliest: int, latest: int) -> str:
    minutes = draw.randint(earliest * 60, latest * 60)
    return f"+{minutes // 60}h{minutes % 60}m"


def _weather(seed: int, draw: Random) -> Row:
    """Each kind of fault in half of the seeds, and sometimes a consumer that is out of order for up to a day."""
    faults: Row = {"seed": seed, "reorder": draw.random() < 0.5}
    faults |= {name: round(draw.uniform(0, worst), 3) for name, worst in _WORST.items() if draw.random() < 0.5}
    if draw.random() < 0.5:
        begin, hours = draw.randint(0, 100), draw.randint(1, 23)
        faults["consumer_down"] = {draw.choice(_CONSUMERS): [f"+{begin}h", f"+{begin + hours}h"]}
    return faults
