"""Which country somebody means who writes its code or its name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from shared.domain.text import fold

_BETWEEN = re.compile(r"[()/|,;:–—-]")


def bare(name: str) -> str:
    """What of a name is compared: letters and digits, without case, width and accents."""
    whole = unicodedata.normalize("NFKD", fold(name).replace("&", " and "))
    return "".join(char for char in whole if char.isalnum())


def country_code(said: str, names: Mapping[str, str]) -> str:
    """The code (ISO 3166-1 alpha-2) of what somebody said, by `names` ({bare name or code: code}); "" for what is no country. Idempotent.

    ``de``, ``Deutschland`` and ``Germany (DE)`` → ``DE``; two names of different countries → ``""``.
    """
    if found := names.get(bare(said)) or names.get(bare(fold(said).removeprefix("the "))):
        return found
    parts = {names.get(bare(part), "") for part in _BETWEEN.split(said) if bare(part)}
    return parts.pop() if len(parts) == 1 else ""
