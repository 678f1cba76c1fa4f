"""What sales reads before calling: who, which company, why now, what happened, what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.domain.conditions import holds
from shared.domain.lead import Lead
from shared.domain.machines import void_of, who_it_was
from shared.domain.moments import to_iso
from shared.domain.scoring import Score, attributes_of
from shared.domain.timeline import HUMAN, Activity

_SHOWN = 8
_WORTH_TELLING = {"form_submitted", "email_opened", "email_clicked", "page_viewed", "unsubscribed", "consent_given"}
_WHO = ("name", "title", "email", "phone", "locale", "country")
_COMPANY = ("company", "industry", "company_size", "budget")


@dataclass(frozen=True, slots=True)
class Brief:
    """What a brief is written from; `locale` is the language its reader prefers."""

    lead: Lead
    score: Score
    recent: Sequence[Activity]
    reason: str
    locale: str


def write_brief(brief: Brief, next_steps: Sequence[Mapping[str, Any]], titles: Mapping[str, Any]) -> dict[str, Any]:
    """The brief as JSON: ``who company score grade reason reasons interactions next_step first_touch``."""
    lead = brief.lead
    voids = [void for activity in brief.recent if (void := void_of(activity))]
    told = [each for each in brief.recent if each.type in _WORTH_TELLING and who_it_was(each, voids) == HUMAN]
    facts = {**attributes_of(lead.profile, titles), "reason": brief.reason, "score": brief.score.total} | {
        f"did_{activity.type}": True for activity in told
    }
    return {
        "who": {name: lead.profile[name] for name in _WHO if lead.profile.get(name)},
        "company": {name: lead.profile[name] for name in _COMPANY if lead.profile.get(name)},
        "score": brief.score.total,
        "grade": lead.grade,
        "reason": brief.reason,
        "reasons": [
            {"points": entry.points, "why": dict(entry.why), "at": to_iso(entry.at), "rule": entry.rule}
            for entry in brief.score.entries
        ],
        "interactions": [
            _told(activity) for activity in sorted(told, key=lambda activity: activity.at, reverse=True)[:_SHOWN]
        ],
        "next_step": _next_step(next_steps, facts),
        "first_touch": lead.first_touch,
        "consent": {channel: state.get("state", "") for channel, state in lead.consent.items()},
    }


def _told(activity: Activity) -> dict[str, Any]:
    kept = ("form", "template", "link", "path", "message")
    return {"at": to_iso(activity.at), "type": activity.type} | {
        key: activity.detail[key] for key in kept if activity.detail.get(key)
    }


def _next_step(next_steps: Sequence[Mapping[str, Any]], facts: Mapping[str, Any]) -> dict[str, str]:
    """The words of the first rule that fits; the last rule of the policy fits everybody."""
    return next((dict(rule["text"]) for rule in next_steps if holds(rule.get("when"), facts)), {})
