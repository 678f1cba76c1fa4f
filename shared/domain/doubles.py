"""Are two records one person? Exact keys decide by themselves; everything else is a likeness that people are asked about.

Only records that share a block are compared: the company (registrable domain or core of its name) with a sound of the surname, the number, or the
local part of the address. So the work grows with the records, not with their pairs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from shared.domain.company_names import company_core, has_han
from shared.domain.identity import email_key, is_role_mailbox
from shared.domain.mail_domains import MailDomains
from shared.domain.person_names import is_surname_only, name_words, surname_sounds, turned_round
from shared.domain.said_names import said, surnames_said

SAME, LIKELY, DIFFERENT = "same", "likely", "different"
# In a block that holds more than this (the Wangs of a large company) only who is called the same is compared.
_LARGEST_BLOCK = 40
_LIKE = 0.86
_NAME_LIKE = "name_like"


@dataclass(frozen=True, slots=True)
class Features:
    """What is compared of one record. `turned` is a Chinese name whose given name was written first, as it should be ("": none); `said` how the name may be
    said.
    """

    email: str
    local: str
    domain: str
    phone: str
    words: tuple[str, ...]
    turned: str
    said: frozenset[str]
    sounds: frozenset[str]
    surname_only: bool
    company: str
    role: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """`why` are codes: email, phone, name, name_sound, name_like, company, domain, local_part."""

    verdict: str
    why: tuple[str, ...] = ()


def features_of(profile: Mapping[str, Any], domains: MailDomains) -> Features:
    """The comparable parts of a profile (fields as people gave them; `phone_key` in E.164)."""
    email = str(profile.get("email", ""))
    key = email_key(email) if email else ""
    local, _, domain = key.rpartition("@")
    name = str(profile.get("name", ""))
    return Features(
        email=key,
        local="".join(char for char in local.split("+")[0] if char.isalnum()),
        domain=domains.company_domain(domain) if domain else "",
        phone=str(profile.get("phone_key", "")),
        words=name_words(name),
        turned=turned_round(name),
        said=said(name),
        sounds=surnames_said(name) | surname_sounds(name),
        surname_only=is_surname_only(name),
        company=company_core(str(profile.get("company", ""))),
        role=bool(email) and is_role_mailbox(email),
    )


def blocks(record: Features) -> Iterator[Hashable]:
    """The blocks in which this record meets others."""
    if record.email:
        yield ("email", record.email)
    if record.phone:
        yield ("phone", record.phone)
    for place in (record.domain, record.company):
        if place:
            yield from (("company", place, sound) for sound in record.sounds)
            if len(record.local) > 3 and not record.role:
                yield ("local", place, record.local)


def judge_pair(one: Features, other: Features) -> Verdict:
    """Whether two records are one person. SAME is decided by exact keys without anything that speaks against it."""
    names = _name_likeness(one, other)
    same_place = bool(one.company and one.company == other.company) or bool(one.domain and one.domain == other.domain)
    if one.email and one.email == other.email:
        # A role mailbox is a desk: whoever writes from it under another name is somebody else, perhaps.
        return Verdict(LIKELY if one.role and names < _LIKE else SAME, ("email",))
    if one.phone and one.phone == other.phone:
        return _by_phone(one, other, names)
    if not same_place or names < _LIKE or one.surname_only or other.surname_only:
        return Verdict(DIFFERENT)
    called = _called(one, other)
    why = (
        called,
        "domain" if one.domain == other.domain != "" else "company",
    )
    if one.words == other.words and _complete_each_other(one, other):
        return Verdict(SAME, why)
    if _local_alike(one, other):
        return Verdict(LIKELY, (*why, "local_part"))
    return Verdict(DIFFERENT) if called == _NAME_LIKE else Verdict(LIKELY, why)


def _by_phone(one: Features, other: Features, names: float) -> Verdict:
    """One number: the same person when only one of them has an address; with two addresses it may be a switchboard."""
    if not (one.email and other.email):
        fits = names >= _LIKE or not (one.words and other.words) or _surname_fits(one, other)
        return Verdict(SAME if fits else LIKELY, ("phone",))
    if names >= _LIKE or _surname_fits(one, other):
        return Verdict(LIKELY, ("phone", "name"))
    return Verdict(DIFFERENT)


def _complete_each_other(one: Features, other: Features) -> bool:
    """One is known by an address alone, the other by a number alone: nothing of what they said differs."""
    return bool(one.email or other.email) and not (one.email and other.email) and not (one.phone and other.phone)


def _surname_fits(one: Features, other: Features) -> bool:
    return (one.surname_only or other.surname_only) and bool(one.sounds & other.sounds)


def _name_likeness(one: Features, other: Features) -> float:
    """0 to 1: equal words, an initial for a word, or a slip of the pen."""
    if not one.words or not other.words:
        return 0.0
    if one.words == other.words:
        return 1.0
    if _called(one, other) != _NAME_LIKE:
        return 0.95
    if len(one.words) == len(other.words) > 1 and all(map(_word_fits, one.words, other.words)):
        return 0.95
    return SequenceMatcher(None, " ".join(one.words), " ".join(other.words)).ratio()


def _called(one: Features, other: Features) -> str:
    """The code that says how far two names are one: written alike, in either order; said alike, one in characters and one in letters; or perhaps similar."""
    if one.words == other.words or (one.turned,) == other.words or one.words == (other.turned,):
        return "name"
    if one.said & other.said and _in_characters(one) != _in_characters(other):
        return "name_sound"
    return _NAME_LIKE


def _in_characters(record: Features) -> bool:
    return any(map(has_han, record.words))


def _word_fits(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) == 1 and long.startswith(short))


def _local_alike(one: Features, other: Features) -> bool:
    return bool(one.local and other.local) and SequenceMatcher(None, one.local, other.local).ratio() >= _LIKE


def find_pairs(records: Sequence[Features], asked: int | None = None) -> Iterator[tuple[int, int, Verdict]]:
    """Pairs (by position) that are the same or likely so, each once, in a stable order. `asked`: only those with one of so many first records."""
    together: dict[Hashable, list[int]] = defaultdict(list)
    for index, record in enumerate(records):
        for block in dict.fromkeys(blocks(record)):
            together[block].append(index)
    seen: set[tuple[int, int]] = set()
    for block, members in together.items():
        bounded = not (isinstance(block, tuple) and block[0] == "email")
        for one, other in _met(members, records, len(records) if asked is None else asked, bounded):
            if (one, other) not in seen:
                seen.add((one, other))
                verdict = judge_pair(records[one], records[other])
                if verdict.verdict != DIFFERENT:
                    yield one, other, verdict


def _met(
    members: Sequence[int], records: Sequence[Features], asked: int, bounded: bool = True
) -> Iterator[tuple[int, int]]:
    """The pairs of a block. In one that is too large only those meet who are called the same, as long as these are few."""
    first = [each for each in members if each < asked]
    if not bounded or len(first) * len(members) <= _LARGEST_BLOCK**2:
        yield from ((one, other) for one in first for other in members if other > one)
        return
    called: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for each in members:
        called[records[each].words].append(each)
    for words, group in called.items():
        if words and len(group) <= _LARGEST_BLOCK:
            yield from ((one, other) for one in group if one < asked for other in group if other > one)


def clusters(size: int, pairs: Iterable[tuple[int, int]]) -> list[int]:
    """For each of `size` records the smallest record that it is one with, whatever the order of the pairs."""
    parent = list(range(size))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for one, other in pairs:
        low, high = sorted((root(one), root(other)))
        parent[high] = low
    return [root(index) for index in range(size)]
