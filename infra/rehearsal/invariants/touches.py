"""Codes that were followed, and touches that turned out to be a machine's."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime

from infra.rehearsal.books import moment
from infra.rehearsal.invariants.case import ACCEPTED, Case
from infra.rehearsal.persons import Person


def touches_stand_once(case: Case) -> Iterator[str]:
    """Whoever followed a code in a known browser has it on their timeline, once an hour; its counter knows of everybody who did."""
    followed: Counter[str] = Counter()
    expected: dict[str, Counter[tuple[str, int]]] = defaultdict(Counter)
    for person in case.acts.people.values():
        followed.update(code for code, _ in person.scanned)
        lead_id = case.acts.lead_of(person)
        if lead_id and _browser_is_known(case, person):
            # Two who are one now have two browsers.
            expected[case.books.now(lead_id)].update({(code, _hour(at)) for code, at in person.scanned})
    for lead_id, wanted in expected.items():
        yield from _untold(case, lead_id, wanted)
    for row in case.books["touchpoints"]:
        if int(row.get("scans") or 0) < followed[row["code"]]:
            yield f"{row['code']} was followed {followed[row['code']]} times and counts {row.get('scans')}"


def _browser_is_known(case: Case, person: Person) -> bool:
    """Whether a post told whose browser it is: one that was held back tells nothing, nor does an import."""
    accepted = {row["submission_id"] for row in case.books["intake"] if row["status"] in ACCEPTED}
    return any(post.status == 202 and post.json()["submission_id"] in accepted for post in person.posts)


def _untold(case: Case, lead_id: str, wanted: Mapping[tuple[str, int], int]) -> Iterator[str]:
    told = Counter(
        (row["detail"]["code"], _hour(moment(row["at"])))
        for row in case.books.timelines[lead_id]
        if row["type"] == "touchpoint_followed"
    )
    for (code, hour), times in wanted.items():
        if told[code, hour] != times:
            yield f"{lead_id} followed {code} in {times} browsers in one hour and the timeline tells it {told[code, hour]} times"


def _hour(at: datetime) -> int:
    return int(at.timestamp()) // 3600


def sweeps_are_taken_back(case: Case) -> Iterator[str]:
    """Each mail that a filter looked at is marked on the timeline, each mark is there once."""
    marks = Counter(
        (lead_id, row["detail"]["message_id"], row["detail"]["reason"], row["detail"]["from"])
        for lead_id, rows in case.books.timelines.items()
        for row in rows
        if row["type"] == "touches_voided"
    )
    for (lead_id, message_id, reason, _), count in marks.items():
        if count > 1:
            yield f"the {reason} of {message_id} stands {count} times on the timeline of {lead_id}"
    marked = {message_id for _, message_id, _, _ in marks}
    for message_id in case.acts.swept:
        if message_id not in marked:
            yield f"a filter followed every link of {message_id} and nothing of it was taken back"
