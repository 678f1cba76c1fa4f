"""A customer counts by the model of repurchase."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.domain.scoring import ScoringModel
from shared.domain.timeline import FORM_SUBMITTED, HANDOFF_UPDATED, PAGE_VIEWED, UNSUBSCRIBED, Activity

T0 = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
WON = Activity("lin", HANDOFF_UPDATED, T0, "h1:won", detail={"handoff_id": "h1", "status": "won"})
QUOTE = Activity("lin", FORM_SUBMITTED, T0 + timedelta(days=60), "s2", detail={"form": "quote"})
TRIAL = Activity("lin", FORM_SUBMITTED, T0 + timedelta(days=61), "s3", detail={"form": "trial"})


@pytest.fixture(scope="session")
def customers(content: Path) -> ScoringModel:
    scoring = json.loads((content / "scoring.json").read_text(encoding="utf-8"))
    return ScoringModel(scoring["models"]["customers"], scoring["titles"])


def interest(model: ScoringModel, *activities: Activity, days: int = 61) -> int:
    at = T0 + timedelta(days=days)
    return model.read(model.replay(activities), {}, {}, at, T0).interest


def test_asking_for_a_quote_again_is_the_wish_for_more(customers: ScoringModel) -> None:
    assert interest(customers, WON) == 8  # 46 days past two weeks of 180 until half
    assert interest(customers, WON, QUOTE) == 38


def test_a_quote_and_a_trial_are_one_wish(customers: ScoringModel) -> None:
    assert interest(customers, QUOTE, TRIAL) == 45


def test_looking_at_prices_counts_once_a_day(customers: ScoringModel) -> None:
    views = [
        Activity("lin", PAGE_VIEWED, T0 + timedelta(hours=h), f"v{h}", detail={"path": "/pricing"})
        for h in (0, 1, 2, 30)
    ]
    assert interest(customers, *views, days=2) == 20


def test_saying_no_to_mail_counts_against(customers: ScoringModel) -> None:
    assert interest(customers, Activity("lin", UNSUBSCRIBED, T0, "u"), days=1) == -20


def test_a_won_lead_counts_by_the_customers_model_and_a_prospect_does_not(
    model: ScoringModel, customers: ScoringModel
) -> None:
    both = ScoringModel(model.model, model.titles, {"customer": customers})
    assert both.for_stage("customer") is customers
    assert both.for_stage("sql") is both
