"""Today, the list of leads, and one person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from chalice.app import Response

from functions.admin import desk, pages_costs, pages_doubles
from functions.admin.access import EVERYBODY, HANDOFFS, LEADS_ACT, MERGES, SEGMENTS, TOUCHPOINTS
from functions.admin.gate import Call, Gate
from functions.admin.pages_handoffs import handoff_row
from functions.admin.present import facts_of, harmless, initials, lead_row, line_of, localised, moment, name_of
from functions.admin.present_enrolments import enrolments_view
from functions.admin.present_timeline import GROUPS, TYPES, matrix_view, reason_texts, score_view, timeline_row
from functions.admin.present_touches import touches_view
from functions.admin.present_why_not import why_view
from functions.admin.views import Words, after, checked_form, listed, locale_of, pager, problem_page, show, words_for
from shared.domain.handoff import ESCALATED, SILENT
from shared.domain.lead import Lead
from shared.domain.lifecycle import MQL, STAGES, stages_before
from shared.domain.message import EMAIL, INTERNAL, Receipt
from shared.domain.moments import to_iso
from shared.domain.segments import tag_key
from shared.runtime import content
from shared.runtime.wiring import wiring
from shared.store.segments import Tags
from shared.usecases.console.explain_score import explain_as_of, explain_now
from shared.usecases.console.find_leads import GRADES, LeadQuery
from shared.usecases.console.timeline import Wanted, read_timeline

_SHOWN_TODAY = 6
_STATUS_KINDS = {
    "sent": "good",
    "delivered": "good",
    "refused": "",
    "queued": "wait",
    "unknown": "wait",
    "bounced": "bad",
    "complained": "bad",
}


def lead_rows(call: Call, leads: list[Lead]) -> list[dict[str, Any]]:
    """People as lines of a list."""
    model = content.scoring_model()
    explained = [(lead, *explain_now(lead, model, call.now)) for lead in leads]
    return [lead_row(lead, score.total, grade) for lead, score, grade in explained]


# ------------------------------------------------------------------ today


def today(call: Call) -> Response:
    """Who is hot, who waits, who is new. Counts stop at a page: "50+" says enough."""
    words = words_for(call)
    hot, new = desk.leads(call, LeadQuery(grade="hot")), desk.leads(call, LeadQuery())
    fresh = [lead for lead in new.items if lead.created_at > call.now - timedelta(hours=24)]
    waiting = _waiting(call, words)
    counts = {
        "hot": _count(len(hot.items), hot.cursor),
        "new": _count(len(fresh), new.cursor if len(fresh) == len(new.items) else None),
        "open": _count(len(waiting or []), None),
        "late": sum(row["is_late"] for row in waiting or []),
    }
    best = sorted(lead_rows(call, hot.items), key=lambda row: -row["score"])[:_SHOWN_TODAY]
    blocks = [
        _block("grade", "hot", "/leads?grade=hot", best, words),
        _block("leads", "new", "/leads", lead_rows(call, new.items[:_SHOWN_TODAY]), words),
    ]
    open_now = None if waiting is None else waiting[:_SHOWN_TODAY]
    banner = pages_costs.banner(call, words)
    return show(call, "today", counts=counts, blocks=blocks, open=open_now, banner=banner)


def _count(found: int, more: str | None) -> str:
    return f"{found}+" if more else str(found)


def _block(icon: str, name: str, path: str, rows: list[dict[str, Any]], words: Words) -> dict[str, Any]:
    texts = {
        "title": words[f"today.{name}_title"],
        "empty": words[f"today.none_{name}"],
        "empty_text": words[f"today.none_{name}_text"],
    }
    return {"icon": icon, "path": path, "rows": rows, **texts}


def _waiting(call: Call, words: Words) -> list[dict[str, Any]] | None:
    """Hand-offs that nobody followed up, the most urgent first; None for who has nothing to do with them."""
    if not call.actor.may(HANDOFFS):
        return None
    found = desk.handoffs(call, "", "", "").items
    silent = [handoff for handoff in found if handoff.status in (*SILENT, ESCALATED)]
    return [handoff_row(handoff, call, words) for handoff in sorted(silent, key=lambda handoff: handoff.due_at)]


# ------------------------------------------------------------------ the list


def leads(call: Call) -> Response:
    """The list. One box finds by name and company, by a whole address or number, by an id or a company's domain."""
    typed = {name: call.asked(name) for name in ("q", "grade", "stage", "owner", "tag", "segment", "account")}
    query = LeadQuery(
        q=typed["q"],
        grade=desk.one_of("grade", typed["grade"], GRADES),
        stage=desk.one_of("stage", typed["stage"], STAGES),
        owner=typed["owner"],
        tag=typed["tag"],
        segment=typed["segment"],
        account=typed["account"],
        cursor=call.asked("cursor", 2000),
    )
    page = desk.leads(call, query)
    return show(
        call,
        "leads",
        rows=lead_rows(call, page.items),
        query={**typed, "q": harmless(typed["q"]), "tag": _as_written(typed["tag"])},
        company=next((harmless(lead.profile.get("company", ""), 80) for lead in page.items), "")
        if typed["account"]
        else "",
        filtered=any(typed.values()),
        own_only=call.actor.sees_own_only,
        grades=GRADES,
        stages=STAGES,
        owners=listed(desk.team(), typed["owner"]),
        tags=[harmless(tag, 60) for tag in Tags().all()],
        segments=_segment_choices(call),
        **pager(call, "/leads", page.cursor, typed),
    )


def _as_written(tag: str) -> str:
    """A tag of the address as the list of tags has it, so that the filter shows what is filtered by."""
    known = (each for each in Tags().all() if tag and tag_key(each) == tag_key(tag))
    return harmless(next(known, tag), 60)


def _segment_choices(call: Call) -> list[dict[str, str]]:
    """Segments by what they are called."""
    locale = locale_of(call.headers, call.query)
    found = wiring.segment_ports.definitions.all() if call.actor.may(SEGMENTS) else []
    names = [{"id": each.segment_id, "name": harmless(localised(each.name, locale), 80)} for each in found]
    return sorted(names, key=lambda each: each["name"])


# ------------------------------------------------------------------ one person


def person(call: Call) -> Response:
    """Everything about one person."""
    lead, words, locale = desk.the_lead(call), words_for(call), locale_of(call.headers, call.query)
    model = content.scoring_model()
    as_of = desk.as_of(call)
    score, grade = now = explain_now(lead, model, call.now)
    if as_of is not None:
        score, grade = explain_as_of(lead, as_of, model, wiring.activities)
    marks = [(rule["grade"], rule["enter"]) for rule in model.model["grades"] if rule["enter"] is not None]
    wanted = {name: call.asked(name, 40) for name in ("type", "channel")}
    page = read_timeline(
        lead.lead_id,
        call.asked("cursor"),
        activities=wiring.activities,
        messages=wiring.messages,
        members=lead.members,
        wanted=Wanted(**wanted),
    )
    rows = [timeline_row(item, words) for item in page.items]
    receipts = sorted(desk.receipts(lead), key=lambda receipt: receipt.at, reverse=True)
    path = f"/leads/{lead.lead_id}"
    return show(
        call,
        "person",
        person=_person(lead),
        score=score_view(score, grade, marks, locale),
        grade_now=now[1],
        as_of=_as_of(as_of, call, words),
        matrix=matrix_view(model.for_stage(lead.stage), score) if as_of is None else None,
        gate=[
            words["gate.title_missing" if need == "title" else f"gate.{need}"]
            for need in content.mql_gate().missing(lead)
        ],
        scale=words("score.scale", **dict(marks)) if {"hot", "warm"} <= dict(marks).keys() else "",
        timeline=rows,
        wanted={name: harmless(value) for name, value in wanted.items()},
        types=sorted(((each, words.get(f"event.{each}", each)) for each in TYPES), key=lambda each: each[1]),
        channels=listed(sorted({row["channel"] for row in rows if row["channel"]}), wanted["channel"]),
        groups=[group for group in GROUPS if any(row["group"] == group for row in rows)],
        profile=facts_of(lead.profile, words, locale),
        consent=_consent(lead, words, call.now),
        mails=[_mail(receipt, words) for receipt in receipts],
        cost=pages_costs.person(receipts, words),
        touches=touches_view(desk.attribution(lead, call), words, locale),
        may_refer=call.actor.may(TOUCHPOINTS),
        handoff=_handoff(lead, call, words),
        tags=[harmless(tag, 60) for tag in lead.tags],
        known_tags=[harmless(tag, 60) for tag in Tags().all()],
        segments=_segments_of(lead, call),
        enrolments=enrolments_view(lead, call, words),
        why=why_view(lead, call),
        may_tag=call.actor.may(LEADS_ACT),
        merged=pages_doubles.merged_into(lead, words) if call.actor.may(MERGES) else [],
        may_note_reply=call.actor.may(LEADS_ACT) and any(each.klass != INTERNAL for each in receipts),
        alike=pages_doubles.alike(lead, words) if call.actor.may(MERGES) else [],
        may_mark=call.actor.may(LEADS_ACT) and lead.stage in stages_before(MQL),
        **pager(call, path, page.cursor, wanted, "#timeline"),
    )


def _as_of(as_of: datetime | None, call: Call, words: Words) -> dict[str, str]:
    """The day in the field beside the score, and what is said of a score that is not today's."""
    if as_of is None:
        return {"day": "", "said": ""}
    said = "score.foreseen" if as_of > call.now else "score.then"
    return {"day": to_iso(as_of)[:10], "said": words(said, day=to_iso(as_of)[:10])}


def _person(lead: Lead) -> dict[str, Any]:
    name = name_of(lead.profile)
    return {
        "id": lead.lead_id,
        "name": name,
        "line": line_of(lead.profile),
        "title": harmless(lead.profile.get("title", ""), 120),
        "company": harmless(lead.profile.get("company", ""), 120),
        "account": lead.account,
        "initials": initials(name),
        "stage": lead.stage,
        "owner": harmless(lead.owner, 60),
        "created": moment(lead.created_at),
        "source": _source(lead.first_touch),
    }


def _source(touch: Mapping[str, str]) -> str:
    parts = (
        touch.get("channel") or touch.get("utm_medium"),
        touch.get("utm_source"),
        touch.get("utm_campaign"),
        touch.get("form"),
    )
    return harmless(" · ".join(dict.fromkeys(part for part in parts if part)), 160)


def _consent(lead: Lead, words: Words, now: datetime) -> dict[str, Any]:
    reasons = desk.refusals(lead, now)
    allowed = not reasons
    rows = [
        {
            "title": words.get(f"consent.{state.get('state')}", harmless(state.get("state", ""))),
            "at": moment(state.get("at")),
            "text": harmless(" · ".join(part for part in (state.get("form", ""), state.get("version", "")) if part)),
        }
        for _, state in sorted(lead.consent.items())
    ]
    return {
        "mark": {"kind": "good" if allowed else "bad", "text": words["consent.yes" if allowed else "consent.no"]},
        "text": words["consent.yes_text" if allowed else "consent.no_text"],
        "why": reason_texts(reasons, words),
        "rows": rows,
    }


def _mail(receipt: Receipt, words: Words) -> dict[str, Any]:
    named = words.get(f"template.{receipt.template}", receipt.template)
    return {
        "subject": harmless(receipt.subject or named, 200),
        "kind": words.get(f"mails.{receipt.klass}", receipt.klass),
        "channel": "" if receipt.channel == EMAIL else words.get(f"channel.{receipt.channel}", receipt.channel),
        "status": {
            "kind": _STATUS_KINDS.get(receipt.status, ""),
            "text": words.get(f"mail.{receipt.status}", receipt.status),
        },
        "at": moment(receipt.at),
        "why": reason_texts(receipt.reasons, words) + ([harmless(receipt.error, 200)] if receipt.error else []),
        "checks": [harmless(check, 200) for check in receipt.checks],
    }


def _handoff(lead: Lead, call: Call, words: Words) -> dict[str, Any] | None:
    found = wiring.handoffs.get(lead.handoff_id) if lead.handoff_id else None
    if found is None:
        return None
    href = f"/handoffs/{found.handoff_id}" if call.actor.may(HANDOFFS) else ""
    return {**handoff_row(found, call, words), "href": href}


def _segments_of(lead: Lead, call: Call) -> list[dict[str, Any]]:
    """The segments that the person is in, and since when."""
    names = {each["id"]: each["name"] for each in _segment_choices(call)}
    standing = wiring.segment_ports.memberships.of(lead.lead_id)
    return [
        {"id": name, "name": names[name], "since": moment(each.since)}
        for name, each in sorted(standing.memberships.items())
        if each.is_in and name in names
    ]


def tag(call: Call) -> Response:
    """The buttons beside a person's tags."""
    form = checked_form(call)
    if "remove" in form:
        desk.do_untag(call, form["remove"])
        return after(call, f"/leads/{call.ids['lead_id']}", "untag")
    desk.do_tag(call, form.get("tag"))
    return after(call, f"/leads/{call.ids['lead_id']}", "tag")


def mark(call: Call) -> Response:
    """The button "mark as MQL"."""
    desk.do_mark_ripe(call, checked_form(call))
    return after(call, f"/leads/{call.ids['lead_id']}", "mql")


def note_reply(call: Call) -> Response:
    """The button "they answered"."""
    desk.do_note_reply(call, checked_form(call))
    return after(call, f"/leads/{call.ids['lead_id']}", "replied")


def register(gate: Gate) -> None:
    """The pages about people."""
    gate.page("GET", "/", EVERYBODY, today, problem_page)
    gate.page("GET", "/leads", EVERYBODY, leads, problem_page)
    gate.page("GET", "/leads/{lead_id}", EVERYBODY, person, problem_page)
    gate.page("POST", "/leads/{lead_id}", LEADS_ACT, mark, problem_page)
    gate.page("POST", "/leads/{lead_id}/replied", LEADS_ACT, note_reply, problem_page)
    gate.page("POST", "/leads/{lead_id}/tags", LEADS_ACT, tag, problem_page)
