"""What lists carry of a person: how they and their company are called, so that a name is looked for without reading anybody's row."""

from __future__ import annotations

from collections.abc import Mapping

from shared.domain.company_names import company_core, company_words, has_han
from shared.domain.person_names import name_words, surname_sounds

_BETWEEN = "|"
_LONGEST_NAME, _LONGEST_COMPANY = 60, 60
# Nobody types more words, and each is a condition more.
_MOST_WORDS = 6


def called(profile: Mapping[str, str]) -> str:
    """``林美 lin|华星物流``, ``juergen mueller|brandt maschinenbau``: the words of the name and the sound of a Chinese surname, then the company's core; ""
    for who gave neither.
    """
    name = profile.get("name", "")
    words = name_words(name)
    spoken = sorted(surname_sounds(name) - set(words)) if words else []
    said = " ".join((*words, *spoken))[:_LONGEST_NAME], company_core(profile.get("company", ""))[:_LONGEST_COMPANY]
    return _BETWEEN.join(said) if any(said) else ""


def name_in(text: str) -> str:
    """The name in a `called`."""
    return text.partition(_BETWEEN)[0]


def company_in(text: str) -> str:
    """The company in a `called`."""
    return text.partition(_BETWEEN)[2]


def sounds_in(text: str) -> frozenset[str]:
    """The words of the name in a `called` by which somebody else may be called too: no initials."""
    return frozenset(word for word in name_in(text).split() if len(word) > 1 or has_han(word))


def sought(text: str) -> list[tuple[str, ...]]:
    """What somebody typed, as conditions on a `called`: of each tuple one part must stand in it. Titles, forms of address and of companies are left out where
    anything else is said; empty when nothing is.
    """
    typed = [part for word in text.split() for part in _parts(word)][:_MOST_WORDS]
    said = [(_writings(word), _says_little(word)) for word in typed]
    telling = [writings for writings, little in said if writings and not little]
    return telling or [writings for writings, _ in said if writings]


def _parts(word: str) -> tuple[str, ...]:
    """``Müller-Schmidt`` is two words and both count; what says little (``G.m.b.H.``) stays whole, so that it is known as such."""
    parts = name_words(word)
    return parts if len(parts) > 1 and not _says_little(word) else (word,)


def _writings(word: str) -> tuple[str, ...]:
    """As a name, as a company and as it is."""
    each = (*name_words(word), company_core(word), company_words(word))
    return tuple(dict.fromkeys(writing for writing in each if writing))


def _says_little(word: str) -> bool:
    return not name_words(word) or company_core(f"x {word}") == "x"
