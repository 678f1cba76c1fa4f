"""A journey's text in the console: edit, check, publish. The checks are the build's own; what has findings is not published."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

from chalice.app import Response

from functions.admin import desk
from functions.admin.access import JOURNEYS, JOURNEYS_ACT
from functions.admin.gate import Call, Gate, NotFound, Unfit
from functions.admin.journey_changes import changes
from functions.admin.journey_picture import draw
from functions.admin.pages_journeys import journey_ports, teller_of
from functions.admin.present import localised
from functions.admin.views import after, checked_form, locale_of, problem_page, show
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
    journey).
    """

    name: str
    text: str
    journey: Json
    findings: list[Json]
    before: Json


def _draft(name: str, text: str) -> Draft:
    from shared.runtime.authoring import check_journey  # late: only who publishes reads YAML

    if not _NAME.fullmatch(name) or name == NEW or len(name) > _LONGEST_NAME:
        raise InvalidField("journey", "small letters, digits and single hyphens, at most 60")
    found = {each.name: each for each in standings(journey_ports())}
    others = {each.name: each.current for each in found.values()}
    journey, findings = check_journey(name, text, others)
    told = [{"file": each.file, "line": each.line, "what": each.what, "mend": each.mend} for each in findings]
    return Draft(name, text, journey, told, dict(found[name].current) if name in found else {})


def _publish(call: Call, draft: Draft, note: str) -> None:
    publish(draft.journey, draft.text, call.actor.username, note, journey_ports(), call.now)
    desk.wrote_down(call, "journey.publish", draft.name, version=draft.journey["version"], note=note)


def post(call: Call) -> Json:
    """``{"journey", "source", "note"?, "dry_run"?}``: the version, what changed, and who waits on older versions; 422 with findings."""
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
    return after(call, f"/journeys/{name}", "published")


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
