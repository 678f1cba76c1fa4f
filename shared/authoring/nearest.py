"""What somebody may have meant who wrote a name that there is not."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

# As alike as `edn` and `end`; what is less alike would mislead.
_ALIKE = 0.65


def or_meant(name: object, known: Iterable[str], mend: str) -> str:
    """How to mend `name`, which is none of the `known`: by the one that it looks like, if any, else as `mend` says."""
    close = difflib.get_close_matches(str(name), [str(each) for each in known], n=1, cutoff=_ALIKE)
    return f"did you mean {close[0]!r}? Else {mend}" if close else mend
