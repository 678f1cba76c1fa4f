"""The seven journeys at once with a small crowd; `make crowd` plays two hundred people over forty days."""

from __future__ import annotations

import pytest

from infra.rehearsal.crowd import SEVEN, played

pytestmark = [pytest.mark.rehearsal, pytest.mark.slow]


def test_every_journey_is_entered_and_every_invariant_holds() -> None:
    figures = played(12, 40, seed=1, engine="moto")
    assert figures["broken"] == []
    assert figures["failures"] == []
    assert [name for name in SEVEN if not figures["journeys"][name]["entered"]] == []
