"""A hand-off in the words of its reader: what the internal mails show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from shared.domain.handoff import Handoff
from shared.domain.localise import localised
from shared.domain.moments import from_iso

Texts = Mapping[str, str]
_SEPARATOR = {"zh": "，", "en": ", "}
_MOMENT = {"zh": "{0.month} 月 {0.day} 日 {0:%H:%M}", "en": "{0.day} {0:%b %H:%M}"}


def present_handoff(handoff: Handoff, policy: Mapping[str, Any], texts: Texts, locale: str) -> dict[str, Any]:
    """``who contact company score grade reasons[] interactions[] next_step due_at owner_name``, all of it text; times in the owner's zone."""
    owner: Mapping[str, Any] = next((member for member in policy["team"] if member["owner"] == handoff.owner), {})
    zone = ZoneInfo(owner.get("zone", "UTC"))
    brief = localised(handoff.brief, locale)
    who, company = brief.get("who", {}), brief.get("company", {})
    return {
        "who": _joined([who.get("name") or who.get("email", ""), who.get("title", "")], locale),
        "contact": " · ".join(part for part in (who.get("phone", ""), who.get("email", "")) if part),
        "company": _joined(
            [company.get("company", ""), company.get("industry", ""), _size(company, texts), who.get("country", "")],
            locale,
        ),
        "score": brief["score"],
        "grade": texts[f"grade.{brief['grade']}"],
        "reasons": [f"{entry['points']:+d} {entry['why']}" for entry in _heaviest(brief["reasons"])],
        "interactions": [_told(entry, texts, zone, locale) for entry in brief["interactions"]],
        "next_step": brief["next_step"],
        "due_at": f"{_moment(handoff.due_at, zone, locale)} ({zone.key})",
        "owner_name": localised(owner.get("name", handoff.owner), locale),
    }


def _joined(parts: Sequence[str], locale: str) -> str:
    return _SEPARATOR[locale].join(part for part in parts if part)


def _size(company: Mapping[str, str], texts: Texts) -> str:
    size = company.get("company_size", "")
    return f"{texts['profile.company_size']} {size}" if size else ""


def _heaviest(reasons: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(reasons, key=lambda entry: -abs(entry["points"]))


def _told(entry: Mapping[str, Any], texts: Texts, zone: ZoneInfo, locale: str) -> str:
    what = texts.get(f"event.{entry['type']}", entry["type"])
    parts = (what, entry.get("path") or entry.get("form") or "", entry.get("message") or "")
    return " · ".join(part for part in (_moment(from_iso(entry["at"]), zone, locale), *parts) if part)


def _moment(moment: datetime, zone: ZoneInfo, locale: str) -> str:
    return _MOMENT[locale].format(moment.astimezone(zone))
