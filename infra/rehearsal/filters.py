"""Event filter patterns of Lambda's event source mappings: which records reach the function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def lets_through(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether the event has, for every key of the pattern, one of the values that stand there.

    Understands literals, `exists`, `prefix`, `suffix`, `anything-but` and `numeric`. Errors: ValueError for other operators."""
    for key, wanted in pattern.items():
        if isinstance(wanted, Mapping):
            inner = event.get(key)
            if not lets_through(wanted, inner if isinstance(inner, Mapping) else {}):
                return False
        elif not any(_matches(choice, key, event) for choice in wanted):
            return False
    return True


def _matches(choice: Any, key: str, event: Mapping[str, Any]) -> bool:
    if isinstance(choice, Mapping):
        (operator, operand), *_ = choice.items()
        return _operate(operator, operand, key, event)
    found = event.get(key)
    return bool(choice in found if isinstance(found, list) else key in event and found == choice)


def _operate(operator: str, operand: Any, key: str, event: Mapping[str, Any]) -> bool:
    found = event.get(key)
    match operator:
        case "exists":
            return bool((key in event) == operand)
        case "prefix":
            return isinstance(found, str) and found.startswith(operand)
        case "suffix":
            return isinstance(found, str) and found.endswith(operand)
        case "anything-but":
            return key in event and found not in (operand if isinstance(operand, list) else [operand])
        case "numeric":
            return _numeric(found, operand)
    raise ValueError(f"filter operator {operator} is not understood here")


def _numeric(found: Any, operand: list[Any]) -> bool:
    try:
        number = float(found)
    except (TypeError, ValueError):
        return False
    pairs = zip(operand[::2], map(float, operand[1::2]), strict=True)
    compare = {
        "=": lambda n, b: n == b,
        "<": lambda n, b: n < b,
        "<=": lambda n, b: n <= b,
        ">": lambda n, b: n > b,
        ">=": lambda n, b: n >= b,
    }
    return all(compare[sign](number, bound) for sign, bound in pairs)
