"""The harness itself, seen through a small system with one of each trigger (small/template.yaml)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.bed import START, Bed, bed_on
from tests.rehearsal.small import functions


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Bed]:
    functions.seen.clear()
    functions.fails.clear()
    with bed_on(tmp_path, template=Path(__file__).parent / "small" / "template.yaml") as bed:
        yield bed


def seen(function: str) -> list[object]:
    return [what for name, what, _ in functions.seen if name == function]


def moments(function: str) -> list[datetime]:
    return [datetime.fromisoformat(at) for name, _, at in functions.seen if name == function]


def put(bed: Bed, name: str, **body: object) -> None:
    assert bed.http("POST", f"/things/{name}", json=body).status == 201


# ---------------------------------------------------------------- HTTP


def test_a_request_reaches_the_function_that_the_template_routes_it_to(small: Bed) -> None:
    answer = small.http("POST", "https://ripen.example/things/one", json={"kind": "unseen"})
    assert (answer.status, answer.text, answer.headers["content-type"]) == (201, "POST one", "text/plain")


def test_a_literal_path_wins_over_a_parameter(small: Bed) -> None:
    assert small.http("POST", "/things/special", json={"kind": "unseen"}).text == "POST special"


def test_a_path_without_a_route_is_refused_as_api_gateway_does(small: Bed) -> None:
    assert small.http("GET", "/things/one").status == 403


def test_a_function_that_fails_answers_502(small: Bed) -> None:
    small.tolerant = True
    assert small.http("POST", "/things/one", body="no json").status == 502
    assert "JSONDecodeError" in small.failures[0]


def test_a_function_cannot_call_what_its_role_lacks(small: Bed) -> None:
    with pytest.raises(ClientError, match=r"not authorized to perform dynamodb:DeleteItem .*ThingsTable"):
        small.http("GET", "/overreach")


# ---------------------------------------------------------------- streams


def test_a_stream_delivers_what_its_filter_lets_through_in_order_and_in_batches(small: Bed) -> None:
    for name in "abcdef":
        put(small, name, kind="unseen" if name == "c" else "seen")
    small.pump()
    assert seen("follow") == [["a", "b", "d", "e"], ["f"]]


def test_a_write_that_changes_nothing_is_no_stream_record(small: Bed) -> None:
    put(small, "a", kind="seen")
    put(small, "a", kind="seen")
    small.pump()
    assert seen("follow") == [["a"]]


def test_a_poison_record_is_cut_out_retried_and_set_aside_and_blocks_nothing_behind_it(small: Bed) -> None:
    small.tolerant = True
    for name in "abcde":
        put(small, name, kind="poison" if name == "b" else "seen")
    small.later(minutes=5)
    delivered_alone = [names for names in seen("follow") if names == ["b"]]
    assert len(delivered_alone) == 3  # once, and twice again
    assert [n for n in seen("follow") if "b" not in n] == [["a"], ["c", "d"], ["e"]]
    (obituary,) = [json.loads(body) for body in small.world.peek("FailedQueue")]
    assert obituary["DDBStreamBatchInfo"]["batchSize"] == 1
    assert obituary["requestContext"]["condition"] == "RetryAttemptsExhausted"


def test_a_transient_failure_is_retried_with_a_pause_and_in_order(small: Bed) -> None:
    small.tolerant = True
    functions.fails["a"] = 1
    put(small, "a", kind="seen")
    small.pump()
    put(small, "b", kind="seen")
    small.pump()
    assert seen("follow") == [["a"]], "nothing overtakes what is being retried"
    small.later(minutes=1)
    assert seen("follow") == [["a"], ["a"], ["b"]]


# ---------------------------------------------------------------- queues


def test_a_delayed_message_comes_when_its_delay_is_over_and_not_before(small: Bed) -> None:
    put(small, "later", delay=600)
    small.later(minutes=9, seconds=59)
    assert seen("work") == []
    small.later(seconds=2)
    assert seen("work") == ["later"]


def test_a_failed_message_comes_again_after_the_queues_visibility_timeout(small: Bed) -> None:
    functions.fails["one"] = 1
    put(small, "one", delay=0)
    put(small, "two", delay=0)
    small.pump()
    assert sorted(map(str, seen("work"))) == ["one", "two"], "only what is reported as failed comes again"
    small.later(seconds=59)
    assert len(seen("work")) == 2
    small.later(seconds=2)
    assert seen("work")[2:] == ["one"]


def test_a_message_received_too_often_ends_in_the_dead_letter_queue(small: Bed) -> None:
    functions.fails["bad"] = 99
    put(small, "bad", delay=0)
    small.later(minutes=10)
    assert seen("work") == ["bad"] * 3
    assert small.world.peek("JobsDeadQueue") == ["bad"]
    assert small.world.waiting("JobsQueue") == 0


def test_a_fifo_group_waits_for_its_first_and_other_groups_do_not(small: Bed) -> None:
    functions.fails["a1"] = 1
    put(small, "a1", group="a")
    small.pump()
    put(small, "a2", group="a")
    put(small, "b1", group="b")
    small.pump()
    assert seen("work") == ["a1", "b1"]
    small.later(minutes=2)
    assert seen("work") == ["a1", "b1", "a1", "a2"]


def test_a_fifo_message_sent_twice_within_five_minutes_is_one_and_later_it_is_two(small: Bed) -> None:
    put(small, "same", group="a")
    small.later(minutes=4)
    put(small, "same", group="a")
    small.pump()
    assert seen("work") == ["same"]
    small.later(minutes=2)
    put(small, "same", group="a")
    small.pump()
    assert seen("work") == ["same", "same"]


# ---------------------------------------------------------------- schedules


def test_the_schedule_is_fired_at_the_first_whole_minute_after_something_is_due(small: Bed) -> None:
    small.pump()
    functions.seen.clear()
    put(small, "x", due=(START + timedelta(days=3, seconds=30)).isoformat())
    small.until(START + timedelta(days=3))
    assert seen("tick") == []
    small.until(START + timedelta(days=30))
    assert moments("tick") == [datetime(2026, 3, 5, 1, 1, tzinfo=UTC)]


def test_a_schedule_that_fails_comes_again_the_next_minute(small: Bed) -> None:
    small.tolerant = True
    small.pump()
    functions.seen.clear()
    functions.fails["tick"] = 1
    put(small, "x", due=(START + timedelta(minutes=10)).isoformat())
    small.later(days=1)
    assert [m.minute for m in moments("tick")] == [10, 12]


# ---------------------------------------------------------------- mail


def test_an_accepted_mail_is_captured_whole(small: Bed) -> None:
    put(small, "mail-1", delay=0)
    small.pump()
    (mail,) = small.mails
    assert (mail.to, mail.subject, mail.tags, mail.header("x-of")) == (
        "mail-1@b.example",
        "mail-1",
        {"of": "mail-1"},
        "mail-1",
    )
    assert mail.links == ["https://a.example/mail-1?a=1&b=2"]
    assert mail.images == ["https://a.example/pixel"]


def test_ses_publishes_the_events_that_the_configuration_set_asks_for_and_no_others(small: Bed) -> None:
    put(small, "mail-1", delay=0)
    small.pump()
    small.world.post_office.bounce(small.mails[0])
    small.world.post_office.complain(small.mails[0])
    small.pump()
    assert seen("report") == ["Delivery", "Bounce"]


# ---------------------------------------------------------------- what it costs


def test_units_are_those_of_the_functions_writes_with_their_indexes(small: Bed) -> None:
    put(small, "a", kind="seen")  # 1 KB and one index entry
    assert small.world.meter.units.write == 2
    put(small, "a", kind="seen")  # the index does not change
    assert small.world.meter.units.write == 3
    put(small, "a", kind="other")  # the entry moves: one is deleted, one is written
    assert small.world.meter.units.write == 6
    assert small.world.meter.units.by_function.keys() == {"WriteFunction"}


def test_calls_are_counted_by_service(small: Bed) -> None:
    put(small, "mail-1", delay=0)
    small.pump()
    world = small.world
    assert (world.ses_calls, world.sqs_sends) == (1, 1)
    assert world.deliveries.count == {"WriteFunction": 1, "WorkFunction": 1, "ReportFunction": 1, "TickFunction": 1}
