"""What is counted is what is there."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from infra.rehearsal.books import moment
from infra.rehearsal.invariants.case import ACCEPTED, LEFT, Case
from infra.rehearsal.invariants.merges import passing
from shared.domain import mail_counts
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
    given: Counter[str] = Counter()
    for row in case.books["messages"]:
        if row["status"] in (*LEFT, "unknown"):
            key = f"{row['channel']}|{row.get('journey') or '-'}|{row['class']}"
            given.update({key: 1, f"{key}|part": int(row.get("parts") or 1) - 1})
    metered: Counter[str] = Counter()
    for row in case.books["meters"]:
        if row["month"].startswith((PREFIX, mail_counts.PREFIX)):
            continue
        metered.update({key: int(count) for key, count in row["counts"].items()})
    if +given != metered:
        yield f"{dict(+given)} receipts were given to SES, the meter says {dict(metered)}"
    by_grade = Counter(lead["grade"] for lead in case.books.leads.values())
    for grade, count in by_grade.items():
        if (found := len(case.acts.listed(f"/api/leads?grade={grade}"))) != count:
            yield f"{count} leads are {grade}, the console lists {found}"


def journeys_count_whom_they_hold(case: Case) -> Iterator[str]:
    """Entered, standing and ended, as the counts of the journeys have it, are what the enrolments say: who was taken along by merges and partings entered
    once. Whoever a journey writes to entered it.
    """
    counted = _counted(case)
    held: Counter[tuple[str, str]] = Counter()
    written = [*(entry.row for entry in case.ledger.of("enrolments")), *case.books["enrolments"]]
    for _, journey, _ in {passing(row) for row in written}:
        held.update({(journey, "in"): 1, (journey, "end"): 1})
    for row in case.books["enrolments"]:
        if row["status"] == "active":
            held[row["journey"], "end"] -= 1
            held[row["journey"], f"at|{row['step']}"] += 1
    if +held != +counted:
        yield f"enrolments: {dict(+held)}; counted: {dict(+counted)}"
    entered = {(case.books.now(row["lead_id"]), row["journey"]) for row in case.books["enrolments"]}
    entered |= {(row["lead_id"], row["journey"]) for row in case.books["enrolments"]}
    for row in case.books["messages"]:
        if row.get("journey") and (row["lead_id"], row["journey"]) not in entered:
            yield f"{row['journey']} wrote to {row['lead_id']}, who never entered it"


def _counted(case: Case) -> Counter[tuple[str, str]]:
    counted: Counter[tuple[str, str]] = Counter()
    for row in case.books["meters"]:
        if row["month"].startswith(PREFIX):
            journey = row["month"].removeprefix(PREFIX).partition(":")[0]
            for key, count in row["counts"].items():
                kind, _, what = key.partition("|")
                if kind in ("in", "at", "end"):
                    counted[journey, f"at|{what}" if kind == "at" else kind] += int(count)
    return counted


def mails_count_what_they_brought(case: Case) -> Iterator[str]:
    """What stands on a receipt of a journey's mail is what people did with it, by their timelines; and sent, opened and clicked, as the counts have it, are
    what the receipts say, step by step and way by way.
    """
    brought = _brought(case)
    expected: Counter[tuple[str, str]] = Counter()
    for row in case.books["messages"]:
        if not row.get("version") or row["class"] == "internal":
            continue
        done = brought.get(row["message_id"], "")
        if (noted := row.get("response", "")) not in ((done,) if done else ("", "nobody")):
            yield f"{row['message_id']} is noted as {noted or 'untouched'}, its timeline says {done or 'untouched'}"
        if row["status"] in (*LEFT, "unknown"):
            said = ["sent", *{"opened": ["opened"], "clicked": ["opened", "clicked"]}.get(done, [])]
            journey = f"mails:{row['journey']}:{row['version']}"
            ways = ["", *(f"way|{split}|{way}|" for split, way in _ways(row).items())]
            expected.update((journey, f"{way}{each}|{row['step']}") for way in ways for each in said)
    counted: Counter[tuple[str, str]] = Counter()
    for row in case.books["meters"]:
        if row["month"].startswith(mail_counts.PREFIX):
            counted.update({(row["month"], key): int(count) for key, count in row["counts"].items()})
    if expected != +counted:
        yield f"receipts of journeys: {dict(expected)}; counted: {dict(+counted)}"


def _brought(case: Case) -> dict[str, str]:
    """{message: opened or clicked} by people, from everybody's timeline; what was taken back is not among it."""
    rows = [row for timeline in case.books.timelines.values() for row in timeline]
    voids = [row["detail"] for row in rows if row["type"] == "touches_voided"]
    found: dict[str, str] = {}
    for row in rows:
        if row["type"] not in ("email_opened", "email_clicked") or row.get("agent", "human") != "human":
            continue
        message = row["detail"]["message_id"]
        if any(each["message_id"] == message and _within(row["at"], each) for each in voids):
            continue
        if row["type"] == "email_clicked" or message not in found:
            found[message] = row["type"].removeprefix("email_")
    return found


def _within(at: str, void: Mapping[str, str]) -> bool:
    return moment(void["from"]) <= moment(at) <= moment(void["until"])


def _ways(row: Mapping[str, Any]) -> Mapping[str, str]:
    ways = row.get("ways") or {}
    return dict(json.loads(ways) if isinstance(ways, str) else ways)


def versions_are_kept(case: Case) -> Iterator[str]:
    """Whoever is or was in a journey finds the version on which they entered."""
    kept = {(row["journey"], row["entry"].removeprefix("version#")) for row in case.books["journeys"]}
    for row in case.books["enrolments"]:
        if (row["journey"], row["version"]) not in kept:
            yield f"{row['lead_id']} entered {row['journey']} in the version {row['version']}, which nobody kept"


def rights_suffice(case: Case) -> Iterator[str]:
    yield from dict.fromkeys(case.world.rights.refused)
