"""Nothing that waits is forgotten, nothing is left lying."""

from __future__ import annotations

from collections.abc import Iterator

from infra.rehearsal.invariants.case import SILENT, Case
from infra.rehearsal.invariants.webhooks import what_servers_never_took


def every_wait_has_a_timer(case: Case) -> Iterator[str]:
    """Each enrolment ended or has a timer; so has each deferred mail, each running clock of a hand-off, each grade that time will change."""
    yield from people_who_wait(case)
    clocks = {body["handoff_id"] for body in case.books.timers("handoff")}
    orders = {body["order"]["message_id"] for body in case.books.timers("message")}
    for row in case.books["handoffs"]:
        if row["status"] in SILENT and not row.get("escalated_at") and row["handoff_id"] not in clocks:
            yield f"the clock of hand-off {row['handoff_id']} does not run"
    for row in case.books["messages"]:
        if row["status"] == "queued" and row["message_id"] not in orders:
            yield f"mail {row['message_id']} ({row['template']}) is queued and nothing will send it"


def people_who_wait(case: Case) -> Iterator[str]:
    steps = {(body["lead_id"], body["journey"], body["due"]) for body in case.books.timers("enrolment")}
    grades = {(body["lead_id"], body["due"]) for body in case.books.timers("score")}
    for row in case.books["enrolments"]:
        if row["status"] == "active" and (row["lead_id"], row["journey"], row.get("due")) not in steps:
            yield f"{row['lead_id']} stands in {row['journey']} before {row.get('step')} and nothing will wake it"
        if row["status"] != "active" and row.get("due"):
            yield f"{row['lead_id']} left {row['journey']} and still waits"
    for lead_id, lead in case.books.leads.items():
        if lead.get("score_due") and (lead_id, lead["score_due"]) not in grades:
            yield f"the grade of {lead_id} changes at {lead['score_due']} and nothing will tell"


def queues_empty(case: Case) -> Iterator[str]:
    """No message lies in a queue from which somebody should take it, whether somebody does or not."""
    for name in sorted(case.world.template.queues.keys() - case.world.template.failure_queues):
        if waiting := case.world.waiting(name):
            yield f"{name} holds {waiting}"


def failed_queue_empty(case: Case) -> Iterator[str]:
    """But for calls that a server of the company never took: these are set aside, and their person's timeline tells it."""
    meant = what_servers_never_took(case)
    for name, bodies in case.set_aside.items():
        if left := [body[:200] for body in bodies if body not in meant]:
            yield f"{name} holds {left}"
