"""Invents a dirty file of people with known truth: the same person twice or thrice with slips, widths, forms of address, other addresses; colleagues
who share a switchboard, a company or a name; and junk. Chinese, English and German.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

_ZH_FAMILY = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹"
_ZH_GIVEN = "伟芳娜敏静丽强磊洋艳勇军杰娟涛明超秀英华玉萍鹏辉建国志平海波晓东婷雪琳欣怡子涵浩然思远"
_ZH_CITY = ("上海", "北京", "深圳", "苏州市", "杭州", "广东省")
_ZH_CORE = [
    "华星",
    "东海",
    "北辰",
    "天穹",
    "金桥",
    "长风",
    "瑞和",
    "中科",
    "远航",
    "光华",
    "盛世",
    "恒通",
    "新元",
    "宏图",
    "博雅",
    "锦程",
]
_ZH_TRADE = ["物流", "科技", "机械", "电子", "化工", "医药", "软件", "能源", "传媒", "食品"]
_EN_GIVEN = [
    "James",
    "Mary",
    "Robert",
    "Linda",
    "David",
    "Susan",
    "Peter",
    "Emma",
    "Oliver",
    "Sophia",
    "Daniel",
    "Grace",
    "Thomas",
    "Alice",
    "Henry",
    "Julia",
    "Mark",
    "Laura",
    "Steven",
    "Helen",
]
_EN_FAMILY = [
    "Smith",
    "Johnson",
    "Brown",
    "Miller",
    "Wilson",
    "Taylor",
    "Anderson",
    "Clark",
    "Lewis",
    "Walker",
    "Young",
    "King",
    "Wright",
    "Hill",
    "Green",
    "Baker",
    "Adams",
    "Nelson",
    "Carter",
    "Turner",
]
_EN_CORE = [
    "Harbor",
    "Summit",
    "Granite",
    "Orion",
    "Cedar",
    "Falcon",
    "Beacon",
    "Sterling",
    "Atlas",
    "Vertex",
    "Pioneer",
    "Redwood",
    "Keystone",
    "Meridian",
    "Cobalt",
    "Juniper",
]
_EN_TRADE = [
    "Robotics",
    "Logistics",
    "Freight",
    "Systems",
    "Foods",
    "Pharma",
    "Energy",
    "Software",
    "Plastics",
    "Steel",
]
_DE_GIVEN = [
    "Jürgen",
    "Anna",
    "Klaus",
    "Sabine",
    "Jörg",
    "Ute",
    "Stefan",
    "Monika",
    "Günter",
    "Birgit",
    "Matthias",
    "Petra",
    "Holger",
    "Silke",
]
_DE_FAMILY = [
    "Müller",
    "Schmidt",
    "Schäfer",
    "Weiß",
    "Köhler",
    "Krüger",
    "Böhm",
    "Vogt",
    "Großmann",
    "Huber",
    "Lange",
    "Jäger",
    "Franke",
    "Wölfel",
]
_DE_CORE = ["Brandt", "Keller", "Nordwerk", "Rheinstahl", "Talhof", "Bergmann", "Elbtal", "Havel", "Isarwerk", "Ostsee"]
_DE_TRADE = ["Maschinenbau", "Antriebstechnik", "Elektronik", "Spedition", "Feinmechanik", "Anlagenbau"]
_JUNK = (
    {"name": "test", "email": "test@test-mail.example"},
    {"name": "asdf", "email": "asdf@asdf.example"},
    {"name": "Spam", "email": "a1b2@mailinator.com"},
    {"name": "Typo", "email": "typo@acme.con"},
    {"name": "Rival", "email": "spy@competitor.example"},
    {"name": "电话", "email": "phone@acme-one.example", "phone_key": "+8613888888888"},
)


@dataclass(frozen=True)
class Row:
    """`truth` is the person's number; negative: junk."""

    truth: int
    fields: dict[str, str]


@dataclass(frozen=True)
class _Person:
    name: str
    company: str
    domain: str
    local: str
    phone: str
    country: str


class _World:
    def __init__(self, seed: int) -> None:
        self.draw = Random(seed)
        self._phones = 0
        self._locals: set[str] = set()
        self.companies = self._companies()

    def _companies(self) -> list[tuple[str, str, str]]:
        zh = [
            ("CN", f"{core}{trade}", f"zh{i}x{j}.example")
            for i, core in enumerate(_ZH_CORE)
            for j, trade in enumerate(_ZH_TRADE)
        ]
        en = [("US", f"{core} {trade}", f"{core}-{trade}.example".lower()) for core in _EN_CORE for trade in _EN_TRADE]
        de = [("DE", f"{core} {trade}", f"{core}-{trade}.example".lower()) for core in _DE_CORE for trade in _DE_TRADE]
        return zh + en + de

    def person(self, company: tuple[str, str, str] | None = None) -> _Person:
        country, name, domain = company or self.draw.choice(self.companies)
        who, local = self._named(country)
        while f"{local}@{domain}" in self._locals:
            local += str(self.draw.randint(2, 99))
        self._locals.add(f"{local}@{domain}")
        self._phones += 1
        prefix = {"CN": "+86139", "US": "+141", "DE": "+49151"}[country]
        return _Person(who, name, domain, local, f"{prefix}{20_000_000 + self._phones * 7919 % 70_000_000:08}", country)

    def _named(self, country: str) -> tuple[str, str]:
        draw = self.draw
        if country == "CN":
            given = "".join(draw.sample(_ZH_GIVEN, draw.choice((1, 2, 2))))
            return draw.choice(_ZH_FAMILY) + given, "u" + "".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=6))
        first, last = (_EN_GIVEN, _EN_FAMILY) if country == "US" else (_DE_GIVEN, _DE_FAMILY)
        one, two = draw.choice(first), draw.choice(last)
        plain = f"{one}.{two}".lower().translate(str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}))
        return f"{one} {two}", plain

    def row(self, number: int, person: _Person, *, again: bool) -> Row:
        """The person as somebody typed them; `again`: as the same person did another time."""
        fields = {"name": self._name(person), "company": self._company(person), "country": person.country}
        way = self.draw.random() if again else 0.0
        address = f"{person.local}@{person.domain}"
        if again and self.draw.random() < 0.06:
            fields["name"] = self._slip(fields["name"])
        if way < 0.55:
            fields["email"] = self._address(address)
            if self.draw.random() < 0.5:
                fields["phone_key"] = person.phone
        elif way < 0.75:
            fields["phone_key"] = person.phone
        elif way < 0.9:
            fields |= {"email": address, "phone_key": person.phone}
        else:
            fields["email"] = self._address(address, dressed=True)
        return Row(number, fields)

    def _name(self, person: _Person) -> str:
        way, name = self.draw.random(), person.name
        if person.country == "CN":
            return (
                name + self.draw.choice(("先生", "女士", "经理"))
                if way < 0.15
                else f"{name[0]} {name[1:]}"
                if way < 0.25
                else name
            )
        first, last = name.split()
        if way < 0.1:
            return f"{last}, {first}"
        if way < 0.2:
            return name.upper()
        if way < 0.27:
            return f"Dr. {name}"
        if way < 0.33:
            return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in name)
        return name.translate(str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})) if way < 0.45 else name

    def _slip(self, name: str) -> str:
        """Two letters that changed places, or one that is missing."""
        if len(name) < 6:
            return name
        place = self.draw.randrange(1, len(name) - 1)
        rest = name[place + 1 :]
        return name[:place] + (rest[:1] + name[place] + rest[1:] if self.draw.random() < 0.5 else rest)

    def _company(self, person: _Person) -> str:
        way, name = self.draw.random(), person.company
        if person.country == "CN":
            city = self.draw.choice(_ZH_CITY)
            return name if way < 0.4 else f"{city}{name}有限公司" if way < 0.7 else f"{name}（集团）股份有限公司"
        forms = ("Inc.", "LLC", "Co., Ltd.") if person.country == "US" else ("GmbH", "GmbH & Co. KG", "AG")
        return name if way < 0.4 else f"{name} {self.draw.choice(forms)}" if way < 0.8 else name.upper()

    def _address(self, address: str, *, dressed: bool = False) -> str:
        way = self.draw.random()
        if dressed or way < 0.1:
            return "".join(chr(ord(char) + 0xFEE0) if char.isalpha() else char for char in address)
        return address.upper() if way < 0.25 else f" {address} " if way < 0.3 else address


def dirty_people(rows: int, seed: int = 7) -> list[Row]:
    """`rows` rows in no order: about three in five once, others two or three times, some colleagues behind one number, some junk."""
    world, found, number = _World(seed), [], 0
    while len(found) < rows:
        number += 1
        way, person = world.draw.random(), world.person()
        if way < 0.04:
            found.append(Row(-number, dict(world.draw.choice(_JUNK))))
            continue
        found.append(world.row(number, person, again=False))
        if way < 0.4:
            found += [world.row(number, person, again=True) for _ in range(world.draw.choice((1, 1, 2)))]
        elif way < 0.5:
            # A colleague of the same company, and one who gives the same switchboard.
            number += 1
            colleague = world.person((person.country, person.company, person.domain))
            shared = world.row(number, colleague, again=False)
            if way < 0.45:
                shared.fields["phone_key"] = person.phone
            found.append(shared)
    world.draw.shuffle(found)
    return found[:rows]
