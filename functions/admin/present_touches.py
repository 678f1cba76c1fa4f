"""A person's touches on their page: by which channels they came, what each contributed, and to whom the lead is owed."""

from __future__ import annotations

from typing import Any

from functions.admin.present import harmless, moment
from functions.admin.views import Words
from shared.domain.attribution import MODELS, Touch
from shared.domain.channels import channels_of, group_of
from shared.runtime import content
from shared.usecases.console.attribute import Attribution

_SHOWN = 8
_TOLD = ("activity", "material", "employee", "distributor", "utm_source", "utm_campaign", "form", "template")


def touches_view(found: Attribution, words: Words, locale: str) -> dict[str, Any]:
    """The card of touches."""
    channels = sorted({touch.channel for touch in found.touches})
    held = found.assignment
    return {
        "rows": [_row(touch, words, locale) for touch in found.touches[-_SHOWN:][::-1]],
        "models": [words[f"touches.{model}"] for model in MODELS],
        "credit": [
            {
                "channel": _channel(channel, locale),
                "shares": [f"{found.credit[model].get(channel, 0):.0%}" for model in MODELS],
            }
            for channel in channels
        ],
        "owed": harmless(" · ".join(_named(name, value) for name, value in held.named.items())) if held else "",
        "until": moment(held.until) if held else None,
    }


def _named(name: str, value: str) -> str:
    return value.removeprefix("employee:") if name == "referred_by" else value


def _row(touch: Touch, words: Words, locale: str) -> dict[str, Any]:
    group = group_of(content.policies()["channels"], touch.channel)
    told = [touch.origin[name] for name in _TOLD if touch.origin.get(name)]
    return {
        "channel": _channel(touch.channel, locale),
        "group": words.get(f"touches.group_{group}", harmless(group, 40)),
        "what": words.get(f"event.{touch.type}", touch.type),
        "text": harmless(" · ".join(dict.fromkeys(told)), 160),
        "at": moment(touch.at),
    }


def _channel(name: str, locale: str) -> str:
    known = channels_of(content.policies()["channels"]).get(name)
    return known[locale] if known else harmless(name or "–", 60)
