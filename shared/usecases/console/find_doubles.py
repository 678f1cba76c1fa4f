"""Likely doubles among the people who came last. Nothing is kept for it while people come in: it is worked out when somebody asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from shared.domain.doubles import features_of, find_pairs
from shared.domain.ids import stable_id
from shared.domain.lead import Lead
from shared.domain.listed import Listed
from shared.domain.mail_domains import MailDomains

if TYPE_CHECKING:
    from shared.store.lists import Lists
    from shared.store.people import People

# The newest that are looked at, and the pairs that are shown at once.
_LOOKED_AT = 2_100
_SHOWN = 50
_CHUNK = 100
_DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Double:
    """Two people who may be one, and why (codes of doubles.Verdict)."""

    one: Lead
    other: Lead
    why: tuple[str, ...]


def find_doubles(people: People, lists: Lists, domains: MailDomains) -> list[Double]:
    """Pairs among the newest leads, those left out that somebody said are two."""
    leads = _newest(people)
    pairs = find_pairs([features_of(lead.profile, domains) for lead in leads])
    found = [Double(leads[one], leads[other], verdict.why) for one, other, verdict in pairs]
    told = lists.of([_subject(each.one.lead_id, each.other.lead_id) for each in found])
    return [each for each in found if _subject(each.one.lead_id, each.other.lead_id) not in told][:_SHOWN]


def _newest(people: People) -> list[Lead]:
    leads: list[Lead] = []
    after = None
    while len(leads) < _LOOKED_AT:
        page = people.page(_CHUNK, after)
        found = people.find_many(page.ids)
        leads += [found[each] for each in page.ids if each in found]
        after = page.last
        if after is None:
            break
    return leads


def not_the_same(one: str, other: str, by: str, at: datetime, lists: Lists) -> None:
    """Remembers that somebody looked at both and they are two."""
    lists.put(Listed(_subject(one, other), _DIFFERENT, at, by))


def _subject(one: str, other: str) -> str:
    return f"pair:{stable_id(*sorted((one, other)))}"
