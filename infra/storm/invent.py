"""Scenarios for storms: people, what they do and the weather, invented from a seed. As a scenario file would hold them."""

from __future__ import annotations

from pathlib import Path
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
_FORMS: Final = ("whitepaper", "whitepaper", "whitepaper", "demo", "quote", "trial", "webinar")
_AT_MAILS: Final = ("open", "click", "open", "click", "sweep", "confirm", "prefer", "unsubscribe", "bounce", "complain")
_SALES: Final = ("follow_up", "accept", "mql", "outcome", "release", "tag", "untag", "merge", "part")
# Tags that begin a journey, and one that does not.
_TAGS: Final = ("slow-lane", "weekly-nurture", "vip")
_CODE: Final = "stand-7"
_CONSUMERS: Final = ("resolve", "score", "react", "advance", "send", "feedback", "tick", "imports", "webhook", "meter")
TEMPLATES: Final = Path(__file__).parent / "content"
"""What storms are played with besides what ships: a server of the company that journeys may call."""
_JOURNEY: Final = "by-every-channel"
# Two versions: the second stops at another wait.
_TEXT: Final = """
name: {{en: By every channel, zh: 全渠道}}
trigger: {{on: tag_added, where: {{field: tag, op: eq, value: vip}}}}
entry: always
exits:
  - {{on: stage, in: [mql], reason: became_mql}}
  - {{on: unsubscribed, reason: unsubscribed}}
steps:
  - {{id: crm, do: webhook, url: "https://hooks.company.example/crm", fields: [email, grade]}}
  - {{id: text, do: send, channel: sms, template: live-session-tomorrow, class: marketing, purpose: events}}
  - {{id: {wait}, do: wait, for: 25h}}
  - {{id: wechat, do: send, channel: wechat, template: live-session-tomorrow, class: marketing, purpose: events}}
  - {{id: refused, do: webhook, url: "https://hooks.company.example/410"}}
  - {{id: another-day, do: wait, for: 25h}}
  - {{id: push, do: send, channel: push, template: live-session-tomorrow, class: marketing, purpose: events}}
  - {{id: goal, do: goal, goal: told}}
  - {{id: end, do: exit, reason: completed}}
"""
_WAITS: Final = ("a-day", "some-rest")
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
    "twin": 0.1,
}


def invented(seed: int) -> Row:
    """The scenario of this seed."""
    draw = Random(seed)
    people = {f"p{number}": _acts(number, draw) for number in range(1, draw.randint(2, 4))}
    sales = [_sale(draw, list(people)) for _ in range(draw.randint(0, 5))]
    sales.append({"at": "+0h", "touchpoint": _CODE, "channel": "event", "activity": "fair"})
    if draw.random() < 0.3:
        sales.append(_import(draw, people))
    if draw.random() < 0.6:
        sales += _marketing(draw, people)
    return {
        "start": _START,
        "days": _DAYS,
        "templates": str(TEMPLATES),
        "people": people,
        "sales": sales,
        "faults": _weather(seed, draw),
    }


def _acts(number: int, draw: Random) -> list[Row]:
    who = dict(draw.choice(_PEOPLE))
    fields: Row = {**who, "email": f"p{number}@{draw.choice(('acme', 'brandt', 'huaxing'))}.example"}
    if draw.random() < 0.8:
        fields["consent_email"] = True
    if draw.random() < 0.4:
        fields["phone"] = f"+86139120477{draw.randint(10, 12)}"
    if draw.random() < 0.1:
        fields["website"] = "https://spam.example"  # only machines fill that in
    acts: list[Row] = [{"at": _at(draw, 0, 6), "submit": draw.choice(_FORMS), "channel": "sem", "fields": fields}]
    if draw.random() < 0.5:
        acts.append({"at": _at(draw, 6, 30), "confirm": "last"})  # as far as somebody was asked to
    acts += [{"at": _at(draw, 6, 40), "visit": "/pricing"} for _ in range(draw.randint(0, 3))]
    acts += [{"at": _at(draw, 0, 40), "scan": _CODE} for _ in range(draw.randint(0, 2))]
    acts += [_at_mail(draw) for _ in range(draw.randint(0, 5))]
    if draw.random() < 0.3:
        acts.append({"at": _at(draw, 6, 100), "submit": draw.choice(_FORMS), "fields": {**fields, "title": "CTO"}})
    return acts


def _at_mail(draw: Random) -> Row:
    kind = draw.choice(_AT_MAILS)
    act: Row = {"at": _at(draw, 7, 24 * _DAYS - 30), kind: "last"}
    return act | ({"marketing": draw.random() < 0.5, "locale": draw.choice(("zh", "en"))} if kind == "prefer" else {})


def _sale(draw: Random, people: list[str]) -> Row:
    kind, who = draw.choice(_SALES), draw.choice(people)
    value: Any = who
    if kind == "outcome":
        value = {"lead": who, "result": draw.choice(("won", "deferred", "invalid"))}
    if kind in ("tag", "untag"):
        value = {"lead": who, "tag": draw.choice(_TAGS)}
    if kind in ("merge", "part"):
        value = {"lead": who, "with": draw.choice(people)}
    return {"at": _at(draw, 8, 150), kind: value}


def _import(draw: Random, people: dict[str, Any]) -> Row:
    """A file with people whom nobody knows, some whom the forms bring too, and somebody who cannot be reached."""
    rows: list[Row] = [{"name": f"Guest {n}", "email": f"guest{n}@acme.example"} for n in range(draw.randint(0, 3))]
    known = [acts[0]["fields"] for acts in people.values()]
    rows += [{"name": each["name"], "email": each["email"]} for each in known if draw.random() < 0.5]
    rows += [{"name": "张伟", "phone": "+8613912047711"}, {"name": "Nobody"}]
    return {"at": _at(draw, 0, 40), "import": "fair.csv", "rows": rows}


def _marketing(draw: Random, people: dict[str, Any]) -> list[Row]:
    """A journey by every channel, published and published again, for people from a file who agreed to all; and what becomes of it and of others."""
    begin, *rest = (_published(draw, wait, after) for wait, after in zip(_WAITS, (0, 10), strict=True))
    acts = [begin, *(each for each in rest if draw.random() < 0.7), _agreed(draw, people)]
    acts += [{"at": _at(draw, 7, 30), "tag": {"lead": who, "tag": "vip"}} for who in people if draw.random() < 0.7]
    if draw.random() < 0.5:
        acts.append({"at": _at(draw, 12, 60), "move": _JOURNEY, "steps": dict([_WAITS])})
    for kind in ("roll_back", "pause", "resume", "stop"):
        if draw.random() < 0.4:
            acts.append({"at": _at(draw, 12, 150), kind: draw.choice((_JOURNEY, "whitepaper-three-steps"))})
    if draw.random() < 0.5:
        acts += [{"at": _at(draw, 0, 20), "server": 503}, {"at": _at(draw, 20, 150), "server": 200}]
    return acts


def _published(draw: Random, wait: str, after: int) -> Row:
    return {"at": _at(draw, after, after + 6), "publish": _JOURNEY, "text": _TEXT.format(wait=wait)}


def _agreed(draw: Random, people: dict[str, Any]) -> Row:
    rows = [
        {
            "person": who,
            "email": acts[0]["fields"]["email"],
            "phone": f"+86139120478{number:02}",
            "wechat_openid": f"open-id-{number}",
            "push_id": f"device-{number}",
            **{f"consent {channel}": draw.choice(("yes", "yes", "no")) for channel in ("sms", "wechat", "push")},
            "consent at": "2026-02-01",
            "consent text": "同意接收消息",
        }
        for number, (who, acts) in enumerate(people.items())
    ]
    return {"at": _at(draw, 0, 7), "import": "agreed.csv", "rows": rows}


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
