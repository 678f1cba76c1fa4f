"""Plays a shipped scenario once for all tests of a module, and asks its result.json questions in words."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from infra.rehearsal.run import rehearse
from infra.rehearsal.scenario import read_scenario
from infra.template import ROOT


class Played:
    """The result of a scenario; moments are offsets from its start."""

    def __init__(self, name: str, content: Path) -> None:
        self.scenario = read_scenario(ROOT / "examples" / "scenarios" / name)
        self.result, self.days = rehearse(self.scenario, content)

    def mails_to(self, person: str, *, status: str = "delivered") -> list[tuple[str, int]]:
        """(template, day) of the mails to a person with this status, oldest first."""
        return [
            (m["template"], self.since_start(m["at"]).days)
            for m in self.result["messages"]
            if m["person"] == person and m["class"] != "internal" and m["status"] == status
        ]

    def internal_mails(self, about: str) -> list[tuple[str, str]]:
        """(template, to) of the mails to colleagues about a person."""
        found = (m for m in self.result["messages"] if m["person"] == about and m["class"] == "internal")
        return [(m["template"], m["to"]) for m in found]

    def refusals(self, person: str) -> dict[str, list[str]]:
        """{template: reasons} of what the gate refused."""
        found = (m for m in self.result["messages"] if m["person"] == person and m["status"] == "refused")
        return {m["template"]: m["reasons"] for m in found}

    def handoff(self, person: str) -> dict[str, Any]:
        (only,) = [h for h in self.result["handoffs"] if h["person"] == person]
        return only

    def person(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.result["people"][name]
        return found

    def since_start(self, moment: str) -> timedelta:
        return datetime.fromisoformat(moment) - self.scenario.start


def between(earlier: str, later: str) -> timedelta:
    return datetime.fromisoformat(later) - datetime.fromisoformat(earlier)
