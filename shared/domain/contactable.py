"""Whether a channel may touch a person at all: what the gate asks first, and all that a page of preferences asks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from shared.domain.lead import Lead
from shared.domain.message import EMAIL, MARKETING
from shared.domain.moments import from_iso
from shared.domain.reach import address_of
from shared.domain.suppression import UNSUBSCRIBED, WHITELIST, Suppression


def contactable(
    lead: Lead, suppressions: Sequence[Suppression], klass: str, now: datetime, channel: str = EMAIL
) -> list[str]:
    """Why `channel` may not touch this person with a message of this class at all; empty when it may. Caps and hours are not asked here."""
    reasons: list[str] = []
    if not address_of(lead, channel):
        reasons.append("unsendable")
    reasons += _suppressed(lead, [row for row in suppressions if row.stands(now)], klass, channel)
    if klass == MARKETING and lead.consent.get(channel, {}).get("state") != "granted":
        reasons.append("no_consent")
    return reasons


def _suppressed(lead: Lead, suppressions: Sequence[Suppression], klass: str, channel: str) -> list[str]:
    consent = lead.consent.get(channel, {})
    reasons: list[str] = []
    for row in suppressions:
        if row.list == WHITELIST or row.channel not in (channel, "all"):
            continue
        if row.list != UNSUBSCRIBED:
            reasons.append("suppressed")
        # Who unsubscribed still gets what they ask for, and who opted in again after it has said yes again.
        elif klass == MARKETING and not (consent.get("state") == "granted" and from_iso(consent["at"]) > row.at):
            reasons.append("unsubscribed")
    return list(dict.fromkeys(reasons))
