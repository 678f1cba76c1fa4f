"""The list of leads: by exact key, by index, or by a bounded walk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from shared.domain.called import called, company_in, sought
from shared.domain.identity import email_key
from shared.domain.ids import key_id
from shared.domain.lead import Lead
from shared.domain.lifecycle import LEAD
from shared.domain.moments import to_iso
from shared.domain.segments import BUCKETS, tag_key
from shared.domain.text import fold
from shared.usecases.console.typed_search import typed_as
from shared.usecases.console.walk import (
    BUDGET,
    CHUNK,
    PAGE,
    Listing,
    PageOf,
    Position,
    RawKey,
    format_cursor,
    parse_cursor,
    walk,
)

if TYPE_CHECKING:
    from shared.store.handoffs import Handoffs
    from shared.store.people import Page, People
    from shared.store.segments import Memberships

HOT, GRADES = "hot", ("hot", "warm", "cold")
_SEARCHED = ("name", "company", "title", "email")
_FEW = 10
# A name is looked for in so many megabytes of the list for one page: each is some 8,000 leads.
_READS = 12
_CALLED = "called"


@dataclass(frozen=True, slots=True)
class LeadQuery:
    """What was asked for; an empty text asks nothing. `email` and `phone` are exact; `phone` in E.164. `q` is an address, a number, an id, a domain, or words
    of name, company, title, address and tags; `company` a company's domain or words of its name. At most `limit` people a page.
    """

    email: str = ""
    phone: str = ""
    q: str = ""
    company: str = ""
    grade: str = ""
    stage: str = ""
    owner: str = ""
    tag: str = ""
    segment: str = ""
    account: str = ""
    cursor: str = ""
    limit: int = PAGE


class FindPorts(NamedTuple):
    """What the list reads. `secret` gives what addresses and numbers are keyed with (None: there are none yet), `account_of` the account of a profile; the keys
    say where a row stands in its index.
    """

    secret: Callable[[], bytes | None]
    account_of: Callable[[Mapping[str, str]], str]
    people: People
    handoffs: Handoffs
    memberships: Memberships
    newest_key: Callable[[str, str], RawKey]
    hot_key: Callable[[str, str], RawKey]
    stage_key: Callable[[str, str, str], RawKey]
    account_key: Callable[[str, str, str], RawKey]
    owner_key: Callable[[str, str, str], RawKey]
    member_key: Callable[[str, int, str, str], RawKey]


def find_leads(query: LeadQuery, ports: FindPorts) -> PageOf[Lead]:
    """One page of the leads that fit every part of `query`, newest first; of a segment or a tag, those first who came to it last. Raises BadCursor."""
    if query.email or query.phone:
        return _exact(_by_key(query.email, (query.phone,) if query.phone else (), ports), query, ports)
    typed = typed_as(query.q)
    if typed.is_key:
        return _exact(_by_key(typed.email, typed.phones, ports), replace(query, q=""), ports)
    if typed.lead_id and (known := ports.people.find(typed.lead_id, consistent=False)):
        return _exact([known], replace(query, q=""), ports)
    query = _of_domain(query, ports)
    if query.account:
        return walk(
            {"account": _by_account(query.account, ports)},
            query.cursor,
            lambda lead: _fits(lead, query) and _is_in(lead, query, ports),
            query.limit,
        )
    if query.segment or query.tag:
        return _of_segment(query, ports)
    if query.owner:
        return _of_owner(query, ports)
    if (query.q or query.company) and query.grade != HOT:
        return _of_name(query, ports)
    return walk(_listings(query, ports), query.cursor, lambda lead: _fits(lead, query), query.limit)


def _exact(found: Sequence[Lead], query: LeadQuery, ports: FindPorts) -> PageOf[Lead]:
    """Who has the keys, as far as they fit the rest of the question."""
    once = {lead.lead_id: lead for lead in found if _fits(lead, query) and _is_in(lead, query, ports)}
    return PageOf(list(once.values()), None)


def _of_domain(query: LeadQuery, ports: FindPorts) -> LeadQuery:
    """The same question, the account in the place of a company's domain: where nobody is of it, it is a word like others."""
    if query.account:
        return query
    if account := _account_of(query.q, ports):
        return replace(query, q="", account=account)
    if account := _account_of(query.company, ports):
        return replace(query, company="", account=account)
    return query


def _account_of(text: str, ports: FindPorts) -> str:
    """The account of a company's domain; "" for what is none, and where nobody is of it."""
    domain = typed_as(text).domain
    account = ports.account_of({"email": f"-@{domain}"}) if domain else ""
    return account if account and ports.people.page_by_account(account, 1).ids else ""


def _of_name(query: LeadQuery, ports: FindPorts) -> PageOf[Lead]:
    """Who is called so, or whose company is: the list of all carries that. Where nobody is, titles, addresses and tags of the newest are looked through."""
    listings, wanted = _listings(query, ports), [*sought(query.q), *sought(query.company)]
    reached = parse_cursor(query.cursor, {*listings, _CALLED})
    # Part of an address is no name: its words would find everybody of the company.
    if wanted and "@" not in query.q and (not reached or _CALLED in reached):
        found = _called(wanted, replace(query, q=""), reached.get(_CALLED), ports)
        if found.items or found.cursor or reached:
            return found
    return walk(listings, query.cursor, lambda lead: _fits(lead, query), query.limit)


def _called(
    wanted: Sequence[Sequence[str]], query: LeadQuery, after: Position | None, ports: FindPorts
) -> PageOf[Lead]:
    raw = ports.newest_key(*after) if after else None
    found: list[Lead] = []
    examined = 0
    for _ in range(_READS):
        ids, raw = ports.people.page_called(wanted, raw)
        for at in range(0, len(ids), CHUNK):
            leads = ports.people.find_many(ids[at : at + CHUNK])
            for lead in (leads[each] for each in ids[at : at + CHUNK] if each in leads):
                examined += 1
                found += [lead] if _fits(lead, query) else []
                if len(found) == query.limit or examined == BUDGET:
                    more = raw is not None or lead.lead_id != ids[-1]
                    return PageOf(found, _cursor_at(to_iso(lead.created_at), lead.lead_id) if more else None)
        if raw is None:
            return PageOf(found, None)
    return PageOf(found, _cursor_at(raw["created_at"]["S"], raw["id"]["S"]) if raw else None)


def _cursor_at(created_at: str, lead_id: str) -> str:
    return format_cursor({_CALLED: (created_at, lead_id)})


def _by_key(email: str, phones: Sequence[str], ports: FindPorts) -> list[Lead]:
    if not (email or phones) or (secret := ports.secret()) is None:
        return []
    try:
        keys = [("email", email_key(email))] if email else []
    except ValueError:
        return []
    found = (
        ports.people.find(key_id(secret, kind, value), consistent=False)
        for kind, value in (*keys, *(("phone", each) for each in phones))
    )
    return [lead for lead in found if lead]


def _fits(lead: Lead, query: LeadQuery) -> bool:
    words = fold(query.q).split()
    text = fold(" ".join([*(lead.profile.get(name, "") for name in _SEARCHED), *lead.tags]))
    return (
        (not query.grade or lead.grade == query.grade)
        and (not query.stage or lead.stage == query.stage)
        and (not query.owner or lead.owner == query.owner)
        and (not query.account or lead.account == query.account)
        and (not query.tag or tag_key(query.tag) in map(tag_key, lead.tags))
        and all(word in text for word in words)
        and (not query.company or _is_of(lead, query.company))
    )


def _is_of(lead: Lead, company: str) -> bool:
    """Whether the company that the person named is called so, in any writing."""
    wanted, name = sought(company), company_in(called(lead.profile))
    return bool(wanted) and all(any(writing in name for writing in writings) for writings in wanted)


def _is_in(lead: Lead, query: LeadQuery, ports: FindPorts) -> bool:
    return not query.segment or ports.memberships.of(lead.lead_id).is_in(query.segment)


def _listings(query: LeadQuery, ports: FindPorts) -> Mapping[str, Listing[Lead]]:
    if query.stage and query.stage != LEAD:
        return {query.stage: _by_stage(query.stage, ports)}
    # Hot leads are few, and have a list of their own; of the rest there are many, so that a look at the newest finds them.
    hot = query.grade == HOT
    key = ports.hot_key if hot else ports.newest_key
    listing = Listing(
        page=lambda limit, after: _read(ports.people.page(limit, after, hot=hot), ports.people),
        key=lambda position: key(*position),
        position=lambda lead: (to_iso(lead.created_at), lead.lead_id),
    )
    return {HOT if hot else "newest": listing}


def _by_stage(stage: str, ports: FindPorts) -> Listing[Lead]:
    return Listing(
        page=lambda limit, after: _read(ports.people.page_by_stage(stage, limit, after), ports.people),
        key=lambda position: ports.stage_key(stage, *position),
        position=lambda lead: (to_iso(lead.stage_at or lead.created_at), lead.lead_id),
    )


def _by_account(account: str, ports: FindPorts) -> Listing[Lead]:
    return Listing(
        page=lambda limit, after: _read(ports.people.page_by_account(account, limit, after), ports.people),
        key=lambda position: ports.account_key(account, *position),
        position=lambda lead: (to_iso(lead.created_at), lead.lead_id),
    )


def _read(page: Page, people: People) -> tuple[list[Lead], RawKey | None]:
    found = people.find_many(page.ids)
    return [found[lead_id] for lead_id in page.ids if lead_id in found], page.last


@dataclass(frozen=True, slots=True)
class _Placed:
    """A lead where it stands in a list that is not its own: its owner's hand-offs, a segment's members."""

    position: Position
    lead: Lead


def _of_segment(query: LeadQuery, ports: FindPorts) -> PageOf[Lead]:
    """The members of the segment, else of the tag, out of the partitions in which they are listed."""
    listed = query.segment or tag_key(query.tag)
    found = walk(
        {f"{bucket}": _members(listed, bucket, ports) for bucket in range(BUCKETS)},
        query.cursor,
        lambda row: _fits(row.lead, query),
        query.limit,
    )
    return PageOf([row.lead for row in found.items], found.cursor)


def _members(listed: str, bucket: int, ports: FindPorts) -> Listing[_Placed]:
    def page(limit: int, after: RawKey | None) -> tuple[list[_Placed], RawKey | None]:
        # Eight lists are merged into one: a few of each are enough.
        found = ports.memberships.page(listed, bucket, min(limit, _FEW), after)
        leads = ports.people.find_many([lead_id for _, lead_id in found.members]) if found.members else {}
        return [_Placed(each, leads[each[1]]) for each in found.members if each[1] in leads], found.last

    return Listing(
        page=page,
        key=lambda position: ports.member_key(listed, bucket, *position),
        position=lambda row: row.position,
    )


def _of_owner(query: LeadQuery, ports: FindPorts) -> PageOf[Lead]:
    """Leads have an owner from their hand-off on, so the owner's hand-offs lead to them. Who was handed over twice is shown where they
    were handed over last.
    """

    def page(limit: int, after: RawKey | None) -> tuple[list[_Placed], RawKey | None]:
        handoffs, last = ports.handoffs.page_of_owner(query.owner, limit, after)
        leads = ports.people.find_many([handoff.lead_id for handoff in handoffs])
        rows = [
            _Placed((to_iso(handoff.created_at), handoff.handoff_id), lead)
            for handoff in handoffs
            if (lead := leads.get(handoff.lead_id)) and lead.handoff_id == handoff.handoff_id
        ]
        return rows, last

    listing = Listing(
        page=page, key=lambda position: ports.owner_key(query.owner, *position), position=lambda row: row.position
    )
    found = walk({"owner": listing}, query.cursor, lambda row: _fits(row.lead, query), query.limit)
    return PageOf([row.lead for row in found.items], found.cursor)


def restricted_to(query: LeadQuery, owner: str) -> LeadQuery | None:
    """The same question, asked by somebody who sees only what they own; None when they ask for somebody else's leads."""
    return replace(query, owner=owner) if query.owner in ("", owner) else None
