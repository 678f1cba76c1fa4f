"""A dirty file with known truth through the real import. `make import-truth` does it with ten thousand rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bed import bed_on
from tests.rehearsal.dirty_import import Found, play
from tests.unit.domain.dirty_people import dirty_people

pytestmark = [pytest.mark.rehearsal, pytest.mark.slow]


@pytest.fixture(scope="module")
def found(content: Path) -> Found:
    with bed_on(content) as bed:
        return play(bed, dirty_people(120))


def test_whom_the_import_takes_for_one_person_is_one_person(found: Found, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{found.told()}")  # noqa: T201 - the figures are what the test is for
    assert found.precision >= 0.99


def test_who_is_one_person_is_found_or_shown_as_a_double(found: Found) -> None:
    assert found.recall >= 0.95


def test_all_junk_and_nothing_else_is_set_aside(found: Found) -> None:
    assert (found.caught, found.wrongly_held) == (found.junk, 0)


def test_a_row_costs_no_more_writes_than_a_post(found: Found) -> None:
    assert found.write_units / found.rows <= 6
