"""What is junk, why, and who has the last word about it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.cleaning import CleaningRules, longest_repeat, longest_sequence, subjects_of
from shared.domain.company_names import company_core
from shared.domain.mail_domains import MailDomains

GOOD = {
    "email": "lin@acme-robotics.example",
    "name": "林小姐",
    "company": "Acme Robotics",
    "phone_key": "+8613912047765",
}


@pytest.fixture(scope="module")
def rules(content: Path) -> CleaningRules:
    def read(name: str) -> Any:
        return json.loads((content / name).read_text(encoding="utf-8"))

    return CleaningRules(read("policies.json")["cleaning"], MailDomains.of(read("domains.json")))


def codes(
    rules: CleaningRules, listed: dict[str, str] | None = None, digits: str = "13912047765", **said: str
) -> list[str]:
    return [finding.code for finding in rules.findings({**GOOD, **said}, listed or {}, digits)]


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("13888888888", ["phone_repeated_digits"]),
        ("13812345678", ["phone_consecutive_digits"]),
        ("13887654321", ["phone_consecutive_digits"]),
        ("13988881204", []),
        ("13988888120", []),
        ("13988888810", ["phone_repeated_digits"]),
        ("13912345077", []),
        ("13912345607", ["phone_consecutive_digits"]),
        ("", []),
    ],
)
def test_a_number_is_odd_from_six_repeated_or_consecutive_digits_on(
    rules: CleaningRules, digits: str, expected: list[str]
) -> None:
    assert codes(rules, digits=digits) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, []),
        ({"email": "lin@mailinator.com"}, ["disposable_email"]),
        ({"email": "lin@eu.mailinator.com"}, ["disposable_email"]),
        ({"email": "lin@acme.con"}, ["invalid_email"]),
        ({"email": "not an address"}, ["invalid_email"]),
        ({"email": "Ｔｅｓｔ@acme.example"}, ["test_lead"]),
        ({"email": "testa@acme.example"}, []),
        ({"name": "测试"}, ["test_lead"]),
        ({"name": "  TEST  "}, ["test_lead"]),
        ({"email": "spy@eu.competitor.example"}, ["competitor"]),
        ({"email": "a@notcompetitor.example"}, []),
        ({"company": "RIVAL Automation GmbH"}, ["competitor"]),
        ({"company": "上海竞品科技（集团）股份有限公司"}, ["competitor"]),
        ({"email": "test@competitor.example", "name": "test"}, ["test_lead", "competitor"]),
    ],
)
def test_each_kind_of_junk_has_its_code(rules: CleaningRules, said: dict[str, str], expected: list[str]) -> None:
    assert codes(rules, **said) == expected


def test_what_was_taught_counts_and_what_was_allowed_is_fine(rules: CleaningRules) -> None:
    assert codes(rules, {"domain:acme-robotics.example": "competitor"}) == ["competitor"]
    assert codes(rules, {"email:lin@acme-robotics.example": "test"}) == ["test_lead"]
    said = {"email": "lin@mailinator.com"}
    assert codes(rules, {"domain:mailinator.com": "allow"}, **said) == []
    assert codes(rules, {"email:lin@mailinator.com": "allow"}, **said) == []
    assert codes(rules, {"email:lin@mailinator.com": "allow"}, "13888888888", **said) == []
    assert codes(rules, {"domain:mailinator.com": "allow"}, "13888888888", **said) == ["phone_repeated_digits"]


def test_subjects_are_what_a_list_may_name() -> None:
    assert subjects_of({**GOOD, "email": "Lin@EU.Acme.example"}) == [
        "email:lin@eu.acme.example",
        "domain:eu.acme.example",
        "domain:acme.example",
        "phone:+8613912047765",
        "company:acme robotics",
    ]


@given(st.text(alphabet="0123456789", max_size=15))
def test_runs_are_never_longer_than_the_number_and_read_the_same_backwards(digits: str) -> None:
    for longest in (longest_repeat, longest_sequence):
        assert longest(digits) <= len(digits)
        assert longest(digits) == longest(digits[::-1])


# ------------------------------------------------------------------ companies


@pytest.mark.parametrize(
    "spellings",
    [
        (
            "华星物流",
            "上海华星物流有限公司",
            "华星物流（集团）股份有限公司",
            "上海市華星物流 有限公司",
            "华星物流(上海)有限公司",
        ),
        (
            "Acme Robotics",
            "ACME  ROBOTICS, INC.",
            "Ａｃｍｅ Robotics Co., Ltd.",
            "Acme Robotics (China) Ltd",
            "The Acme Robotics Group",
        ),
        ("Müller Maschinenbau GmbH & Co. KG", "Mueller Maschinenbau", "MÜLLER MASCHINENBAU G.m.b.H."),
        ("Société Générale S.A.", "Societe Generale"),
    ],
)
def test_spellings_of_one_company_have_one_core(spellings: tuple[str, ...]) -> None:
    assert len({company_core(each) for each in spellings}) == 1


def test_companies_that_differ_keep_their_cores_apart() -> None:
    assert company_core("华星物流") != company_core("华星科技")
    assert company_core("Acme Robotics") != company_core("Acme Logistics")
    assert company_core("中国公司") != ""
    assert company_core("Group") == "group"
    assert company_core("—") == ""


_PARTS = st.sampled_from(
    [
        "上海",
        "市",
        "华星",
        "物流",
        "（集团）",
        "股份",
        "有限公司",
        "中国",
        "Acme",
        " ",
        "GmbH",
        "& Co.",
        "KG",
        "Inc.",
        "The ",
        "China",
        "Ä",
        "ﬁ",
        "G.m.b.H.",
        "-",
    ]
)


@given(st.one_of(st.text(max_size=40), st.lists(_PARTS, max_size=8).map("".join)))
def test_a_core_has_itself_as_core(name: str) -> None:
    assert company_core(company_core(name)) == company_core(name)


@given(st.lists(_PARTS, max_size=8).map("".join))
def test_width_and_case_say_nothing(name: str) -> None:
    wide = "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in name)
    assert company_core(wide) == company_core(name) == company_core(name.upper())


# ------------------------------------------------------------------ domains


@pytest.mark.parametrize(
    ("domain", "registrable"),
    [
        ("acme.com", "acme.com"),
        ("mail.acme.com.cn", "acme.com.cn"),
        ("a.b.acme.co.uk", "acme.co.uk"),
        ("acme.example", "acme.example"),
        ("mail.acme.example", "acme.example"),
        ("co.uk", ""),
        ("www.ck", "www.ck"),
        ("a.acme.ck", "a.acme.ck"),
    ],
)
def test_a_domain_is_known_by_what_was_registered(rules: CleaningRules, domain: str, registrable: str) -> None:
    assert rules.domains.registrable(domain) == registrable


def test_a_free_mailbox_is_no_company(rules: CleaningRules) -> None:
    for free in ("gmail.com", "qq.com", "163.com", "vip.163.com", "gmx.de", "web.de"):
        assert rules.domains.company_domain(free) == ""
    assert rules.domains.company_domain("eu.acme.example") == "acme.example"
