"""People of one company have one account."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shared.domain.accounts import account_id, account_key
from shared.domain.mail_domains import MailDomains


@pytest.fixture(scope="module")
def domains(content: Path) -> MailDomains:
    return MailDomains.of(json.loads((content / "domains.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("profile", "key"),
    [
        ({"email": "lin@eu.acme.co.uk", "company": "Acme"}, "domain:acme.co.uk"),
        ({"email": "lin@gmail.com", "company": "Acme Robotics, Inc."}, "company:acme robotics"),
        ({"email": "lin@vip.163.com", "company": "上海华星物流有限公司"}, "company:华星物流"),
        ({"email": "lin@qq.com", "company": "无"}, ""),
        ({"phone": "+8613912047765"}, ""),
    ],
)
def test_a_company_is_its_domain_else_its_name(domains: MailDomains, profile: dict[str, str], key: str) -> None:
    assert account_key(profile, domains) == key


def test_colleagues_share_an_account_and_others_do_not(domains: MailDomains) -> None:
    one, other = {"email": "a@acme.example"}, {"email": "b@mail.acme.example"}
    assert account_id(one, domains) == account_id(other, domains) != ""
    assert account_id({"email": "c@brandt.example"}, domains) != account_id(one, domains)
