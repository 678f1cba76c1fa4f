"""What messages cost: of a month, by channel and journey, and of one person."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from shared.domain.budget import Budget, Spend
from shared.domain.message import Receipt
from shared.domain.meter import GIVEN, MESSAGE, parts_of, spend_of


@dataclass(frozen=True, slots=True)
class MonthCosts:
    """A month's spend with its parts, the dearest first. `messages` are numbers by class."""

    month: str
    spend: Spend
    by_channel: Mapping[str, Decimal]
    by_journey: Mapping[str, Decimal]
    messages: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PersonCosts:
    """What one person cost: their counted mails, and the estimate of everything else."""

    mails: int
    messages: Decimal
    infrastructure: Decimal

    @property
    def whole(self) -> Decimal:
        return self.messages + self.infrastructure


def costs_of_month(month: str, counts: Mapping[str, int], budget: Budget) -> MonthCosts:
    """The month's costs out of its counts."""
    channels: defaultdict[str, Decimal] = defaultdict(Decimal)
    journeys: defaultdict[str, Decimal] = defaultdict(Decimal)
    messages: Counter[str] = Counter()
    for key, count in counts.items():
        counted = parts_of(key)
        cost = budget.prices[counted.channel] * count
        channels[counted.channel] += cost
        journeys[counted.journey] += cost
        messages[counted.klass] += count if counted.unit == MESSAGE else 0
    return MonthCosts(month, spend_of(counts, budget), _dearest(channels), _dearest(journeys), messages)


def _dearest(costs: Mapping[str, Decimal]) -> dict[str, Decimal]:
    return dict(sorted(costs.items(), key=lambda pair: (-pair[1], pair[0])))


def costs_of_person(receipts: Iterable[Receipt], budget: Budget) -> PersonCosts:
    """What a person's receipts say that they cost."""
    given = [receipt for receipt in receipts if receipt.status in GIVEN]
    return PersonCosts(
        mails=len(given),
        messages=sum((budget.prices[receipt.channel] * receipt.parts for receipt in given), start=Decimal(0)),
        infrastructure=budget.per_lead,
    )
