"""Who people put on a list in the console: fine after all, a competitor, a test, a customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """`subject` is ``email:<key>``, ``domain:<name>``, ``phone:<E.164>`` or ``company:<core>``; it stands on one list at a time (cleaning.LISTS)."""

    subject: str
    list: str
    at: datetime
    by: str = ""
    note: str = ""
