"""Who did what in the console."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from infra.rehearsal.books import moment
from infra.rehearsal.invariants.case import Case

_WRITTEN: Final = timedelta(milliseconds=1)
"""Moments are written down without what is smaller."""


def each_act_is_audited(case: Case) -> Iterator[str]:
    """Each button of the console that was pressed with success has its entry in the audit: by whom, from while it was pressed."""
    rows = [(row["who"], moment(row["at"])) for row in case.books["audit"]]
    for press in case.acts.pressed:
        if not any(who == press.by and press.begun - _WRITTEN <= at <= press.done for who, at in rows):
            yield f"{press.kind} by {press.by} at {press.begun.isoformat()} was done and nobody wrote it down"
