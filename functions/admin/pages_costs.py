"""What messages cost: the call, the page, the banner of the home page, and one person's part."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from chalice.app import Response

from functions.admin.access import COSTS
from functions.admin.gate import Call, Gate
from functions.admin.present import harmless
from functions.admin.views import Words, link, problem_page, show, words_for
from shared.domain.budget import FINE, STOPPED, Spend, money, month_of
from shared.domain.message import Receipt
from shared.domain.meter import NO_JOURNEY, total
from shared.runtime.wiring import wiring
from shared.usecases.console.costs import MonthCosts, costs_of_month, costs_of_person
from shared.usecases.console.texts import InvalidField

Json = dict[str, Any]
_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")
_BAR = {FINE: "time", STOPPED: "late"}


def _month(call: Call) -> str:
    month = call.asked("month", 10) or month_of(call.now)
    if not _MONTH.fullmatch(month):
        raise InvalidField("month", "a month such as 2026-03")
    return month


def _costs(month: str) -> MonthCosts:
    return costs_of_month(month, total(wiring.meters.of_month(month)), wiring.spending.budget)


# ------------------------------------------------------------------ JSON


def costs(call: Call) -> Json:
    """A month in numbers; a journey called ``-`` is mail that no journey sent."""
    found = _costs(_month(call))
    return {
        "month": found.month,
        "spent_usd": money(found.spend.spent),
        "budget_usd": money(found.spend.budget),
        "percent": float(found.spend.percent),
        "state": found.spend.state,
        "by_channel": _amounts(found.by_channel),
        "by_journey": _amounts(found.by_journey),
        "messages": dict(found.messages),
    }


def _amounts(costs: Mapping[str, Decimal]) -> dict[str, str]:
    return {name: money(cost) for name, cost in costs.items()}


def cost_of(receipts: list[Receipt]) -> Json:
    """What one person cost, in JSON."""
    found = costs_of_person(receipts, wiring.spending.budget)
    return {
        "messages_usd": money(found.messages),
        "infrastructure_estimate_usd": money(found.infrastructure),
        "total_usd": money(found.whole),
    }


# ------------------------------------------------------------------ pages


def page(call: Call) -> Response:
    """The month's costs, as bars."""
    month, words = _month(call), words_for(call)
    found = _costs(month)
    return show(
        call,
        "costs",
        month=month,
        spend=_spend(found.spend),
        banner=banner_of(found.spend, words) if month == month_of(call.now) else None,
        blocks=[
            _block("journey", "route", {_journey(name, words): cost for name, cost in found.by_journey.items()}, words),
            _block("channel", "mail", {_channel(name, words): cost for name, cost in found.by_channel.items()}, words),
        ],
        classes=[(words.get(f"mails.{name}", name), count) for name, count in sorted(found.messages.items())],
        earlier=link(call, "/costs", month=_step(month, -1)),
        later=link(call, "/costs", month=_step(month, 1)) if month < month_of(call.now) else "",
    )


def _spend(spend: Spend) -> dict[str, Any]:
    return {
        "spent": shown(spend.spent),
        "budget": shown(spend.budget),
        "left": shown(max(spend.budget - spend.spent, Decimal(0))),
        "percent": f"{spend.percent:f}",
        "width": float(min(spend.percent, Decimal(100))),
        "warn_at": float(spend.warn_at_percent),
        "fill": _BAR.get(spend.state, "warm"),
    }


def shown(amount: Decimal) -> str:
    """An amount for people: `US$0.0003`."""
    return f"US${money(amount).partition(' ')[0]}"


def _journey(name: str, words: Words) -> str:
    return words["costs.no_journey"] if name == NO_JOURNEY else harmless(name, 80)


def _channel(name: str, words: Words) -> str:
    return words.get(f"channel.{name}", name)


def _block(name: str, icon: str, costs: Mapping[str, Decimal], words: Words) -> dict[str, Any]:
    most = max(costs.values(), default=Decimal(0))
    rows = [
        {"name": label, "amount": shown(cost), "width": round(float(cost / most) * 100, 1) if most else 0.0}
        for label, cost in costs.items()
    ]
    return {"title": words[f"costs.by_{name}"], "icon": icon, "rows": rows}


def _step(month: str, by: int) -> str:
    first = datetime.strptime(month, "%Y-%m")  # noqa: DTZ007 - a month has no zone
    return month_of(first + timedelta(days=31 if by > 0 else -1))


def banner(call: Call, words: Words) -> dict[str, str] | None:
    """What the home page says about the budget; None as long as all is well, or for who has no business with it."""
    return banner_of(wiring.spending.of(call.now), words) if call.actor.may(COSTS) else None


def banner_of(spend: Spend, words: Words) -> dict[str, str] | None:
    """The budget's state in words; None as long as all is well."""
    if spend.state == FINE:
        return None
    kind = "bad" if spend.state == STOPPED else "wait"
    return {
        "kind": kind,
        "text": words(f"budget.{spend.state}", percent=f"{spend.percent:f}", budget=shown(spend.budget)),
    }


def person(receipts: list[Receipt], words: Words) -> dict[str, Any]:
    """What one person cost, for their page."""
    found = costs_of_person(receipts, wiring.spending.budget)
    return {
        "whole": shown(found.whole),
        "rows": [
            {"label": words("costs.person_mails", n=found.mails), "value": shown(found.messages)},
            {"label": words["costs.person_rest"], "value": shown(found.infrastructure)},
        ],
    }


def register(gate: Gate) -> None:
    """The pages and calls about money."""
    gate.json("GET", "/api/costs", COSTS, costs)
    gate.page("GET", "/costs", COSTS, page, problem_page)
