"""`make deliverability`: which records are wanted, and what is said about those that are found. DNS and SES are fakes."""

from __future__ import annotations

import argparse
from typing import Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from infra.deliverability import (
    MISSING,
    OK,
    UNKNOWN,
    WRONG,
    Record,
    Unanswered,
    checked,
    domain_name,
    main,
    report,
    wanted,
)

DOMAIN = "company.example"
TOKENS = ("aaa", "bbb", "ccc")
OPTIONS = argparse.Namespace(mail_from=None, report=None, region="eu-central-1")
Zone = dict[tuple[str, str], list[str]]


def zone(**changes: list[str]) -> Zone:
    """All records as they should be; `changes` by kind: mx, spf, dmarc, dkim."""
    good: Zone = {(f"{token}._domainkey.{DOMAIN}", "CNAME"): [f"{token}.dkim.amazonses.com"] for token in TOKENS}
    if "dkim" in changes:
        good[(f"aaa._domainkey.{DOMAIN}", "CNAME")] = changes["dkim"]
    good[(f"mail.{DOMAIN}", "MX")] = changes.get("mx", ["10 feedback-smtp.eu-central-1.amazonses.com"])
    good[(f"mail.{DOMAIN}", "TXT")] = changes.get("spf", ["v=spf1 include:amazonses.com ~all"])
    good[(f"_dmarc.{DOMAIN}", "TXT")] = changes.get("dmarc", ["v=DMARC1; p=quarantine; rua=mailto:x@company.example"])
    return good


class FakeSes:
    """SES as it answers about one domain."""

    def __init__(self, *, exists: bool = True, production: bool = True, fails: Exception | None = None) -> None:
        self.exists, self.production, self.fails = exists, production, fails

    def get_account(self) -> dict[str, Any]:
        if self.fails:
            raise self.fails
        return {"ProductionAccessEnabled": self.production}

    def get_email_identity(self, EmailIdentity: str) -> dict[str, Any]:  # noqa: N803 - boto's name
        if not self.exists:
            raise ClientError({"Error": {"Code": "NotFoundException", "Message": "none"}}, "GetEmailIdentity")
        return {
            "VerifiedForSendingStatus": True,
            "DkimAttributes": {"Status": "SUCCESS", "Tokens": list(TOKENS)},
            "MailFromAttributes": {"MailFromDomain": f"mail.{DOMAIN}", "MailFromDomainStatus": "SUCCESS"},
        }


def run(records: Zone, ses: FakeSes | None = None) -> int:
    return report(
        DOMAIN, argparse.Namespace(**vars(OPTIONS)), ses or FakeSes(), lambda name, kind: records.get((name, kind), [])
    )


def test_everything_in_place_is_exit_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(zone()) == 0
    told = capsys.readouterr().out
    assert "✗" not in told
    assert told.count("✓") == 10


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"spf": []}, "add: v=spf1 include:amazonses.com ~all"),
        ({"spf": ["v=spf1 include:_spf.google.com ~all"]}, "add include:amazonses.com to it"),
        ({"spf": ["v=spf1 include:amazonses.com +all"]}, "anybody may send"),
        ({"spf": ["v=spf1 include:amazonses.com ~all", "v=spf1 -all"]}, "with two, receivers use neither"),
        ({"spf": ["google-site-verification=abc"]}, "add: v=spf1"),
        ({"dmarc": []}, "add: v=DMARC1; p=none; rua=mailto:dmarc@company.example"),
        ({"dmarc": ["v=DMARC1; rua=mailto:x@company.example"]}, "say p=none"),
        ({"mx": ["10 mx.other.example"]}, "it should be 10 feedback-smtp.eu-central-1.amazonses.com"),
        ({"dkim": ["zzz.dkim.amazonses.com"]}, "it should be aaa.dkim.amazonses.com"),
    ],
)
def test_what_is_missing_or_wrong_is_exit_1_with_what_to_do(
    changes: dict[str, list[str]], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(zone(**changes)) == 1
    assert says in capsys.readouterr().out


def test_other_texts_of_the_same_name_disturb_nothing() -> None:
    assert run(zone(spf=["some-verification=1", "v=spf1 include:amazonses.com -all"])) == 0


def test_a_domain_that_ses_does_not_know_is_told_how_to_begin(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(zone(), FakeSes(exists=False)) == 1
    assert f"create-email-identity --email-identity {DOMAIN}" in capsys.readouterr().out


def test_the_sandbox_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(zone(), FakeSes(production=False)) == 1
    assert "sandbox" in capsys.readouterr().out


def test_without_aws_the_records_of_dns_are_still_checked(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(zone(), FakeSes(fails=NoCredentialsError())) == 2
    told = capsys.readouterr().out
    assert "? SES: cannot be asked" in told
    assert f"✓ TXT _dmarc.{DOMAIN}" in told


def test_dns_that_does_not_answer_is_neither_good_nor_bad() -> None:
    def silent(name: str, kind: str) -> list[str]:
        raise Unanswered("no answer from DNS (LifetimeTimeout)")

    record = Record(f"_dmarc.{DOMAIN}", "TXT", "v=DMARC1; p=none", "DMARC")
    assert checked(record, silent).state == UNKNOWN


@pytest.mark.parametrize(
    ("answers", "state"),
    [([], MISSING), (["v=DMARC1;p=reject"], OK), (["V=DMARC1; P=NONE"], OK), (["v=DMARC1"], WRONG)],
)
def test_a_dmarc_record_is_read_as_receivers_read_it(answers: list[str], state: str) -> None:
    record = wanted(DOMAIN, f"mail.{DOMAIN}", "x@y.example", "us-east-1", ())[-1]
    assert checked(record, lambda name, kind: answers).state == state


@pytest.mark.parametrize("text", ["", "company", "a b.example", "-x.example", "https://company.example"])
def test_what_is_no_domain_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        domain_name(text)


def test_a_chinese_domain_is_asked_for_in_the_letters_of_dns() -> None:
    assert domain_name("例子.example") == "xn--fsqu00a.example"


def test_a_mail_from_elsewhere_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([DOMAIN, "--mail-from", "mail.other.example"])
    assert "not aligned" in capsys.readouterr().err
