"""Every kind of fault, seen through the small system: that it happens, and that nothing happens besides."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from infra.rehearsal.calls import Call
from infra.rehearsal.faults import Strike
from infra.rehearsal.forecast import read_weather
from infra.rehearsal.strikes import KINDS, Scripted, Striking
from infra.rehearsal.weather import CHANCES, Weather
from infra.storm.search import Sample
from infra.storm.storms import fewest
from tests.bed import START, Bed, bed_on
from tests.rehearsal.small import functions
from tests.rehearsal.test_harness import moments, put, seen

pytestmark = pytest.mark.rehearsal


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Bed]:
    functions.seen.clear()
    functions.fails.clear()
    with bed_on(tmp_path, template=Path(__file__).parent / "small" / "template.yaml") as bed:
        bed.tolerant = True
        yield bed


class Watch:
    """The calls that took effect."""

    def __init__(self, bed: Bed) -> None:
        self.made: list[str] = []
        bed.world.calls.after.insert(0, self._after)

    def _after(self, call: Call) -> None:
        if call.function and not call.error:
            self.made.append(call.operation)


def struck_by(bed: Bed, where: str, what: str, **more: object) -> Striking:
    return under(bed, Scripted([Strike(where, what, more)]))


def under(bed: Bed, faults: Striking) -> Striking:
    faults.begin(bed.world)
    bed.world.deliveries.faults = faults
    return faults


def post(bed: Bed, name: str) -> int:
    return bed.http("POST", f"/things/{name}", json={"kind": "seen"}).status


# ---------------------------------------------------------------- at a call


def test_a_function_that_dies_before_a_call_leaves_it_undone(small: Bed) -> None:
    watch = Watch(small)
    struck_by(small, "WriteFunction 1 call 1", "kill_before")
    assert post(small, "a") == 502
    assert watch.made == []


def test_a_function_that_dies_after_a_call_has_done_it(small: Bed) -> None:
    watch = Watch(small)
    struck_by(small, "WriteFunction 1 call 1", "kill_after")
    assert post(small, "a") == 502
    small.pump()
    assert (watch.made, seen("follow")) == (["PutItem"], [["a"]])


@pytest.mark.parametrize(
    ("what", "error", "effects"),
    [
        ("throttled", "ProvisionedThroughputExceededException", 0),
        ("server_error", "InternalServerError", 0),
        ("timeout_after", "ReadTimeoutError", 1),
    ],
)
def test_a_call_that_is_refused_has_no_effect_and_one_that_times_out_has_one(
    small: Bed, what: str, error: str, effects: int
) -> None:
    watch = Watch(small)
    struck_by(small, "WriteFunction 1 call 1", what)
    assert post(small, "a") == 502
    assert error in small.failures[0]
    assert len(watch.made) == effects


def test_a_call_whose_answer_is_lost_is_made_twice_and_the_function_sees_one(small: Bed) -> None:
    watch = Watch(small)
    struck_by(small, "WriteFunction 1 call 1", "repeated")
    assert post(small, "a") == 201
    assert watch.made == ["PutItem", "PutItem"]


def test_while_a_function_is_slow_everything_else_goes_on(small: Bed) -> None:
    post(small, "early")
    struck_by(small, "WriteFunction 2 call 1", "overtaken")
    before = small.clock.now()
    assert post(small, "late") == 201
    assert seen("follow") == [["early"]]
    assert small.clock.now() - before >= timedelta(seconds=20)


def test_what_comes_for_a_function_while_it_is_slow_waits_until_it_is_done(small: Bed) -> None:
    put(small, "bell", due=(small.clock.now() + timedelta(seconds=50)).isoformat())
    put(small, "mail-1", delay=45)
    put(small, "mail-2", delay=50)
    struck_by(small, "WorkFunction 1 call 1", "overtaken")
    small.world.run_until(small.clock.now() + timedelta(minutes=2))
    first, second = moments("work")
    assert second - first == timedelta(seconds=20)


def test_a_request_that_comes_twice_at_once_is_worked_on_twice(small: Bed) -> None:
    watch = Watch(small)
    struck_by(small, "WriteFunction 1 call 1", "twin")
    assert post(small, "a") == 201
    assert watch.made == ["PutItem", "PutItem"]
    assert small.world.deliveries.count["WriteFunction"] == 2


def test_what_a_process_knew_of_tables_dies_with_it(small: Bed) -> None:
    from shared.runtime.wiring import wiring

    vars(wiring)["secret"] = b"read from a table"
    struck_by(small, "WriteFunction 1 call 1", "kill_after")
    post(small, "a")
    assert "secret" not in vars(wiring)


# ---------------------------------------------------------------- at a delivery


def test_a_batch_comes_twice(small: Bed) -> None:
    struck_by(small, "FollowFunction batch 1", "doubled")
    put(small, "a", kind="seen")
    small.pump()
    assert seen("follow") == [["a"], ["a"]]


def test_a_batch_comes_in_pieces_in_its_order(small: Bed) -> None:
    struck_by(small, "FollowFunction batch 1", "cut")
    for name in "abcd":
        put(small, name, kind="seen")
    small.pump()
    pieces = seen("follow")
    assert len(pieces) == 2
    assert [name for piece in pieces for name in piece] == ["a", "b", "c", "d"]  # type: ignore[attr-defined]


def test_a_fifo_batch_is_shuffled_and_each_group_keeps_its_order(small: Bed) -> None:
    struck_by(small, "WorkFunction batch 1", "shuffled")
    names = ["a1", "a2", "b1", "b2", "a3", "b3"]
    for name in names:
        put(small, name, group=name[0])
    small.pump()
    found = [str(name) for name in seen("work")]
    assert found != names
    assert [[n for n in found if n[0] == group] for group in "ab"] == [["a1", "a2", "a3"], ["b1", "b2", "b3"]]


def test_a_message_that_was_done_comes_again_after_its_visibility_time_out(small: Bed) -> None:
    struck_by(small, "WorkFunction batch 1 message 1", "late")
    put(small, "one", delay=0)
    small.later(seconds=59)
    assert seen("work") == ["one"]
    small.later(seconds=2)
    assert seen("work") == ["one", "one"]
    small.later(minutes=10)
    assert seen("work") == ["one", "one"]


@pytest.mark.parametrize(("function", "thing"), [("follow", {"kind": "seen"}), ("work", {"delay": 0})])
def test_a_consumer_that_is_down_for_a_day_catches_up(small: Bed, function: str, thing: dict[str, object]) -> None:
    faults = struck_by(small, f"{function.capitalize()}Function batch 1", "down", minutes=23 * 60)
    put(small, "a", **thing)
    small.later(hours=22)
    assert seen(function) == []
    put(small, "b", **thing)
    small.later(hours=2)
    assert str(seen(function)).count("a") == str(seen(function)).count("b") == 1
    assert faults.delay == timedelta(hours=23, minutes=30)


# ---------------------------------------------------------------- at the clock


def test_a_schedule_that_misses_an_hour_fires_after_it(small: Bed) -> None:
    small.pump()
    functions.seen.clear()
    struck_by(small, "TickFunction firing 1", "missed", minutes=60)
    put(small, "x", due=(START + timedelta(hours=3)).isoformat())
    small.later(hours=6)
    assert [at - START for at in moments("tick")] == [timedelta(hours=4)]


# ---------------------------------------------------------------- by chance


def played(directory: Path, faults: Striking) -> list[object]:
    """What the stream's consumer sees in this weather."""
    functions.seen.clear()
    functions.fails.clear()
    with bed_on(directory, template=Path(__file__).parent / "small" / "template.yaml") as bed:
        bed.tolerant = True
        under(bed, faults)
        for name in "abcdefghijkl":
            post(bed, name)
            if name in "cfil":
                bed.pump()
        bed.later(minutes=5)
    return seen("follow")


CHANCY = {"crash": 0.3, "duplicate": 0.5, "cut": 0.5}


def test_the_same_seed_is_the_same_weather_and_another_seed_is_not(tmp_path: Path) -> None:
    one, same, other = (Weather(seed, CHANCY).faults() for seed in (1, 1, 2))
    assert played(tmp_path, one) == played(tmp_path, same) != played(tmp_path, other)
    assert [str(strike) for strike in one.struck] == [str(strike) for strike in same.struck]


def test_what_struck_in_a_storm_is_a_script_that_makes_the_same_run(tmp_path: Path) -> None:
    storm = Weather(1, CHANCY).faults()
    before = played(tmp_path, storm)
    row = Weather(script=tuple(storm.struck)).as_row()
    kept = read_weather(row, lambda *_: None, lambda key, why: pytest.fail(f"{key} {why}"))
    assert played(tmp_path, kept.faults()) == before
    assert before != played(tmp_path, Scripted([]))


def test_what_of_a_script_found_no_place_is_told() -> None:
    script = Scripted([Strike("SendFunction 9 call 1", "twin"), Strike("SendFunction batch 1", "cut")])
    assert script.at_call("SendFunction 9 call 1", None) == Strike("SendFunction 9 call 1", "twin")  # type: ignore[arg-type]
    assert script.missed_the_mark == [Strike("SendFunction batch 1", "cut")]


def test_every_kind_has_its_words() -> None:
    assert all(words and words[0].islower() for words in (*KINDS.values(), *CHANCES.values()))


def test_the_parts_of_a_sample_are_the_whole_and_share_nothing() -> None:
    strikes = [Strike(f"SendFunction {number} call {call}", "throttled") for number in range(9) for call in range(9)]
    parts = [[s for s in strikes if Sample(4, part).holds(s)] for part in range(4)]
    assert sorted(str(strike) for part in parts for strike in part) == sorted(map(str, strikes))
    assert all(parts)


def test_shrinking_leaves_the_faults_that_are_needed_together() -> None:
    assert fewest(list(range(40)), lambda some: {7, 31} <= set(some)) == [7, 31]
