"""People who may be one: the review of doubles, merging and parting."""

from __future__ import annotations

from typing import Any

from chalice.app import Response

from functions.admin import desk
from functions.admin.access import MERGES
from functions.admin.gate import Call, Gate, NotFound, Refused
from functions.admin.present import harmless, initials, line_of, moment, name_of
from functions.admin.views import Words, after, checked_form, link, pager, problem_page, show, words_for
from shared.domain.lead import Lead
from shared.domain.merge import BothWithSales
from shared.runtime import content, http
from shared.runtime.wiring import wiring
from shared.usecases.console.find_doubles import Double, DoublePorts, find_doubles, not_the_same
from shared.usecases.console.find_leads import LeadQuery
from shared.usecases.console.texts import InvalidField, clean_text
from shared.usecases.console.walk import PageOf
from shared.usecases.merge_people import NotTwo, decide_merge, decide_parting

Json = dict[str, Any]
_SHOWN = ("email", "phone", "company", "title", "country")


# So many people are looked at for one page when none of them has a double: some seconds.
_LOOKED_AT = 400


def _ports() -> DoublePorts:
    return DoublePorts(desk.key_of_ids(), wiring.people, wiring.lists, content.mail_domains())


def _doubles(call: Call) -> PageOf[Double]:
    """The next page of pairs, the newest people first; perhaps none, and a cursor to go on. Of one person when the address names them."""
    if lead_id := call.asked("lead"):
        lead = wiring.people.find(lead_id)
        return PageOf(doubles_of(lead) if lead else [], None)
    looked_at, cursor = 0, call.asked("cursor", 2000)
    while True:
        page = desk.leads(call, LeadQuery(cursor=cursor))
        looked_at += len(page.items)
        found = find_doubles(page.items, _ports())
        if found or page.cursor is None or looked_at >= _LOOKED_AT:
            return PageOf(found, page.cursor)
        cursor = page.cursor


def doubles_of(lead: Lead) -> list[Double]:
    """Who may be the same person as this one, whoever came first."""
    return find_doubles([lead], _ports(), of_one=True)


def _merge(call: Call, one: str, other: str) -> str:
    try:
        stays = decide_merge(
            one,
            other,
            by=call.actor.username,
            why=clean_text("note", call.query.get("note"), limit=200) or "by hand",
            cause=f"by hand:{_partings(one, other)}",
            activities=wiring.activities,
            people=wiring.people,
            now=call.now,
        )
    except NotTwo as error:
        raise NotFound("these are not two people") from error
    except BothWithSales as error:
        raise Refused(409, words_for(call)["doubles.both_with_sales"]) from error
    desk.wrote_down(call, "lead.merge", stays, other=other if stays == one else one)
    return stays


def _partings(one: str, other: str) -> int:
    """How often these two were parted: until then the same two are one decision, whoever presses and however often."""
    return sum(len(row.undone) for each in (one, other) if (row := wiring.people.row(each)))


def _part(call: Call, lead_id: str, absorbed: str) -> None:
    try:
        decide_parting(lead_id, absorbed, call.actor.username, wiring.activities, wiring.people, call.now)
    except NotTwo as error:
        raise NotFound("nobody of this id was merged into this person") from error
    desk.wrote_down(call, "lead.part", lead_id, other=absorbed)


# ------------------------------------------------------------------ JSON


def api_merge(call: Call) -> Json:
    other = call.json().get("with")
    if not isinstance(other, str):
        raise InvalidField("with", "the id of the other person")
    stays = _merge(call, desk.the_lead(call).lead_id, other)
    return {"lead_id": stays, "status": "merging"}


def api_part(call: Call) -> Json:
    absorbed = call.json().get("absorbed")
    if not isinstance(absorbed, str):
        raise InvalidField("absorbed", "the id of the person who was merged into this one")
    lead = desk.the_lead(call)
    _part(call, lead.lead_id, absorbed)
    return {"lead_id": lead.lead_id, "absorbed": absorbed, "status": "parting"}


def api_doubles(call: Call) -> Json:
    page = _doubles(call)
    found = [{"lead_ids": [each.one.lead_id, each.other.lead_id], "why": list(each.why)} for each in page.items]
    return {"items": found, "cursor": page.cursor}


# ------------------------------------------------------------------ the page


def doubles(call: Call) -> Response:
    """Pairs side by side, with what speaks for them."""
    words, page, gone = words_for(call), _doubles(call), call.asked("gone", 60)
    rows = [
        {
            "why": [words[f"double.{code}"] for code in each.why],
            "people": [_person(lead) for lead in (each.one, each.other)],
            "lines": [
                (
                    words[f"import.field.{name}"],
                    *(harmless(lead.profile.get(name, "")) for lead in (each.one, each.other)),
                )
                for name in _SHOWN
            ],
        }
        for each in page.items
        # Who was just merged is still there for some seconds, and need not be decided again.
        if gone not in (each.one.lead_id, each.other.lead_id)
    ]
    return show(call, "doubles", rows=rows, **pager(call, "/doubles", page.cursor, {}))


def _person(lead: Lead) -> Json:
    return {
        "id": lead.lead_id,
        "name": name_of(lead.profile),
        "line": harmless(line_of(lead.profile)),
        "initials": initials(name_of(lead.profile)),
        "stage": lead.stage,
        "since": moment(lead.created_at),
    }


def act_on_doubles(call: Call) -> Response:
    """Merges two, tells that they are two, or parts them again."""
    form = checked_form(call)
    act, one, other = (str(form.get(name, "")) for name in ("act", "one", "other"))
    if act == "merge":
        stays = _merge(call, one, other)
        return http.see_other(link(call, "/doubles", done="merged", gone=other if stays == one else one))
    if act == "part":
        _part(call, one, other)
        return after(call, f"/leads/{one}", "parted")
    if wiring.people.find(one) is None or wiring.people.find(other) is None:
        raise NotFound("these are not two people")
    not_the_same(one, other, call.actor.username, call.now, wiring.lists)
    return after(call, "/doubles", "different")


def alike(lead: Lead, words: Words) -> list[Json]:
    """Who may be the same person, for the page that leads to the comparison."""
    others = [(each, each.other if each.one.lead_id == lead.lead_id else each.one) for each in doubles_of(lead)]
    return [
        {**_person(other), "why": ", ".join(words[f"double.{code}"] for code in each.why)} for each, other in others
    ]


def merged_into(lead: Lead, words: Words) -> list[Json]:
    """Who was merged into this person, for the page that parts them."""
    rows = [wiring.people.row(each) for each in lead.members]
    return [
        {
            "id": row.lead.lead_id,
            "name": name_of(row.lead.profile),
            "line": harmless(row.lead.email or words["double.no_address"]),
        }
        for row in rows
        if row is not None and row.merge.get("into") == lead.lead_id
    ]


def register(gate: Gate) -> None:
    """Doubles."""
    gate.page("GET", "/doubles", MERGES, doubles, problem_page)
    gate.page("POST", "/doubles", MERGES, act_on_doubles, problem_page)
    gate.json("GET", "/api/doubles", MERGES, api_doubles)
    gate.json("POST", "/api/leads/{lead_id}/merge", MERGES, api_merge)
    gate.json("POST", "/api/leads/{lead_id}/part", MERGES, api_part)
