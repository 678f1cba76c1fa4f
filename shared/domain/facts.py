"""What is known of a person, as conditions ask for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from shared.domain.lead import Lead
from shared.domain.moments import from_iso
from shared.domain.scoring import ScoringModel, attributes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONSENT_CHANNELS = ("email", "sms", "phone")
_TOUCH = {
    "form": "form",
    "campaign": "utm_campaign",
    "activity": "activity",
    "employee": "employee",
    "distributor": "distributor",
    "material": "material",
}


class _Facts(dict[str, Any]):
    """Facts of which one is looked up only when somebody asks."""

    def __init__(self, known: Mapping[str, Any], last_active: Callable[[], datetime | None]) -> None:
        super().__init__(known)
        self._last_active = last_active

    def get(self, name: str, default: Any = None) -> Any:
        if name == "last_activity_at" and name not in self:
            self[name] = self._last_active()
        return super().get(name, default)


def facts_of(
    lead: Lead, now: datetime, model: ScoringModel, last_active: Callable[[], datetime | None] | None = None
) -> dict[str, Any]:
    """Every field of `condition_fields.PERSON_FIELDS` as it stands at `now` (the score has faded until then); what is unknown is absent or None.

    `last_active` looks on the timeline for when the person last did something; without it, it is what the profile and the score remember.
    """
    model = model.for_stage(lead.stage)
    score = model.read(lead.score_state, lead.profile, lead.known_at, now, lead.created_at)
    known = {
        **attributes_of(lead.profile, model.titles),
        **_touch("first", lead.first_touch),
        **_touch("last", lead.last_touch),
        **{f"consent_{channel}": _consent(lead, channel) for channel in _CONSENT_CHANNELS},
        "now": now,
        "tags": list(lead.tags),
        "score": score.total,
        "fit": score.fit,
        "interest": score.interest,
        "grade": model.grade(score.total, lead.grade),
        "stage": lead.stage,
        "owner": lead.owner,
        "created_at": lead.created_at,
        "stage_at": lead.stage_at,
        "handed_at": lead.handed_at,
        "last_touch_at": _at(lead.last_touch),
    }
    remembered = remembered_of(lead)
    return _Facts(known, lambda: max(filter(None, [remembered, last_active() if last_active else None])))


def _touch(which: str, touch: Mapping[str, str]) -> dict[str, str]:
    channel = touch.get("channel") or touch.get("utm_medium", "")
    return {f"{which}_channel": channel} | {f"{which}_{name}": touch.get(key, "") for name, key in _TOUCH.items()}


def _consent(lead: Lead, channel: str) -> str:
    return lead.consent.get(channel, {}).get("state", "none")


def _at(touch: Mapping[str, str]) -> datetime | None:
    return from_iso(touch["at"]) if touch.get("at") else None


def remembered_of(lead: Lead) -> datetime:
    """When the person last did something that counts: a form, or what the score remembers of them."""
    return max([lead.created_at, *filter(None, [_at(lead.last_touch)]), *_remembered(lead.score_state)])


def _remembered(state: Mapping[str, Any]) -> Iterator[datetime]:
    for seen in state.values():
        for packed in seen.values() if isinstance(seen, Mapping) else ():
            stamp = packed[0] if isinstance(packed, list) else packed
            yield datetime.fromtimestamp(stamp, UTC)
