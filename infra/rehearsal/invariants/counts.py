"""What is counted is what is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from infra.rehearsal.invariants.case import ACCEPTED, LEFT, Case
from shared.domain.journey_counts import PREFIX


def counters_equal_rows(case: Case) -> Iterator[str]:
    """What was answered, what stands in the tables, what the meter counted and what the console lists are the same numbers."""
    answered = {a.json()["submission_id"] for p in case.acts.people.values() for a in p.posts if a.status == 202}
    stored = {row["submission_id"] for row in case.books["intake"] if row["form"] != "import"}
    if answered != stored:
        yield f"{len(answered)} posts were thanked for, {len(stored)} are stored"
    held = {row["submission_id"] for row in case.books["intake"] if row["status"] not in ACCEPTED}
    listed = {item["submission_id"] for item in case.acts.listed("/api/quarantine")}
    if held != listed:
        yield f"{len(held)} submissions are held back, the console lists {len(listed)}"
    given = Counter(
        f"{row['channel']}|{row.get('journey') or '-'}|{row['class']}"
        for row in case.books["messages"]
        if row["status"] in (*LEFT, "unknown")
    )
    metered: Counter[str] = Counter()
    for row in case.books["meters"]:
        if row["month"].startswith(PREFIX):
            continue
        metered.update({key: int(count) for key, count in row["counts"].items()})
    if given != metered:
        yield f"{dict(given)} receipts were given to SES, the meter says {dict(metered)}"
    by_grade = Counter(lead["grade"] for lead in case.books.leads.values())
    for grade, count in by_grade.items():
        if (found := len(case.acts.listed(f"/api/leads?grade={grade}"))) != count:
            yield f"{count} leads are {grade}, the console lists {found}"


def journeys_count_whom_they_hold(case: Case) -> Iterator[str]:
    """Entered, standing and ended, as the counts of the journeys have it, are what the enrolments say."""
    counted: Counter[tuple[str, str]] = Counter()
    for row in case.books["meters"]:
        if row["month"].startswith(PREFIX):
            journey = row["month"].removeprefix(PREFIX).partition(":")[0]
            for key, count in row["counts"].items():
                kind, _, what = key.partition("|")
                if kind in ("in", "at", "end"):
                    counted[journey, f"at|{what}" if kind == "at" else kind] += int(count)
    held: Counter[tuple[str, str]] = Counter()
    for row in case.books["enrolments"]:
        runs, active = int(row.get("run", 1)), row["status"] == "active"
        held[row["journey"], "in"] += runs
        held[row["journey"], "end"] += runs - active
        if active:
            held[row["journey"], f"at|{row['step']}"] += 1
    if +held != +counted:
        yield f"enrolments: {dict(+held)}; counted: {dict(+counted)}"


def versions_are_kept(case: Case) -> Iterator[str]:
    """Whoever is or was in a journey finds the version on which they entered."""
    kept = {(row["journey"], row["entry"].removeprefix("version#")) for row in case.books["journeys"]}
    for row in case.books["enrolments"]:
        if (row["journey"], row["version"]) not in kept:
            yield f"{row['lead_id']} entered {row['journey']} in the version {row['version']}, which nobody kept"


def rights_suffice(case: Case) -> Iterator[str]:
    yield from dict.fromkeys(case.world.rights.refused)
