"""Hand-offs and escalations."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from infra.rehearsal.books import Row, moment
from infra.rehearsal.invariants.case import SILENT, Case
from shared.domain.lifecycle import stages_before

_OPEN: Final = ("open", "reminded", "escalated")
_LED_TO: Final = {
    **dict.fromkeys(_OPEN, "mql"),
    "accepted": "sal",
    "followed_up": "sal",
    "won": "customer",
    "deferred": "recycled",
    "invalid": "disqualified",
}


def one_open_handoff_per_mql(case: Case) -> Iterator[str]:
    """Who is with sales has exactly one open hand-off, nobody has two, and each hand-off was claimed by its lead."""
    by_lead: dict[str, list[Row]] = defaultdict(list)
    for row in case.books["handoffs"]:
        by_lead[case.books.now(row["lead_id"])].append(row)
    for lead_id, lead in case.books.leads.items():
        rows = by_lead[lead_id]
        count = sum(row["status"] in (*_OPEN, "accepted") for row in rows)
        if count > 1 or (lead["stage"] == "mql" and sum(row["status"] in _OPEN for row in rows) != 1):
            yield f"{lead_id} is {lead['stage']} and has {count} open hand-offs"
        yield from _unclaimed(lead, [row for row in rows if row["lead_id"] == lead_id])
        if lead.get("handoff_id") and lead["handoff_id"] not in {row["handoff_id"] for row in rows}:
            yield f"{lead_id} was handed over by {lead['handoff_id']}, which does not exist"
        told = sum(row["type"] == "handed_off" for row in case.books.timelines[lead_id])
        if told != len(rows):
            yield f"{lead_id} has {len(rows)} hand-offs and its timeline tells of {told}"


def _unclaimed(lead: Row, rows: list[Row]) -> Iterator[str]:
    """The lead knows the hand-off that sales works on, and stands at least where it led."""
    if rows and not lead.get("handoff_id"):
        yield f"{lead['id']} was handed over {len(rows)} times and does not know it"
    for row in rows:
        if row["status"] in (*_OPEN, "accepted") and lead.get("handoff_id") != row["handoff_id"]:
            yield f"{row['handoff_id']} is {row['status']} and {lead['id']} was handed over by {lead.get('handoff_id')}"
        if lead.get("handoff_id") == row["handoff_id"] and lead["stage"] in stages_before(_LED_TO[row["status"]]):
            yield f"{row['handoff_id']} is {row['status']} and {lead['id']} is still {lead['stage']}"


def one_escalation_per_breach_at_its_time(case: Case) -> Iterator[str]:
    """Silence of 48 hours escalates once: not before, hardly later, with one mail to each who must know; no silence, no escalation."""
    orders = Counter(
        (row["lead_id"], row["to"]) for row in case.books["messages"] if row["template"] == "handoff-escalated"
    )
    for row in case.books["handoffs"]:
        due, at = moment(row["due_at"]), moment(row["escalated_at"]) if row.get("escalated_at") else None
        name = row["handoff_id"]
        if due - moment(row["created_at"]) != timedelta(hours=48):
            yield f"{name} is due after {due - moment(row['created_at'])}"
        if at and not due <= at <= due + case.late:
            yield f"{name} escalated {at - due} after its time"
        if not at and row["status"] in SILENT and due + case.late < case.scenario.end:
            yield f"{name} is {row['status']} and was not escalated"
        told = [
            e
            for e in case.books.timelines[case.books.now(row["lead_id"])]
            if e["type"] == "handoff_escalated" and e["detail"]["handoff_id"] == name
        ]
        if len(told) != (1 if at else 0):
            yield f"{name} was {'' if at else 'not '}escalated and the timeline tells it {len(told)} times"
    for (lead_id, to), count in orders.items():
        wanted = sum(bool(row.get("escalated_at")) for row in case.books["handoffs"] if row["lead_id"] == lead_id)
        if count != wanted:
            yield f"{count} escalation mails to {to} about {lead_id} instead of {wanted}"
    for row in case.books["handoffs"]:
        if (
            row.get("escalated_at")
            and sum(count for (lead_id, _), count in orders.items() if lead_id == row["lead_id"]) < 2
        ):
            yield f"the escalation of {row['handoff_id']} was not told to owner and manager"
