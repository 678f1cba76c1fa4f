"""Likely doubles by key: of each person those are looked at who share the company or the number, whenever they came.

Nothing is scanned: a page of people, newest first, and one query for each of their companies, whose index tells how they are called; of a large company
only those rows are read whose names sound alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from shared.domain.accounts import account_of_name
from shared.domain.called import called, company_in, name_in, sounds_in
from shared.domain.company_names import company_core
from shared.domain.doubles import features_of, find_pairs
from shared.domain.ids import key_id, stable_id
from shared.domain.lead import Lead
from shared.domain.listed import Listed
from shared.domain.mail_domains import MailDomains

if TYPE_CHECKING:
    from shared.store.lists import Lists
    from shared.store.people import People

_OF_A_COMPANY = 5000
"""Among so many of a company doubles are looked for, the newest: a megabyte of its index at most."""
_SMALL, _ALIKE = 100, 200
"""Of a company with so many everybody is compared; of a larger one so many whose names sound alike."""
_DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Double:
    """Two people who may be one, and why (codes of doubles.Verdict)."""

    one: Lead
    other: Lead
    why: tuple[str, ...]


class DoublePorts(NamedTuple):
    """What looking for doubles reads. `secret` keys the ids of numbers (None: there are none yet)."""

    secret: bytes | None
    people: People
    lists: Lists
    domains: MailDomains


def find_doubles(leads: Sequence[Lead], ports: DoublePorts, *, of_one: bool = False) -> list[Double]:
    """Pairs with one of `leads`, those left out that somebody said are two. Whoever walks through all people page by page meets each pair once: with the
    newer of the two, unless only the older leads to it. `of_one`: whichever is the newer.
    """
    asked = {lead.lead_id for lead in leads}
    near, carried = _near(leads, ports)
    everybody = list({lead.lead_id: lead for lead in [*leads, *near]}.values())
    seen = [_named(lead, carried) for lead in everybody]
    pairs = find_pairs([features_of(lead.profile, ports.domains) for lead in seen], len(leads))
    found = [
        Double(everybody[one], everybody[other], verdict.why)
        for one, other, verdict in pairs
        if _met_at(seen[one], seen[other]) in asked or (of_one and {seen[one].lead_id, seen[other].lead_id} & asked)
    ]
    told = ports.lists.of([_subject(each.one.lead_id, each.other.lead_id) for each in found]) if found else {}
    return [each for each in found if _subject(each.one.lead_id, each.other.lead_id) not in told]


def _near(leads: Sequence[Lead], ports: DoublePorts) -> tuple[list[Lead], dict[str, str]]:
    """Who shares a company or a number with one of these; and what the people of each account call their company."""
    names: dict[str, list[str]] = {}
    for lead in leads:
        for account in _companies(lead):
            names.setdefault(account, []).append(called(lead.profile))
    members = {account: ports.people.names_of_account(account, _OF_A_COMPANY) for account in names}
    carried = {account: core for account, each in members.items() if (core := _company_of(each))}
    for lead in leads:
        for account in _companies(_named(lead, carried)):
            if account not in members:
                members[account] = ports.people.names_of_account(account, _OF_A_COMPANY)
            names.setdefault(account, []).append(called(lead.profile))
    ids = [each for account, asked in names.items() for each in _alike(members[account], asked)]
    ids += _of_numbers(leads, ports)
    known = {lead.lead_id for lead in leads}
    wanted = [each for each in dict.fromkeys(ids) if each not in known]
    return list(ports.people.find_many(wanted).values()) if wanted else [], carried


def _company_of(members: Iterable[tuple[str, str]]) -> str:
    """The core of the name by which most of an account call their company; "" where nobody names it."""
    named = Counter(core for _, said in members if (core := company_in(said)))
    return max(named, key=lambda core: (named[core], core), default="")


def _named(lead: Lead, carried: Mapping[str, str]) -> Lead:
    """The lead; who gave no company's name, with what their colleagues call it: so they meet who gave the name from a free mailbox."""
    core = "" if lead.profile.get("company") else carried.get(lead.account, "")
    return replace(lead, profile={**lead.profile, "company": core}) if core else lead


def _alike(members: Sequence[tuple[str, str]], names: Sequence[str]) -> list[str]:
    """Who of a company may be called like one of these names, newest first."""
    if len(members) <= _SMALL:
        return [lead_id for lead_id, _ in members]
    whole = set(map(name_in, names))
    sounds = frozenset().union(*map(sounds_in, names))
    alike = [(lead_id, said) for lead_id, said in members if sounds_in(said) & sounds]
    if len(alike) > _ALIKE:
        alike = [each for each in alike if name_in(each[1]) in whole]
    return [lead_id for lead_id, _ in alike[:_ALIKE]]


def _of_numbers(leads: Iterable[Lead], ports: DoublePorts) -> list[str]:
    secret = ports.secret
    if secret is None:
        return []
    numbers = {key_id(secret, "phone", each) for lead in leads if (each := lead.profile.get("phone_key"))}
    return [home for home, _ in ports.people.homes(sorted(numbers)).values()] if numbers else []


def _companies(lead: Lead) -> list[str]:
    """The accounts in which somebody like this may be: their own, and that of who gave only the company's name."""
    named = account_of_name(company_core(lead.profile.get("company", "")))
    return [each for each in dict.fromkeys((lead.account, named)) if each]


def _met_at(one: Lead, other: Lead) -> str:
    """Whose page the pair stands on: the newer one's, unless only the older leads to the newer (by the company's name, say)."""
    older, newer = sorted((one, other), key=lambda lead: (lead.created_at, lead.lead_id))
    same_number = bool(newer.profile.get("phone_key")) and newer.profile["phone_key"] == older.profile.get("phone_key")
    return newer.lead_id if same_number or older.account in _companies(newer) else older.lead_id


def not_the_same(one: str, other: str, by: str, at: datetime, lists: Lists) -> None:
    """Remembers that somebody looked at both and they are two."""
    lists.put(Listed(_subject(one, other), _DIFFERENT, at, by))


def _subject(one: str, other: str) -> str:
    return f"pair:{stable_id(*sorted((one, other)))}"
