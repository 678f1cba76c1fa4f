"""Versions of journeys, kept for good from the moment somebody enters on one; and how each journey stands (live, paused, stopped)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.domain.moments import to_iso
from shared.store.conditional import saved
from shared.store.rows.journeys import JourneyItem

_STATES = ("#", "states")
_VERSION = "version#"

Journey = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """A version as it is kept: `at` is when it was first used or published. What the console published has who did (`by`), why (`note`) and its text
    (`source`).
    """

    journey: Journey
    at: str
    by: str = ""
    note: str = ""
    source: str = ""


class Journeys:
    """Reads and conditional writes of the journeys table."""

    def keep(self, journey: Journey, at: datetime) -> None:
        """Keeps this version; one that is kept already is left as it is."""
        if self.version(journey["journey"], journey["version"]) is None:
            self.publish(Kept(journey, to_iso(at)))

    def publish(self, kept: Kept) -> None:
        """Keeps a version with who published it; one that is kept already is left as it is."""
        journey = kept.journey
        item = JourneyItem(journey["journey"], _VERSION + journey["version"], at=kept.at, body=dict(journey))
        item.by, item.note, item.source = kept.by or None, kept.note or None, kept.source or None
        saved(item, JourneyItem.journey.does_not_exist())

    def version(self, name: str, version: str) -> Journey | None:
        """The journey as it was in this version; None when nobody ever entered on it."""
        try:
            body: Journey = JourneyItem.get(name, _VERSION + version).body
        except JourneyItem.DoesNotExist:
            return None
        return body

    def versions(self, name: str) -> list[Kept]:
        """Every version that was ever used or published, oldest first; a file's before what the console published at the same moment instead."""
        rows = JourneyItem.query(name, JourneyItem.entry.startswith(_VERSION))
        kept = [Kept(row.body, row.at, row.by or "", row.note or "", row.source or "") for row in rows]
        return sorted(kept, key=lambda each: (each.at, bool(each.by)))

    def states(self) -> tuple[dict[str, Any], int]:
        """({journey: state}, edition): how every journey stands that is not simply live, in one read."""
        try:
            item = JourneyItem.get(*_STATES, consistent_read=True)
        except JourneyItem.DoesNotExist:
            return {}, 0
        return dict(item.body), int(item.edition or 0)

    def set_states(self, states: Mapping[str, Any], edition: int, at: datetime) -> bool:
        """Writes how all journeys stand, over the `edition` that was read; False when somebody else wrote meanwhile."""
        free = JourneyItem.journey.does_not_exist() if edition == 0 else JourneyItem.edition == edition
        return saved(JourneyItem(*_STATES, at=to_iso(at), body=dict(states), edition=edition + 1), free)
