"""The timeline and the score as a person reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from functions.admin.present import harmless, localised, moment
from shared.domain.account_score import AccountScore
from shared.domain.message import CHANNELS, EMAIL, INTERNAL
from shared.domain.scoring import Entry, Score, ScoringModel
from shared.domain.timeline import EMAIL_CLICKED, HUMAN
from shared.usecases.console.timeline import Happening

# type → (group of the filter, colour of the mark, icon)
_LOOKS = {
    "form_submitted": ("form", "form", "form"),
    "consent_given": ("form", "form", "check"),
    "preferences_changed": ("form", "form", "check"),
    "touchpoint_followed": ("visit", "", "touchpoints"),
    "page_viewed": ("visit", "", "eye"),
    "email_sent": ("mail", "mail", "mail"),
    "email_queued": ("mail", "", "clock"),
    "email_refused": ("mail", "stop", "stop"),
    "email_opened": ("mail", "mail", "open"),
    "email_clicked": ("mail", "mail", "click"),
    "touches_voided": ("mail", "", "mail"),
    "email_replied": ("mail", "form", "mail"),
    "email_bounced": ("mail", "stop", "warn"),
    "email_complained": ("mail", "stop", "warn"),
    "unsubscribed": ("mail", "stop", "stop"),
    "channel_stopped": ("mail", "stop", "stop"),
    "grade_changed": ("sales", "score", "grade"),
    "stage_changed": ("sales", "score", "flag"),
    "handed_off": ("sales", "sales", "handoffs"),
    "handoff_withheld": ("sales", "stop", "stop"),
    "people_merged": ("form", "form", "leads"),
    "people_parted": ("form", "form", "leads"),
    "handoff_reminded": ("sales", "sales", "clock"),
    "handoff_escalated": ("sales", "stop", "warn"),
    "handoff_updated": ("sales", "sales", "check"),
    "journey_entered": ("mail", "", "route"),
    "journey_ended": ("mail", "", "route"),
    "webhook_called": ("mail", "", "route"),
    "webhook_failed": ("mail", "stop", "warn"),
    "segment_entered": ("segment", "form", "segments"),
    "segment_left": ("segment", "", "segments"),
    "tag_added": ("segment", "form", "tag"),
    "tag_removed": ("segment", "", "tag"),
}
# Where it matters whether a person or a machine did it.
_BY_SOMEBODY = ("email_opened", "email_clicked", "page_viewed", "touchpoint_followed", "unsubscribed")
TYPES = tuple(_LOOKS)
# What other channels do too, and says so.
_BY_NOTE = (EMAIL_CLICKED, "email_sent", "email_queued", "email_refused")
_NOTES = tuple(channel for channel in CHANNELS if channel != EMAIL)
GROUPS = ("form", "visit", "mail", "sales", "segment")
_FIT_TONES = ("fit", "fit-2")
_INTEREST_TONES = ("int", "int-2", "int-3")
_SCALE = 100


def timeline_row(item: Happening, words: Mapping[str, str]) -> dict[str, Any]:
    """One line of the timeline."""
    group, tone, icon = _LOOKS.get(item.type, ("visit", "", "clock"))
    return {
        "type": item.type,
        "channel": item.channel,
        "group": group,
        "tone": tone,
        "icon": icon,
        "title": words.get(f"event.{_kind(item)}", harmless(item.type)),
        "lines": [line for line in _lines(item, words) if line],
        "agent": words.get(f"agent.{item.agent}", "") if item.type in _BY_SOMEBODY and item.agent != HUMAN else "",
        "at": moment(item.at),
    }


def _kind(item: Happening) -> str:
    """Mail to our own people about somebody is not mail to them; a text message is no mail."""
    if item.detail.get("class") == INTERNAL:
        return f"{item.type}_internal"
    return f"{item.type}_{item.channel}" if item.type in _BY_NOTE and item.channel in _NOTES else item.type


def _lines(item: Happening, words: Mapping[str, str]) -> list[str]:
    """What is told about an activity besides its kind."""
    detail = item.detail
    plain = _PLAIN.get(item.type)
    if plain:
        return [harmless(detail.get(name, "")) for name in plain]
    tell = _TELLERS.get(item.type)
    return tell(item, words) if tell else []


def _mail_lines(item: Happening, words: Mapping[str, str]) -> list[str]:
    template = item.detail.get("template", "")
    named = harmless(item.detail.get("subject") or words.get(f"template.{template}", template))
    return [named, "; ".join(reason_texts(item.detail.get("reasons", []), words))]


def _bounce_lines(item: Happening, words: Mapping[str, str]) -> list[str]:
    return [
        words["bounce.permanent" if item.detail.get("permanent") else "bounce.transient"],
        harmless(item.detail.get("subtype", "")),
    ]


def _change_lines(item: Happening, words: Mapping[str, str]) -> list[str]:
    kind = item.type.removesuffix("_changed")
    score = f" ({item.detail['score']})" if "score" in item.detail else ""
    return [f"{_word(words, kind, item.detail.get('from'))} → {_word(words, kind, item.detail.get('to'))}{score}"]


def _handed_off_lines(item: Happening, words: Mapping[str, str]) -> list[str]:
    parts = (
        harmless(item.detail.get("owner", "")),
        reason_of_handoff(str(item.detail.get("reason", "")), words),
        harmless(item.detail.get("by", "")),
    )
    return [" · ".join(filter(None, parts)), harmless(item.detail.get("note", ""))]


def _withheld_lines(item: Happening, words: Mapping[str, str]) -> list[str]:
    return [_word(words, "held", item.detail.get("reason"))]


def _updated_lines(item: Happening, words: Mapping[str, str]) -> list[str]:
    detail = item.detail
    parts = [
        _word(words, "handoff", detail.get("status")),
        *(detail.get(name) for name in ("amount", "until", "reason", "by")),
    ]
    return [harmless(" · ".join(str(part) for part in parts if part))]


def _segment_lines(item: Happening, words: Mapping[str, str]) -> list[str]:
    return [harmless(localised(item.detail.get("name"), words["language.code"]))]


def _form_lines(item: Happening, words: Mapping[str, str]) -> list[str]:
    touch = item.detail.get("touch", {})
    parts = (
        item.detail.get("form"),
        touch.get("utm_source") or item.channel,
        touch.get("utm_campaign") or touch.get("activity"),
    )
    return [
        harmless(" · ".join(dict.fromkeys(str(part) for part in parts if part))),
        harmless(item.detail.get("message", "")),
        ", ".join(_word(words, "held", code) for code in item.detail.get("flags", ())),
    ]


# Activities of which some parts are shown as they are, and those that need words.
_PLAIN = {
    "email_clicked": ("link",),
    "email_replied": ("template", "by", "note"),
    "handoff_reminded": ("owner",),
    "handoff_escalated": ("manager",),
    "touchpoint_followed": ("code",),
    "page_viewed": ("path", "host"),
    "tag_added": ("tag", "by"),
    "tag_removed": ("tag", "by"),
    "people_merged": ("by",),
    "webhook_called": ("host", "journey"),
    "webhook_failed": ("host", "reason"),
    "people_parted": ("by",),
}
_TELLERS: dict[str, Callable[[Happening, Mapping[str, str]], list[str]]] = {
    "form_submitted": _form_lines,
    "handoff_withheld": _withheld_lines,
    "touches_voided": lambda item, words: [_word(words, "void", item.detail.get("reason"))],
    "email_sent": _mail_lines,
    "email_queued": _mail_lines,
    "email_refused": _mail_lines,
    "email_opened": _mail_lines,
    "email_bounced": _bounce_lines,
    "grade_changed": _change_lines,
    "stage_changed": _change_lines,
    "handed_off": _handed_off_lines,
    "handoff_updated": _updated_lines,
    "segment_entered": _segment_lines,
    "segment_left": _segment_lines,
}


def _word(words: Mapping[str, str], kind: str, name: object) -> str:
    return words.get(f"{kind}.{name}", harmless(name or ""))


def reason_texts(reasons: list[str], words: Mapping[str, str]) -> list[str]:
    """Refusal codes in words."""
    return [words.get(f"refused.{reason}", harmless(reason)) for reason in reasons]


def reason_of_handoff(reason: str, words: Mapping[str, str]) -> str:
    """Why a lead was handed over, in words."""
    return words.get(f"ripe.{reason}", harmless(reason))


# ------------------------------------------------------------------ the score


def score_view(score: Score, grade: str, marks: list[tuple[str, int]], locale: str) -> dict[str, Any]:
    """The score as a bar of reasons on a scale to 100; `marks` are the grades' thresholds."""
    entries = sorted(score.entries, key=lambda entry: -abs(entry.points))
    reasons = [_reason(entry, tone, locale) for entry, tone in zip(entries, _tones(entries), strict=True)]
    return {
        "total": score.total,
        "fit": score.fit,
        "interest": score.interest,
        "grade": grade,
        "reasons": reasons,
        "bar": _bar(reasons),
        "ticks": [{"x": mark, "text": str(mark)} for _, mark in marks],
        "label": "; ".join(f"{reason['why']} {reason['text']}" for reason in reasons),
    }


def account_score_view(score: AccountScore, marks: list[tuple[str, int]], locale: str) -> dict[str, Any]:
    """The score of a company as a bar: what its people are worth, and what its committee and its stage add."""
    entries = sorted(score.entries, key=lambda entry: -abs(entry.points))
    people = ("people", "breadth")
    tones = _tones([replace(entry, dimension="interest" if entry.rule in people else "fit") for entry in entries])
    reasons = [_reason(entry, tone, locale) for entry, tone in zip(entries, tones, strict=True)]
    return {
        "total": score.total,
        "grade": score.grade,
        "reasons": reasons,
        "bar": _bar(reasons),
        "ticks": [{"x": mark, "text": str(mark)} for _, mark in marks],
        "label": "; ".join(f"{reason['why']} {reason['text']}" for reason in reasons),
    }


def matrix_view(model: ScoringModel, score: Score) -> dict[str, Any] | None:
    """The fields of fit by interest, best first, and which one is the person's; None for a model without a matrix."""
    matrix, here = model.model.get("matrix"), model.band(score)
    if not matrix:
        return None
    columns = [band["band"] for band in matrix["interest"]]
    rows = [[row["band"] + column for column in columns] for row in matrix["fit"]]
    return {"here": here, "rows": rows, "columns": columns}


def _tones(entries: Sequence[Entry]) -> list[str]:
    counts = {"fit": 0, "interest": 0}
    tones = []
    for entry in entries:
        kind, palette = ("fit", _FIT_TONES) if entry.dimension == "fit" else ("interest", _INTEREST_TONES)
        tones.append("minus" if entry.points < 0 else palette[counts[kind] % len(palette)])
        counts[kind] += entry.points >= 0
    return tones


def tone_of(rank: int) -> str:
    """The colour of the reason at this place of a brief."""
    return ("fit", "int", "int-2", "int-3", "fit-2")[rank % 5]


def _reason(entry: Entry, tone: str, locale: str) -> dict[str, Any]:
    why = harmless(localised(entry.why, locale))
    return {
        "rule": entry.rule,
        "points": entry.points,
        "text": f"{entry.points:+d}",
        "why": why,
        "at": moment(entry.at),
        "tone": tone,
    }


def _bar(reasons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Parts side by side, fit first; what takes points away is drawn over the end of what gives them."""
    gains = sorted(
        (reason for reason in reasons if reason["points"] > 0), key=lambda reason: not reason["tone"].startswith("fit")
    )
    scale = max(_SCALE, sum(reason["points"] for reason in gains))
    parts, x = [], 0.0
    for reason in gains:
        width = reason["points"] / scale * 100
        parts.append(
            {
                "x": round(x, 2),
                "width": round(max(width - 0.3, 0.3), 2),
                "tone": reason["tone"],
                "text": f"{reason['why']} {reason['text']}",
            }
        )
        x += width
    loss = -sum(reason["points"] for reason in reasons if reason["points"] < 0) / scale * 100
    if loss and x:
        parts.append({"x": round(max(x - loss, 0), 2), "width": round(min(loss, x), 2), "tone": "minus", "text": ""})
    return parts
