"""The shipped content, for rules that are tested with the very tables that marketers keep."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shared.domain.scoring import ScoringModel


@pytest.fixture(scope="session")
def model(content: Path) -> ScoringModel:
    scoring = json.loads((content / "scoring.json").read_text(encoding="utf-8"))
    return ScoringModel(scoring["model"], scoring["titles"])


@pytest.fixture(scope="session")
def policies(content: Path) -> dict[str, Any]:
    return dict(json.loads((content / "policies.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def three_steps(content: Path) -> dict[str, Any]:
    return dict(json.loads((content / "journeys.json").read_text(encoding="utf-8"))["whitepaper-three-steps"])
