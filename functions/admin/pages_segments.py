"""Segments: the list, one with its members, the builder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from chalice.app import Response

from functions.admin import desk
from functions.admin.access import SEGMENTS, SEGMENTS_ACT
from functions.admin.gate import Call, Gate
from functions.admin.pages_leads import lead_rows
from functions.admin.present import name_of
from functions.admin.present_conditions import describe
from functions.admin.present_segments import builder_view, segment_row, value_called
from functions.admin.views import after, checked_form, locale_of, pager, problem_page, show, words_for
from shared.domain.segments import LEAVING, READY
from shared.runtime.wiring import wiring
from shared.usecases.console.find_leads import LeadQuery
from shared.usecases.console.segment_form import (
    MAX_GROUPS,
    MAX_ROWS,
    Builder,
    Group,
    Row,
    builder_of,
    condition_of,
    read_form,
)
from shared.usecases.console.segments import Untouchable, parse_draft
from shared.usecases.console.texts import InvalidField

# A page that shows a filling looks again after so many seconds.
_LIVE = 3


def segments(call: Call) -> Response:
    """The list with its counts; ``?build=new`` and ``?build=<segment>`` show the builder."""
    asked = call.asked("build", 60)
    if asked and call.actor.may(SEGMENTS_ACT):
        present = wiring.segment_ports.definitions.get(asked)
        if present is None:
            return _build(call, Builder())
        # A segment of a file is a pattern to begin from, not to be changed.
        is_own = present.source != "file"
        return _build(call, builder_of(present.condition, present.segment_id if is_own else "", present.name))
    found = wiring.segment_ports.definitions.all()
    counts = wiring.segment_ports.memberships.counts(each.segment_id for each in found)
    words, locale = words_for(call), locale_of(call.headers, call.query)
    rows = [segment_row(each, counts.get(each.segment_id, 0), words, locale) for each in found]
    return show(
        call,
        "segments",
        rows=sorted(rows, key=lambda row: (-row["members"], row["name"])),
        live=0 if all(row["is_ready"] for row in rows) else _LIVE,
        may_act=call.actor.may(SEGMENTS_ACT),
    )


def segment(call: Call) -> Response:
    """One segment: what it asks, who is in it."""
    found, words, locale = desk.the_segment(call), words_for(call), locale_of(call.headers, call.query)
    count = wiring.segment_ports.memberships.counts([found.segment_id]).get(found.segment_id, 0)
    page = desk.leads(call, LeadQuery(segment=found.segment_id, cursor=call.asked("cursor", 2000)))
    return show(
        call,
        "segment",
        segment=segment_row(found, count, words, locale),
        rows=lead_rows(call, page.items),
        live=0 if found.status == READY else _LIVE,
        may_act=call.actor.may(SEGMENTS_ACT) and found.status != LEAVING,
        **pager(call, f"/segments/{found.segment_id}", page.cursor, {}),
    )


def act(call: Call) -> Response:
    """The button "remove"."""
    checked_form(call)
    desk.do_remove_segment(call)
    return after(call, "/segments", "no_segment")


# ------------------------------------------------------------------ the builder


def build(call: Call) -> Response:
    """Whatever button of the builder was pressed: one more row or group, a trial, or save."""
    form = checked_form(call)
    builder, pressed = read_form(form, value_called), str(form.get("do", ""))
    if pressed.startswith(("row", "group")):
        return _build(call, _grown(builder, pressed))
    words = words_for(call)
    try:
        condition = condition_of(builder, value_called)
        draft = parse_draft({"segment_id": builder.segment_id, "name": _names(builder), "condition": condition})
    except (ValueError, RecursionError) as error:
        return _build(call, builder, problem=_what_is_wrong(error, words), status=422)
    if builder.is_wrong:
        return _build(call, builder, problem=words["builder.wrong"], status=422)
    if pressed == "save":
        try:
            saved = desk.do_save_segment(call, vars_of(draft.segment_id, draft.name, draft.condition))
        except Untouchable as error:
            return _build(call, builder, problem=str(error), status=409)
        return after(call, f"/segments/{saved.segment_id}", "segment")
    return _build(call, builder, trial=_trial(call, condition))


def vars_of(segment_id: str, name: Mapping[str, str], condition: Mapping[str, Any]) -> dict[str, Any]:
    """A draft as the body of a call."""
    return {"segment_id": segment_id, "name": dict(name), "condition": dict(condition)}


def _names(builder: Builder) -> dict[str, str]:
    return {"en": builder.name_en, "zh": builder.name_zh}


def _what_is_wrong(error: Exception, words: Mapping[str, str]) -> str:
    if isinstance(error, InvalidField):
        return words["builder.no_name"] if error.field == "name" else error.why
    return words["builder.none"]


def _grown(builder: Builder, pressed: str) -> Builder:
    if pressed == "group":
        return replace(builder, groups=[*builder.groups, Group()][:MAX_GROUPS])
    index = int(pressed.removeprefix("row")) if pressed.removeprefix("row").isdigit() else 0
    return replace(
        builder,
        groups=[
            replace(group, rows=[*group.rows, Row()][:MAX_ROWS]) if place == index else group
            for place, group in enumerate(builder.groups)
        ],
    )


def _trial(call: Call, condition: Mapping[str, Any]) -> dict[str, Any]:
    trial = desk.try_segment(call, condition)
    words, locale = words_for(call), locale_of(call.headers, call.query)
    return {
        "text": words("builder.trial", found=trial.found, asked=trial.asked),
        "people": [{"id": lead.lead_id, "name": name_of(lead.profile)} for lead in trial.examples],
        "lines": describe(condition, words, locale),
    }


def _build(
    call: Call, builder: Builder, *, trial: Mapping[str, Any] | None = None, problem: str = "", status: int = 200
) -> Response:
    view = builder_view(builder, words_for(call), locale_of(call.headers, call.query))
    return show(
        call,
        "segment_builder",
        status,
        **view,
        trial=trial,
        problem=problem,
        more_groups=len(builder.groups) < MAX_GROUPS,
        max_rows=MAX_ROWS,
    )


def register(gate: Gate) -> None:
    """The pages about segments."""
    gate.page("GET", "/segments", SEGMENTS, segments, problem_page)
    gate.page("POST", "/segments", SEGMENTS_ACT, build, problem_page)
    gate.page("GET", "/segments/{segment_id}", SEGMENTS, segment, problem_page)
    gate.page("POST", "/segments/{segment_id}", SEGMENTS_ACT, act, problem_page)
