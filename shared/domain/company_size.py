"""How many people a company has, as somebody writes it: a number, or a band of two."""

from __future__ import annotations

import re
from functools import cache

from shared.domain.text import fold

_LONGEST = 60
_MOST = 10_000_000
# 1,000 and 1.000 and 1'000 and 1 000 are a thousand. A spreadsheet writes a whole number as 200.0.
_NUMBER = r"(?:\d{1,3}(?:[,.'’ ]\d{3})+|\d+)(?:\.0{1,2})?"
_BEFORE = (
    r"(?:(?:more than|over|about|approx\.?|around|up to|less than|under|ca\.?|circa|etwa|rund|über|mehr als|bis zu|bis"
    r"|weniger als|unter|约|超过|大约|不到|少于|[>≥<≤~])\s*=?\s*)?"
)
_UNIT = r"(?:employees|people|persons|staff|fte|mitarbeiter|mitarbeitende|beschäftigte|personen|leute|名员工|位员工|员工|人)?"
_AFTER = r"(?:\+|以上|以下|以内|左右|and more|or more|und mehr)?"
_SAID = (
    rf"{_BEFORE}(?P<low>{_NUMBER})\s*(?:{_UNIT}\s*(?:-|–|—|~|to|bis|至|到)\s*(?P<high>{_NUMBER})\s*)?"
    rf"{_AFTER}\s*{_UNIT}\s*{_AFTER}"
)


def people_in(text: str) -> str:
    """The number of people that `text` says, as digits: of a band its upper end, as the bands of forms are written; "" when it says none.

    ``1,000`` → ``1000``, ``51–200 人`` → ``200``, ``5000+`` → ``5000``; ``-5`` and ``many`` → ``""``. Idempotent.
    """
    if len(text) > _LONGEST or not (said := _pattern().fullmatch(fold(text))):
        return ""
    low, high = _whole(said["low"]), _whole(said["high"] or said["low"])
    return str(high) if 0 < low <= high <= _MOST else ""


@cache
def _pattern() -> re.Pattern[str]:
    # Late: compiling it takes longer than most functions, which meet no size, should wait when they start.
    return re.compile(_SAID)


def _whole(number: str) -> int:
    return int("".join(filter(str.isdigit, re.sub(r"\.0{1,2}$", "", number))))
