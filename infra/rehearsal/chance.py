"""Randomness that can be had again: within, keys and ids that the product draws are the same for the same seed.

A rehearsal's result must depend on the scenario alone, and ids decide for example which of two salespeople gets a lead.
"""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Chance:
    """A stream of bytes that begins anew at `begin(name)`: whoever does the same thing again draws the same bytes."""

    seed: str
    _name: str = ""
    _drawn: int = 0

    def begin(self, name: str) -> None:
        self._name, self._drawn = name, 0

    @property
    def place(self) -> tuple[str, int]:
        """Where in the stream we are."""
        return self._name, self._drawn

    @contextmanager
    def again_from(self, place: tuple[str, int]) -> Iterator[None]:
        """Within, draws what was drawn from that place on; afterwards goes on here."""
        here = self.place
        self._name, self._drawn = place
        try:
            yield
        finally:
            self._name, self._drawn = here

    def __call__(self, size: int) -> bytes:
        self._drawn += 1
        text = f"{self.seed}|{self._name}|{self._drawn}".encode()
        return hashlib.shake_256(text).digest(size)


@contextmanager
def seeded(seed: str) -> Iterator[Chance]:
    """Within, `os.urandom` (and with it `uuid4` and `secrets`) draws from the seed. For one thread, and never in the product."""
    chance = Chance(seed)
    places: list[tuple[object, str, Callable[[int], bytes]]] = [
        (os, "urandom", os.urandom),
        (random, "_urandom", getattr(random, "_urandom")),  # noqa: B009 - mypy knows no such attribute
    ]
    for module, name, _ in places:
        setattr(module, name, chance)
    try:
        yield chance
    finally:
        for module, name, before in places:
            setattr(module, name, before)
