"""A submission is looked at before it becomes part of a person: junk is set aside with its reasons."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from shared.domain.cleaning import CleaningRules, Finding, held_codes, longest_repeat, longest_sequence, subjects_of
from shared.domain.submission import RELEASED, Submission
from shared.usecases.contact_points import national_digits

if TYPE_CHECKING:
    from shared.store.intake import Intake
    from shared.store.lists import Lists

# No rule may ask for fewer digits in a row than this (cleaning.yaml's shape).
_ODD = 3


class CleaningPorts(NamedTuple):
    """What cleaning touches; `lists` is what people put on a list in the console."""

    rules: CleaningRules
    lists: Lists
    intake: Intake


@dataclass(frozen=True, slots=True)
class Judgement:
    """`held`: why the submission is set aside (empty: it is not); `flags`: codes that its activity carries; `listed`: {subject: list}."""

    held: tuple[Finding, ...] = ()
    flags: tuple[str, ...] = ()
    listed: dict[str, str] = field(default_factory=dict)


def judge(submission: Submission, ports: CleaningPorts) -> Judgement:
    """What cleaning says of the submission; reads one batch of list entries. Who was released by a person is junk no longer."""
    listed = ports.lists.of(subjects_of(submission.fields))
    if submission.status == RELEASED:
        return Judgement(listed=listed)
    findings = ports.rules.findings(submission.fields, listed, _typed_digits(submission))
    held = held_codes(findings, ports.rules)
    return Judgement(
        tuple(finding for finding in findings if held),
        tuple(finding.code for finding in findings if not held),
        listed,
    )


def _typed_digits(submission: Submission) -> str:
    """The number's own digits. The library that knows the countries' codes is asked only where the digits look odd at all."""
    phone = str(submission.fields.get("phone_key") or submission.fields.get("phone", ""))
    digits = "".join(char for char in phone if char.isdecimal() and char.isascii())
    if max(longest_repeat(digits), longest_sequence(digits)) < _ODD:
        return digits
    return national_digits(phone) or digits
