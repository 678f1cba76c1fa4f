"""Text as it is compared."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Width and case folded, white space single."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
