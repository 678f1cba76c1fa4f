"""How many people entered a journey, stand in it and left it, whatever merges took along."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.enrolment import ACTIVE, COMPLETED, EXITED, Enrolment
from shared.domain.journey_counts import JourneyCounts, counts_of
from tests.unit.domain.journeys_by_hand import NOW, enrolled

HERE = replace(enrolled("goes"), step="wait", due=NOW + timedelta(days=2), path=("mail", "wait"))


def left(enrolment: Enrolment, to: str, by: str, reason: str = "merged") -> Enrolment:
    went = {"to": to, "by": by, "step": enrolment.step, "due": ""}
    return replace(enrolment, status=EXITED, exit_reason=reason, ended_at=NOW, went=went, step="", due=None)


def arrived(gone: Enrolment, run: int = 1) -> Enrolment:
    to, by = gone.went["to"], gone.went["by"]
    name = "" if gone.identity == to else gone.identity
    here = replace(
        gone, lead_id=to, status=ACTIVE, step=gone.went["step"], cause=f"taken along by {by}", path=(), run=run
    )
    return replace(here, came_by=by, entered_as=name, went={}, ended_at=None, exit_reason="")


def finished(enrolment: Enrolment) -> Enrolment:
    return replace(
        enrolment, status=COMPLETED, step="", cause="over", path=("end",), exit_reason="completed", ended_at=NOW
    )


def counted(*changes: tuple[Enrolment | None, Enrolment]) -> JourneyCounts:
    found: Counter[str] = Counter()
    for number, (before, after) in enumerate(changes):
        for step in counts_of(number, before, after):
            found[step.key] += step.by
    return JourneyCounts(found)


def read(counts: JourneyCounts) -> tuple[int, int, dict[str, int]]:
    return counts.entered, counts.active, counts.ended


def test_who_is_taken_along_by_a_merge_entered_once_and_is_still_in() -> None:
    gone = left(HERE, "stays", "m1")
    counts = counted((None, HERE), (HERE, gone), (None, arrived(gone)))
    assert (read(counts), counts.at("wait"), counts.passed("mail")) == ((1, 1, {}), 1, 1)


def test_who_goes_back_at_a_parting_entered_once_and_ends_once() -> None:
    gone = left(HERE, "stays", "m1")
    there = arrived(gone)
    gone_again = left(there, "goes", "p1", "parted")
    back = arrived(gone_again, run=2)
    changes = [(None, HERE), (HERE, gone), (None, there), (there, gone_again), (gone, back), (back, finished(back))]
    assert read(counted(*changes)) == (1, 0, {"completed": 1})


def test_who_left_and_could_not_take_the_place_there_was_merged() -> None:
    assert read(counted((None, HERE), (HERE, left(HERE, "stays", "m1")))) == (1, 0, {"merged": 1})


def test_who_may_not_go_on_is_counted_by_why() -> None:
    ended = replace(HERE, status=EXITED, exit_reason="merged", step="", due=None, ended_at=NOW)
    assert read(counted((None, HERE), (HERE, ended))) == (1, 0, {"merged": 1})


def test_who_enters_anew_after_they_were_taken_along_entered_again() -> None:
    gone = left(HERE, "stays", "m1")
    there = arrived(gone)
    anew = replace(HERE, lead_id="stays", run=2, entered_at=NOW + timedelta(days=90), cause="another form")
    changes = [(None, HERE), (HERE, gone), (None, there), (there, finished(there)), (finished(there), anew)]
    assert read(counted(*changes)) == (2, 1, {"completed": 1})


@given(st.lists(st.sampled_from(["stays", "goes", "third"]), max_size=6), st.booleans())
def test_wherever_merges_take_somebody_who_entered_is_in_or_ended(ways: list[str], ends: bool) -> None:
    here, changes, numbers = HERE, [(None, HERE)], count()
    stands: dict[str, Enrolment] = {}
    for to in ways:
        if to == here.lead_id:
            continue
        gone = left(here, to, f"d{next(numbers)}")
        changes.append((here, gone))
        stands[here.lead_id] = gone
        over = stands.get(to)
        here = arrived(gone, over.run + 1 if over else 1)
        changes.append((over, here))
    if ends:
        changes.append((here, finished(here)))
    assert read(counted(*changes)) == ((1, 0, {"completed": 1}) if ends else (1, 1, {}))


def test_who_went_on_in_another_version_is_counted_where_they_left() -> None:
    there = replace(HERE, version="v2", cause="due", path=("wait",))
    counts = counted((None, HERE), (HERE, there))
    assert (counts.moved_to("v2"), counts.moved_to(HERE.version)) == (1, 0)


def test_who_left_early_moved_nowhere() -> None:
    counts = counted((None, HERE), (HERE, replace(HERE, status=EXITED, exit_reason="stopped", step="", ended_at=NOW)))
    assert counts.moved_to(HERE.version) == 0
