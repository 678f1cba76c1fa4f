"""The one condition language: ``{all: [...]}``, ``{any: [...]}``, ``{not: ...}`` of ``{field, op, value}``. Data, never text to evaluate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

OPERATORS = ("eq", "ne", "in", "not_in", "gt", "gte", "lt", "lte", "contains", "exists")


def _compare(op: str, found: Any, value: Any) -> bool:
    match op:
        case "eq":
            return bool(found == value)
        case "ne":
            return bool(found != value)
        case "in":
            return found in value
        case "not_in":
            return found not in value
        case "exists":
            return bool(found not in (None, "", [], {})) is bool(value)
        case "contains":
            return found is not None and value in found
        case "gt" | "gte" | "lt" | "lte":
            return found is not None and _ordered(op, found, value)
    raise ValueError(f"unknown operator {op!r} (one of {', '.join(OPERATORS)})")


def _ordered(op: str, found: Any, value: Any) -> bool:
    return bool({"gt": found > value, "gte": found >= value, "lt": found < value, "lte": found <= value}[op])


def holds(condition: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None, facts: Mapping[str, Any]) -> bool:
    """Whether `condition` is true of `facts`; a list means all of it, no condition is always true. Raises ValueError for an unknown operator."""
    if not condition:
        return True
    if not isinstance(condition, Mapping):
        return all(holds(part, facts) for part in condition)
    if "all" in condition:
        return all(holds(part, facts) for part in condition["all"])
    if "any" in condition:
        return any(holds(part, facts) for part in condition["any"])
    if "not" in condition:
        return not holds(condition["not"], facts)
    return _compare(condition["op"], facts.get(condition["field"]), condition.get("value"))
