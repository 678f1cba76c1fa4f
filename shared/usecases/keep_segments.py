"""Memberships follow what is known of a person: asked again when something happens that a segment reads, and when time alone changes an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.domain.facts import facts_of
from shared.domain.ids import stable_id
from shared.domain.lead import Lead
from shared.domain.moments import from_iso, to_iso
from shared.domain.score_state import is_void
from shared.domain.segments import (
    FILE,
    History,
    Segment,
    Standing,
    affected,
    changes_of,
    leaving,
    moved_by,
    tag_changes,
)
from shared.domain.timeline import DEEDS, HUMAN, Activity
from shared.domain.traffic import TooMuchTraffic

if TYPE_CHECKING:
    from shared.domain.scoring import ScoringModel
    from shared.store.activities import Activities
    from shared.store.people import People
    from shared.store.segments import Definitions, Memberships
    from shared.usecases.set_timer import Alarm

_ATTEMPTS = 8
# So many rows of the timeline, and somebody who is active shows among them.
_RECENT = 25
# What comes later than that may not be the last that the person did; what else they do meanwhile asks again.
_A_MOMENT = timedelta(minutes=5)
# How long a process may go on with the segments it has read. A walk begins later than that, so nobody is asked an old question behind it.
FRESH_FOR = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class SegmentPorts:
    """What keeping memberships touches. `files` are the segments of templates/segments, `book` what this process remembers of them all."""

    files: Mapping[str, Mapping[str, Any]]
    book: Book
    definitions: Definitions
    memberships: Memberships
    people: People
    activities: Activities
    model: Callable[[], ScoringModel]
    alarm: Alarm


class Book:
    """The segments in force, as this process read them lately."""

    def __init__(self) -> None:
        self.segments: list[Segment] = []
        self.read_at: datetime | None = None
        self.is_registered = False

    def in_force(self, ports: SegmentPorts, now: datetime) -> list[Segment]:
        """Every segment; read anew when the last reading is too old. The first reading of a process also brings in what stands in files."""
        if self.read_at is None or not timedelta() <= now - self.read_at < FRESH_FOR:
            if not self.is_registered:
                from shared.usecases.fill_segment import register

                register(ports, now)
                self.is_registered = True
            self.segments, self.read_at = ports.definitions.all(), now
        return self.segments


def keep_segments(
    lead_id: str, activities: Sequence[Activity], ports: SegmentPorts, now: datetime, *, lead: Lead | None = None
) -> None:
    """Asks the segments again that `activities` of this person may have changed. Reads nothing when there are none; writes nothing when nobody moves."""
    moved = moved_by(activities)
    segments = affected(ports.book.in_force(ports, now), moved) if moved else []
    if segments or "tags" in moved:
        ask(lead_id, segments, ports, now, lead=lead, active_at=_just_now(activities, now))


def _just_now(activities: Iterable[Activity], now: datetime) -> datetime | None:
    """When the person did something a moment ago: then nobody needs to look on the timeline for when they did something last."""
    newest = _newest_deed(activities)
    return newest if newest is not None and now - newest < _A_MOMENT else None


def _newest_deed(activities: Iterable[Activity]) -> datetime | None:
    return max((each.at for each in activities if each.type in DEEDS and each.agent == HUMAN), default=None)


def on_clock(lead_id: str, due: str, ports: SegmentPorts, now: datetime) -> None:
    """The moment has come at which a person enters or leaves something by time alone, unless something happened meanwhile."""
    segments = [each for each in ports.book.in_force(ports, now) if each.moves_with_time]
    ask(lead_id, segments, ports, max(now, from_iso(due)))


def ask(
    lead_id: str,
    segments: Sequence[Segment],
    ports: SegmentPorts,
    now: datetime,
    *,
    lead: Lead | None = None,
    active_at: datetime | None = None,
) -> None:
    """Brings the memberships of one person in `segments` up to `now`, and sets their clock. `active_at`: when they did something last, if that is
    known.
    """
    for attempt in range(_ATTEMPTS):
        # The memberships first: whoever changes the person after that is either seen below or asks again, later than this.
        standing = ports.memberships.of(lead_id, consistent=attempt > 0)
        found = lead if lead is not None and attempt == 0 else ports.people.find(lead_id)
        if found is None or found.lead_id != lead_id:
            if _led_out(lead_id, standing, ports, now):
                return
            continue
        facts, history = _facts(found, ports, now, active_at), _history(found, ports.activities)
        wanted = {each.segment_id: each.takes(facts, now, history) for each in segments}
        changes = changes_of(lead_id, segments, standing, wanted, now)
        changes += tag_changes(lead_id, found.tags, standing, now)
        if not changes:
            turns = [turn for each in segments if (turn := each.turns(facts, now, history))]
            _set_clock(lead_id, min(turns, default=None), standing, ports, now)
            return
        # Written or not, it is asked once more: what was written may rest on a person whom somebody has changed in between.
        ports.memberships.change(changes)
    raise TooMuchTraffic(f"the segments of lead {lead_id} are written by too many at once")


def belongs(lead_id: str, segment: Segment, ports: SegmentPorts, now: datetime, *, lead: Lead | None = None) -> bool:
    """Whether the person (read, unless `lead` is given) fits the segment at `now`."""
    lead = lead or ports.people.find(lead_id)
    return lead is not None and segment.takes(_facts(lead, ports, now), now, _history(lead, ports.activities))


def _led_out(lead_id: str, standing: Standing, ports: SegmentPorts, now: datetime) -> bool:
    """Nobody is there any more: erased, or merged into somebody whose own timeline tells of it."""
    changes = leaving(standing, lead_id, now)
    if changes and not ports.memberships.change(changes):
        return False
    ports.memberships.forget(standing, lead_id)
    return True


def _set_clock(lead_id: str, turn: datetime | None, standing: Standing, ports: SegmentPorts, now: datetime) -> None:
    """One clock a person. One that rings too early is left: when it rings, everything is asked again, and it is set to what is then next."""
    if turn is None or (standing.clock is not None and now < standing.clock <= turn):
        return
    timer_id = stable_id("segment", lead_id, to_iso(turn))
    ports.alarm.set(timer_id, turn, {"kind": "segment", "lead_id": lead_id, "due": to_iso(turn)}, now)
    ports.memberships.set_clock(lead_id, turn)


def _facts(lead: Lead, ports: SegmentPorts, now: datetime, active_at: datetime | None = None) -> dict[str, Any]:
    def last_active() -> datetime | None:
        return active_at or _newest_deed(ports.activities.page(lead.lead_id, _RECENT).activities)

    return facts_of(lead, now, ports.model(), last_active)


def _history(lead: Lead, activities: Activities) -> History:
    """The person's activities, read once as far back as anybody asks; what turned out to be a machine's is left out."""
    known: list[Activity] = []
    reached: list[datetime] = []

    def read(kind: str, since: datetime | None) -> Iterable[Activity]:
        if since is None:
            raise ValueError("a segment asks about a bounded past only")
        if not reached or since < reached[0]:
            known[:] = [each for each in activities.since(lead.lead_id, since) if not is_void(lead.score_state, each)]
            reached[:] = [since]
        return [each for each in known if each.type == kind and each.at >= since]

    return read


def of_files(files: Mapping[str, Mapping[str, Any]], now: datetime) -> list[Segment]:
    """The segments of templates/segments."""
    return [
        Segment(name, each["name"], each["condition"], each["version"], FILE, changed_at=now, changed_by="templates")
        for name, each in files.items()
    ]
