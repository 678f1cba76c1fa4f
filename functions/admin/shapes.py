"""The shapes of the JSON calls. Names and kinds are promised to programs: add freely, change nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from functions.admin.sealed import seal, suppression_id
from shared.domain.channels import group_of
from shared.domain.enrolment import Enrolment
from shared.domain.handoff import Handoff
from shared.domain.lead import Lead
from shared.domain.listed import Listed
from shared.domain.message import Receipt
from shared.domain.moments import to_iso
from shared.domain.score_walk import ScoreWalk
from shared.domain.scoring import Entry, Score, ScoringModel, attributes_of
from shared.domain.segments import Segment
from shared.domain.submission import Submission
from shared.domain.suppression import Suppression
from shared.domain.touchpoint import ORIGINS, Touchpoint
from shared.store.audit import AuditEntry
from shared.usecases.console.attribute import Attribution
from shared.usecases.console.explain_score import explain_now
from shared.usecases.console.read_account import Account
from shared.usecases.console.timeline import Happening

_PROFILE = ("name", "email", "phone", "company", "title", "industry", "company_size", "country", "budget", "locale")
_IDS = ("crm_id", "crm_stage", "wechat_openid", "wechat_unionid")


def _iso(moment: datetime | None) -> str | None:
    return to_iso(moment) if moment else None


def lead(found: Lead, score: Score, grade: str, matrix: str) -> dict[str, Any]:
    """A lead; score, fit, interest, grade and the field of the matrix (such as A1) are those of now."""
    return {
        "lead_id": found.lead_id,
        **{name: found.profile.get(name, "") for name in (*_PROFILE, *_IDS)},
        "tags": found.tags,
        "score": score.total,
        "fit": score.fit,
        "interest": score.interest,
        "grade": grade,
        "matrix": matrix,
        "stage": found.stage,
        "owner": found.owner,
        "handoff_id": found.handoff_id,
        "account_id": found.account,
        "first_touch": found.first_touch,
        "last_touch": found.last_touch,
        "consent": found.consent,
        "created_at": to_iso(found.created_at),
    }


def enrolment(found: Enrolment) -> dict[str, Any]:
    """Where somebody stands in a journey (`step`, until `due` at the latest), or when and why they left it."""
    return {
        "journey": found.journey,
        "version": found.version,
        "status": found.status,
        "step": found.step,
        "due": _iso(found.due),
        "entered_at": to_iso(found.entered_at),
        "ended_at": _iso(found.ended_at),
        "exit_reason": found.exit_reason,
    }


def account(found: Account, model: ScoringModel, now: datetime) -> dict[str, Any]:
    """A company: its score with reasons that sum to it, who covers which department, its people, open hand-offs. Of a colleague's people only the title is
    told. The grade is that of the score of now alone.
    """
    score = found.score
    return {
        "account_id": found.account_id,
        "name": found.name,
        "domain": found.domain,
        "score": score.total,
        "grade": score.grade,
        "stage": score.stage,
        "active": score.active,
        "coverage": [
            {"department": each.role, "name": dict(each.name), "lead_id": each.lead_id, "quiet": list(each.quiet)}
            for each in score.coverage
        ],
        "missing": list(score.missing),
        "entries": _entries(score.entries),
        "people": [_person(lead, model, now) for lead in found.people],
        "namesakes": [lead.lead_id for lead in found.namesakes],
        "more": found.more,
        "handoffs": [handoff(each) for each in found.handoffs],
    }


def _person(found: Lead, model: ScoringModel, now: datetime) -> dict[str, Any]:
    score, grade = explain_now(found, model, now)
    facts = attributes_of(found.profile, model.titles)
    return {
        "lead_id": found.lead_id,
        **{name: found.profile.get(name, "") for name in ("name", "email", "title")},
        **{name: facts[name] for name in ("seniority", "department")},
        "score": score.total,
        "grade": grade,
        "stage": found.stage,
        "owner": found.owner,
        "last_touch": found.last_touch,
    }


def gate(missing: Sequence[str]) -> dict[str, Any]:
    """Whether sales knows enough, and what is missing."""
    return {"passed": not missing, "missing": list(missing)}


def segment(found: Segment, members: int) -> dict[str, Any]:
    """A segment; `seen` is how many people its filling has asked so far, of `total` who were there when it began (0: it has not begun)."""
    return {
        "segment_id": found.segment_id,
        "name": dict(found.name),
        "condition": dict(found.condition),
        "source": found.source,
        "status": found.status,
        "members": members,
        "seen": int(found.walked.get("seen", 0)),
        "total": int(found.walked.get("total") or 0),
        "changed_at": _iso(found.changed_at),
        "changed_by": found.changed_by,
    }


def happening(item: Happening) -> dict[str, Any]:
    """A line of a timeline."""
    return {
        "at": to_iso(item.at),
        "type": item.type,
        "channel": item.channel,
        "agent": item.agent,
        "detail": item.detail,
    }


def score(found: Score, grade: str, as_of: datetime) -> dict[str, Any]:
    """A score with its reasons; the entries' points sum to it."""
    return {
        "score": found.total,
        "fit": found.fit,
        "interest": found.interest,
        "grade": grade,
        "as_of": to_iso(as_of),
        "entries": _entries(found.entries),
    }


def _entries(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    return [
        {
            "rule": entry.rule,
            "points": entry.points,
            "at": to_iso(entry.at),
            "why": dict(entry.why),
            "dimension": entry.dimension,
        }
        for entry in entries
    ]


def receipt(found: Receipt) -> dict[str, Any]:
    """What became of one message."""
    return {
        "message_id": found.message_id,
        "channel": found.channel,
        "class": found.klass,
        "template": found.template,
        "subject": found.subject,
        "journey": found.journey,
        "step": found.step,
        "to": found.to,
        "status": found.shown_status,
        "at": to_iso(found.at),
        "not_before": _iso(found.not_before),
        "settled_at": _iso(found.settled_at),
        "reasons": found.reasons,
        "checks": found.checks,
        "consent": found.consent,
    }


def handoff(found: Handoff) -> dict[str, Any]:
    """A hand-off."""
    return {
        "handoff_id": found.handoff_id,
        "lead_id": found.lead_id,
        "owner": found.owner,
        "manager": found.manager,
        "reason": found.reason,
        "brief": found.brief,
        "created_at": to_iso(found.created_at),
        "due_at": to_iso(found.due_at),
        "reminded_at": _iso(found.reminded_at),
        "escalated_at": _iso(found.escalated_at),
        "accepted_at": _iso(found.accepted_at),
        "followed_up_at": _iso(found.followed_up_at),
        "closed_at": _iso(found.closed_at),
        "status": found.status,
        "outcome": found.outcome,
        "notes": found.notes,
    }


def suppression(row: Suppression) -> dict[str, Any]:
    """A suppression: one address or a whole domain."""
    kind, _, value = row.address.partition(":")
    return {
        "id": suppression_id(row.address, row.list),
        ("domain" if kind == "domain" else "address"): value,
        "channel": row.channel,
        "list": row.list,
        "reason": row.reason,
        "at": to_iso(row.at),
        "by": row.by,
    }


def held(found: Submission) -> dict[str, Any]:
    """A submission that waits."""
    return {
        "submission_id": found.submission_id,
        "form": found.form,
        "received_at": to_iso(found.received_at),
        "status": found.status,
        "reasons": found.reasons,
        "findings": found.findings,
        "fields": found.fields,
    }


def listed(row: Listed) -> dict[str, Any]:
    """Somebody on a list: `kind` is email, domain, phone or company, `value` in the form by which Ripen compares."""
    kind, _, value = row.subject.partition(":")
    return {
        "id": seal(row.subject),
        "kind": kind,
        "value": value,
        "list": row.list,
        "at": to_iso(row.at),
        "by": row.by,
        "note": row.note,
    }


def audit_entry(entry: AuditEntry) -> dict[str, Any]:
    """Who did what, when, on whom."""
    return {"at": to_iso(entry.at), "who": entry.who, "what": entry.what, "on": entry.on, "detail": entry.detail}


def touchpoint(found: Touchpoint, public_url: str) -> dict[str, Any]:
    """A code, where it stands for, and the addresses of its link and its pictures."""
    link = f"{public_url}/q/{found.code}"
    return {
        "code": found.code,
        "kind": found.kind,
        "label": found.label,
        **{name: found.origin.get(name, "") for name in ORIGINS},
        "content": found.content,
        "card": found.card,
        "scans": found.scans,
        "url": link,
        "qr_svg": f"{link}.svg",
        "qr_png": f"{link}.png",
        "created_at": to_iso(found.created_at),
        "created_by": found.created_by,
    }


def attribution(found: Attribution, channels: dict[str, Any]) -> dict[str, Any]:
    """Every touch, what each channel contributed by each model, and whose the lead is."""
    held = found.assignment
    return {
        "touches": [
            {
                "at": to_iso(touch.at),
                "type": touch.type,
                "channel": touch.channel,
                "group": group_of(channels, touch.channel),
                "origin": touch.origin,
            }
            for touch in found.touches
        ],
        "credit": found.credit,
        "assignment": {**held.named, "since": to_iso(held.since), "until": to_iso(held.until)} if held else None,
    }


def scoring(version: str, walk: ScoreWalk | None) -> dict[str, Any]:
    """The rules in force, and how far everybody was folded by them or by earlier ones."""
    if walk is None:
        return {"version": version, "walk": None}
    told = {"version": walk.version, "status": walk.status, "seen": walk.seen, "changed": walk.changed}
    return {"version": version, "walk": told | {"begun_at": to_iso(walk.begun_at), "begun_by": walk.begun_by}}
