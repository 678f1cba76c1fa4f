"""How a name is said: 张伟, ``Zhang Wei`` and ``Wei Zhang`` are written by one person, who fills in a Chinese form today and an English one tomorrow."""

from __future__ import annotations

from itertools import product

from shared.domain.company_names import has_han
from shared.domain.person_names import surname_of, surname_sound, turned_round, words_as_written
from shared.domain.syllables import syllables

# Passports, keyboards and people write ü in their own way.
_UMLAUT = ("v", "yu", "u", "ue")
# Of a name with many readings so many are tried.
_MOST_READINGS = 16
_LONGEST = 6


def said(name: str) -> frozenset[str]:
    """The name as it may be said, surname first and in one word: ``zhangjianguo`` of 张建国, of ``Zhang Jian-Guo`` (and ``jianguozhang``: either
    end may be the surname); empty for a surname alone and for what has unknown characters.
    """
    words = words_as_written(name)
    if len(words) == 1 and has_han(words[0]):
        return frozenset(key for word in (words[0], turned_round(name)) for key in _said_chinese(word))
    if len(words) < 2:
        return frozenset()
    return frozenset(("".join(words), words[-1] + "".join(words[:-1])))


def surnames_said(name: str) -> frozenset[str]:
    """How the surname of a Chinese name may be said, also a rare one's; empty for other names."""
    words = words_as_written(name)
    if not (len(words) == 1 and has_han(words[0])):
        return frozenset()
    return frozenset(sound for word in (words[0], turned_round(name)) if word for sound in _surname(surname_of(word)))


def _said_chinese(word: str) -> list[str]:
    surname = surname_of(word)
    given = word[len(surname) :]
    if not given or len(word) > _LONGEST:
        return []
    readings = product(_surname(surname), *(_spelt(char) for char in given))
    return ["".join(reading) for reading, _ in zip(readings, range(_MOST_READINGS), strict=False)]


def _surname(surname: str) -> tuple[str, ...]:
    known = surname_sound(surname)
    return _umlauts(known) if known else _spelt(surname)


def _spelt(char: str) -> tuple[str, ...]:
    return tuple(spelling for syllable in syllables(char) for spelling in _umlauts(syllable))


def _umlauts(syllable: str) -> tuple[str, ...]:
    return tuple(syllable.replace("v", each) for each in _UMLAUT) if "v" in syllable else (syllable,)
