"""A person as Ripen knows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.domain.crossing import Crossing
from shared.domain.moments import to_iso

PROFILE_FIELDS = (
    "name",
    "email",
    "phone",
    "company",
    "title",
    "industry",
    "company_size",
    "country",
    "budget",
    "locale",
    "phone_key",
    "crm_id",
    "crm_stage",
    "wechat_openid",
    "wechat_unionid",
    "push_id",
)


@dataclass(slots=True)
class Lead:
    """The profile, consent, score and place in the funnel of one person.

    `consent` maps a channel to ``{"state": "granted"|"pending"|"withdrawn", "at", "purpose", "version", "form", "text", "locale"}``: the current state; the
    evidence is on the timeline. `known_at` maps a profile field to the ISO time of the submission that said it (absent: the one that made the lead), so that a
    late delivery of an older post never overwrites what a newer one said. `score_state` is `score_state.State`.
    `score_due` is the ISO time of the timer at which the passing of time alone may change the grade or a segment, "" when no timer runs.
    `account` is the company (`accounts.account_id`), "" where none is known.
    `crossings` are the last grade changes, which the timeline tells or is about to.
    """

    lead_id: str
    created_at: datetime
    created_by: str
    profile: dict[str, str] = field(default_factory=dict)
    known_at: dict[str, str] = field(default_factory=dict)
    profile_version: int = 1
    consent: dict[str, dict[str, str]] = field(default_factory=dict)
    first_touch: dict[str, str] = field(default_factory=dict)
    last_touch: dict[str, str] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    score: int = 0
    fit: int = 0
    interest: int = 0
    grade: str = "cold"
    score_state: dict[str, Any] = field(default_factory=dict)
    score_version: int = 0
    score_due: str = ""
    crossings: tuple[Crossing, ...] = ()
    stage: str = "lead"
    stage_at: datetime | None = None
    # Where sales moved them from when they last moved them.
    stage_before: str = ""
    owner: str = ""
    handoff_id: str = ""
    handed_at: datetime | None = None
    account: str = ""
    # Ids of the people who were merged into this one; and, when found by the key of one of them, the ids that led here.
    members: list[str] = field(default_factory=list)
    via: tuple[str, ...] = ()

    @property
    def part(self) -> str:
        """The id of the record to which the key led by which the person was found: their own, or of somebody who is merged into them. What belongs to that
        key is tied to it, so that parting needs nothing to find it again.
        """
        return self.via[0] if self.via else self.lead_id

    def line(self, detail: Mapping[str, Any]) -> dict[str, Any]:
        """The detail of an activity that came by the key by which the person was found: it names the way (`via`), so that parting sends it back."""
        return {**detail, "via": list(self.via)} if self.via else dict(detail)

    def was_moved(self, wanted: str, at: datetime) -> bool:
        """Whether the move to that stage at that moment is the one that stands."""
        return self.stage == wanted and self.stage_at is not None and to_iso(self.stage_at) == to_iso(at)

    @property
    def ids(self) -> list[str]:
        """Every id under which something may be kept about this person."""
        return [self.lead_id, *self.members]

    @property
    def email(self) -> str:
        return self.profile.get("email", "")

    @property
    def country(self) -> str:
        return self.profile.get("country", "")

    @property
    def locale(self) -> str:
        return self.profile.get("locale", "en")
