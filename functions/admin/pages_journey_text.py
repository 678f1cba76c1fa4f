"""A journey's text in the console: edit, check, publish. The checks are the build's own; what has findings is not published."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import Any

from chalice.app import Response

from functions.admin import desk
from functions.admin.access import JOURNEYS, JOURNEYS_ACT
from functions.admin.gate import Call, Gate, NotFound, Unfit
from functions.admin.journey_changes import changes
from functions.admin.journey_picture import draw
from functions.admin.pages_journeys import journey_ports, teller_of
from functions.admin.present import localised
from functions.admin.views import after, checked_form, locale_of, problem_page, show, words_for
from shared.domain.journey_counts import JourneyCounts
from shared.domain.mail_counts import MailCounts
from shared.runtime import content
from shared.usecases.console.journeys import (
    difference,
    publish,
    source_of,
    standing,
    standings,
    versions,
    waiting_elsewhere,
)
from shared.usecases.console.texts import InvalidField, clean_text
from shared.usecases.journey_book import LIVE, STOPPED

Json = dict[str, Any]
NEW = "new"
_NOBODY, _NO_MAILS = JourneyCounts({}), MailCounts({})
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_NAME, _LONGEST_NOTE = 60, 300
# Beyond any journey that somebody can read. A Chinese character takes up to nine bytes in a form.
_LONGEST_TEXT, _MOST_BYTES = 60_000, 600_000


@dataclass(frozen=True, slots=True)
class Draft:
    """A text that somebody wants to publish, checked: `journey` is what it compiles to (empty with findings), `before` the current version (empty of a new
    journey), `warnings` what had better be otherwise, `shut` why nobody would enter all the same (off, paused or stopped; "" when people would).
    """

    name: str
    text: str
    journey: Json
    findings: list[Json]
    before: Json
    warnings: list[Json] = field(default_factory=list)
    shut: str = ""


def _draft(name: str, text: str) -> Draft:
    from shared.runtime.authoring import check_journey  # late: only who publishes reads YAML

    if not _NAME.fullmatch(name) or name == NEW or len(name) > _LONGEST_NAME:
        raise InvalidField("journey", "small letters, digits and single hyphens, at most 60")
    found = {each.name: each for each in standings(journey_ports())}
    others = {each.name: each.current for each in found.values() if each.status != STOPPED}
    checked = check_journey(name, text, others)
    return Draft(
        name,
        text,
        checked.journey,
        [asdict(each) for each in checked.findings],
        dict(found[name].current) if name in found else {},
        [asdict(each) for each in checked.warnings],
        _shut(checked.journey, found[name].status if name in found else LIVE),
    )


def _shut(journey: Json, status: str) -> str:
    """Why nobody enters `journey` although it is published: "off", "paused", "stopped", or "" when people enter."""
    if not journey:
        return ""
    return "off" if not journey["enabled"] else "" if status == LIVE else status


_MENDS = {
    "off": "take enabled: false out of the text",
    "paused": 'resume it by {"status": "live"}',
    "stopped": 'resume it by {"status": "live"}',
}


def _warnings(draft: Draft) -> list[Json]:
    if not draft.shut:
        return draft.warnings
    what = f"the journey is {draft.shut}: nobody enters"
    return [
        {"file": f"journeys/{draft.name}.yaml", "line": 1, "what": what, "mend": _MENDS[draft.shut]},
        *draft.warnings,
    ]


def _publish(call: Call, draft: Draft, note: str) -> None:
    publish(draft.journey, draft.text, call.actor.username, note, journey_ports(), call.now)
    versions_told = {"from": draft.before.get("version", ""), "to": draft.journey["version"]}
    desk.wrote_down(call, "journey.publish", draft.name, **versions_told, note=note)


def post(call: Call) -> Json:
    """``{"journey", "source", "note"?, "dry_run"?}``: the version, what changed, who waits on older versions, and warnings; 422 with findings."""
    body = call.json()
    text = clean_text("source", body.get("source"), limit=_LONGEST_TEXT, required=True)
    draft = _draft(clean_text("journey", body.get("journey"), required=True), text)
    if draft.findings:
        raise Unfit(draft.findings)
    if not body.get("dry_run"):
        _publish(call, draft, clean_text("note", body.get("note"), limit=_LONGEST_NOTE))
    waiting = waiting_elsewhere(draft.journey, versions(draft.name, journey_ports()))
    return {
        "journey": draft.name,
        "version": draft.journey["version"],
        "published": not body.get("dry_run"),
        "difference": difference(draft.before or {"steps": []}, draft.journey),
        "waiting": [asdict(each) for each in waiting],
        "findings": [],
        "warnings": _warnings(draft),
    }


def edit(call: Call) -> Response:
    """The text of the current version, to be changed; `new` is an empty one."""
    name = call.ids["journey"]
    if name == NEW:
        return _page(call, "", _PATTERN)
    found = standing(name, journey_ports())
    if found is None:
        raise NotFound("no such journey")
    return _page(call, name, source_of(name, found.current["version"], journey_ports()))


def press(call: Call) -> Response:
    """Check, or publish."""
    form = checked_form(call)
    name = call.ids["journey"] if call.ids["journey"] != NEW else clean_text("journey", form.get("journey")).strip()
    text = clean_text("source", form.get("source"), limit=_LONGEST_TEXT) + "\n"
    note = clean_text("note", form.get("note"), limit=_LONGEST_NOTE)
    try:
        draft = _draft(name, text)
    except InvalidField as error:
        told = {"file": "", "line": 1, "what": f"{error.field}: {error.why}", "mend": ""}
        draft = Draft(name, text, {}, [told], {})
    if draft.findings or form.get("do") != "publish":
        return _page(call, name, text, draft=draft, note=note)
    _publish(call, draft, note)
    return after(call, f"/journeys/{name}", f"published_{draft.shut}" if draft.shut else "published")


def _called(call: Call, name: str) -> str:
    known = content.journeys().get(name)
    return localised(known["name"], locale_of(call.headers, call.query)) if known else name


def _page(call: Call, name: str, text: str, *, draft: Draft | None = None, note: str = "") -> Response:
    found = _told(call, draft) if draft and draft.journey else {}
    return show(
        call,
        "journey_text",
        status=422 if draft and draft.findings else 200,
        journey=name,
        called=_called(call, name),
        is_new=call.ids["journey"] == NEW,
        may_act=call.actor.may(JOURNEYS_ACT),
        text=text,
        note=note,
        checked=draft is not None,
        findings=draft.findings if draft else [],
        warnings=draft.warnings if draft else [],
        shut=words_for(call)[f"journeys.shut_{draft.shut}"] if draft and draft.shut else "",
        found=found,
    )


def _told(call: Call, draft: Draft) -> Json:
    """A text that is fine, in words: what it changes, and the whole as a picture."""
    teller = teller_of(call, draft.journey)
    return {
        "is_first": not draft.before,
        "changes": changes(draft.before, draft.journey, teller) if draft.before else [],
        "picture": draw(draft.journey, _NOBODY, _NO_MAILS, teller),
        "leaves": teller.exits(),
    }


_PATTERN = """\
# What it is for, for whom, and what is wanted of them.
name: {en: New journey, zh: 新旅程}
# Off: nobody enters. Take the line away when it is ready.
enabled: false
trigger: {on: form, form: whitepaper}
entry: once
exits:
  - {on: stage, in: [mql, sal, sql, opportunity, customer, disqualified], reason: became_mql}
  - {on: unsubscribed, reason: unsubscribed}
steps:
  - {id: wait-a-day, do: wait, for: 1d, until: {days: [tue, wed, thu], at: "09:30"}}
  - {id: case-study, do: send, template: case-study, class: marketing, purpose: nurture}
  - {id: end, do: exit, reason: completed}
"""


def register(gate: Gate) -> None:
    """The page and the call by which journeys are published."""
    gate.json("POST", "/api/journeys", JOURNEYS_ACT, post, most=_MOST_BYTES)
    gate.page("GET", "/journeys/{journey}/edit", JOURNEYS, edit, problem_page)
    gate.page("POST", "/journeys/{journey}/edit", JOURNEYS_ACT, press, problem_page, most=_MOST_BYTES)
