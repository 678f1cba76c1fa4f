"""Everybody's score is folded anew, because the rules were corrected: how far that has come."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.domain.ids import stable_id

WALKING, DONE = "walking", "done"


@dataclass(frozen=True, slots=True)
class ScoreWalk:
    """`version` names the rules by which is folded. `walked`: ``step`` (of pages), ``seen`` people, ``changed`` of them, and behind whom the next page begins
    (``after``: nobody at step 0, and when the walk is done).
    """

    version: str
    begun_at: datetime
    begun_by: str
    status: str = WALKING
    walked: Mapping[str, Any] = field(default_factory=dict)

    @property
    def step(self) -> int:
        """The page that is next."""
        return int(self.walked.get("step", 0))

    @property
    def seen(self) -> int:
        """How many people were folded."""
        return int(self.walked.get("seen", 0))

    @property
    def changed(self) -> int:
        """How many of them came to another score, or to the same by other rules."""
        return int(self.walked.get("changed", 0))


def rules_version(models: Iterable[Mapping[str, Any]], titles: Mapping[str, Any]) -> str:
    """What names the rules of all models together, and the table of titles that they use."""
    versions = sorted(str(model["version"]) for model in models)
    return stable_id("rules", *versions, json.dumps(titles, sort_keys=True, ensure_ascii=False))[:12]
