"""What messages cost and what may be spent in a month. Money is Decimal, in US dollars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any

CURRENCY = "USD"
FINE, WARN, STOPPED = "fine", "warn", "stopped"
_CENT = Decimal("0.01")
_ALL = Decimal(100)


@dataclass(frozen=True, slots=True)
class Budget:
    """templates/policies/budget.yaml.

    `prices` are per message, by channel, of a text message per part; `per_lead` is an estimate of what the infrastructure costs for one captured lead.
    """

    monthly: Decimal
    warn_at_percent: Decimal
    prices: Mapping[str, Decimal]
    per_lead: Decimal


@dataclass(frozen=True, slots=True)
class Spend:
    """What a month's messages have cost so far, against what they may cost."""

    spent: Decimal
    budget: Decimal
    warn_at_percent: Decimal

    @property
    def is_used_up(self) -> bool:
        """True from 100 % on, exactly."""
        return self.spent >= self.budget

    @property
    def percent(self) -> Decimal:
        """How much of the budget is used, rounded down: 100 is shown only when it is reached."""
        share = self.spent / self.budget * _ALL if self.budget else _ALL
        return share.quantize(_CENT, ROUND_DOWN)

    @property
    def state(self) -> str:
        """`fine`, `warn` from the warning on, `stopped` from 100 % on."""
        if self.is_used_up:
            return STOPPED
        return WARN if self.spent * _ALL >= self.budget * self.warn_at_percent else FINE


def budget_of(policy: Mapping[str, Any]) -> Budget:
    """The budget that the policy's file tells."""
    return Budget(
        monthly=_decimal(policy["monthly_usd"]),
        warn_at_percent=_decimal(policy["warn_at_percent"]),
        prices={channel: _decimal(price) for channel, price in policy["prices"].items()},
        per_lead=_decimal(policy["per_lead_usd"]),
    )


def _decimal(number: float | str) -> Decimal:
    # By way of text: the shortest one that names the number is what stands in the file.
    return Decimal(str(number))


def month_of(moment: datetime) -> str:
    """The month that a moment (in UTC) is counted in, such as ``2026-03``."""
    return f"{moment:%Y-%m}"


def money(amount: Decimal) -> str:
    """An amount with its currency, such as ``0.0003 USD`` or ``50.00 USD``: every digit that counts, and at least the cents."""
    plain = f"{amount.normalize():f}"
    digits = len(plain.partition(".")[2])
    return f"{plain if digits >= 2 else f'{amount:.2f}'} {CURRENCY}"
