"""The rehearsal as a marketer reads it: for each person a table by day of what reached them and what came of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final

from infra.rehearsal.acts import Acts
from infra.rehearsal.scenario import Scenario

Result = dict[str, Any]

_MARKS: Final = {
    "form_submitted": "posts the form",
    "page_viewed": "looks at {path}",
    "email_opened": "opens",
    "email_clicked": "clicks",
    "unsubscribed": "unsubscribes",
    "email_bounced": "BOUNCES",
    "email_complained": "COMPLAINS",
}
_COLUMNS: Final = ("day", "date", "mails and what the person does", "score", "grade", "sales")
_MAIL_STATUS: Final = {"refused": "not sent", "queued": "waits", "unknown": "unsure"}


def days_of(acts: Acts, scenario: Scenario, name: str, outcome: Result, timeline: Iterable[Result]) -> Result:
    """{"name", "who", "rows"}: a row for each day on which something happened to the person; times in the zone of the scenario's start."""
    person = outcome["people"][name]
    zone = scenario.start.tzinfo
    entries = sorted(_entries(name, outcome, timeline), key=lambda e: e[0])
    by_day: dict[int, list[tuple[datetime, str, str]]] = {}
    for entry in entries:
        by_day.setdefault((_midnight(entry[0], zone) - _midnight(scenario.start, zone)).days, []).append(entry)
    rows = [_row(acts, scenario, person, day, happened) for day, happened in sorted(by_day.items())]
    lead = acts.got(f"/api/leads/{person['lead_id']}") if person["lead_id"] else {}
    who = ", ".join(str(lead[k]) for k in ("name", "title", "company", "email") if lead.get(k))
    return {"name": name, "who": who or "unknown to Ripen", "rows": rows}


def _entries(name: str, outcome: Result, timeline: Iterable[Result]) -> Iterator[tuple[datetime, str, str]]:
    """(moment, column, text)"""
    for item in timeline:
        if item["type"] in _MARKS:
            by_machine = "machine" in item["agent"] and item["type"] in ("email_opened", "email_clicked", "page_viewed")
            text = _MARKS[item["type"]].format_map({"path": item["detail"].get("path", "a page")})
            yield _moment(item["at"]), "acts", text + (f" ({item['agent']})" if by_machine else "")
    for message in outcome["messages"]:
        if message["person"] == name and message["class"] != "internal":
            yield _moment(message["at"]), "acts", _mail(message)
    for handoff in outcome["handoffs"]:
        if handoff["person"] == name:
            yield from _sales(handoff)


def _mail(message: Mapping[str, Any]) -> str:
    told = f"<{message['template']}>"
    if message["status"] in _MAIL_STATUS:
        return f"{told} {_MAIL_STATUS[message['status']]}: {', '.join(message['reasons']) or message['status']}"
    return told


def _sales(handoff: Mapping[str, Any]) -> Iterator[tuple[datetime, str, str]]:
    yield _moment(handoff["at"]), "sales", f"handed to {handoff['owner']}"
    for key, text in (
        ("reminded_at", "reminded"),
        ("escalated_at", f"ESCALATED to {handoff['manager']}"),
        ("followed_up_at", "followed up"),
    ):
        if handoff[key]:
            yield _moment(handoff[key]), "sales", text


def _row(
    acts: Acts, scenario: Scenario, person: Result, day: int, happened: Iterable[tuple[datetime, str, str]]
) -> tuple[str, ...]:
    zone = scenario.start.tzinfo
    midnight = _midnight(scenario.start, zone) + timedelta(days=day)
    columns: dict[str, list[str]] = {"acts": [], "sales": []}
    for at, column, text in happened:
        columns[column].append(f"{at.astimezone(zone):%H:%M} {text}")
    score, grade = "", ""
    if person["lead_id"]:
        until = min(midnight + timedelta(days=1), scenario.end.astimezone(zone))
        as_of = until.isoformat().replace("+", "%2B")
        explained = acts.got(f"/api/leads/{person['lead_id']}/score?as_of={as_of}")
        score, grade = str(explained["score"]), explained["grade"]
    return (str(day), f"{midnight:%m-%d}", "; ".join(columns["acts"]), score, grade, "; ".join(columns["sales"]))


def _midnight(moment: datetime, zone: tzinfo | None) -> datetime:
    return moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


# ---------------------------------------------------------------- the terminal


def render(scenario: Scenario, outcome: Result, days: Sequence[Result], width: int = 120) -> str:
    """The whole summary as text that aligns in a terminal, Chinese included."""
    lines = [
        f"{scenario.file.name}: {scenario.days:g} days from {scenario.start.isoformat()}, {len(scenario.people)} people",
        "",
    ]
    for person in days:
        lines += [f"{person['name']}  ({person['who']})", *table(_COLUMNS, person["rows"], width), ""]
    if len(scenario.people) > len(days):
        lines += [f"… and {len(scenario.people) - len(days)} more people; all of them are in the result", ""]
    lines += _totals(outcome)
    return "\n".join(lines)


def _totals(outcome: Result) -> list[str]:
    intake, units, calls = outcome["intake"], outcome["units"], outcome["calls"]
    sent = sum(m["status"] in ("sent", "delivered", "bounced", "complained") for m in outcome["messages"])
    quarantined = ", ".join(f"{code} {n}" for code, n in intake["quarantined"].items())
    broken = [name for name, holds in outcome["invariants"].items() if not holds]
    lines = [
        f"posts     {intake['received']} received, {intake['accepted']} accepted{'; held back: ' + quarantined if quarantined else ''}",
        f"mails     {sent} sent, {sum(m['status'] == 'refused' for m in outcome['messages'])} refused by the gate",
        f"hand-offs {len(outcome['handoffs'])}, escalated {sum(bool(h['escalated_at']) for h in outcome['handoffs'])}",
        f"cost      {units['write']:g} write units, {units['read']:g} read units, {calls['lambda']} invocations, {calls['sqs']} queue calls, {calls['ses']} mail calls",
        f"checks    {'all ' + str(len(outcome['invariants'])) + ' hold' if not broken else 'BROKEN: ' + ', '.join(broken)}",
    ]
    return lines + [f"warning   {warning}" for warning in outcome["warnings"]]


def table(head: tuple[str, ...], rows: list[tuple[str, ...]], width: int) -> list[str]:
    """Rows as aligned lines; the widest column is wrapped so that lines fit the width."""
    widths = [max(map(_cells, column)) for column in zip(head, *rows, strict=True)]
    widest = max(range(len(widths)), key=widths.__getitem__)
    widths[widest] = max(20, min(widths[widest], width - sum(widths) + widths[widest] - 2 * len(widths)))
    lines = [_line(head, widths), _line(tuple("-" * w for w in widths), widths)]
    for row in rows:
        parts = _wrapped(row[widest], widths[widest])
        for index, part in enumerate(parts):
            cells = tuple(part if i == widest else (cell if index == 0 else "") for i, cell in enumerate(row))
            lines.append(_line(cells, widths))
    return lines


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    return ("  " + "  ".join(cell + " " * (w - _cells(cell)) for cell, w in zip(cells, widths, strict=True))).rstrip()


def _wrapped(text: str, width: int) -> list[str]:
    lines = [""]
    for piece in text.split("; "):
        joined = f"{lines[-1]}; {piece}" if lines[-1] else piece
        if _cells(joined) <= width or not lines[-1]:
            lines[-1] = joined
        else:
            lines.append(piece)
    return lines


def _cells(text: str) -> int:
    """How many terminal cells a text takes: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in text)
