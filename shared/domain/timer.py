"""A wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Timer:
    """`body` goes to the due queue at `due`; `timer_id` makes it the same timer however often it is set."""

    timer_id: str
    due: datetime
    body: dict[str, Any]
