"""What the JSON calls and the pages have in common: finding things that the actor may see, acting, and writing down who did it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from functions.admin.gate import Call, NotFound
from functions.admin.sealed import parse_suppression_id, seal, unseal
from shared.domain.contactable import contactable
from shared.domain.handoff import STATUSES, Handoff
from shared.domain.ids import stable_id
from shared.domain.lead import Lead
from shared.domain.lifecycle import STAGES
from shared.domain.message import MARKETING, Receipt
from shared.domain.moments import end_of_day, from_iso, to_iso
from shared.domain.reach import keys_of
from shared.domain.score_walk import ScoreWalk
from shared.domain.segments import Segment
from shared.domain.suppression import LISTS, Suppression
from shared.domain.touchpoint import KINDS, Touchpoint
from shared.runtime import content
from shared.runtime.wiring import addresses, wiring
from shared.store import handoffs as handoff_store
from shared.store import people as people_store
from shared.store import segments as segment_store
from shared.store import suppressions as suppression_store
from shared.store import touchpoints as touchpoint_store
from shared.store.audit import AuditEntry
from shared.store.secrets import NoKeyYet, signing_key
from shared.usecases.console.acts_on_handoff import Act, ActPorts, accept, close, follow_up, mark_ripe, parse_outcome
from shared.usecases.console.attribute import Attribution, attribute
from shared.usecases.console.find_handoffs import find_handoffs
from shared.usecases.console.find_leads import GRADES, FindPorts, LeadQuery, find_leads, restricted_to
from shared.usecases.console.note_reply import note_reply
from shared.usecases.console.read_account import Account, read_account
from shared.usecases.console.segments import Trial, parse_draft, try_out
from shared.usecases.console.segments import remove as remove_segment
from shared.usecases.console.segments import save as save_segment
from shared.usecases.console.suppress import SuppressionQuery, find_suppressions, parse_suppression
from shared.usecases.console.tag_people import add_tag, parse_tag, remove_tag
from shared.usecases.console.texts import InvalidField, clean_text
from shared.usecases.console.touchpoints import find_touchpoints, make_touchpoint, parse_touchpoint
from shared.usecases.console.walk import PAGE, BadCursor, PageOf
from shared.usecases.contact_points import parse_phone
from shared.usecases.follow_touchpoint import find_touchpoint
from shared.usecases.refold_scores import begin as begin_walk

# A condition is tried on so many of the newest people.
_SAMPLE = 200

# ------------------------------------------------------------------ finding


def one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    """`value` when it is empty or allowed. Raises InvalidField."""
    if value and value not in allowed:
        raise InvalidField(name, f"one of {', '.join(allowed)}")
    return value


LEAD_FILTERS = ("email", "phone", "q", "company", "grade", "stage", "owner", "tag", "segment", "account")
"""What a list of leads may be asked for, beside ``cursor`` and ``limit``."""


def lead_query(call: Call) -> LeadQuery:
    """The question in the address of a list of leads. Raises InvalidField, also for a filter that there is not: left out, it would give everybody."""
    call.only_asked(*LEAD_FILTERS, "cursor", "limit")
    asked = {name: call.asked(name) for name in LEAD_FILTERS}
    number = parse_phone(asked["phone"], "") if asked["phone"] else ""
    if number is None:
        raise InvalidField("phone", "is not a phone number")
    one_of("grade", asked["grade"], GRADES)
    one_of("stage", asked["stage"], STAGES)
    return LeadQuery(**{**asked, "phone": number}, cursor=call.asked("cursor", 2000), limit=_limit(call))


def _limit(call: Call) -> int:
    asked = call.asked("limit") or f"{PAGE}"
    if not (asked.isascii() and asked.isdigit() and len(asked) < 7 and int(asked) > 0):
        raise InvalidField("limit", f"a whole number above 0; a page has at most {PAGE}")
    return min(int(asked), PAGE)


def leads(call: Call, query: LeadQuery) -> PageOf[Lead]:
    """One page of the leads that the actor may see. Raises BadCursor."""
    allowed = restricted_to(query, call.actor.username) if call.actor.sees_own_only else query
    if allowed is None:
        return PageOf([], None)
    ports = FindPorts(
        secret=key_of_ids,
        account_of=content.account_of,
        people=wiring.people,
        handoffs=wiring.handoffs,
        memberships=wiring.segment_ports.memberships,
        newest_key=people_store.newest_key,
        hot_key=people_store.hot_key,
        stage_key=people_store.stage_key,
        account_key=people_store.account_key,
        owner_key=handoff_store.owner_key,
        member_key=segment_store.member_key,
    )
    return find_leads(allowed, ports)


def key_of_ids() -> bytes | None:
    """What addresses and numbers are keyed with; None as long as nobody was captured. The console may read it, not make it."""
    try:
        return signing_key()
    except NoKeyYet:
        return None


def the_lead(call: Call) -> Lead:
    """The lead of the path. Raises NotFound, also for a colleague's."""
    lead = wiring.people.find(call.ids["lead_id"])
    if lead is None or not call.actor.owns(lead):
        raise NotFound("no such lead")
    return lead


def the_account(call: Call) -> Account:
    """The company of the path, as far as the actor may see it. Raises NotFound, also where none of its people is the actor's."""
    found = read_account(call.ids["account_id"], wiring.account_ports, call.now, call.actor.owns)
    if found is None:
        raise NotFound("no such account")
    return found


def as_of(call: Call) -> datetime | None:
    """The moment that ``as_of`` names: of a day its end; None when nothing was asked. Raises InvalidField."""
    asked = call.asked("as_of", 40)
    if not asked:
        return None
    try:
        # A plus sign in a query is a space once it is decoded; nobody writes a zone with a space.
        return end_of_day(asked, call.now) or from_iso(asked.replace(" ", "+"))
    except ValueError as error:
        raise InvalidField(
            "as_of", "a date, such as 2026-03-02, or a moment with its zone, 2026-03-02T09:00:00Z"
        ) from error


def receipts(lead: Lead) -> list[Receipt]:
    """Every mail to this person, also those from before a merge."""
    return [receipt for each in lead.ids for receipt in wiring.messages.of(each)]


def team() -> list[str]:
    """Everybody whom a lead can be handed to."""
    return [str(member["owner"]) for member in content.policies()["sales"]["team"]]


def handoffs(call: Call, status: str, owner: str, cursor: str) -> PageOf[Handoff]:
    """One page of the hand-offs that the actor may see. Raises InvalidField and BadCursor."""
    one_of("status", status, STATUSES)
    if call.actor.sees_own_only and owner not in ("", call.actor.username):
        return PageOf([], None)
    owners = [call.actor.username] if call.actor.sees_own_only else [owner] if owner else team()
    return find_handoffs(owners, status, cursor, handoffs=wiring.handoffs, owner_key=handoff_store.owner_key)


def the_handoff(call: Call) -> Handoff:
    """The hand-off of the path. Raises NotFound, also for a colleague's."""
    handoff = wiring.handoffs.get(call.ids["handoff_id"])
    if handoff is None or (call.actor.sees_own_only and handoff.owner != call.actor.username):
        raise NotFound("no such hand-off")
    return handoff


def refusals(lead: Lead, now: datetime, channel: str = "email") -> list[str]:
    """Why the channel may not send marketing to this person; empty when it may."""
    rows = wiring.suppressions.on(keys_of(lead, channel))
    return contactable(lead, rows, MARKETING, now, channel)


def suppressions(call: Call) -> PageOf[Suppression]:
    """One page of the suppressions that were asked for. Raises InvalidField and BadCursor."""
    query = SuppressionQuery(call.asked("address"), one_of("list", call.asked("list"), LISTS), _unsealed_cursor(call))
    page = find_suppressions(query, wiring.suppressions, suppression_store.list_key)
    return PageOf(page.items, seal(page.cursor) if page.cursor else None)


def _unsealed_cursor(call: Call) -> str:
    """The cursor of a list whose positions are addresses."""
    sealed = call.asked("cursor", 4000)
    try:
        return unseal(sealed) if sealed else ""
    except ValueError as error:
        raise BadCursor("this cursor was not given out by this list") from error


def attribution(lead: Lead, call: Call) -> Attribution:
    """What each touch contributed to the lead."""
    return attribute(lead.lead_id, content.policies()["attribution"], call.now, wiring.activities)


def public_url() -> str:
    """The base address of what visitors see."""
    return addresses()[0]


def touchpoints(call: Call) -> PageOf[Touchpoint]:
    """One page of the touchpoints that were asked for. Raises InvalidField and BadCursor."""
    kind = one_of("kind", call.asked("kind"), KINDS)
    return find_touchpoints(kind, call.asked("cursor", 2000), wiring.touchpoints, touchpoint_store.kind_key)


def the_touchpoint(code: str) -> Touchpoint:
    """One touchpoint. Raises NotFound."""
    found = find_touchpoint(code, wiring.touchpoints)
    if found is None:
        raise NotFound("no such touchpoint")
    return found


# ------------------------------------------------------------------ acting


def wrote_down(call: Call, what: str, on: str, **detail: str) -> None:
    """The audit entry of an act that was done."""
    entry = AuditEntry(
        call.now, call.actor.username, what, on, {name: value for name, value in detail.items() if value}
    )
    wiring.audit.record(entry, stable_id(what, on, call.actor.username, to_iso(call.now)))


def _act(call: Call, body: Mapping[str, Any]) -> Act:
    return Act(call.actor.username, call.now, clean_text("note", body.get("note")))


def _digest(body: Mapping[str, Any]) -> str:
    """A note as the audit holds it, which keeps no personal data: its words stand where it was written, this proves which they were."""
    note = clean_text("note", body.get("note"))
    return f"sha256:{hashlib.sha256(note.encode()).hexdigest()}" if note else ""


def _act_ports() -> ActPorts:
    return ActPorts(wiring.people, wiring.activities, wiring.handoffs)


def do_accept(call: Call, body: Mapping[str, Any]) -> Handoff:
    """Accepts the hand-off of the path."""
    handoff = the_handoff(call)
    accept(handoff, _act(call, body), _act_ports())
    wrote_down(call, "handoff.accept", handoff.handoff_id, lead_id=handoff.lead_id, note=_digest(body))
    return the_handoff(call)


def do_follow_up(call: Call, body: Mapping[str, Any]) -> Handoff:
    """Notes a follow-up on the hand-off of the path."""
    handoff = the_handoff(call)
    follow_up(handoff, _act(call, body), _act_ports())
    wrote_down(call, "handoff.follow_up", handoff.handoff_id, lead_id=handoff.lead_id, note=_digest(body))
    return the_handoff(call)


def do_outcome(call: Call, body: Mapping[str, Any]) -> Handoff:
    """Notes what came of the hand-off of the path."""
    handoff, outcome = the_handoff(call), parse_outcome(body)
    close(handoff, outcome, _act(call, body), _act_ports())
    about = {"lead_id": handoff.lead_id, "result": outcome.result, "note": _digest(body)}
    wrote_down(call, "handoff.outcome", handoff.handoff_id, **about)
    return the_handoff(call)


def do_mark_ripe(call: Call, body: Mapping[str, Any]) -> str:
    """Marks the lead of the path as an MQL; the hand-off's id."""
    lead = the_lead(call)
    handoff_id = mark_ripe(lead, _act(call, body), wiring.handoff_ports)
    wrote_down(call, "lead.mql", lead.lead_id, handoff_id=handoff_id, note=_digest(body))
    return handoff_id


def do_note_reply(call: Call, body: Mapping[str, Any]) -> str:
    """Notes that the lead of the path answered a mail (``{"message_id"?, "note"?}``); the mail's id. Raises InvalidField."""
    lead, note = the_lead(call), clean_text("note", body.get("note"), limit=300)
    mail = note_reply(
        lead,
        clean_text("message_id", body.get("message_id"), limit=60),
        call.actor.username,
        note,
        receipts=receipts(lead),
        activities=wiring.activities,
        now=call.now,
    )
    wrote_down(call, "lead.replied", lead.lead_id, message_id=mail.message_id)
    return mail.message_id


def do_tag(call: Call, value: object) -> bool:
    """Gives the lead of the path a tag; False when they have it. Raises InvalidField."""
    lead, tag = the_lead(call), parse_tag(value)
    given = add_tag(lead, tag, call.actor.username, call.now, people=wiring.people, tags=segment_store.Tags())
    # Also when it stood so already: a first try may have died before it wrote this down.
    wrote_down(call, "lead.tag", lead.lead_id, tag=tag)
    return given


def do_untag(call: Call, value: object) -> bool:
    """Takes a tag from the lead of the path; False when they do not have it. Raises InvalidField."""
    lead, tag = the_lead(call), parse_tag(value)
    taken = remove_tag(lead, tag, call.actor.username, call.now, people=wiring.people)
    # Also when it stood so already: a first try may have died before it wrote this down.
    wrote_down(call, "lead.untag", lead.lead_id, tag=tag)
    return taken


def the_segment(call: Call) -> Segment:
    """The segment of the path. Raises NotFound."""
    found = wiring.segment_ports.definitions.get(call.ids["segment_id"])
    if found is None:
        raise NotFound("no such segment")
    return found


def do_save_segment(call: Call, body: Mapping[str, Any]) -> Segment:
    """Makes or changes a segment. Raises InvalidField and Untouchable."""
    draft = parse_draft(body)
    segment = save_segment(draft, call.actor.username, wiring.segment_ports, call.now)
    wrote_down(call, "segment.save", f"segment:{segment.segment_id}", version=segment.version)
    return segment


def do_remove_segment(call: Call) -> Segment:
    """Removes the segment of the path. Raises NotFound and Untouchable."""
    segment = the_segment(call)
    remove_segment(segment, call.actor.username, wiring.segment_ports, call.now)
    wrote_down(call, "segment.remove", f"segment:{segment.segment_id}")
    return segment


def try_segment(call: Call, condition: Mapping[str, Any]) -> Trial:
    """How many of the newest people the condition would take in."""
    sample: list[Lead] = []
    cursor: str | None = ""
    while cursor is not None and len(sample) < _SAMPLE:
        page = leads(call, LeadQuery(cursor=cursor))
        sample, cursor = [*sample, *page.items], page.cursor
    return try_out(condition, sample, wiring.segment_ports, call.now)


def do_fold_scores(call: Call) -> ScoreWalk:
    """Sets the folding of everybody's score going."""
    walk = begin_walk(call.actor.username, wiring.walk_ports, call.now)
    wrote_down(call, "scores.fold", "scores", version=walk.version)
    return walk


def do_suppress(call: Call, body: Mapping[str, Any]) -> Suppression:
    """Adds to a list."""
    row = parse_suppression(body, call.actor.username, call.now)
    wiring.suppressions.add(row)
    wrote_down(call, "suppression.add", suppression_subject(row), list=row.list, channel=row.channel)
    return row


def do_unsuppress(call: Call, suppression_id: str) -> None:
    """Takes from a list. Raises NotFound."""
    try:
        address, name = parse_suppression_id(suppression_id)
    except ValueError as error:
        raise NotFound("no such suppression") from error
    row = wiring.suppressions.get(address, name)
    if row is None:
        raise NotFound("no such suppression")
    wiring.suppressions.remove(address, name)
    wrote_down(call, "suppression.remove", suppression_subject(row), list=name)


def suppression_subject(row: Suppression) -> str:
    """Which row an audit entry means, without telling the address."""
    return f"suppression:{stable_id(row.address, row.list)}"


def listed_subject(subject: str) -> str:
    """Which entry of a list an audit entry means, without telling the address."""
    return f"list:{stable_id(subject)}"


def do_release(call: Call, submission_id: str) -> None:
    """Lets a held submission go on. Raises NotFound."""
    if not wiring.intake.release(submission_id):
        raise NotFound("no such submission is held")
    wrote_down(call, "quarantine.release", submission_id)


def do_make_touchpoint(call: Call, body: Mapping[str, Any]) -> Touchpoint:
    """Makes a touchpoint, or the referral link of a lead that the actor may see. Raises InvalidField and NotFound."""
    wanted = parse_touchpoint(body, call.actor.username, call.now)
    kind, _, lead_id = wanted.origin.get("referred_by", "").partition(":")
    if kind == "lead":
        lead = wiring.people.find(lead_id)
        if lead is None or not call.actor.owns(lead):
            raise NotFound("no such lead")
    made = make_touchpoint(wanted, wiring.touchpoints)
    wrote_down(call, "touchpoint.make", made.code, channel=made.origin.get("channel", ""))
    return made
