"""What somebody typed into a search box, as the keys that it may be: an address, a number, a person's id, a company's domain."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from shared.usecases.contact_points import parse_email, parse_phone

_NUMBER = re.compile(r"\+?[\d\s()./-]{6,24}")
_LEAD_ID = re.compile(r"[a-z2-7]{24}")
_DOMAIN = re.compile(r"@?((?:[a-z0-9-]{1,63}\.)+[a-z][a-z0-9-]{1,62})")
# What a number with its country's code has at least.
_WITH_CODE = 8


class Typed(NamedTuple):
    """`phones` in E.164, the likeliest first; "" and () for what the text is not."""

    email: str = ""
    phones: tuple[str, ...] = ()
    lead_id: str = ""
    domain: str = ""

    @property
    def is_key(self) -> bool:
        """Whether it is a whole address or number: somebody has it or nobody, it is no word of a name."""
        return bool(self.email or self.phones)


def typed_as(text: str) -> Typed:
    """The keys that `text` may be, in any width and case."""
    folded = unicodedata.normalize("NFKC", text).strip()
    lower = folded.casefold()
    domain = _DOMAIN.fullmatch(lower)
    return Typed(
        email=(parse_email(folded) or "") if "@" in folded[1:] else "",
        phones=_numbers(folded),
        lead_id=lower if _LEAD_ID.fullmatch(lower) else "",
        domain=domain[1] if domain else "",
    )


def _numbers(text: str) -> tuple[str, ...]:
    """As a number of the home country, and as one whose plus sign was left out or lost on the way (in an address it is a space)."""
    if not _NUMBER.fullmatch(text):
        return ()
    digits = "".join(char for char in text if char.isdigit())
    coded = parse_phone(f"+{digits}", "") if len(digits) >= _WITH_CODE and digits[0] != "0" else None
    return tuple(dict.fromkeys(each for each in (parse_phone(text, ""), coded) if each))
