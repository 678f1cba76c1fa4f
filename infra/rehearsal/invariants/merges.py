"""Who was taken for two, or for one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from infra.rehearsal.books import Row
from infra.rehearsal.invariants.case import Case
from shared.domain.reach import same_channel_keys
from shared.domain.timeline import PEOPLE_MERGED, PEOPLE_PARTED


def journeys_go_on_once(case: Case) -> Iterator[str]:
    """Of each entry into a journey one enrolment is active at most, whoever it is under; what left for somebody is there, or could not take the place."""
    rows = {(row["lead_id"], row["journey"]): row for row in case.books["enrolments"]}
    active = Counter(passing(row) for row in rows.values() if row["status"] == "active")
    for (identity, journey, _), count in active.items():
        if count > 1:
            yield f"{identity} entered {journey} once and stands there {count} times"
    for (lead_id, journey), row in rows.items():
        if went := row.get("went"):
            there = rows.get((went["to"], journey))
            if there is None:
                yield f"{lead_id} went from {journey} to {went['to']}, who never was there"
            elif passing(there) != passing(row) and there["entered_at"] < row["entered_at"]:
                yield f"{lead_id} went from {journey} to {went['to']}, who has only been there before"


def passing(row: Row) -> tuple[str, str, str]:
    """One entry of one person into one journey, wherever merges took it: (the id under which they entered, journey, moment)."""
    return row.get("entered_as") or row["lead_id"], row["journey"], row["entered_at"]


def merged_have_one_survivor(case: Case) -> Iterator[str]:
    """Whoever was merged leads to one person who knows of it, and is nowhere else any more; whoever was parted is nobody's part."""
    leads, survivors = case.books.leads, case.books.survivors
    for lead_id, stays in survivors.items():
        if stays not in leads:
            yield f"{lead_id} was merged into {stays}, who is nobody"
        elif lead_id not in (leads[stays].get("members") or ()):
            yield f"{lead_id} was merged into {stays}, who does not know it"
        if lines := case.books.timelines.get(lead_id):
            yield f"{lead_id} was merged and keeps {len(lines)} lines: {sorted({row['type'] for row in lines})}"
    for lead_id, lead in leads.items():
        for member in lead.get("members") or ():
            if survivors.get(member) != lead_id:
                yield f"{lead_id} counts {member} as part of itself, which is {survivors.get(member, 'a person')}"
    yield from _decided(case)
    yield from _nowhere_else(case, set(survivors))
    yield from _share_their_no(case)


def _decided(case: Case) -> Iterator[str]:
    """What the console was told stands on a timeline, and what stands there came true."""
    lines = [row for row in case.books["activities"] if row["type"] in (PEOPLE_MERGED, PEOPLE_PARTED)]
    parted = {row["detail"]["absorbed"] for row in lines if row["type"] == PEOPLE_PARTED}
    merged = [row for row in lines if row["type"] == PEOPLE_MERGED]
    families = _families((row["lead_id"], row["detail"]["absorbed"], *row["detail"].get("via", ())) for row in merged)
    for pair in case.acts.office.merged:
        if not any(family.issuperset(pair) for family in families):
            yield f"the console was told that {' and '.join(pair)} are one, and no timeline knows of it"
    for lead_id in set(case.acts.office.parted) - parted:
        yield f"the console was told that {lead_id} is nobody's part, and no timeline knows of it"
    for absorbed in {row["detail"]["absorbed"] for row in merged} - parted - case.books.survivors.keys():
        yield f"{absorbed} was taken for a part of somebody and is none"


def _families(kin: Iterable[Iterable[str]]) -> list[set[str]]:
    """Everybody who was ever taken for one with somebody, together."""
    families: list[set[str]] = []
    for each in map(set, kin):
        related = [family for family in families if family & each]
        families = [family for family in families if not family & each] + [each.union(*related)]
    return families


def _nowhere_else(case: Case, merged: set[str]) -> Iterator[str]:
    for row in case.books["enrolments"]:
        if row["lead_id"] in merged and row["status"] == "active":
            yield f"{row['lead_id']} was merged and is still in {row['journey']}"
    for row in case.books["segments"]:
        if row["lead_id"] in merged and row.get("member_of"):
            yield f"{row['lead_id']} was merged and is still in {row['segment']}"


def _share_their_no(case: Case) -> Iterator[str]:
    """A no said under one address before the two were one stands against the other as well."""
    refusals = [row for row in case.books["suppressions"] if row["list"] == "unsubscribed"]
    for row in case.books["people"]:
        stays = case.books.leads.get(case.books.now(row["id"]))
        if row["kind"] != "merged" or stays is None:
            continue
        # What is said later is said by the one person, whose consent it ends.
        refused = {each["address"] for each in refusals if each["at"] <= row["merge"]["at"]}
        for keys in same_channel_keys(row["profile"], stays["profile"]):
            if len({key in refused for key in keys}) > 1:
                yield f"of {' and '.join(keys)}, who are one person, only one is known to have said no"
