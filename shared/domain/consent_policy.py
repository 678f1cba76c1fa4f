"""What a person's country asks of whoever writes to them (templates/policies/consent.yaml)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def country_rule(policy: Mapping[str, Any], country: str) -> Mapping[str, Any]:
    """The rule of `country` (ISO 3166 alpha-2), else the default, which is the strictest."""
    rule: Mapping[str, Any] = policy["countries"].get(country) or policy["default"]
    return rule
