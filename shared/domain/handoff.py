"""A ripe lead in the hands of sales, and the clock that runs until somebody follows up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from shared.domain.conditions import holds
from shared.domain.lead import Lead
from shared.domain.moments import parse_duration

OPEN, REMINDED, ESCALATED, ACCEPTED, FOLLOWED_UP = "open", "reminded", "escalated", "accepted", "followed_up"
WON, DEFERRED, INVALID = "won", "deferred", "invalid"
STATUSES = (OPEN, REMINDED, ESCALATED, ACCEPTED, FOLLOWED_UP, WON, DEFERRED, INVALID)
# Nobody has touched the lead yet: the clock runs. Accepting is a promise, not a follow-up.
SILENT = (OPEN, REMINDED, ACCEPTED)


@dataclass(slots=True)
class Handoff:
    """`brief` is what sales reads: who, company, score with reasons, last interactions, next step. `due_at` is when silence escalates."""

    handoff_id: str
    lead_id: str
    owner: str
    manager: str
    reason: str
    status: str
    created_at: datetime
    due_at: datetime
    brief: dict[str, Any] = field(default_factory=dict)
    reminded_at: datetime | None = None
    escalated_at: datetime | None = None
    accepted_at: datetime | None = None
    followed_up_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: dict[str, Any] = field(default_factory=dict)
    notes: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FollowUpRule:
    """How long sales may be silent: a warning to the owner, then the escalation; and how long a lead is not handed over again."""

    remind_after: timedelta
    escalate_after: timedelta
    cooldown: timedelta

    @classmethod
    def of(cls, policy: dict[str, Any]) -> FollowUpRule:
        """From the ``followup`` part of templates/policies/sales.yaml."""
        return cls(
            parse_duration(policy["remind_after"]),
            parse_duration(policy["escalate_after"]),
            timedelta(days=policy["cooldown_days"]),
        )


def choose_owner(
    lead: Lead,
    team: list[dict[str, Any]],
    pick_up: Sequence[Mapping[str, Any]] = (),
    facts: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The team member who gets this lead: of the role that the first fitting rule of `pick_up` names (by `facts`), by country, else by language, and among
    equals by a hash of the lead, which spreads them evenly and gives the same answer whenever it is asked.
    """
    role = next((rule["role"] for rule in pick_up if holds(rule["when"], facts or {})), None)
    team = [member for member in team if role and member.get("role") == role] or team
    by_country = [member for member in team if lead.country and lead.country in member.get("countries", [])]
    by_language = [member for member in team if lead.locale in member.get("languages", [])]
    candidates = by_country or by_language or team
    return candidates[crc32(lead.lead_id.encode()) % len(candidates)]
