"""What a job title says: seniority and department, by a table that marketers keep (templates/scoring/titles.yaml)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

_CJK = re.compile(r"[⺀-鿿豈-﫿]")
_LATIN = r"[^\W⺀-鿿豈-﫿]"


def fold(text: str) -> str:
    """Width and case folded, white space single: how titles and patterns are compared."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@lru_cache(maxsize=4096)
def _matcher(pattern: str) -> re.Pattern[str]:
    folded = re.escape(fold(pattern))
    # Chinese has no word borders; Latin needs them, or "cto" is found in "director". A Chinese character is a border to Latin: CTO兼创始人.
    return re.compile(folded if _CJK.search(pattern) else rf"(?<!{_LATIN}){folded}(?!{_LATIN})")


def _longest(title: str, patterns: Sequence[str]) -> int:
    return max((len(pattern) for pattern in patterns if _matcher(pattern).search(title)), default=0)


def classify(title: str, table: Mapping[str, Sequence[str]], negations: Sequence[str] = ()) -> str:
    """The class whose longest pattern fits best, "" when none does.

    A title with one of `negations` ("assistant to", 助理) is nobody's rank but its own, so it is "" too.
    """
    folded = fold(title)
    if not folded or _longest(folded, negations):
        return ""
    length, name = max(((_longest(folded, patterns), name) for name, patterns in table.items()), default=(0, ""))
    return name if length else ""
