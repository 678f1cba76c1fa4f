"""Memberships follow what is known of a person: asked again when something happens that a segment reads, and when time alone changes an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.domain.conditions import history_of
from shared.domain.facts import facts_of
from shared.domain.lead import Lead
from shared.domain.moments import to_iso
from shared.domain.score_state import is_void
from shared.domain.segments import (
    FILE,
    Change,
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
from shared.usecases.set_timer import set_clock

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


class SegmentPorts(NamedTuple):
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


def question_about(lead_id: str, activities: Sequence[Activity], ports: SegmentPorts, now: datetime) -> Question:
    """What the segments are to be asked again because of `activities` of this person."""
    moved = moved_by(activities)
    segments = affected(ports.book.in_force(ports, now), moved) if moved else []
    return Question(lead_id, segments, ports, now, active_at=_just_now(activities, now), tags="tags" in moved)


def question_of_time(lead_id: str, ports: SegmentPorts, now: datetime) -> Question:
    """What the segments are to be asked again because time has passed."""
    segments = [each for each in ports.book.in_force(ports, now) if each.moves_with_time]
    return Question(lead_id, segments, ports, now)


def keep_segments(
    lead_id: str, activities: Sequence[Activity], ports: SegmentPorts, now: datetime, *, lead: Lead | None = None
) -> None:
    """Asks the segments again that `activities` of this person may have changed. Reads nothing when there are none; writes nothing when nobody moves."""
    question_about(lead_id, activities, ports, now).answer(lead)


def ask(
    lead_id: str, segments: Sequence[Segment], ports: SegmentPorts, now: datetime, *, lead: Lead | None = None
) -> None:
    """Brings the memberships of one person in `segments` up to `now`, and sets their clock."""
    Question(lead_id, segments, ports, now, tags=True).answer(lead)


@dataclass
class Question:
    """Whether one person belongs into `segments`. What is read of their past for it is read once.

    `active_at`: when they did something last, if that is known; `tags`: whether theirs may have changed.
    """

    lead_id: str
    segments: Sequence[Segment]
    ports: SegmentPorts
    now: datetime
    active_at: datetime | None = None
    tags: bool = False
    _past: _Past | None = None

    def turn(self, lead: Lead) -> datetime | None:
        """When time alone will change an answer about `lead`, as they stand there."""
        moving = [each for each in self.segments if each.moves_with_time]
        if not moving:
            return None
        facts, history = self._known_of(lead)
        return min((turn for each in moving if (turn := each.turns(facts, self.now, history))), default=None)

    def answer(self, lead: Lead | None = None, *, sets_clock: bool = True) -> None:
        """Brings the memberships up to `now`. `lead`: the person, where somebody has just read or written them. `sets_clock` False: the caller
        does that, by `turn`.
        """
        if not self.segments and not self.tags:
            return
        for attempt in range(_ATTEMPTS):
            # The memberships first: whoever changes the person after that is either seen below or asks again, later than this.
            standing = self.ports.memberships.of(self.lead_id, consistent=attempt > 0)
            found = lead if lead is not None and attempt == 0 else self.ports.people.find(self.lead_id)
            if found is None or found.lead_id != self.lead_id:
                if _led_out(self.lead_id, standing, self.ports, self.now):
                    return
            elif changes := self._changes(found, standing):
                # Written or not, it is asked once more: what was written may rest on a person whom somebody has changed in between.
                self.ports.memberships.change(changes)
                self._past = None
            elif not sets_clock or self._clock_is_set(found):
                return
        raise TooMuchTraffic(f"the segments of lead {self.lead_id} are written by too many at once")

    def _changes(self, lead: Lead, standing: Standing) -> list[Change]:
        facts, history = self._known_of(lead)
        wanted = {each.segment_id: each.takes(facts, self.now, history) for each in self.segments}
        changes = changes_of(self.lead_id, self.segments, standing, wanted, self.now)
        return changes + tag_changes(self.lead_id, lead.tags, standing, self.now)

    def _clock_is_set(self, lead: Lead) -> bool:
        """One clock a person. One that rings too early is left: when it rings, everything is asked again, and it is set to what is then next. One that has
        rung and was not heard yet (whoever heard it died) comes again, and must find itself named. False when somebody else wrote the person meanwhile.
        """
        turn = self.turn(lead)
        if turn is None or (lead.score_due and lead.score_due <= to_iso(turn)):
            return True
        set_clock(self.lead_id, to_iso(turn), self.ports.alarm, self.now)
        return self.ports.people.set_clock(lead, to_iso(turn))

    def _known_of(self, lead: Lead) -> tuple[dict[str, Any], History]:
        self._past = self._past or _Past(lead.lead_id, self.ports.activities)
        return _facts(lead, self._past, self.ports, self.now, self.active_at), self._past.of(lead)


def first_turn(segments: Sequence[Segment], model: ScoringModel, lead: Lead, first: Activity) -> datetime | None:
    """When time alone will change an answer about somebody of whom only `first` is known. No table is asked: the clock of a newcomer costs no
    write of its own where `segments` are all that there are, and is set anew where one that is not among them turns sooner.
    """
    facts, history = facts_of(lead, first.at, model), history_of([first])
    return min((turn for each in segments if (turn := each.turns(facts, first.at, history))), default=None)


def _just_now(activities: Iterable[Activity], now: datetime) -> datetime | None:
    """When the person did something a moment ago: then nobody needs to look on the timeline for when they did something last."""
    newest = _newest_deed(activities)
    return newest if newest is not None and now - newest < _A_MOMENT else None


def _newest_deed(activities: Iterable[Activity]) -> datetime | None:
    return max((each.at for each in activities if each.type in DEEDS and each.agent == HUMAN), default=None)


def belongs(lead_id: str, segment: Segment, ports: SegmentPorts, now: datetime, *, lead: Lead | None = None) -> bool:
    """Whether the person (read, unless `lead` is given) fits the segment at `now`."""
    lead = lead or ports.people.find(lead_id)
    if lead is None:
        return False
    past = _Past(lead.lead_id, ports.activities)
    return segment.takes(_facts(lead, past, ports, now), now, past.of(lead))


def _led_out(lead_id: str, standing: Standing, ports: SegmentPorts, now: datetime) -> bool:
    """Nobody is there any more: erased, or merged into somebody whose own timeline tells of it."""
    changes = leaving(standing, lead_id, now)
    if changes and not ports.memberships.change(changes):
        return False
    ports.memberships.forget(standing, lead_id)
    return True


def _facts(
    lead: Lead, past: _Past, ports: SegmentPorts, now: datetime, active_at: datetime | None = None
) -> dict[str, Any]:
    return facts_of(lead, now, ports.model(), lambda: active_at or past.last_active())


class _Past:
    """One person's activities, read when somebody asks, and once as far back as anybody asks."""

    def __init__(self, lead_id: str, activities: Activities) -> None:
        self._lead_id, self._activities = lead_id, activities
        self._known: list[Activity] = []
        self._reached: datetime | None = None

    def of(self, lead: Lead) -> History:
        """What the person did; what turned out to be a machine's is left out."""

        def read(kind: str, since: datetime | None) -> Iterable[Activity]:
            if since is None:
                raise ValueError("a segment asks about a bounded past only")
            if self._reached is None or since < self._reached:
                self._known, self._reached = list(self._activities.since(self._lead_id, since)), since
            found = [each for each in self._known if each.type == kind and each.at >= since]
            return [each for each in found if not is_void(lead.score_state, each)]

        return read

    def last_active(self) -> datetime | None:
        """When they did something last, if that was lately."""
        return _newest_deed(self._activities.page(self._lead_id, _RECENT).activities)


def of_files(files: Mapping[str, Mapping[str, Any]], now: datetime) -> list[Segment]:
    """The segments of templates/segments."""
    return [
        Segment(name, each["name"], each["condition"], each["version"], FILE, changed_at=now, changed_by="templates")
        for name, each in files.items()
    ]
