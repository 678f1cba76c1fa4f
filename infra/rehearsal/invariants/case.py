"""What is judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Final

from infra.rehearsal.acts import Acts
from infra.rehearsal.books import Books, Objections
from infra.rehearsal.ledger import Ledger
from infra.rehearsal.scenario import Scenario
from infra.rehearsal.world import World

ACCEPTED: Final = ("accepted", "released")
"""Statuses of submissions that go on to become part of a person."""
LEFT: Final = ("claimed", "sent", "delivered", "bounced", "complained")
"""Statuses of receipts whose mail was given to SES."""
SILENT: Final = ("open", "reminded", "accepted")
"""Statuses of hand-offs whose clock runs."""


@dataclass(frozen=True)
class Case:
    """A rehearsal that is over."""

    world: World
    acts: Acts
    scenario: Scenario
    books: Books
    objections: Objections
    ledger: Ledger
    late: timedelta
    """How late something may be in this weather."""

    @cached_property
    def set_aside(self) -> dict[str, list[str]]:
        """Bodies of the messages where failures end, by queue. Looked at once: who looks hides them for a moment."""
        return {name: self.world.peek(name) for name in sorted(self.world.template.failure_queues)}


Check = Callable[[Case], Iterator[str]]
