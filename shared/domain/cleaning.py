"""What is wrong with a submission, by the rules of templates/policies/cleaning.yaml and by what people taught in the console.

Every finding names the subject it is about (``domain:acme.example``), so that whoever looks at it can say: this one is fine.
"""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from shared.domain.company_names import company_core
from shared.domain.identity import email_key
from shared.domain.mail_domains import MailDomains, parents

# Judged by what the submission says.
PHONE_REPEATED, PHONE_CONSECUTIVE = "phone_repeated_digits", "phone_consecutive_digits"
INVALID_EMAIL, DISPOSABLE_EMAIL = "invalid_email", "disposable_email"
TEST_LEAD, COMPETITOR = "test_lead", "competitor"
# Judged by who is known already.
DUPLICATE, EXISTING_CUSTOMER, IN_FOLLOW_UP = "duplicate", "existing_customer", "in_follow_up"
# Judged at capture.
HONEYPOT, BAD_TOKEN, RATE_LIMITED = "honeypot", "bad_token", "rate_limited"

CRM_OTHER = "other"
JUNK = (PHONE_REPEATED, PHONE_CONSECUTIVE, INVALID_EMAIL, DISPOSABLE_EMAIL, TEST_LEAD, COMPETITOR)
KNOWN = (DUPLICATE, EXISTING_CUSTOMER, IN_FOLLOW_UP)
REASONS = (*JUNK, *KNOWN, HONEYPOT, BAD_TOKEN, RATE_LIMITED)

QUARANTINE, FLAG, IGNORE = "quarantine", "flag", "ignore"

# The lists that people keep in the console.
ALLOW, LIST_COMPETITOR, LIST_TEST, CUSTOMER = "allow", "competitor", "test", "customer"
LISTS = (ALLOW, LIST_COMPETITOR, LIST_TEST, CUSTOMER)
_CODE_OF_LIST = {LIST_COMPETITOR: COMPETITOR, LIST_TEST: TEST_LEAD, CUSTOMER: EXISTING_CUSTOMER}


@dataclass(frozen=True, slots=True)
class Finding:
    """A reason code and what it is about: ``email:…``, ``domain:…``, ``phone:…`` (E.164), ``company:…`` (its core) or ``name:…``."""

    code: str
    subject: str


def subjects_of(fields: Mapping[str, Any]) -> list[str]:
    """Everything in a submission or a profile that may stand on a list, the narrowest first."""
    found = []
    if email := str(fields.get("email", "")):
        key = email_key(email)
        found += [f"email:{key}", *(f"domain:{each}" for each in parents(key.rpartition("@")[2]))]
    if phone := fields.get("phone_key"):
        found.append(f"phone:{phone}")
    if core := company_core(str(fields.get("company", ""))):
        found.append(f"company:{core}")
    return found


def longest_repeat(digits: str) -> int:
    """How many times one digit stands in a row: 4 in 13988881234."""
    return _longest_run(digits, (0,))


def longest_sequence(digits: str) -> int:
    """How many digits in a row go up by one, or down by one: 8 in 13812345678."""
    return max(_longest_run(digits, (1,)), _longest_run(digits, (-1,)))


def _longest_run(digits: str, steps: tuple[int, ...]) -> int:
    longest = run = min(len(digits), 1)
    for before, after in itertools.pairwise(digits):
        run = run + 1 if int(after) - int(before) in steps else 1
        longest = max(longest, run)
    return longest


def fold(text: str) -> str:
    """Width and case folded, white space single."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@dataclass(frozen=True)
class CleaningRules:
    """The policy, and the lists of domains that its rules need."""

    policy: Mapping[str, Any]
    domains: MailDomains

    def treatment(self, code: str) -> str:
        """quarantine, flag or ignore."""
        return str(self.policy["rules"][code]["then"])

    def crm_standing(self, stage: str) -> str:
        """What the CRM's word for a stage says here: EXISTING_CUSTOMER, IN_FOLLOW_UP, or "other", which takes back what was said before."""
        words = self.policy["crm_stages"]
        return next((code for code in words if fold(stage) in map(fold, words[code])), CRM_OTHER)

    def findings(
        self, fields: Mapping[str, Any], listed: Mapping[str, str], national_digits: str = ""
    ) -> list[Finding]:
        """What is wrong, in the order of the reason codes, each code once; what stands on the allow list is fine.

        `listed` maps those of `subjects_of` that people put on a list to that list. `national_digits` are the phone number's, without the
        country's code, which would make runs that nobody typed.
        """
        found: dict[str, Finding] = {}
        for finding in self._all(fields, listed, national_digits):
            if self.treatment(finding.code) != IGNORE and not _is_allowed(finding.subject, fields, listed):
                found.setdefault(finding.code, finding)
        return sorted(found.values(), key=lambda finding: JUNK.index(finding.code))

    def _all(self, fields: Mapping[str, Any], listed: Mapping[str, str], national_digits: str) -> Iterator[Finding]:
        for subject, name in listed.items():
            if name in (LIST_COMPETITOR, LIST_TEST):
                yield Finding(_CODE_OF_LIST[name], subject)
        yield from self._of_phone(str(fields.get("phone_key") or fields.get("phone", "")), national_digits)
        yield from self._of_email(str(fields.get("email", "")))
        yield from self._of_names(fields)

    def _of_phone(self, phone: str, digits: str) -> Iterator[Finding]:
        for code, longest in ((PHONE_REPEATED, longest_repeat), (PHONE_CONSECUTIVE, longest_sequence)):
            if longest(digits) >= self.policy["rules"][code]["from"]:
                yield Finding(code, f"phone:{phone}")

    def _of_email(self, email: str) -> Iterator[Finding]:
        if not email:
            return
        try:
            key = email_key(email)
        except ValueError:
            yield Finding(INVALID_EMAIL, f"email:{fold(email)}")
            return
        local, _, domain = key.rpartition("@")
        if not self.domains.is_known(domain):
            yield Finding(INVALID_EMAIL, f"domain:{domain}")
        if self.domains.is_disposable(domain) and not self._tested["never_disposable"] & set(parents(domain)):
            yield Finding(DISPOSABLE_EMAIL, f"domain:{domain}")
        if local in self._tested["mailboxes"]:
            yield Finding(TEST_LEAD, f"email:{key}")
        for code, domains in ((TEST_LEAD, "test_domains"), (COMPETITOR, "competitor_domains")):
            if hit := next((each for each in parents(domain) if each in self._tested[domains]), ""):
                yield Finding(code, f"domain:{hit}")
        if hit := next((each for each in parents(domain) if each in self._tested["also_disposable"]), ""):
            yield Finding(DISPOSABLE_EMAIL, f"domain:{hit}")

    def _of_names(self, fields: Mapping[str, Any]) -> Iterator[Finding]:
        name, core = fold(str(fields.get("name", ""))), company_core(str(fields.get("company", "")))
        if name and name in self._tested["names"]:
            yield Finding(TEST_LEAD, f"name:{name}")
        if core and core in self._tested["test_companies"]:
            yield Finding(TEST_LEAD, f"company:{core}")
        if core and core in self._tested["competitor_companies"]:
            yield Finding(COMPETITOR, f"company:{core}")

    @cached_property
    def _tested(self) -> dict[str, frozenset[str]]:
        """The policy's lists, ready to be asked."""
        test, rivals, disposable = self.policy["test_leads"], self.policy["competitors"], self.policy["disposable"]
        return {
            "names": frozenset(map(fold, test["names"])),
            "mailboxes": frozenset(map(fold, test["mailboxes"])),
            "test_companies": frozenset(map(company_core, test["companies"])),
            "test_domains": frozenset(map(fold, test["domains"])),
            "competitor_domains": frozenset(map(fold, rivals["domains"])),
            "competitor_companies": frozenset(map(company_core, rivals["companies"])),
            "also_disposable": frozenset(map(fold, disposable["also"])),
            "never_disposable": frozenset(map(fold, disposable["never"])),
        }


def _is_allowed(subject: str, fields: Mapping[str, Any], listed: Mapping[str, str]) -> bool:
    """Whether the subject was allowed, or something narrower of the same kind: the one address of an unwanted domain."""
    kind = subject.partition(":")[0]
    covering = ("email:", "domain:") if kind in ("email", "domain") else (f"{kind}:", "email:")
    return any(
        name == ALLOW and each.startswith(covering) for each, name in listed.items() if each in subjects_of(fields)
    )


def is_customer(listed: Mapping[str, str]) -> bool:
    """Whether a list of customers names any of the subjects."""
    return CUSTOMER in listed.values()


def held_codes(findings: Iterable[Finding], rules: CleaningRules) -> list[str]:
    """The codes for which a submission is set aside."""
    return [finding.code for finding in findings if rules.treatment(finding.code) == QUARANTINE]
