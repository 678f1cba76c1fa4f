"""Hand-offs: the list, one with its brief, and what sales does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chalice.app import Response

from functions.admin import desk
from functions.admin.access import HANDOFFS
from functions.admin.gate import Call, Gate, Refused
from functions.admin.present import duration, facts_of, harmless, initials, line_of, localised, moment, name_of
from functions.admin.present_timeline import reason_of_handoff, timeline_row, tone_of
from functions.admin.views import Words, after, checked_form, listed, locale_of, pager, problem_page, show, words_for
from shared.domain.handoff import (
    ACCEPTED,
    DEFERRED,
    ESCALATED,
    FOLLOWED_UP,
    INVALID,
    OPEN,
    REMINDED,
    SILENT,
    STATUSES,
    WON,
    Handoff,
)
from shared.domain.lifecycle import IllegalTransition
from shared.domain.moments import from_iso
from shared.usecases.console.acts_on_handoff import RESULTS, NotNow
from shared.usecases.console.texts import InvalidField
from shared.usecases.console.timeline import Happening

_KINDS = {
    OPEN: "wait",
    REMINDED: "wait",
    ESCALATED: "bad",
    ACCEPTED: "cold",
    FOLLOWED_UP: "good",
    WON: "good",
    DEFERRED: "",
    INVALID: "",
}
_SOON_SECONDS = 8 * 3600
_ACTS_IN = {
    OPEN: ("accept", "follow_up", "outcome"),
    REMINDED: ("accept", "follow_up", "outcome"),
    ESCALATED: ("accept", "follow_up", "outcome"),
    ACCEPTED: ("follow_up", "outcome"),
    FOLLOWED_UP: ("follow_up", "outcome"),
}


def handoff_row(handoff: Handoff, call: Call, words: Words) -> dict[str, Any]:
    """A line in a list of hand-offs."""
    brief = handoff.brief
    profile = {**brief.get("company", {}), **brief.get("who", {})}
    name = name_of(profile)
    return {
        "id": handoff.handoff_id,
        "lead_id": handoff.lead_id,
        "name": name,
        "line": line_of(profile),
        "initials": initials(name),
        "status": {
            "kind": _KINDS.get(handoff.status, ""),
            "text": words.get(f"handoff.{handoff.status}", handoff.status),
        },
        "reason": reason_of_handoff(handoff.reason, words),
        "owner": harmless(handoff.owner, 60),
        "manager": harmless(handoff.manager, 60),
        "created": moment(handoff.created_at),
        "left": _left(handoff, call, words),
        "is_late": handoff.status == ESCALATED,
    }


def _left(handoff: Handoff, call: Call, words: Words) -> dict[str, Any]:
    """How long sales may still be silent; nothing once they were in touch."""
    if handoff.status not in (*SILENT, ESCALATED):
        return {"kind": "", "text": "", "percent": 100}
    span, whole = handoff.due_at - call.now, handoff.due_at - handoff.created_at
    seconds = span.total_seconds()
    kind = "late" if seconds <= 0 else "soon" if seconds < _SOON_SECONDS else ""
    percent = round(max(0.0, min(100.0, 100 - seconds / max(whole.total_seconds(), 1) * 100)), 1)
    return {
        "kind": kind,
        "text": words("handoff.late" if seconds <= 0 else "handoff.left", time=duration(span, words)),
        "percent": percent,
    }


def handoffs(call: Call) -> Response:
    """The list."""
    typed = {name: call.asked(name) for name in ("status", "owner")}
    page, words = desk.handoffs(call, typed["status"], typed["owner"], call.asked("cursor", 2000)), words_for(call)
    return show(
        call,
        "handoffs",
        rows=[handoff_row(handoff, call, words) for handoff in page.items],
        query=typed,
        filtered=any(typed.values()),
        own_only=call.actor.sees_own_only,
        statuses=STATUSES,
        owners=listed(desk.team(), typed["owner"]),
        **pager(call, "/handoffs", page.cursor, typed),
    )


def handoff(call: Call) -> Response:
    """One hand-off with its brief."""
    return _shown(call, desk.the_handoff(call))


def _shown(
    call: Call, found: Handoff, status: int = 200, problem: str = "", typed: Mapping[str, Any] | None = None
) -> Response:
    words, locale = words_for(call), locale_of(call.headers, call.query)
    said = {name: harmless((typed or {}).get(name, "")) for name in ("result", "amount", "until", "reason")}
    row = {
        **handoff_row(found, call, words),
        "steps": _steps(found, words),
        "outcome": _outcome(found, words),
        "notes": [
            {
                "by": harmless(note.get("by", ""), 60),
                "at": moment(note.get("at")),
                "text": harmless(note.get("text", ""), 2000),
            }
            for note in reversed(found.notes)
        ],
    }
    return show(
        call,
        "handoff",
        status,
        row=row,
        brief=_brief(found, words, locale),
        acts=_ACTS_IN.get(found.status, ()),
        results=RESULTS,
        typed=said,
        failed=str((typed or {}).get("act", "")),
        problem=problem,
    )


def _steps(found: Handoff, words: Words) -> list[dict[str, Any]]:
    moments = {
        "created": found.created_at,
        "accepted": found.accepted_at,
        "reminded": found.reminded_at,
        "escalated": found.escalated_at,
        "followed_up": found.followed_up_at,
        "closed": found.closed_at,
    }
    if found.status in SILENT:
        moments["due"] = found.due_at
    return [{"label": words[f"step.{name}"], "at": moment(at)} for name, at in moments.items() if at]


def _outcome(found: Handoff, words: Words) -> list[dict[str, str]]:
    return [
        {"label": words[f"act.{name}"], "value": harmless(found.outcome[name])}
        for name in ("amount", "until", "reason")
        if found.outcome.get(name)
    ]


def _brief(found: Handoff, words: Words, locale: str) -> dict[str, Any]:
    brief = found.brief
    return {
        "score": brief.get("score", ""),
        "grade": brief.get("grade", ""),
        "next_step": harmless(localised(brief.get("next_step"), locale), 1000),
        "facts": facts_of({**brief.get("company", {}), **brief.get("who", {})}, words, locale),
        "reasons": _reasons(brief.get("reasons", []), locale),
        "interactions": [_interaction(item, words) for item in brief.get("interactions", [])],
    }


def _reasons(reasons: Sequence[Mapping[str, Any]], locale: str) -> list[dict[str, Any]]:
    """The strongest first."""
    ranked = sorted(reasons, key=lambda reason: -int(reason.get("points", 0)))
    return [_reason(reason, tone_of(rank), locale) for rank, reason in enumerate(ranked)]


def _reason(reason: Mapping[str, Any], tone: str, locale: str) -> dict[str, Any]:
    points = int(reason.get("points", 0))
    return {
        "why": harmless(localised(reason.get("why"), locale)),
        "at": moment(reason.get("at")),
        "text": f"{points:+d}",
        "minus": points < 0,
        "tone": "minus" if points < 0 else tone,
    }


def _interaction(item: Mapping[str, Any], words: Words) -> dict[str, Any]:
    kind = str(item.get("type", ""))
    row = timeline_row(Happening(from_iso(str(item["at"])), kind, "", "human", dict(item)), words)
    return {**row, "title": ": ".join([row["title"], *row["lines"][:1]])}


# ------------------------------------------------------------------ acting

_ACTS = {"accept": desk.do_accept, "follow_up": desk.do_follow_up, "outcome": desk.do_outcome}


def act(call: Call) -> Response:
    """A button below a hand-off. What does not fit is said on the same page, with what was typed."""
    form, words = checked_form(call), words_for(call)
    name = str(form.get("act", ""))
    if name not in _ACTS:
        raise Refused(400, "unknown act")
    try:
        _ACTS[name](call, form)
    except InvalidField as error:
        label = words.get(f"act.{error.field}", error.field)
        return _shown(call, desk.the_handoff(call), 422, f"{label}: {error.why}", form)
    except (NotNow, IllegalTransition) as error:
        return _shown(call, desk.the_handoff(call), 409, f"{words['problem.409']}: {error}", form)
    return after(call, f"/handoffs/{call.ids['handoff_id']}", name)


def register(gate: Gate) -> None:
    """The pages of sales."""
    gate.page("GET", "/handoffs", HANDOFFS, handoffs, problem_page)
    gate.page("GET", "/handoffs/{handoff_id}", HANDOFFS, handoff, problem_page)
    gate.page("POST", "/handoffs/{handoff_id}", HANDOFFS, act, problem_page)
