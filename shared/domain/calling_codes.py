"""Which country a phone number is of."""

from __future__ import annotations

from collections.abc import Mapping

_LONGEST = 3  # digits of a calling code


def country_of_number(number: str, countries: Mapping[str, str]) -> str:
    """The country in `countries` (by calling code) of a number in international form, with or without its +; "" when none is known."""
    digits = number.removeprefix("+")
    prefixes = (digits[:length] for length in range(_LONGEST, 0, -1))
    return next((countries[prefix] for prefix in prefixes if prefix in countries), "")
