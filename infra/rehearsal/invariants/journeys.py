"""Versions of journeys, who is on which, and who moves while a journey stands still."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from infra.rehearsal.books import Row
from infra.rehearsal.invariants.case import Case
from infra.rehearsal.ledger import Entry
from shared.domain.message import MARKETING
from shared.runtime import content
from shared.usecases.journey_book import LIVE, chosen_version
from shared.usecases.take_along import cause_of

_VERSION: Final = "version#"
# Each process knows for a minute how the journeys stood, and a slow one may act on that a little later.
_FELT: Final = timedelta(minutes=3)


@dataclass(frozen=True)
class Standings:
    """How the journeys stood when: (from then on, {journey: state}), oldest first."""

    seen: list[tuple[datetime, Mapping[str, Any]]]

    @classmethod
    def of(cls, case: Case) -> Standings:
        changes = [entry for entry in case.ledger.of("journeys") if entry.row["entry"] == "states"]
        return cls([(case.scenario.start, {}), *((entry.at, entry.row["body"]) for entry in changes)])

    def about(self, journey: str, at: datetime) -> list[Mapping[str, Any]]:
        """The states of the journey that somebody who acts at that moment may know of."""
        ends = [begin for begin, _ in self.seen[1:]] + [datetime.max.replace(tzinfo=at.tzinfo)]
        known = zip(self.seen, ends, strict=True)
        return [states.get(journey, {}) for (begin, states), end in known if begin <= at and end >= at - _FELT]


def versions_never_change(case: Case) -> Iterator[str]:
    """What was kept under a version's name is never written otherwise, and is still there."""
    kept: dict[tuple[str, str], Row] = {}
    for entry in case.ledger.of("journeys"):
        if entry.row["entry"].startswith(_VERSION):
            key = entry.row["journey"], entry.row["entry"]
            if kept.setdefault(key, entry.row) != entry.row:
                yield f"{' '.join(key)} was written otherwise at {entry.at.isoformat()}"
    stands = {(row["journey"], row["entry"]): row for row in case.books["journeys"]}
    for key, row in kept.items():
        if stands.get(key) != row:
            yield f"{' '.join(key)} does not stand as it was kept"


def people_stay_on_their_version(case: Case) -> Iterator[str]:
    """Everybody enters on a version that was the current one, and goes on in another only where a move says so, at a wait that takes the place of theirs."""
    standings = Standings.of(case)
    moves = moves_of(case)
    for before, after in zip([None, *moves], moves, strict=False):
        row = after.row
        about = standings.about(row["journey"], after.at)
        if row["moved_at"] == row["entered_at"]:
            newest = content.journeys().get(row["journey"])
            current = [chosen_version(state, newest) or (newest or {}).get("version") for state in about]
            if row["version"] not in current:
                yield f"{_who(row)} entered on the version {row['version']}, which is none of {current}"
        elif before and _goes_on(before.row, row) and before.row["version"] != row["version"]:
            orders = [state.get("moves", {}).get(before.row["version"]) for state in about]
            if not any(order and order["to"] == row["version"] for order in orders):
                yield f"{_who(row)} went from {before.row['version']} to {row['version']}, and nobody had said so"


def nobody_moves_while_paused(case: Case) -> Iterator[str]:
    """While a journey is paused or stopped nobody enters it or goes on in it, and none of its marketing leaves."""
    standings = Standings.of(case)

    def still(journey: str, at: datetime) -> bool:
        return all(state.get("status", LIVE) != LIVE for state in standings.about(journey, at))

    for entry in moves_of(case):
        if still(entry.row["journey"], entry.at):
            yield f"{_who(entry.row)} went on at {entry.at.isoformat()}, while nobody should"
    receipts = {row["message_id"]: row for row in case.books["messages"]}
    left = [(mail.tags.get("message_id", ""), mail.at) for mail in case.world.mails]
    left += [(told.message_id, told.at) for told in case.world.phones.told]
    for message_id, at in left:
        row = receipts.get(message_id, {})
        if row.get("journey") and row["class"] == MARKETING and still(row["journey"], at):
            yield f"{row['template']} left at {at.isoformat()} for {row['journey']}, which stood still"


def moves_of(case: Case) -> list[Entry]:
    """Every entry and every move, person by person and journey by journey, each once and in the order in which it happened.

    Who was taken along by a merge neither entered nor moved: they stand where they stood, on the version on which they came.
    """
    moves: dict[tuple[str, ...], Entry] = {}
    for entry in case.ledger.of("enrolments"):
        row = entry.row
        if row.get("came_by") and row["cause"] == cause_of(row["came_by"]):
            continue
        moves.setdefault((row["lead_id"], row["journey"], row["entered_at"], row["cause"], row["moved_at"]), entry)
    return [moves[key] for key in sorted(moves, key=lambda key: (key[0], key[1], moves[key].at))]


def _goes_on(before: Row, row: Row) -> bool:
    names = ("lead_id", "journey", "entered_at")
    return [before[name] for name in names] == [row[name] for name in names]


def _who(row: Row) -> str:
    return f"{row['lead_id']} in {row['journey']}"
