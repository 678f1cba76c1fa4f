"""`make deliverability DOMAIN=company.example`: the DNS records that mail from the domain needs, what DNS answers, and what SES says.

    python -m infra.deliverability company.example [--mail-from mail.company.example] [--report dmarc@company.example] [--region eu-central-1]

Gmail and Yahoo want SPF, DKIM and DMARC, aligned with the address in From. DKIM: three records whose names SES gives to the verified domain. SPF: a
MAIL FROM below the domain, with an MX and a TXT. DMARC: a policy of the domain. Exit code 0: all is there. 1: something is missing or wrong. 2: something
could not be asked.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

OK, MISSING, WRONG, UNKNOWN = "ok", "missing", "wrong", "unknown"
_MARKS = {OK: "✓", MISSING: "✗", WRONG: "✗", UNKNOWN: "?"}
_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_POLICY = re.compile(r"\bp\s*=\s*(none|quarantine|reject)\b", re.IGNORECASE)

# (name, type) → what DNS answers, [] when there is no such record. Raises Unanswered.
Ask = Callable[[str, str], list[str]]


class Unanswered(Exception):
    """DNS or SES gave no answer: nothing can be said."""


@dataclass(frozen=True, slots=True)
class Record:
    """A DNS record that should exist; `why` tells people what it is for."""

    name: str
    type: str
    value: str
    why: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one thing; `mend` says what to do when it is not ok."""

    what: str
    state: str
    found: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """What SES says of the domain."""

    exists: bool
    verified: bool = False
    dkim: str = ""
    tokens: tuple[str, ...] = ()
    mail_from: str = ""
    mail_from_status: str = ""
    production: bool = False


def identity_of(ses: Any, domain: str) -> Identity:
    """The domain's identity. Raises Unanswered where SES cannot be asked."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        production = bool(ses.get_account().get("ProductionAccessEnabled"))
        found = ses.get_email_identity(EmailIdentity=domain)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NotFoundException":
            return Identity(exists=False)
        raise Unanswered(str(error)) from error
    except BotoCoreError as error:
        raise Unanswered(str(error)) from error
    dkim, mail_from = found.get("DkimAttributes", {}), found.get("MailFromAttributes", {})
    return Identity(
        exists=True,
        verified=bool(found.get("VerifiedForSendingStatus")),
        dkim=str(dkim.get("Status", "")),
        tokens=tuple(dkim.get("Tokens", ())),
        mail_from=str(mail_from.get("MailFromDomain", "")),
        mail_from_status=str(mail_from.get("MailFromDomainStatus", "")),
        production=production,
    )


def wanted(domain: str, mail_from: str, report: str, region: str, tokens: Sequence[str]) -> list[Record]:
    """The records for `domain`; without DKIM `tokens` (SES does not know the domain yet) those are left out."""
    dkim = [
        Record(f"{token}._domainkey.{domain}", "CNAME", f"{token}.dkim.amazonses.com", "DKIM, signs each mail")
        for token in tokens
    ]
    return [
        *dkim,
        Record(mail_from, "MX", f"10 feedback-smtp.{region}.amazonses.com", "MAIL FROM, takes bounces back"),
        Record(mail_from, "TXT", "v=spf1 include:amazonses.com ~all", "SPF, who may send for MAIL FROM"),
        Record(f"_dmarc.{domain}", "TXT", f"v=DMARC1; p=none; rua=mailto:{report}", "DMARC, what receivers do"),
    ]


def checked(record: Record, ask: Ask) -> Finding:
    """What DNS says about one record."""
    what = f"{record.type} {record.name}"
    try:
        answers = ask(record.name, record.type)
    except Unanswered as error:
        return Finding(what, UNKNOWN, str(error), "ask again where DNS can be reached")
    relevant = [answer for answer in answers if _is_about(record, answer)]
    if not relevant:
        return Finding(what, MISSING, ", ".join(answers) or "no such record", f"add: {record.value}")
    if len(relevant) > 1 and record.type == "TXT":
        return Finding(what, WRONG, " | ".join(relevant), "keep one of them: with two, receivers use neither")
    problem = _problem(record, relevant)
    return Finding(what, WRONG if problem else OK, relevant[0], problem)


def _is_about(record: Record, answer: str) -> bool:
    """TXT records of one name serve many purposes: the version tells which this is."""
    version = record.value.partition(";")[0].partition(" ")[0].lower()
    return record.type != "TXT" or answer.replace(" ", "").lower().startswith(version)


def _problem(record: Record, answers: Sequence[str]) -> str:
    if record.type == "TXT" and record.value.startswith("v=spf1"):
        return _spf_problem(answers[0])
    if record.type == "TXT":
        return "" if _POLICY.search(answers[0]) else "say p=none, p=quarantine or p=reject"
    wanted_value = record.value.lower().rstrip(".")
    return "" if wanted_value in (answer.lower().rstrip(".") for answer in answers) else f"it should be {record.value}"


def _spf_problem(answer: str) -> str:
    terms = answer.lower().split()
    if "include:amazonses.com" not in terms:
        return "add include:amazonses.com to it"
    if "+all" in terms or "all" in terms:
        return "end it with ~all or -all: as it stands, anybody may send"
    return ""


def of_identity(identity: Identity, domain: str, mail_from: str) -> Iterator[Finding]:
    """What SES says, in findings."""
    if not identity.exists:
        yield Finding(
            f"SES identity {domain}",
            MISSING,
            "SES does not know the domain",
            f"aws sesv2 create-email-identity --email-identity {domain}, then run this again for the DKIM records",
        )
        return
    state = OK if identity.verified else MISSING
    yield Finding(
        f"SES identity {domain}",
        state,
        "verified" if identity.verified else "not verified yet",
        "add the DKIM records; SES looks every few minutes",
    )
    signs = identity.dkim == "SUCCESS"
    yield Finding("SES DKIM", OK if signs else MISSING, identity.dkim or "off", "add the DKIM records")
    own = identity.mail_from == mail_from and identity.mail_from_status == "SUCCESS"
    mend = f"aws sesv2 put-email-identity-mail-from-attributes --email-identity {domain} --mail-from-domain {mail_from}"
    yield Finding(
        "SES MAIL FROM",
        OK if own else MISSING,
        f"{identity.mail_from or 'none'} {identity.mail_from_status}".strip(),
        mend,
    )
    yield Finding(
        "SES account",
        OK if identity.production else MISSING,
        "production" if identity.production else "sandbox: only verified addresses get mail",
        "ask for production access in the SES console",
    )


def ask_dns(name: str, kind: str) -> list[str]:
    """The answers of the machine's resolver."""
    import dns.exception
    import dns.resolver

    try:
        answers = dns.resolver.resolve(name, kind, lifetime=8)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.DNSException as error:
        raise Unanswered(f"no answer from DNS ({type(error).__name__})") from error
    if kind == "TXT":
        return [b"".join(answer.strings).decode("utf-8", "replace") for answer in answers]
    return [answer.to_text().rstrip(".") for answer in answers]


def report(domain: str, options: argparse.Namespace, ses: Any, ask: Ask) -> int:
    """Prints everything; the exit code."""
    mail_from, rua = options.mail_from or f"mail.{domain}", options.report or f"dmarc@{domain}"
    try:
        identity = identity_of(ses, domain)
        found = list(of_identity(identity, domain, mail_from))
    except Unanswered as error:
        identity = Identity(exists=False)
        found = [Finding("SES", UNKNOWN, f"cannot be asked ({error})", "sign in to AWS, and name --region")]
    records = wanted(domain, mail_from, rua, options.region, identity.tokens)
    print("Wanted in DNS\n")
    for record in records:
        print(f"  {record.why}\n    {record.name}  {record.type}  {record.value}")
    if not identity.tokens:
        print("  DKIM, signs each mail\n    three CNAME records whose names SES gives: see below")
    print("\nFound\n")
    found += [checked(record, ask) for record in records]
    for finding in found:
        print(f"  {_MARKS[finding.state]} {finding.what}: {finding.found}")
        if finding.state != OK and finding.mend:
            print(f"      → {finding.mend}")
    states = {finding.state for finding in found}
    return 1 if states & {MISSING, WRONG} else 2 if UNKNOWN in states else 0


def domain_name(text: str) -> str:
    """`text` as a domain in the letters of DNS. Raises argparse.ArgumentTypeError."""
    try:
        name = text.strip().rstrip(".").lower().encode("idna").decode()
    except UnicodeError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no domain") from error
    if not _DOMAIN.fullmatch(name):
        raise argparse.ArgumentTypeError(f"{text!r} is no domain, such as company.example")
    return name


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m infra.deliverability", description="SPF, DKIM, DMARC and SES.")
    parser.add_argument("domain", type=domain_name)
    parser.add_argument("--mail-from", type=domain_name, help="domain of bounces (default: mail.<domain>)")
    parser.add_argument("--report", help="where DMARC reports go (default: dmarc@<domain>)")
    parser.add_argument("--region", help="where SES runs (default: that of your AWS settings, else us-east-1)")
    options = parser.parse_args(arguments)
    if options.mail_from and not options.mail_from.endswith(f".{options.domain}"):
        parser.error(f"--mail-from should lie below {options.domain}, or SPF is not aligned with From")
    import boto3

    session = boto3.Session(region_name=options.region)
    options.region = session.region_name or "us-east-1"
    return report(options.domain, options, session.client("sesv2", region_name=options.region), ask_dns)


if __name__ == "__main__":
    sys.exit(main())
