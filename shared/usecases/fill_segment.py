"""A new or changed segment asks everybody once, in the background, a page of people a step; one that is removed leads its members out the same way.

Each step is a message on the due queue that names the step. The row of the segment says which step is next, and is moved on by condition: a
message that comes twice does its page again, which changes nothing, and sends the next message again, which is the same.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from shared.domain.ids import stable_id
from shared.domain.moments import to_iso
from shared.domain.segments import BUCKETS, BUILDING, FILE, LEAVING, READY, Segment
from shared.usecases.keep_segments import FRESH_FOR, SegmentPorts, ask, of_files

# Everybody who still asks an old question has stopped by then: a reading's age, and as long as one invocation may take.
_BEGINS_AFTER = FRESH_FOR + timedelta(seconds=90)
_STUCK_AFTER = timedelta(minutes=15)
_STEP = 100
# Counted for the progress before the first page: so many are some sixty megabytes of the list, a few seconds.
_MOST_COUNTED = 500_000


def register(ports: SegmentPorts, now: datetime) -> None:
    """Brings in the segments of files: new and changed ones are filled, those whose file is gone are emptied. Wakes walks that have stopped."""
    known = {each.segment_id: each for each in ports.definitions.all()}
    wanted = {each.segment_id: each for each in of_files(ports.files, now)}
    for name, segment in wanted.items():
        present = known.get(name)
        if present is None or present.status == LEAVING or present.version != segment.version:
            begin(replace(segment, status=BUILDING), present, ports, now)
    for name, present in known.items():
        if present.source == FILE and name not in wanted and present.status != LEAVING:
            begin(replace(present, status=LEAVING, changed_at=now), present, ports, now)
        elif present.status != READY and _may_have_stopped(present, now):
            _send(present, ports, now, max((present.changed_at or now) + _BEGINS_AFTER - now, timedelta()))


def _may_have_stopped(present: Segment, now: datetime) -> bool:
    """Whoever wrote the row may have died before sending the first step; a later step that is long overdue was lost. A message too many does no harm."""
    return not present.walked.get("step") or now - (present.changed_at or now) > _STUCK_AFTER


def begin(segment: Segment, present: Segment | None, ports: SegmentPorts, now: datetime) -> bool:
    """Puts `segment` in force instead of `present` and sets its walk going; False when somebody else changed it meanwhile."""
    fresh = replace(segment, walked={"step": 0, "seen": 0, "part": 0, "after": None})
    if not ports.definitions.save(fresh, replaces=present):
        return False
    _send(fresh, ports, now, _BEGINS_AFTER)
    return True


def _send(segment: Segment, ports: SegmentPorts, now: datetime, delay: timedelta) -> None:
    step = int(segment.walked.get("step", 0))
    body = {
        "kind": "segment_walk",
        "segment": segment.segment_id,
        "version": segment.version,
        "status": segment.status,
        "step": step,
    }
    timer_id = stable_id("segment_walk", segment.segment_id, segment.version, segment.status, str(step), to_iso(now))
    ports.alarm.set(timer_id, now + delay, body, now)


def take_step(body: dict[str, Any], ports: SegmentPorts, now: datetime) -> None:
    """One page of the walk, if it is still this segment's next or was its last."""
    segment = ports.definitions.get(body["segment"])
    if segment is None or (segment.version, segment.status) != (body["version"], body["status"]):
        return
    step = int(segment.walked.get("step", 0))
    if step == int(body["step"]) + 1:
        _send(segment, ports, now, timedelta())
    if step != int(body["step"]):
        return
    seen, walked = _lead_out(segment, ports, now) if segment.status == LEAVING else _fill(segment, ports, now)
    walked = {"step": step + 1, "seen": int(segment.walked.get("seen", 0)) + seen, **walked}
    if walked["part"] is None:
        _finish(segment, walked, ports)
    else:
        # Where the row has moved already it may have been by this very write, whose answer was lost; a message too many finds nothing to do.
        ports.definitions.walk_on(segment, walked, segment.status)
        _send(replace(segment, walked=walked), ports, now, timedelta())


def _finish(segment: Segment, walked: dict[str, Any], ports: SegmentPorts) -> None:
    if segment.status == LEAVING:
        ports.definitions.remove(segment)
    else:
        ports.definitions.walk_on(segment, walked, READY)


def _fill(segment: Segment, ports: SegmentPorts, now: datetime) -> tuple[int, dict[str, Any]]:
    """Asks about a page of people: how many, and where the next page begins. Who comes meanwhile is asked as it happens."""
    page = ports.people.page(_STEP, segment.walked.get("after"))
    for lead_id, lead in ports.people.find_many(page.ids).items() if page.ids else ():
        ask(lead_id, [segment], ports, now, lead=lead)
    total = segment.walked.get("total") or ports.people.count(_MOST_COUNTED)
    return len(page.ids), {"part": 0 if page.last else None, "after": page.last, "total": total}


def _lead_out(segment: Segment, ports: SegmentPorts, now: datetime) -> tuple[int, dict[str, Any]]:
    """Leads a page of members out. Who has left is no longer listed, so the first page is always the next."""
    part = int(segment.walked["part"])
    page = ports.memberships.page(segment.segment_id, part, _STEP)
    for _, lead_id in page.members:
        ask(lead_id, [segment], ports, now)
    if page.members:
        return len(page.members), {"part": part, "after": None}
    return 0, {"part": part + 1 if part + 1 < BUCKETS else None, "after": None}
