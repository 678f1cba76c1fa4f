"""Submissions, people and their scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from infra.rehearsal.books import moment
from infra.rehearsal.invariants.case import ACCEPTED, Case


def every_submission_has_one_person(case: Case) -> Iterator[str]:
    """Each accepted submission stands on exactly one timeline, once, and its person exists."""
    found = Counter(
        row["detail"]["submission_id"] for row in case.books["activities"] if row["type"] == "form_submitted"
    )
    accepted = {row["submission_id"] for row in case.books["intake"] if row["status"] in ACCEPTED}
    for submission_id in accepted | set(found):
        wanted = 1 if submission_id in accepted else 0
        if found[submission_id] != wanted:
            yield f"submission {submission_id} stands on {found[submission_id]} timelines instead of {wanted}"
    for lead_id, items in case.books.timelines.items():
        if any(row["type"] == "form_submitted" for row in items) and lead_id not in case.books.leads:
            yield f"a timeline without its person: {lead_id}"
    for row in case.books["people"]:
        if row["kind"] == "pointer" and case.books.now(row["lead_id"]) not in case.books.leads:
            yield f"a key points to nobody: {row['lead_id']}"


def score_equals_replay(case: Case) -> Iterator[str]:
    """The score that the lead carries is that of its whole timeline."""
    as_of = case.world.clock.now().isoformat().replace("+00:00", "Z")
    for lead_id in case.books.leads:
        live = case.acts.got(f"/api/leads/{lead_id}/score")
        replayed = case.acts.got(f"/api/leads/{lead_id}/score?as_of={as_of}")
        for name in ("score", "fit", "interest", "grade"):
            if live[name] != replayed[name]:
                yield f"{name} of {lead_id} is {live[name]}, its timeline says {replayed[name]}"


def grades_follow_time(case: Case) -> Iterator[str]:
    """The grade that is stored, by which leads are listed and journeys are chosen, is the one that the faded score has now."""
    for lead_id, lead in case.books.leads.items():
        now = case.acts.got(f"/api/leads/{lead_id}/score")["grade"]
        late = lead.get("score_due") and case.world.clock.now() - moment(lead["score_due"]) < case.late
        if lead["grade"] != now and not late:
            yield f"{lead_id} is stored as {lead['grade']} and is {now}"
