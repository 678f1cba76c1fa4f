"""The journeys as they stand: which one a person enters, and the version on which somebody is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from shared.domain.enrolment import Enrolment
from shared.domain.journeys.rules import heard_by

Journey = Mapping[str, Any]


class JourneyBook:
    """Journeys by name and version. One for each process, made by the wiring."""

    def __init__(self, newest: Mapping[str, Journey]) -> None:
        self.newest = newest

    def of(self, enrolment: Enrolment) -> Journey | None:
        """The journey that somebody walks; None when it was removed."""
        return self.newest.get(enrolment.journey)

    def open(self) -> dict[str, Journey]:
        """The journeys that people may enter now."""
        return {name: journey for name, journey in self.newest.items() if journey.get("enabled", True)}

    @cached_property
    def heard(self) -> frozenset[str]:
        """The types of activities that may end or wake an enrolment."""
        return heard_by(self.newest.values())
