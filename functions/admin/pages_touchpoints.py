"""Touchpoints: the list with its QR codes, the form that makes one, and the sheet to print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalice.app import Response

from functions.admin import desk
from functions.admin.access import TOUCHPOINTS
from functions.admin.gate import Call, Gate
from functions.admin.present import harmless, localised, moment
from functions.admin.views import Words, after, checked_form, locale_of, pager, problem_page, show, words_for
from shared.domain.channels import channels_of
from shared.domain.touchpoint import CARD, CODE, KINDS, ORIGINS, VISITORS, Touchpoint
from shared.runtime import content
from shared.usecases.console.texts import InvalidField
from shared.usecases.console.touchpoints import channels_meant

_ON_A_SHEET = 40
_TICKED = "c-"


def touchpoints(call: Call) -> Response:
    """The list, and the form that makes one."""
    return _touchpoints(call)


def _touchpoints(call: Call, status: int = 200, problem: str = "", typed: Mapping[str, Any] | None = None) -> Response:
    words, kind = words_for(call), call.asked("kind")
    page = desk.touchpoints(call)
    return show(
        call,
        "touchpoints",
        status,
        rows=[_row(found, words) for found in page.items],
        kinds=KINDS,
        kind=kind,
        origins=[name for name in ORIGINS if name != "referred_by"],
        channels=sorted(_named_channels(call).items()),
        visitors=VISITORS,
        cards=CARD,
        typed={name: harmless(value) for name, value in (typed or {}).items()},
        problem=problem,
        **pager(call, "/touchpoints", page.cursor, {"kind": kind}),
    )


def _named_channels(call: Call) -> dict[str, str]:
    """{channel: what it is called}, those that reports know."""
    locale = locale_of(call.headers, call.query)
    return {code: harmless(localised(name, locale), 60) for code, name in _channels().items()}


def _channels() -> dict[str, Mapping[str, str]]:
    return channels_of(content.policies()["channels"])


def _typed_channel(form: Mapping[str, Any]) -> str:
    return " ".join(str(form.get("channel", "")).split())


def _doubt(call: Call, form: Mapping[str, Any]) -> str:
    """What to say of a channel that reports do not know, the first time; "" for the others."""
    typed = _typed_channel(form)
    meant = channels_meant(typed, _channels()) if typed and form.get("kept") != typed else None
    if meant is None:
        return ""
    words, named = words_for(call), _named_channels(call)
    told = words["condition.list"].join(f"{code} ({name})" for code, name in sorted(named.items()))
    near = words["condition.list"].join(f"{code} ({named[code]})" for code in meant)
    text = words("touchpoints.unknown_channel", channel=harmless(typed, 60), known=told)
    return f"{words('touchpoints.meant', channels=near)} {text}" if near else text


def _row(found: Touchpoint, words: Words) -> dict[str, Any]:
    from shared.channels.qr import as_svg  # late: only this page draws

    link = f"{desk.public_url()}/q/{found.code}"
    said = [(name, found.origin[name]) for name in ORIGINS if name != "channel" and found.origin.get(name)]
    return {
        "code": found.code,
        "name": harmless(found.label or found.code, 120),
        "channel": harmless(found.origin.get("channel", ""), 60),
        "facts": [
            {"label": words[f"touchpoints.{name}"], "value": harmless(value.removeprefix("employee:"), 90)}
            for name, value in said
        ],
        "lead": found.origin.get("referred_by", "").partition("lead:")[2],
        "content": [
            {"who": words[f"touchpoints.for_{kind}"], "to": harmless(to)} for kind, to in found.content.items()
        ],
        "card": harmless(" · ".join(found.card.values()), 200),
        "scans": found.scans,
        "link": link,
        "svg": as_svg(link),
        "at": moment(found.created_at),
        "by": harmless(found.created_by, 60),
    }


def make(call: Call) -> Response:
    """Makes one; what is wrong is said beside the form, which keeps what was typed."""
    form = checked_form(call)
    if doubt := _doubt(call, form):
        return _touchpoints(call, 422, doubt, {**form, "kept": _typed_channel(form)})
    try:
        desk.do_make_touchpoint(call, _body(form))
    except InvalidField as error:
        words = words_for(call)
        name = words.get(f"touchpoints.{error.field.removeprefix('card.')}", error.field)
        return _touchpoints(call, 422, f"{name}: {error.why}", form)
    return after(call, "/touchpoints", "touchpoint")


def _body(form: Mapping[str, Any]) -> dict[str, Any]:
    """The form's fields as the JSON call has them; what was left empty is not there."""
    said = {name: value for name, value in form.items() if isinstance(value, str) and value.strip()}
    plain = ("kind", "code", "label", "lead_id", *(name for name in ORIGINS if name != "referred_by"))
    body: dict[str, Any] = {name: said[name] for name in plain if name in said}
    where = {kind: said[f"content_{kind}"] for kind in VISITORS if f"content_{kind}" in said}
    card = {name: said[f"card_{name}"] for name in CARD if f"card_{name}" in said}
    return body | ({"content": where} if where else {}) | ({"card": card} if card else {})


def sheet(call: Call) -> Response:
    """An A4 sheet of the ticked codes, or of the newest ones."""
    words = words_for(call)
    ticked = [name.removeprefix(_TICKED) for name in call.query if name.startswith(_TICKED)]
    codes = [code for code in ticked if CODE.fullmatch(code)][:_ON_A_SHEET]
    found = [desk.the_touchpoint(code) for code in codes] or desk.touchpoints(call).items[:_ON_A_SHEET]
    return show(call, "sheet", rows=[_row(each, words) for each in found])


def register(gate: Gate) -> None:
    """The pages of touchpoints."""
    gate.page("GET", "/touchpoints", TOUCHPOINTS, touchpoints, problem_page)
    gate.page("POST", "/touchpoints", TOUCHPOINTS, make, problem_page)
    gate.page("GET", "/touchpoints/sheet", TOUCHPOINTS, sheet, problem_page)
