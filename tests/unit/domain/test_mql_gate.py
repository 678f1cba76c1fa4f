"""What sales needs to know, and who picks up."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shared.domain.cleaning import CleaningRules
from shared.domain.handoff import choose_owner
from shared.domain.lead import Lead
from shared.domain.mail_domains import MailDomains
from shared.domain.mql_gate import NEEDS, MqlGate

T0 = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
LIN = {"name": "林小姐", "email": "lin@acme-robotics.example", "company": "Acme Robotics", "title": "CTO", "phone": "+8613912047765", "company_size": "200"}  # fmt: skip


@pytest.fixture(scope="session")
def gate(content: Path, policies: dict[str, Any]) -> MqlGate:
    domains = MailDomains.of(json.loads((content / "domains.json").read_text(encoding="utf-8")))
    return MqlGate.of(policies["sales"]["mql_gate"], CleaningRules(policies["cleaning"], domains))


def missing(gate: MqlGate, **changes: str) -> tuple[str, ...]:
    return gate.missing(Lead("lin", T0, "s", profile={**LIN, **changes}))


def test_whoever_said_everything_passes(gate: MqlGate) -> None:
    assert missing(gate) == ()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"company": "无"}, ("company",)),
        ({"email": "lin@gmail.com"}, ("company_email",)),
        ({"email": "lin@vip.163.com"}, ("company_email",)),
        ({"email": ""}, ("company_email",)),
        ({"phone": ""}, ("phone",)),
        ({"title": "  "}, ("title",)),
        ({"company_size": ""}, ("company_size",)),
        ({"name": "test"}, ("not_a_test",)),
        ({"phone": "", "title": "", "company_size": ""}, ("phone", "title", "company_size")),
    ],
)
def test_what_is_missing_is_named(gate: MqlGate, changes: dict[str, str], named: tuple[str, ...]) -> None:
    assert missing(gate, **changes) == named


def test_a_policy_may_ask_for_less(gate: MqlGate) -> None:
    assert MqlGate(("company",), False, gate.rules).missing(Lead("x", T0, "s", profile={})) == ("company",)
    assert gate.missing(Lead("x", T0, "s", profile={})) == tuple(need for need in NEEDS if need != "not_a_test")


TEAM = [{"owner": "sue", "role": "sdr", "languages": ["en"]}, {"owner": "bob", "role": "closer", "languages": ["en"]}]
RANGES = [
    {"when": {"field": "company_size", "op": "gte", "value": 1000}, "role": "closer"},
    {"when": {"field": "score", "op": "lt", "value": 70}, "role": "sdr"},
]


@pytest.mark.parametrize(
    ("facts", "owner"),
    [
        ({"score": 55, "company_size": "20"}, "sue"),
        ({"score": 69}, "sue"),
        ({"score": 55, "company_size": "1000"}, "bob"),
    ],
)
def test_a_range_says_who_picks_up(facts: dict[str, Any], owner: str) -> None:
    for number in range(8):
        assert choose_owner(Lead(f"l{number}", T0, "s"), TEAM, RANGES, facts)["owner"] == owner


def test_outside_of_every_range_anybody_may_and_so_it_is_where_nobody_has_the_role() -> None:
    leads = [Lead(f"l{number}", T0, "s") for number in range(40)]
    assert {choose_owner(lead, TEAM, RANGES, {"score": 90})["owner"] for lead in leads} == {"sue", "bob"}
    assert choose_owner(leads[0], TEAM, [{"when": {}, "role": "nobody"}], {})["owner"] in ("sue", "bob")
