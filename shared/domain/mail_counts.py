"""How many of a journey's mails were sent, opened and clicked, step by step and by the ways of its splits: folded from the changes of the receipts, as the
meter is.

A count's row is named by journey and version (``mails:<journey>:<version>``), its keys are ``sent|<step>``, ``opened|<step>``, ``clicked|<step>`` and, for
each way of a split that the person had drawn by then, ``way|<split>|<way>|sent|<step>`` and so on. Who clicked has opened. Only people count:
a receipt's `response` is what is left when machines are taken away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shared.domain.message import CLICKED, INTERNAL, OPENED, Receipt
from shared.domain.meter import GIVEN, Step

PREFIX = "mails:"
SENT = "sent"


def row_of(journey: str, version: str) -> str:
    """The name of the counts of the mails of one version of a journey."""
    return f"{PREFIX}{journey}:{version}"


def mail_steps_of(sequence: int, before: Receipt | None, after: Receipt) -> list[Step]:
    """What a change of a receipt from `before` to `after` does to the counts."""
    old, new = set(_counted(before)), set(_counted(after))
    return [Step(sequence, *key, by=1) for key in sorted(new - old)] + [
        Step(sequence, *key, by=-1) for key in sorted(old - new)
    ]


def _counted(receipt: Receipt | None) -> Iterator[tuple[str, str]]:
    if receipt is None or not receipt.version or receipt.klass == INTERNAL or receipt.status not in GIVEN:
        return
    row = row_of(receipt.journey, receipt.version)
    for said in (SENT, *_FOLLOWS.get(receipt.response, ())):
        yield row, f"{said}|{receipt.step}"
        for split, way in receipt.ways.items():
            yield row, f"way|{split}|{way}|{said}|{receipt.step}"


_FOLLOWS = {OPENED: (OPENED,), CLICKED: (OPENED, CLICKED)}


@dataclass(frozen=True, slots=True)
class Tally:
    """Of so many mails so many were opened and clicked, by people."""

    sent: int
    opened: int
    clicked: int


@dataclass(frozen=True, slots=True)
class MailCounts:
    """The counts of one version, read as questions."""

    counts: Mapping[str, int]

    def of(self, step: str) -> Tally:
        """What became of the mails of a step."""
        return self._tally("", step)

    def by_way(self, split: str, way: str, step: str) -> Tally:
        """The same, of those alone who drew `way` at `split`."""
        return self._tally(f"way|{split}|{way}|", step)

    def _tally(self, prefix: str, step: str) -> Tally:
        return Tally(*(self.counts.get(f"{prefix}{said}|{step}", 0) for said in (SENT, OPENED, CLICKED)))
