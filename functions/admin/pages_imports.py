"""Importing people from a file: pages and JSON."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from datetime import timedelta
from math import ceil
from typing import Any

from chalice.app import Response

from functions.admin import desk
from functions.admin.access import IMPORTS
from functions.admin.gate import Call, Gate, NotFound, Refused
from functions.admin.present import harmless, moment
from functions.admin.views import Words, checked_upload, link, locale_of, pager, problem_page, show, words_for
from shared.domain.imports import FIELDS, OUTCOMES, PART_ROWS, Import, RowOutcome, Sheet, UnreadableFile, read_sheet
from shared.domain.moments import from_iso, to_iso
from shared.runtime import content, http
from shared.runtime.wiring import wiring
from shared.usecases.console.texts import InvalidField
from shared.usecases.console.walk import BadCursor
from shared.usecases.import_people import begin_import

Json = dict[str, Any]
# What reaches the function: six megabytes with everything, and bytes come in base64. A packed file may hold ten times as much.
MOST = 4_400_000
# So much is read and stored in half of the time in which the gateway wants its answer, and in half of the function's memory.
_MOST_UNPACKED = 32 * 1024 * 1024
_MOST_ROWS = 100_000
_KINDS = {"new": "good", "merged": "cold", "quarantined": "wait", "refused": "bad", "waiting": ""}
# Parts in one file of the report: an answer has its limit too.
_PARTS_A_REPORT = 50
# Seconds between two looks of an open page at an import that runs; the page looks less often while nothing changes.
_LIVE = 5
# So many parts tell the pace; when no part went through the door for so long there is none.
_PACE_KNOWN, _STANDS_STILL = 2, timedelta(minutes=15)
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


class Untaken(Refused):
    """A file that nobody takes; `code` says why in every language."""

    def __init__(self, status: int, why: str, code: str) -> None:
        super().__init__(status, why)
        self.code = code


def _unpacked(raw: bytes) -> bytes:
    if not raw.startswith(b"\x1f\x8b"):
        return raw
    try:
        with gzip.open(io.BytesIO(raw)) as packed:
            text = packed.read(_MOST_UNPACKED + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise Untaken(400, "the packed file is damaged", "damaged") from error
    if len(text) > _MOST_UNPACKED:
        raise Untaken(
            413, f"at most {_MOST_UNPACKED // 1024 // 1024} MB unpacked; split it into several files", "too_large"
        )
    return text


def _begin(call: Call, raw: bytes, name: str, chosen: dict[str, str]) -> Import:
    try:
        sheet = read_sheet(_unpacked(raw), content.policies()["imports"]["headers"], chosen)
        if len(sheet.rows) > _MOST_ROWS:
            raise Untaken(413, f"at most {_MOST_ROWS} rows in one file; split it into several", "too_many")
        return _begun(call, sheet, name)
    except UnreadableFile as error:
        raise InvalidField("file", str(error)) from error


def _begun(call: Call, sheet: Sheet, name: str) -> Import:
    # An import may be the first thing that ever happens here: its people are keyed by the installation's key.
    _ = wiring.secret_made
    locale = locale_of(call.headers, call.query)
    found = begin_import(sheet, name, call.actor.username, locale, call.now, wiring.import_ports)
    desk.wrote_down(call, "import.begin", found.import_id, rows=str(found.rows))
    return found


def _the_import(call: Call) -> Import:
    found = wiring.imports.get(call.ids["import_id"])
    if found is None:
        raise NotFound("no such import")
    return found


def _part_asked(call: Call, parts: int) -> int:
    asked = call.asked("cursor", 10) or "0"
    if not asked.isdecimal() or int(asked) > parts:
        raise BadCursor("this cursor was not given out by this list")
    return int(asked)


def _counts(found: Import) -> dict[str, int]:
    """Rows by outcome; those that are not settled yet are waiting."""
    counts = {name: (found.counts or {}).get(name, 0) for name in OUTCOMES}
    counts["waiting"] += found.rows - sum(counts.values())
    return {"rows": found.rows, "accepted": counts["new"] + counts["merged"], **counts}


# ------------------------------------------------------------------ JSON


def api_begin(call: Call) -> Json:
    """The body is the file; in the query ``name`` is what the import is called (else ``API`` and when it came), ``mapping`` says what
    a column is: ``{"header": "field"}``.
    """
    try:
        chosen = json.loads(call.asked("mapping", 4000) or "{}")
    except ValueError as error:
        raise InvalidField("mapping", 'JSON: {"header": "field"}') from error
    if not isinstance(chosen, dict) or not set(chosen.values()) <= {*FIELDS, ""}:
        raise InvalidField("mapping", f"header to one of {', '.join(FIELDS)}, or to an empty text")
    kind, raw, name = call.headers.get("content-type", ""), call.body, call.asked("name")
    if kind.lower().startswith("multipart/form-data"):
        _, name, raw = http.read_upload(call.body, kind)
    found = _begin(call, raw, harmless(name, 120) or f"API, {to_iso(call.now)[:16].replace('T', ' ')} UTC", chosen)
    about = {"import_id": found.import_id, "name": found.name, "rows": found.rows, "mapping": found.mapping}
    return {**about, "encoding": found.encoding, "warnings": _warnings(found)}


def api_import(call: Call) -> Json:
    found = _the_import(call)
    part = _part_asked(call, found.parts)
    return {
        **_about(found),
        "items": [_row(part, index, each) for index, each in enumerate(wiring.imports.outcomes(found.import_id, part))],
        "cursor": str(part + 1) if part + 1 < found.parts else None,
    }


def _about(found: Import) -> Json:
    return {
        "import_id": found.import_id,
        "name": found.name,
        "by": found.by,
        "created_at": found.created_at,
        "status": "done" if found.is_done else "running",
        "progress": _percent(found),
        "encoding": found.encoding,
        "separator": found.separator,
        "mapping": found.mapping,
        "counts": _counts(found),
        "reasons": found.reasons or {},
        "warnings": _warnings(found),
    }


def _warnings(found: Import) -> list[Json]:
    """What the uploader should know of the file itself."""
    return [{"code": "lost_characters", "cells": found.lost}] if found.is_damaged else []


def _percent(found: Import) -> int:
    return 50 * (found.submitted + found.settled) // max(found.parts, 1) if found.parts else 100


def _row(part: int, index: int, outcome: RowOutcome) -> Json:
    return {
        "row": part * PART_ROWS + index + 1,
        "status": outcome.status,
        "reasons": list(outcome.reasons),
        "submission_id": outcome.submission_id,
        "lead_id": outcome.lead_id,
    }


def api_imports(call: Call) -> Json:
    items, cursor = wiring.imports.page(20, call.asked("cursor") or None)
    return {"items": [_about(found) for found in items], "cursor": cursor}


# ------------------------------------------------------------------ pages


def imports(call: Call) -> Response:
    """The imports so far, and the form for another."""
    return _imports(call)


def _imports(call: Call, status: int = 200, problem: str = "") -> Response:
    items, cursor = wiring.imports.page(20, call.asked("cursor") or None)
    rows = [_shown(found, call) for found in items]
    live = 0 if problem or all(row["done"] for row in rows) else _LIVE
    more = pager(call, "/imports", cursor, {})
    return show(call, "imports", status, rows=rows, problem=problem, live=live, most=MOST, **more)


def _shown(found: Import, call: Call) -> Json:
    counts = _counts(found)
    return {
        "id": found.import_id,
        "name": harmless(found.name, 80),
        "by": harmless(found.by, 60),
        "at": moment(from_iso(found.created_at)),
        "percent": _percent(found),
        "done": found.is_done,
        "counts": counts,
        "told": counts["rows"] - counts["waiting"],
        "left": _left(found, call),
    }


def _left(found: Import, call: Call) -> str:
    """How long the rest may take at the pace so far, or for how long nothing moved; nothing while nobody can know."""
    words, since = words_for(call), call.now - from_iso(found.moved_at or found.created_at)
    if found.is_done:
        return ""
    if since > _STANDS_STILL:
        return words("import.stands_still", long=_long(since, words))
    if found.settled < _PACE_KNOWN:
        return ""
    spent = call.now - from_iso(found.created_at)
    return words("import.left", long=_long(spent / found.settled * (found.parts - found.settled), words))


def _long(span: timedelta, words: Words) -> str:
    minutes = ceil(span / timedelta(minutes=1))
    return words("unit.minutes", n=minutes) if minutes < 90 else words("unit.hours", n=f"{minutes / 60:.1f}")


def act_on_imports(call: Call) -> Response:
    """Takes a file."""
    name, raw = checked_upload(call)
    try:
        found = _begin(call, raw, harmless(name, 120) or "CSV", {})
    except (InvalidField, Refused) as error:
        return _imports(call, 422, _said(error, words_for(call)))
    return http.see_other(link(call, f"/imports/{found.import_id}"))


def _said(error: InvalidField | Refused, words: Words) -> str:
    """Why a file was not taken, in the reader's language where it is known why."""
    told = error if isinstance(error, Untaken) else error.__cause__
    code = told.code if isinstance(told, Untaken | UnreadableFile) else ""
    known = words.get(f"import.unreadable.{code}", error.why)
    return known.format(megabytes=_MOST_UNPACKED // 1024 // 1024, rows=f"{_MOST_ROWS:,}")


def one_import(call: Call) -> Response:
    """One import: progress, what the columns were taken for, each row that did not simply go in."""
    found, words = _the_import(call), words_for(call)
    part = _part_asked(call, found.parts)
    outcomes = wiring.imports.outcomes(found.import_id, part)
    rows = [
        _told(part * PART_ROWS + index + 1, each, words)
        for index, each in enumerate(outcomes)
        if each.reasons or each.status != "new"
    ]
    following = str(part + 1) if part + 1 < found.parts else None
    return show(
        call,
        "import",
        row=_shown(found, call),
        live=0 if found.is_done else _LIVE,
        mapping=[(harmless(column, 80), _field(found, column, words)) for column in found.columns],
        encoding=found.encoding.upper(),
        reasons=[(_reason(code, words), count) for code, count in sorted((found.reasons or {}).items())],
        outcomes=[{"name": name, "kind": _KINDS[name], "count": _counts(found)[name]} for name in OUTCOMES],
        rows=rows,
        all_told=bool(outcomes),
        first=part * PART_ROWS + 1,
        last=min((part + 1) * PART_ROWS, found.rows),
        warning=words["import.lost_characters"].format(count=found.lost) if found.is_damaged else "",
        reports=range(0, found.parts, _PARTS_A_REPORT),
        report_rows=_PARTS_A_REPORT * PART_ROWS,
        **pager(call, f"/imports/{found.import_id}", following, {}),
    )


def _field(found: Import, column: str, words: Words) -> str:
    field = found.mapping.get(column, "")
    return words[f"import.field.{field}"] if field else ""


def _told(number: int, outcome: RowOutcome, words: Words) -> Json:
    return {
        "number": number,
        "status": {"kind": _KINDS[outcome.status], "text": words[f"import.{outcome.status}"]},
        "reasons": ", ".join(_reason(code, words) for code in outcome.reasons),
        "lead_id": outcome.lead_id,
    }


def _reason(code: str, words: Words) -> str:
    return words.get(f"held.{code}") or words.get(f"import.reason.{code}") or harmless(code, 60)


def report(call: Call) -> Response:
    """Rows with their outcome as CSV; of a large import a piece, from the part in ``from`` on."""
    found = _the_import(call)
    begin = call.asked("from", 10) or "0"
    if not begin.isdecimal():
        raise BadCursor("no such part")
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["row", "status", "reasons", "lead_id", "submission_id"])
    for part in range(int(begin), min(int(begin) + _PARTS_A_REPORT, found.parts)):
        for index, each in enumerate(wiring.imports.outcomes(found.import_id, part)):
            cells = [
                part * PART_ROWS + index + 1,
                each.status,
                " ".join(each.reasons),
                each.lead_id,
                each.submission_id,
            ]
            writer.writerow(["'" + cell if str(cell).startswith(_DANGEROUS) else cell for cell in map(str, cells)])
    headers: dict[str, str | list[str]] = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": f'attachment; filename="import-{found.import_id}-{begin}.csv"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(body="\ufeff" + text.getvalue(), headers=headers)


def register(gate: Gate) -> None:
    """Imports."""
    gate.page("GET", "/imports", IMPORTS, imports, problem_page)
    gate.page("POST", "/imports", IMPORTS, act_on_imports, problem_page, most=MOST)
    gate.page("GET", "/imports/{import_id}", IMPORTS, one_import, problem_page)
    gate.page("GET", "/imports/{import_id}/report", IMPORTS, report, problem_page)
    gate.json("GET", "/api/imports", IMPORTS, api_imports)
    gate.json("POST", "/api/imports", IMPORTS, api_begin, most=MOST)
    gate.json("GET", "/api/imports/{import_id}", IMPORTS, api_import)
