"""Who may do what in the console. Deny by default: a view that names no roles cannot be registered (see `gate`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.lead import Lead

MARKETING, SALES, MANAGER, COMPLIANCE, ADMIN = "marketing", "sales", "manager", "compliance", "admin"
ROLES = (MARKETING, SALES, MANAGER, COMPLIANCE, ADMIN)

# What a view may name. `admin` is in every one of them.
EVERYBODY = ROLES
LEADS_ACT = (MARKETING, SALES, MANAGER, ADMIN)
HANDOFFS = (SALES, MANAGER, ADMIN)
SUPPRESSIONS = (COMPLIANCE, ADMIN)
QUARANTINE = (MARKETING, COMPLIANCE, ADMIN)
MERGES = (MARKETING, MANAGER, ADMIN)
IMPORTS = (MARKETING, ADMIN)
AUDIT = (COMPLIANCE, ADMIN)
TOUCHPOINTS = (MARKETING, SALES, MANAGER, ADMIN)
SEGMENTS = (MARKETING, SALES, MANAGER, ADMIN)
SEGMENTS_ACT = (MARKETING, MANAGER, ADMIN)
SCORING = (MARKETING, ADMIN)
COSTS = (MARKETING, MANAGER, ADMIN)
JOURNEYS = (MARKETING, MANAGER, ADMIN)
JOURNEYS_ACT = (MARKETING, ADMIN)
MAILS = (MARKETING, MANAGER, COMPLIANCE, ADMIN)


@dataclass(frozen=True)
class Actor:
    """Who asks: the user name is also the `owner` that hand-offs carry."""

    username: str
    roles: frozenset[str]

    def may(self, roles: tuple[str, ...]) -> bool:
        """True when one of the actor's roles is among `roles`."""
        return not self.roles.isdisjoint(roles)

    @property
    def sees_own_only(self) -> bool:
        """Sales without another role see what they own, nothing else."""
        return self.roles == {SALES}

    def owns(self, lead: Lead) -> bool:
        """True when the lead is this actor's business."""
        return not self.sees_own_only or lead.owner == self.username


def actor_of(request_context: Mapping[str, Any]) -> Actor | None:
    """The actor whom the authorizer vouched for; None when it let a page through without a token."""
    vouched = request_context.get("authorizer") or {}
    username = str(vouched.get("username") or "")
    groups = str(vouched.get("groups") or "").split(",")
    return Actor(username, frozenset(groups) & frozenset(ROLES)) if username else None
