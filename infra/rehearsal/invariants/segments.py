"""Memberships, their counts and what is told of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from infra.rehearsal.books import moment
from infra.rehearsal.invariants.case import Case
from shared.domain.segments import tag_key


def segments_hold_whom_they_ask_for(case: Case) -> Iterator[str]:
    """Each membership is what its condition says of the person now, is counted, and every change of it is told once."""
    rows = [row for row in case.books["segments"] if "#" not in (row["lead_id"][0], row["segment"][0])]
    members = Counter(row["segment"] for row in rows if row.get("member_of"))
    counted: Counter[str] = Counter()
    for row in case.books["segments"]:
        if row["lead_id"].startswith("#count#"):
            counted[row["lead_id"].removeprefix("#count#")] += int(row["members"])
    if +counted != members:
        yield f"the segments have {dict(members)} members and count {dict(counted)}"
    told = Counter(
        (row["lead_id"], row["detail"]["segment"], row["type"])
        for row in case.books["activities"]
        if row["type"] in ("segment_entered", "segment_left") and not row["detail"].get("again")
    )
    for row in rows:
        if row["segment"].startswith("tag:"):
            continue
        changes = int(row["changes"])
        for kind, wanted in (("segment_entered", (changes + 1) // 2), ("segment_left", changes // 2)):
            if (found := told[(row["lead_id"], row["segment"], kind)]) != wanted:
                yield f"{row['lead_id']} has {wanted} times {kind} {row['segment']} and is told so {found} times"
    yield from _wrong_members(case, {(row["lead_id"], row["segment"]) for row in rows if row.get("member_of")})


def _wrong_members(case: Case, members: set[tuple[str, str]]) -> Iterator[str]:
    from shared.runtime.wiring import wiring  # late: it reads the environment that the world has set by now
    from shared.usecases.keep_segments import belongs

    tagged = {(lead_id, tag_key(tag)) for lead_id, lead in case.books.leads.items() for tag in lead.get("tags") or ()}
    if wrong := tagged ^ {pair for pair in members if pair[1].startswith("tag:")}:
        yield f"tags and their lists differ in {sorted(wrong)}"
    ports, now = wiring.segment_ports, case.world.clock.now()
    clocks = {lead_id: moment(row["score_due"]) for lead_id, row in case.books.leads.items() if row.get("score_due")}
    overdue = {lead_id for lead_id, due in clocks.items() if timedelta() <= now - due < case.late}
    for segment in ports.definitions.all():
        if segment.status != "ready":
            yield f"the segment {segment.segment_id} is still {segment.status}"
            continue
        for lead_id in set(case.books.leads) - (overdue if segment.moves_with_time else set()):
            wanted = belongs(lead_id, segment, ports, now)
            if wanted != ((lead_id, segment.segment_id) in members):
                yield f"{lead_id} should {'' if wanted else 'not '}be in {segment.segment_id}"
