"""Two hundred people who might have asked for the white paper: Chinese, English, German; buyers, staff, students.

Deterministic: the same seed makes the same people. Nobody here is real: company domains end in .example, and the
free-mail addresses carry a mark that nobody registers.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from faker import Faker

SEED = 20260302
CONSENT_SHARE = 0.6
FREE_MAIL_SHARE = 0.12


@dataclass(frozen=True)
class Market:
    """A market's people: titles by how often they turn up, mobile numbers, free mail, the language they read."""

    locale: str
    country: str
    language: str
    titles: dict[str, int]
    companies: list[str]
    mobile: Callable[[random.Random], str]
    free_mail: list[str]
    messages: list[str]


def _digits(chance: random.Random, count: int) -> str:
    """Random digits that do not look made up: no run of three equal or consecutive ones."""
    digits: list[int] = []
    while len(digits) < count:
        digit = chance.randrange(10)
        if (
            len(digits) < 2
            or digits[-1] - digits[-2] not in {-1, 0, 1}
            or digit - digits[-1] != digits[-1] - digits[-2]
        ):
            digits.append(digit)
    return "".join(map(str, digits))


CHINA = Market(
    locale="zh_CN",
    country="CN",
    language="zh-CN",
    titles={
        "CTO": 5, "首席信息官": 4, "总经理": 6, "副总裁": 4, "技术总监": 9, "市场总监": 8, "采购总监": 5, "信息中心主任": 4, "产品经理": 10,
        "市场经理": 9, "采购经理": 8, "软件工程师": 9, "市场专员": 8, "总经理助理": 3, "研究生": 5, "实习生": 3, "": 4,
    },
    companies=["智能装备", "新能源", "自动化", "精密机械", "物流科技", "医疗器械", "信息技术", "半导体", "环保科技", "食品机械"],
    mobile=lambda chance: f"+86 1{chance.choice(['39', '38', '86', '58', '77'])}{_digits(chance, 8)}",
    free_mail=["163.com", "qq.com", "126.com"],
    messages=["想了解一下在制造业的落地案例。", "请问可以私有化部署吗？", "我们正在评估三家供应商，预计下季度立项。", ""],
)  # fmt: skip
AMERICA = Market(
    locale="en_US",
    country="US",
    language="en-US",
    titles={
        "CTO": 5, "CIO": 3, "CEO": 4, "VP Operations": 5, "VP Engineering": 4, "Head of Procurement": 7, "Director of Marketing": 8,
        "IT Director": 7, "Plant Manager": 6, "Marketing Manager": 10, "Product Manager": 9, "Software Engineer": 8, "Analyst": 6,
        "Executive Assistant to the CEO": 3, "PhD student": 4, "Intern": 4, "": 4,
    },
    companies=["Robotics", "Logistics", "Analytics", "Medical", "Energy", "Manufacturing", "Software", "Foods", "Aerospace"],
    mobile=lambda chance: f"+1 {chance.choice(['212', '415', '617', '312'])} {chance.randint(3, 9)}{_digits(chance, 2)} {_digits(chance, 4)}",
    free_mail=["gmail.com", "outlook.com", "yahoo.com"],
    messages=["How does pricing work above 1,000 users?", "We compare vendors for a Q3 decision.", "", "", "Do you integrate with SAP?"],
)  # fmt: skip
GERMANY = Market(
    locale="de_DE",
    country="DE",
    language="de-DE",
    titles={
        "Geschäftsführer": 7, "Geschäftsführerin": 5, "IT-Leiter": 9, "Einkaufsleiterin": 7, "Leiter Produktion": 6, "CTO": 3,
        "Projektleiter": 10, "Produktmanagerin": 8, "Entwickler": 8, "Sachbearbeiterin Einkauf": 7, "Werkstudent": 5, "Assistenz der Geschäftsführung": 3, "": 3,
    },
    companies=["Maschinenbau GmbH", "Anlagentechnik GmbH & Co. KG", "Logistik AG", "Medizintechnik GmbH", "Energietechnik GmbH", "Software GmbH"],
    mobile=lambda chance: f"+49 {chance.choice(['151', '160', '171', '176'])} {_digits(chance, 8)}",
    free_mail=["web.de", "gmx.de"],
    messages=["Gibt es Referenzen im Maschinenbau?", "Bitte rufen Sie mich ab nächster Woche an.", "", ""],
)  # fmt: skip
MARKETS = [(CHINA, 90), (AMERICA, 70), (GERMANY, 40)]
INDUSTRIES = ["manufacturing", "software", "logistics", "energy", "healthcare", "professional_services", "education"]
SIZES = {"10": 2, "50": 4, "200": 6, "1000": 5, "5000": 3, "10000": 2}
CHANNELS = {
    ("google", "sem"): 30,
    ("baidu", "sem"): 25,
    ("google", "seo"): 15,
    ("hannover-messe", "event"): 15,
    ("partner", "partner"): 10,
    ("", ""): 5,
}


@dataclass(frozen=True)
class DemoLead:
    """One post: its fields, the query of the page it comes from, the language of the browser."""

    fields: dict[str, Any]
    query: dict[str, str]
    language: str


def demo_leads(count: int) -> list[DemoLead]:
    """`count` people, mixed over the markets in their proportions."""
    chance = random.Random(SEED)
    fakers = {market.locale: Faker(market.locale) for market, _ in MARKETS}
    for faker in fakers.values():
        faker.seed_instance(SEED)
    markets, weights = zip(*MARKETS, strict=True)
    chosen = chance.choices(markets, weights, k=count)
    return [_lead(market, fakers[market.locale], chance, number) for number, market in enumerate(chosen)]


def _lead(market: Market, faker: Faker, chance: random.Random, number: int) -> DemoLead:
    name = faker.name() if market is CHINA else f"{faker.first_name()} {faker.last_name()}"
    company = _company(market, faker, chance)
    fields = {
        "name": name,
        "email": _email(market, name, company, chance, number),
        "company": company,
        "title": _pick(market.titles, chance),
        "phone": market.mobile(chance) if chance.random() < 0.7 else "",
        "country": market.country,
        "industry": chance.choice(INDUSTRIES),
        "company_size": _pick(SIZES, chance),
        "message": chance.choice(market.messages),
    }
    if chance.random() < CONSENT_SHARE:
        fields["consent_email"] = "on"
    source, medium = _pick(CHANNELS, chance)
    query = {"utm_source": source, "utm_medium": medium, "utm_campaign": "whitepaper-spring"} if source else {}
    return DemoLead({key: value for key, value in fields.items() if value}, query, market.language)


def _company(market: Market, faker: Faker, chance: random.Random) -> str:
    kind = chance.choice(market.companies)
    if market is CHINA:
        return f"{faker.city_name()}{faker.last_name()}{faker.last_name()}{kind}有限公司"
    return f"{faker.last_name()} {kind}"


def _email(market: Market, name: str, company: str, chance: random.Random, number: int) -> str:
    """Mostly work addresses; the number keeps people apart who share a name."""
    local = _ascii(name) or chance.choice(["wang", "li", "zhang", "liu", "chen", "yang", "zhao", "huang", "zhou", "wu"])
    if chance.random() < FREE_MAIL_SHARE:
        return f"{local}.ripen.demo.{number}@{chance.choice(market.free_mail)}"
    domain = _ascii(company) or f"{_pick({'huaxin': 1, 'zhongke': 1, 'dongfang': 1, 'tianhe': 1}, chance)}-{number}"
    return f"{local}{number}@{domain}.example"


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def _pick(weighted: dict[Any, int], chance: random.Random) -> Any:
    return chance.choices(list(weighted), list(weighted.values()))[0]
