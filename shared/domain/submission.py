"""One accepted post of one form."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

ACCEPTED, QUARANTINED, SET_ASIDE, RELEASED = "accepted", "quarantined", "set_aside", "released"


@dataclass(frozen=True, slots=True)
class Submission:
    """`fields` are validated and cleaned; `meta` is where it came from: ``channel utm referrer touchpoint visitor ip user_agent locale consents
    form_version conversion_point``. `reason` is the first reason code when it is held back, `findings` all of them: ``[{"code", "subject"}]``.
    """

    submission_id: str
    form: str
    received_at: datetime
    status: str = ACCEPTED
    fields: dict[str, Any] = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    findings: list[dict[str, str]] = field(default_factory=list)

    @property
    def reasons(self) -> list[str]:
        """Every reason code for which it is held back."""
        return [finding["code"] for finding in self.findings] or ([self.reason] if self.reason else [])
