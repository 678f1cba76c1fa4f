"""For whom a block of a mail is: the first audience of each group that fits the person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shared.domain.conditions import holds

OTHERS = "others"

Groups = Mapping[str, Sequence[Mapping[str, Any]]]


def audience_of(groups: Groups, facts: Mapping[str, Any]) -> dict[str, str]:
    """{group: name of the first audience whose condition holds of `facts`, else ``others``}."""
    return {
        group: next((str(entry["name"]) for entry in entries if holds(entry["when"], facts)), OTHERS)
        for group, entries in groups.items()
    }
