"""What scoring rules are about must reach the function that scores."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infra.rehearsal.filters import lets_through
from infra.rehearsal.world import PARAMETERS
from infra.template import load
from shared.domain import timeline

[STREAM] = load(parameters=PARAMETERS).functions["ScoreFunction"].streams
ALWAYS = {timeline.FORM_SUBMITTED, timeline.EMAIL_CLICKED, timeline.STAGE_CHANGED, timeline.TOUCHES_VOIDED}


def reaches(kind: str) -> bool:
    record = {"eventName": "INSERT", "dynamodb": {"NewImage": {"type": {"S": kind}}}}
    return any(lets_through(pattern, record) for pattern in STREAM.filters)


def test_every_activity_that_a_rule_is_about_reaches_the_score_function(content: Path) -> None:
    models = json.loads((content / "scoring.json").read_text(encoding="utf-8"))["models"].values()
    asked = {rule["on"] for model in models for rule in model["rules"] if rule["kind"] == "behaviour"}
    assert {kind for kind in asked | ALWAYS if not reaches(kind)} == set()


@pytest.mark.parametrize("kind", [timeline.GRADE_CHANGED, timeline.HANDED_OFF, timeline.JOURNEY_ENTERED])
def test_what_follows_from_a_score_does_not_come_back_to_it(kind: str) -> None:
    assert not reaches(kind)
