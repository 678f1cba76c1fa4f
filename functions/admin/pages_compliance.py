"""Suppressions and audit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalice.app import Response

from functions.admin import desk
from functions.admin.access import AUDIT, SUPPRESSIONS
from functions.admin.gate import Call, Gate
from functions.admin.present import harmless, initials, moment
from functions.admin.sealed import suppression_id
from functions.admin.views import Words, after, checked_form, pager, problem_page, show, words_for
from shared.domain.suppression import BLACKLIST, DNC, LISTS, UNSUBSCRIBED, WHITELIST, Suppression
from shared.runtime.wiring import wiring
from shared.store.audit import AuditEntry
from shared.usecases.console.read_audit import read_audit
from shared.usecases.console.texts import InvalidField
from shared.usecases.console.walk import PageOf

_ADDABLE = (DNC, BLACKLIST, UNSUBSCRIBED, WHITELIST)
_LIST_KINDS = {
    "complained": "bad",
    "bounced": "bad",
    "blacklist": "bad",
    "dnc": "bad",
    "unsubscribed": "wait",
    "whitelist": "good",
}


# ------------------------------------------------------------------ suppressions


def suppressions(call: Call) -> Response:
    """The lists, and the form that adds to them."""
    return _suppressions(call)


def _suppressions(call: Call, status: int = 200, problem: str = "", typed: Mapping[str, Any] | None = None) -> Response:
    query = {name: call.asked(name) for name in ("address", "list")}
    words = words_for(call)
    try:
        page: PageOf[Suppression] = desk.suppressions(call)
    except InvalidField as error:
        page, problem, status = PageOf([], None), problem or f"{words['suppressions.entry']}: {error.why}", 422
    said = {name: harmless((typed or {}).get(name, "")) for name in ("entry", "list", "reason")}
    return show(
        call,
        "suppressions",
        status,
        rows=[_suppression(row, words) for row in page.items],
        query={name: harmless(value) for name, value in query.items()},
        filtered=any(query.values()),
        lists=LISTS,
        addable=_ADDABLE,
        typed=said,
        problem=problem,
        **pager(call, "/suppressions", page.cursor, query),
    )


def _suppression(row: Suppression, words: Words) -> dict[str, Any]:
    kind, _, value = row.address.partition(":")
    return {
        "id": suppression_id(row.address, row.list),
        "address": harmless(value),
        "scope": words.get(f"suppressions.{kind}", kind),
        "list": {"kind": _LIST_KINDS.get(row.list, ""), "text": words.get(f"list.{row.list}", row.list)},
        "reason": harmless(row.reason),
        "by": harmless(row.by, 60),
        "at": moment(row.at),
    }


def suppress(call: Call) -> Response:
    """Adds or removes a row."""
    form = checked_form(call)
    if form.get("act") == "remove":
        desk.do_unsuppress(call, str(form.get("id", "")))
        return after(call, "/suppressions", "remove")
    entry = str(form.get("entry", "")).strip()
    body = {
        "list": form.get("list"),
        "reason": form.get("reason"),
        ("address" if "@" in entry.strip("@") else "domain"): entry,
    }
    try:
        desk.do_suppress(call, body)
    except InvalidField as error:
        return _suppressions(call, 422, f"{words_for(call)['suppressions.entry']}: {error.why}", form)
    return after(call, "/suppressions", "add")


# ------------------------------------------------------------------ audit


def audit(call: Call) -> Response:
    """Who did what."""
    page, words = read_audit(call.asked("cursor"), call.now.date(), wiring.audit), words_for(call)
    return show(
        call, "audit", rows=[_entry(entry, words) for entry in page.items], **pager(call, "/audit", page.cursor, {})
    )


def _entry(entry: AuditEntry, words: Words) -> dict[str, Any]:
    who = harmless(entry.who, 60)
    pages = {"lead": "/leads/", "handoff": "/handoffs/"}
    return {
        "who": who,
        "initials": initials(who),
        "what": words.get(f"did.{entry.what}", harmless(entry.what)),
        "on": harmless(entry.on, 80),
        "href": f"{pages[kind]}{entry.on}" if (kind := entry.what.split(".")[0]) in pages and entry.on else "",
        "detail": harmless(" · ".join(f"{name}: {value}" for name, value in entry.detail.items()), 200),
        "at": moment(entry.at),
    }


def register(gate: Gate) -> None:
    """The pages of compliance."""
    gate.page("GET", "/suppressions", SUPPRESSIONS, suppressions, problem_page)
    gate.page("POST", "/suppressions", SUPPRESSIONS, suppress, problem_page)
    gate.page("GET", "/audit", AUDIT, audit, problem_page)
