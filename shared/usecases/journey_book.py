"""The journeys as they stand: which version a person enters, the version on which somebody is, and whether it is paused or stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.domain.enrolment import Enrolment
from shared.domain.journeys.plan import step_of
from shared.domain.journeys.rules import hears
from shared.domain.moments import to_iso

if TYPE_CHECKING:
    from shared.domain.timeline import Activity
    from shared.store.journeys import Journeys

Journey = Mapping[str, Any]

LIVE, PAUSED, STOPPED = "live", "paused", "stopped"
# How long a process may go on with the states that it has read: a pause is felt everywhere within a minute.
_FRESH_FOR = timedelta(seconds=60)


class JourneyBook:
    """Journeys by name and version. One for each process, made by the wiring. `newest` are those of the content that is deployed; what the console
    published stands in the store, and the states name it.
    """

    def __init__(self, newest: Mapping[str, Journey], store: Journeys) -> None:
        self.newest = newest
        self._store = store
        self._kept: dict[tuple[str, str], Journey | None] = {}
        self._states: tuple[datetime, Mapping[str, Any]] | None = None
        self._listening: tuple[Mapping[str, Any], list[Journey]] | None = None

    def states(self, now: datetime) -> Mapping[str, Any]:
        """How the journeys stand, {name: state}, as of a minute ago at most."""
        if self._states is None or not timedelta() <= now - self._states[0] < _FRESH_FOR:
            self._states = (now, self._store.states()[0])
        return self._states[1]

    def state(self, name: str, now: datetime) -> Mapping[str, Any]:
        """``{"status", "version"?, "base"?, "made"?, "moves"?}``; empty for a journey that is simply live."""
        state: Mapping[str, Any] = self.states(now).get(name, {})
        return state

    def status(self, name: str, now: datetime) -> str:
        """LIVE, PAUSED or STOPPED."""
        return str(self.state(name, now).get("status", LIVE))

    def current(self, name: str, now: datetime) -> Journey | None:
        """The version that people enter now: the one that was published or gone back to, or the deployed one."""
        newest = self.newest.get(name)
        chosen = chosen_version(self.state(name, now), newest)
        return (self._version(name, chosen) if chosen else None) or newest

    def open(self, now: datetime) -> dict[str, Journey]:
        """The journeys that people may enter now."""
        names = names_of(self.newest, self.states(now))
        found = {name: self.current(name, now) for name in names if self.status(name, now) == LIVE}
        return {name: journey for name, journey in found.items() if journey and journey.get("enabled", True)}

    def of(self, enrolment: Enrolment, now: datetime) -> Journey | None:
        """The journey in the version on which somebody is; None when the journey was removed."""
        newest = self.newest.get(enrolment.journey)
        if newest is not None and newest["version"] == enrolment.version:
            return newest
        if newest is None and not self.state(enrolment.journey, now).get("made"):
            return None
        return self._version(enrolment.journey, enrolment.version)

    def _version(self, name: str, version: str) -> Journey | None:
        key = (name, version)
        if self._kept.get(key) is None:
            self._kept[key] = self._store.version(name, version)
        return self._kept[key]

    def keep(self, journey: Journey, now: datetime) -> None:
        """Keeps the version before the first person of this process enters on it: whatever is deployed later, they stay on it."""
        key = (journey["journey"], journey["version"])
        if self._kept.get(key) is None:
            self._store.keep(journey, now)
            self._kept[key] = journey

    def migrated(self, enrolment: Enrolment, now: datetime) -> Enrolment:
        """The enrolment on the version to which its own was moved, standing at the step that takes its step's place.

        It stays where it is when there is no move, when the person entered after it was ordered (the version may be the current one again), or when no
        wait in the new version takes the place of the one where it stands.
        """
        order = self.state(enrolment.journey, now).get("moves", {}).get(enrolment.version)
        if order is not None and to_iso(enrolment.entered_at) > order.get("at", to_iso(now)):
            return enrolment
        target = self._version_or_newest(enrolment.journey, order["to"]) if order else None
        if order is None or target is None:
            return enrolment
        step = step_of(target, order["steps"].get(enrolment.step, enrolment.step))
        if step is None or step["do"] != "wait":
            return enrolment
        return replace(enrolment, version=target["version"], step=step["id"])

    def _version_or_newest(self, name: str, version: str) -> Journey | None:
        newest = self.newest.get(name)
        return newest if newest and newest["version"] == version else self._version(name, version)

    def hears(self, activity: Activity, now: datetime) -> bool:
        """Whether it may end or wake an enrolment. An older version that waits for something else notices at its time-out."""
        states = self.states(now)
        if self._listening is None or self._listening[0] is not states:
            current = (self.current(name, now) for name in names_of(self.newest, states))
            self._listening = (states, [*self.newest.values(), *(journey for journey in current if journey)])
        return any(hears(journey, activity) for journey in self._listening[1])


def names_of(newest: Mapping[str, Journey], states: Mapping[str, Any]) -> list[str]:
    """Every journey there is: those of files, and those that were made in the console."""
    return sorted({*newest, *(name for name, state in states.items() if state.get("made"))})


def chosen_version(state: Mapping[str, Any], newest: Journey | None) -> str:
    """The version that was published or gone back to, "" where the deployed one counts: the later act wins, so a file that was changed after it does."""
    chosen = str(state.get("version", ""))
    if newest is None or not chosen:
        return chosen
    overtaken = state.get("base") not in (None, newest["version"])
    return "" if overtaken or chosen == newest["version"] else chosen
