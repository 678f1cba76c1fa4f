"""A company as sales sees it: its people, who of the buying committee is moved, what is open and what happened last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from shared.domain.account_score import AccountModel, AccountScore, score_account
from shared.domain.accounts import account_domain, account_of_name
from shared.domain.company_names import company_core
from shared.domain.handoff import DEFERRED, INVALID, WON, Handoff
from shared.domain.lead import Lead
from shared.domain.mail_domains import MailDomains
from shared.domain.moments import to_iso
from shared.domain.timeline import Activity

if TYPE_CHECKING:
    from shared.store.activities import Activities
    from shared.store.handoffs import Handoffs
    from shared.store.people import People

MOST = 200
"""So many people of a company are looked at, the newest."""
_NAMESAKES = 20
_CLOSED = (WON, DEFERRED, INVALID)
# The newest lines of those who were seen last.
_LOOKED_AT, _LINES_EACH, _LINES = 6, 6, 10
# What nobody needs to know of a colleague's contact: the title says whom to ask the colleague about.
_PERSONAL = ("name", "email", "phone", "phone_key")


class AccountPorts(NamedTuple):
    """What a company's page reads."""

    model: AccountModel
    domains: MailDomains
    people: People
    handoffs: Handoffs
    activities: Activities


@dataclass(frozen=True, slots=True)
class Account:
    """`people` come by interest; of those in `colleagues` only title and owner are told. `namesakes` gave the company's name from a free mailbox, and count
    for nothing. `more`: the company has more people than were looked at. `recent` is (person, line of the timeline), newest first.
    """

    account_id: str
    name: str
    domain: str
    people: list[Lead]
    colleagues: frozenset[str]
    namesakes: list[Lead]
    more: bool
    score: AccountScore
    handoffs: list[Handoff]
    recent: list[tuple[Lead, Activity]]


def read_account(
    account_id: str, ports: AccountPorts, now: datetime, may_see: Callable[[Lead], bool] = lambda _: True
) -> Account | None:
    """The company; None when nobody is known there, or nobody whom the asker may see."""
    page = ports.people.page_by_account(account_id, MOST)
    known = _in_order(ports.people.find_many(page.ids), page.ids)
    mine = [lead for lead in known if may_see(lead)]
    if not mine:
        return None
    seen = {lead.lead_id for lead in mine}
    people = [lead if lead.lead_id in seen else _masked(lead) for lead in known]
    return Account(
        account_id=account_id,
        name=_name(known),
        domain=next(filter(None, (account_domain(lead.profile, ports.domains) for lead in known)), ""),
        people=sorted(people, key=lambda lead: (-lead.score, to_iso(lead.created_at), lead.lead_id)),
        colleagues=frozenset(lead.lead_id for lead in known) - seen,
        namesakes=[lead for lead in _namesakes(known, ports) if may_see(lead)],
        more=page.last is not None,
        score=score_account([_named(lead, lead.lead_id in seen) for lead in known], ports.model, now),
        handoffs=_open_handoffs(mine, ports.handoffs),
        recent=_recent(mine, ports.activities),
    )


def _in_order(found: Mapping[str, Lead], ids: Sequence[str]) -> list[Lead]:
    return [found[each] for each in ids if each in found]


def _masked(lead: Lead) -> Lead:
    kept = {name: value for name, value in lead.profile.items() if name not in _PERSONAL}
    return replace(lead, profile=kept, first_touch={}, last_touch={"at": lead.last_touch.get("at", "")})


def _named(lead: Lead, known: bool) -> Lead:
    """As the reasons of the score may name them."""
    return lead if known else replace(lead, profile={**lead.profile, "name": ""})


def _name(people: Sequence[Lead]) -> str:
    """The company as most of its people write it; "" where nobody did."""
    named = Counter(lead.profile["company"] for lead in people if lead.profile.get("company"))
    return max(named, key=lambda name: (named[name], name), default="")


def _namesakes(people: Sequence[Lead], ports: AccountPorts) -> list[Lead]:
    """People with a free mailbox who gave the name of the company, as its own people spell it most."""
    cores = Counter(company_core(lead.profile.get("company", "")) for lead in people)
    accounts = {account_of_name(core) for core, _ in cores.most_common(2)} - {"", people[0].account}
    ids = [each for account in sorted(accounts) for each in ports.people.page_by_account(account, _NAMESAKES).ids]
    return _in_order(ports.people.find_many(ids), ids) if ids else []


def _open_handoffs(people: Sequence[Lead], handoffs: Handoffs) -> list[Handoff]:
    found = handoffs.get_many([lead.handoff_id for lead in people if lead.handoff_id])
    return sorted((each for each in found if each.status not in _CLOSED), key=lambda each: each.due_at)


def _recent(people: Sequence[Lead], activities: Activities) -> list[tuple[Lead, Activity]]:
    last = sorted(people, key=lambda lead: lead.last_touch.get("at", ""), reverse=True)[:_LOOKED_AT]
    lines = [(lead, each) for lead in last for each in activities.page(lead.lead_id, _LINES_EACH).activities]
    return sorted(lines, key=lambda line: (line[1].at, line[1].activity_id), reverse=True)[:_LINES]
