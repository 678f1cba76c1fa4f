"""Checking a journey against what is deployed: its mails, forms, segments, marks and hosts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.authoring.journey_files import Checked, check_text
from shared.authoring.journey_rules import Known
from shared.runtime import content
from shared.runtime.wiring import wiring


def check_journey(name: str, text: str, others: Mapping[str, Any]) -> Checked:
    """The compiled journey, or what is wrong: the build's own lint, against the content of this deployment and the segments of the console."""
    defined = {segment.segment_id for segment in wiring.segment_ports.definitions.all()}
    known = Known(
        mails=content.emails(),
        forms=content.forms(),
        marks={grade["grade"]: grade["enter"] for grade in _grades() if grade["enter"] is not None},
        segments={*content.segments(), *defined},
        hosts=content.policies()["outbound"]["hosts"],
        messages=content.messages(),
    )
    return check_text(name, text, known, others)


def _grades() -> list[dict[str, Any]]:
    return list(content.scoring_model().model["grades"])
