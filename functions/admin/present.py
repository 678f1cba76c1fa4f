"""How things look to a person: words, moments, initials, and text of strangers made harmless."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from shared.domain.lead import Lead
from shared.domain.moments import from_iso, to_iso
from shared.runtime import content, pages

# Controls, lone surrogates and marks that turn the direction of text around: shown as what they are, so that nothing hides.
_INVISIBLE = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\ud800-\\udfff\\u200b\\u200e\\u200f\\u061c\\u2028-\\u202e\\u2060-\\u2069\\ufeff\\ufff9-\\ufffb]"
)
# First and last of the scripts that write a name without spaces. No expression: such wide classes take long to compile.
_CJK = (("\u3040", "\u30ff"), ("\u3400", "\u9fff"), ("\uac00", "\ud7af"))
MAX_SHOWN = 400
_FACTS = ("email", "phone", "company", "title", "industry", "company_size", "country", "budget", "locale")
_IDS = ("wechat_openid", "wechat_unionid", "crm_id", "crm_stage")
_SCHEMES = {"email": "mailto:", "phone": "tel:"}


def harmless(text: object, limit: int = MAX_SHOWN) -> str:
    """A stranger's text as the console shows it: invisible characters by their number, and never longer than a page can bear."""
    shown = _INVISIBLE.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", str(text))
    return shown if len(shown) <= limit else shown[:limit] + "…"


def moment(at: datetime | str | None) -> dict[str, str] | None:
    """A moment for `<time>`: exact for machines, in UTC for people whose browser runs no script."""
    if not at:
        return None
    exact = from_iso(at) if isinstance(at, str) else at
    return {"iso": to_iso(exact), "text": f"{exact:%Y-%m-%d %H:%M} UTC"}


def fact_of(name: str, value: object, locale: str) -> str:
    """A field of a profile in words: what a form's list calls it, a language by its name, anything else as it was typed."""
    if name == "crm_stage":
        return content.texts(locale).get(f"crm_stage.{value}", harmless(value))
    if name == "locale" and value in pages.LOCALES:
        return content.texts(str(value))["language.name"]
    fields = (field for form in content.forms().values() for field in form["fields"] if field["name"] == name)
    choices = (choice for field in fields for choice in field.get("choices", ()) if choice["value"] == value)
    chosen = next(choices, None)
    return localised(chosen["label"], locale) if chosen else harmless(value)


def facts_of(profile: Mapping[str, Any], words: Mapping[str, str], locale: str) -> list[dict[str, str]]:
    """A profile as labelled facts; an address and a number are links."""
    return [
        {
            "label": words["profile.title_field" if name == "title" else f"profile.{name}"],
            "value": fact_of(name, profile[name], locale),
            "href": _SCHEMES[name] + quote(str(profile[name]), safe="@+") if name in _SCHEMES else "",
        }
        for name in (*_FACTS, *_IDS)
        if profile.get(name)
    ]


def initials(name: str) -> str:
    """One or two letters for the round mark before a name."""
    words = [word for word in re.split(r"[\s@._-]+", name) if word and unicodedata.category(word[0])[0] in "LN"]
    if not words:
        return "·"
    if any(first <= words[0][0] <= last for first, last in _CJK):
        return words[0][0]
    return (words[0][0] + (words[1][0] if len(words) > 1 and "@" not in name else "")).upper()


def name_of(profile: Mapping[str, Any]) -> str:
    """What a person is called: their name, else their address, else their number."""
    found = next((profile[key] for key in ("name", "email", "phone", "company") if profile.get(key)), "")
    return harmless(found, 120) or "?"


def line_of(profile: Mapping[str, Any]) -> str:
    """Title and company."""
    return harmless(" · ".join(str(profile[key]) for key in ("title", "company") if profile.get(key)), 160)


def percent_of(score: int) -> int:
    """A score on a scale to 100."""
    return max(0, min(score, 100))


def lead_row(lead: Lead, score: int, grade: str) -> dict[str, Any]:
    """A line in a list of people."""
    name = name_of(lead.profile)
    return {
        "id": lead.lead_id,
        "name": name,
        "line": line_of(lead.profile),
        "initials": initials(name),
        "score": score,
        "percent": percent_of(score),
        "grade": grade,
        "stage": lead.stage,
        "title": harmless(lead.profile.get("title", ""), 120),
        "company": harmless(lead.profile.get("company", ""), 120),
        "account": lead.account,
        "owner": harmless(lead.owner, 60),
        "seen": moment(lead.last_touch.get("at") or lead.created_at),
    }


def duration(span: timedelta, words: Mapping[str, str]) -> str:
    """`3 h 20 min`, `1 d 4 h`: the two largest units, never negative."""
    minutes = max(int(abs(span).total_seconds() // 60), 0)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        parts = [words["unit.days"].format(n=days)] + ([words["unit.hours"].format(n=hours)] if hours else [])
    elif hours:
        parts = [words["unit.hours"].format(n=hours)] + ([words["unit.minutes"].format(n=rest)] if rest else [])
    else:
        parts = [words["unit.minutes"].format(n=rest)]
    return " ".join(parts)


def localised(text: object, locale: str) -> str:
    """One language of a text that comes as `{locale: text}`; plain text as it is."""
    if isinstance(text, Mapping):
        return str(text.get(locale) or text.get("en") or next(iter(text.values()), ""))
    return str(text or "")
