"""Texts that exist in several languages: ``{"en": …, "zh": …}`` anywhere in plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LOCALES = frozenset({"en", "zh"})
_FALLBACK = "en"


def localised(value: Any, locale: str) -> Any:
    """`value` with every ``{"en": …, "zh": …}`` in it replaced by the words of `locale`."""
    if isinstance(value, Mapping):
        if value and set(value) <= LOCALES:
            return value.get(locale) or value.get(_FALLBACK) or next(iter(value.values()))
        return {key: localised(part, locale) for key, part in value.items()}
    if isinstance(value, list):
        return [localised(part, locale) for part in value]
    return value
