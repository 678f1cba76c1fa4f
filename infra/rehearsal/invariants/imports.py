"""Imported files: each row is told, once, what became of it, and that is what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from infra.rehearsal.books import Row, moment
from infra.rehearsal.invariants.case import ACCEPTED, Case

_PERSON: Final = ("new", "merged")
# After this long a row is told as waiting, because nobody could process it.
_PATIENCE: Final = timedelta(days=1)


def every_import_row_is_accounted_for(case: Case) -> Iterator[str]:
    """Each row of each file has one final outcome, the outcome is true, the sums are those of the rows, and what the rows said is forgotten."""
    rows = [row for row in case.books["imports"] if not row["import_id"].startswith("#")]
    heads = {row["import_id"]: row for row in rows if row["part"] == "head"}
    for import_id, wanted in case.acts.office.imports.items():
        if import_id not in heads or heads[import_id]["about"]["rows"] != wanted:
            yield f"the file of {wanted} rows that was taken as {import_id} is not there"
    intake = {row["submission_id"]: row for row in case.books["intake"]}
    told: set[str] = set()
    for row in rows:
        if row.get("rows"):
            yield f"{row['import_id']} {row['part']} still holds what its rows said"
    for import_id, head in heads.items():
        parts = [row for row in rows if row["import_id"] == import_id and row["part"] != "head"]
        outcomes = [
            outcome for part in sorted(parts, key=lambda row: row["part"]) for outcome in part.get("outcomes") or ()
        ]
        told |= {submission for _, _, submission, _ in outcomes if submission}
        yield from _sums(import_id, head, parts, outcomes)
        for outcome in outcomes:
            yield from _wrong_outcome(case, head, outcome, intake)
    for submission_id in {name for name, row in intake.items() if row["form"] == "import"} - told:
        yield f"submission {submission_id} came from a file and no row tells of it"


def _sums(import_id: str, head: Row, parts: list[Row], outcomes: list[Row]) -> Iterator[str]:
    about = head["about"]
    if not head["submitted"] == head["settled"] == about["parts"] == len(parts):
        yield f"import {import_id} has {about['parts']} parts, {head['submitted']} submitted, {head['settled']} settled"
    if len(outcomes) != about["rows"]:
        yield f"import {import_id} has {about['rows']} rows and tells of {len(outcomes)}"
    counts, reasons = head.get("counts"), head.get("reasons")
    if Counter(status for status, *_ in outcomes) != Counter(counts):
        yield f"import {import_id} counts {counts}"
    if Counter(reason for _, found, *_ in outcomes for reason in found) != Counter(reasons):
        yield f"import {import_id} counts the reasons {reasons}"


def _wrong_outcome(case: Case, head: Row, outcome: Row, intake: dict[str, Row]) -> Iterator[str]:
    status, _, submission_id, lead_id = outcome
    post = intake.get(submission_id)
    if status == "refused":
        if submission_id:
            yield f"a refused row has the submission {submission_id}"
    elif post is None:
        yield f"a row is {status} and its submission {submission_id} is not stored"
    elif status == "waiting":
        if case.world.clock.now() - moment(head["about"]["created_at"]) < _PATIENCE:
            yield f"a row still waits for {submission_id}, which is {post['status']}"
    elif (status in _PERSON) != (post["status"] in ACCEPTED):
        # What was held back and is released later was told as it stood.
        if post["status"] != "released":
            yield f"a row is {status} and its submission {submission_id} is {post['status']}"
    elif status in _PERSON:
        on = [
            row
            for row in case.books.timelines[case.books.now(lead_id)]
            if row["type"] == "form_submitted" and row["detail"]["submission_id"] == submission_id
        ]
        if len(on) != 1:
            yield f"a row is {status} as {lead_id}, whose timeline tells {len(on)} times of {submission_id}"
