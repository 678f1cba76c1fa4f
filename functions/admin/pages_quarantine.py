"""What was set aside, and the lists by which people teach Ripen: pages and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalice.app import Response

from functions.admin import desk, shapes
from functions.admin.access import QUARANTINE
from functions.admin.gate import Call, Gate, NotFound
from functions.admin.present import harmless, line_of, moment, name_of
from functions.admin.sealed import parse_listed_id, seal, unseal
from functions.admin.views import Words, after, checked_form, pager, problem_page, show, words_for
from shared.domain.cleaning import ALLOW, CUSTOMER, LIST_COMPETITOR, LIST_TEST, LISTS, REASONS
from shared.domain.listed import Listed
from shared.domain.submission import Submission
from shared.runtime.wiring import wiring
from shared.store.intake import held_key
from shared.store.lists import list_key
from shared.usecases.console.keep_lists import find_listed, parse_listed, parse_many
from shared.usecases.console.quarantine import find_held, release_kind
from shared.usecases.console.texts import InvalidField
from shared.usecases.console.walk import BadCursor, PageOf

Json = dict[str, Any]
_KINDS = {ALLOW: "good", LIST_COMPETITOR: "bad", LIST_TEST: "wait", CUSTOMER: "cold"}
# What may be taught from a post that waits: nobody finds out there that somebody is a customer.
_TEACHABLE = (ALLOW, LIST_COMPETITOR, LIST_TEST)


# ------------------------------------------------------------------ acting


def _taught(call: Call, row: Listed) -> None:
    wiring.lists.put(row)
    desk.wrote_down(call, "list.add", desk.listed_subject(row.subject), list=row.list)


def _teach(call: Call, submission_id: str, body: Mapping[str, Any]) -> str:
    """Puts a subject of a finding on a list; what is fine goes on at once. Raises NotFound and InvalidField."""
    found = wiring.intake.get(submission_id)
    subject, name = str(body.get("subject", "")), str(body.get("list", ""))
    if found is None or subject not in {finding["subject"] for finding in found.findings}:
        raise NotFound("no such finding")
    if name not in _TEACHABLE or subject.startswith("name:"):
        raise InvalidField("list", f"one of {', '.join(_TEACHABLE)}, for an address, a domain, a number or a company")
    _taught(call, Listed(subject, name, call.now, call.actor.username))
    if name == ALLOW:
        desk.do_release(call, submission_id)
    return name


def _release_kind(call: Call, reason: object) -> tuple[int, bool]:
    if reason not in REASONS:
        raise InvalidField("reason", f"one of {', '.join(REASONS)}")
    released, more = release_kind(str(reason), wiring.intake, held_key)
    if released:
        desk.wrote_down(call, "quarantine.release_kind", "", reason=str(reason), count=str(len(released)))
    return len(released), more


def _unlist(call: Call, sealed: str) -> None:
    try:
        subject = parse_listed_id(sealed)
    except ValueError as error:
        raise NotFound("no such entry") from error
    if wiring.lists.get(subject) is None:
        raise NotFound("no such entry")
    wiring.lists.remove(subject)
    desk.wrote_down(call, "list.remove", desk.listed_subject(subject))


def _find_listed(call: Call) -> PageOf[Listed]:
    sealed = call.asked("cursor", 4000)
    try:
        cursor = unseal(sealed) if sealed else ""
    except ValueError as error:
        raise BadCursor("this cursor was not given out by this list") from error
    name = desk.one_of("list", call.asked("list"), LISTS)
    page = find_listed(call.asked("entry"), name, cursor, wiring.lists, list_key)
    return PageOf(page.items, seal(page.cursor) if page.cursor else None)


# ------------------------------------------------------------------ JSON


def api_quarantine(call: Call) -> Json:
    page = find_held(call.asked("cursor", 2000), wiring.intake, held_key, _reason_asked(call))
    return {"items": [shapes.held(found) for found in page.items], "cursor": page.cursor}


def _reason_asked(call: Call) -> str:
    return desk.one_of("reason", call.asked("reason"), REASONS)


def api_release(call: Call) -> Json:
    desk.do_release(call, call.ids["submission_id"])
    return {"submission_id": call.ids["submission_id"], "status": "released"}


def api_release_kind(call: Call) -> Json:
    count, more = _release_kind(call, call.json().get("reason"))
    return {"released": count, "more": more}


def api_teach(call: Call) -> Json:
    return {"submission_id": call.ids["submission_id"], "list": _teach(call, call.ids["submission_id"], call.json())}


def api_lists(call: Call) -> Json:
    page = _find_listed(call)
    return {"items": [shapes.listed(row) for row in page.items], "cursor": page.cursor}


def api_list_add(call: Call) -> Json:
    body = call.json()
    if "entries" in body:
        return {"added": _teach_many(call, body)}
    row = parse_listed(body, call.actor.username, call.now)
    _taught(call, row)
    return shapes.listed(row)


def _teach_many(call: Call, body: Mapping[str, Any]) -> int:
    rows = parse_many(body, call.actor.username, call.now)
    wiring.lists.put_all(rows)
    desk.wrote_down(call, "list.add", "", list=rows[0].list, count=str(len(rows)))
    return len(rows)


def api_list_remove(call: Call) -> Json:
    _unlist(call, call.ids["entry_id"])
    return {"removed": call.ids["entry_id"]}


# ------------------------------------------------------------------ quarantine


def quarantine(call: Call) -> Response:
    """What was set aside; of one kind, when one is chosen."""
    words = words_for(call)
    reason = call.asked("reason") if call.asked("reason") in REASONS else ""
    page = find_held(call.asked("cursor", 2000), wiring.intake, held_key, reason)
    return show(
        call,
        "quarantine",
        rows=[_held(found, words) for found in page.items],
        reasons=[{"code": code, "text": words[f"held.{code}"]} for code in REASONS],
        reason=reason,
        reason_text=words[f"held.{reason}"] if reason else "",
        **pager(call, "/quarantine", page.cursor, {"reason": reason}),
    )


def _held(found: Submission, words: Words) -> Json:
    fields = {name: str(value) for name, value in found.fields.items() if isinstance(value, str | int | float)}
    name = name_of(fields)
    # Who gave no name is called by the address, or the number: it need not stand there twice.
    contact = " · ".join(
        said for each in ("email", "phone") if (said := fields.get(each)) and harmless(said, 120) != name
    )
    return {
        "id": found.submission_id,
        "name": name,
        "line": harmless(" · ".join(part for part in (line_of(fields), contact) if part), 240),
        "reasons": list(dict.fromkeys(words.get(f"held.{code}", words["held.other"]) for code in found.reasons))
        or [words["held.other"]],
        "codes": ", ".join(harmless(code, 160) for code in found.reasons),
        "teach": [_lesson(finding["subject"], words) for finding in found.findings if _can_teach(finding["subject"])],
        "form": harmless(found.form, 60),
        "at": moment(found.received_at),
    }


def _can_teach(subject: str) -> bool:
    return not subject.startswith("name:")


def _lesson(subject: str, words: Words) -> Json:
    kind, _, value = subject.partition(":")
    return {"subject": harmless(subject, 300), "text": f"{words[f'subject.{kind}']}: {harmless(value, 120)}"}


def act_on_kind(call: Call) -> Response:
    """Lets go on all that waits for one reason."""
    form = checked_form(call)
    _, more = _release_kind(call, form.get("reason"))
    return after(call, "/quarantine", "release_more" if more else "release_kind")


def act_on_held(call: Call) -> Response:
    """Lets a submission go on, or teaches what is to be thought of it."""
    form = checked_form(call)
    name = str(form.get("teach", ""))
    if name:
        _teach(call, call.ids["submission_id"], {"list": name, "subject": form.get("subject")})
        return after(call, "/quarantine", "release" if name == ALLOW else "taught")
    desk.do_release(call, call.ids["submission_id"])
    return after(call, "/quarantine", "release")


# ------------------------------------------------------------------ lists


def lists(call: Call) -> Response:
    """Who is on a list, and the form that adds to it."""
    return _lists(call)


def _lists(call: Call, status: int = 200, problem: str = "", typed: Mapping[str, Any] | None = None) -> Response:
    query = {name: call.asked(name) for name in ("entry", "list")}
    words = words_for(call)
    try:
        page = _find_listed(call)
    except InvalidField as error:
        page, problem, status = PageOf([], None), problem or f"{words['lists.entry']}: {error.why}", 422
    return show(
        call,
        "lists",
        status,
        rows=[_listed(row, words) for row in page.items],
        query={name: harmless(value) for name, value in query.items()},
        filtered=any(query.values()),
        lists=LISTS,
        typed={name: harmless((typed or {}).get(name, "")) for name in ("entry", "list", "note")},
        problem=problem,
        **pager(call, "/lists", page.cursor, query),
    )


def _listed(row: Listed, words: Words) -> Json:
    kind, _, value = row.subject.partition(":")
    return {
        "id": seal(row.subject),
        "value": harmless(value),
        "kind": words[f"subject.{kind}"],
        "list": {"kind": _KINDS[row.list], "text": words[f"listed.{row.list}"]},
        "note": harmless(row.note),
        "by": harmless(row.by, 60),
        "at": moment(row.at),
    }


def act_on_lists(call: Call) -> Response:
    """Adds or removes an entry."""
    form = checked_form(call)
    if form.get("act") == "remove":
        _unlist(call, str(form.get("id", "")))
        return after(call, "/lists", "remove")
    try:
        _teach_many(call, {**form, "entries": str(form.get("entry", "")).splitlines()})
    except InvalidField as error:
        return _lists(call, 422, f"{words_for(call)['lists.entry']}: {error.why}", form)
    return after(call, "/lists", "taught")


def register(gate: Gate) -> None:
    """Quarantine and lists."""
    gate.page("GET", "/quarantine", QUARANTINE, quarantine, problem_page)
    gate.page("POST", "/quarantine", QUARANTINE, act_on_kind, problem_page)
    gate.page("POST", "/quarantine/{submission_id}", QUARANTINE, act_on_held, problem_page)
    gate.page("GET", "/lists", QUARANTINE, lists, problem_page)
    gate.page("POST", "/lists", QUARANTINE, act_on_lists, problem_page)
    gate.json("GET", "/api/quarantine", QUARANTINE, api_quarantine)
    gate.json("POST", "/api/quarantine/release", QUARANTINE, api_release_kind)
    gate.json("POST", "/api/quarantine/{submission_id}/release", QUARANTINE, api_release)
    gate.json("POST", "/api/quarantine/{submission_id}/teach", QUARANTINE, api_teach)
    gate.json("GET", "/api/lists", QUARANTINE, api_lists)
    gate.json("POST", "/api/lists", QUARANTINE, api_list_add)
    gate.json("DELETE", "/api/lists/{entry_id}", QUARANTINE, api_list_remove)
