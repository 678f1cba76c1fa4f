"""Checking a journey against what is deployed: its mails, forms, segments, marks and hosts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from shared.authoring.journey_files import check_text
from shared.authoring.journey_rules import Known
from shared.runtime import content
from shared.runtime.wiring import wiring

if TYPE_CHECKING:
    from shared.authoring.content_yaml import Finding


def check_journey(name: str, text: str, others: Mapping[str, Any]) -> tuple[dict[str, Any], list[Finding]]:
    """(the compiled journey, []) or ({}, findings): the build's own lint, against the content of this deployment and the segments of the console."""
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
