"""What a person's country asks of whoever writes to them (templates/policies/consent.yaml)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def country_rule(policy: Mapping[str, Any], country: str) -> Mapping[str, Any]:
    """The row of `country` (ISO 3166 alpha-2), else of a region it belongs to, else the default, which is the strictest."""
    rows: Mapping[str, Mapping[str, Any]] = policy["rows"]
    if country in rows:
        return rows[country]
    region = next((name for name, members in policy.get("regions", {}).items() if country in members), "")
    return rows.get(region) or policy["default"]
