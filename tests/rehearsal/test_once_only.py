"""Streams and queues deliver at least once and handlers die between two lines; still everything happens once."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from infra.rehearsal.calls import Call
from infra.rehearsal.faults import Calm, Delivery, Killed, Record, Strike
from infra.rehearsal.strikes import SECOND_TICK, TWIN, Scripted, Striking
from infra.rehearsal.weather import Weather
from shared.store.tables import ActivityItem, EnrolmentItem, HandoffItem, IntakeItem, MessageItem, PersonItem
from tests.bed import Bed
from tests.integration.test_main_path import leads, messages, post


class Doubled(Calm):
    """Every batch comes twice, the second time turned around."""

    def deliver(self, delivery: Delivery) -> list[list[Record]]:
        records = list(delivery.records)
        return [records, records if delivery.source.endswith(".fifo") else records[::-1]]


class Once(Calm):
    """Does `harm` at the first call of `function` to `operation`; before the call or after it took effect."""

    def __init__(
        self, function: str, operation: str, harm: BaseException, *, after: bool = False, skip: int = 0
    ) -> None:
        self.function, self.operation, self.harm, self.after, self.left = function, operation, harm, after, skip + 1

    def before_call(self, call: Call) -> None:
        self._strike(call, after=False)

    def after_call(self, call: Call) -> None:
        self._strike(call, after=True)

    def _strike(self, call: Call, *, after: bool) -> None:
        if after is self.after and call.function == self.function and call.operation == self.operation:
            self.left -= 1
            if self.left == 0:
                raise self.harm


THROTTLED = ClientError(
    {"Error": {"Code": "ProvisionedThroughputExceededException"}, "ResponseMetadata": {"HTTPStatusCode": 400}},
    "PutItem",
)


def outcome() -> dict[str, Any]:
    """Everything that must be the same however bumpy the way was."""
    [lead] = leads()
    return {
        "score": int(lead.score),
        "stage": lead.stage,
        "activities": sorted(
            (item.type, item.sk.partition("#")[2]) for item in ActivityItem.scan() if item.type != "grade_changed"
        ),
        "grades": sorted(
            (item.detail["from"], item.detail["to"]) for item in ActivityItem.scan() if item.type == "grade_changed"
        ),
        "handoffs": len(list(HandoffItem.scan())),
        "enrolments": sorted((item.journey, item.status) for item in EnrolmentItem.scan()),
        "pointers": len(list(PersonItem.scan())),
        "templates": sorted(item.template for item in MessageItem.scan()),
    }


def ripen(bed: Bed) -> None:
    post(bed)
    bed.later(minutes=1)
    bed.open_and_click(0)
    bed.later(hours=50)


def test_deliveries_that_come_twice_change_nothing(bed: Bed) -> None:
    bed.world.deliveries.faults = Doubled()
    ripen(bed)
    found = outcome()
    assert found["score"] == 50
    assert found["handoffs"] == 1
    assert found["grades"] == [("cold", "warm"), ("warm", "hot")]
    assert found["templates"] == [
        "handoff-escalated",
        "handoff-escalated",
        "handoff-new",
        "handoff-reminder",
        "whitepaper-thanks",
    ]
    assert len(bed.mails) == len(found["templates"])


@pytest.mark.parametrize(
    ("function", "operation", "skip"),
    [
        ("ResolveFunction", "PutItem", 0),
        ("ResolveFunction", "PutItem", 1),
        ("ResolveFunction", "PutItem", 2),
        ("ScoreFunction", "UpdateItem", 0),
        ("ScoreFunction", "PutItem", 0),
        ("ReactFunction", "PutItem", 0),
        ("ReactFunction", "SendMessage", 0),
        ("ReactFunction", "UpdateItem", 0),
        ("ReactFunction", "SendMessage", 1),
        ("AdvanceFunction", "UpdateItem", 0),
        ("AdvanceFunction", "SendMessage", 0),
        ("FeedbackFunction", "UpdateItem", 0),
    ],
)
@pytest.mark.parametrize("after", [False, True])
def test_a_function_that_dies_before_or_after_a_write_leaves_nothing_half_done(
    bed: Bed, function: str, operation: str, skip: int, after: bool
) -> None:
    bed.tolerant = True
    faults = Once(function, operation, Killed(), after=after, skip=skip)
    bed.world.deliveries.faults = faults
    ripen(bed)
    assert faults.left <= 0, "nothing was killed"
    found = outcome()
    assert (found["score"], found["stage"], found["handoffs"]) == (50, "mql", 1)
    assert found["grades"] == [("cold", "warm"), ("warm", "hot")]
    assert found["enrolments"] == [("whitepaper-three-steps", "exited")]
    assert len(bed.mails) == 5


@pytest.mark.parametrize("function", ["ResolveFunction", "ReactFunction"])
def test_a_throttled_write_is_tried_again(bed: Bed, function: str) -> None:
    bed.tolerant = True
    bed.world.deliveries.faults = Once(function, "PutItem", THROTTLED)
    ripen(bed)
    assert outcome()["handoffs"] == 1
    assert bed.world.waiting("FailedQueue") == 0


@pytest.mark.parametrize("operation", ["UpdateItem", "PutItem", "SendMessage"])
def test_a_lead_marked_by_hand_while_the_console_dies_is_handed_over_once_when_marked_again(
    bed: Bed, operation: str
) -> None:
    bed.tolerant = True
    post(bed)
    bed.pump()
    [lead] = leads()
    bed.world.deliveries.faults = Once("AdminFunction", operation, Killed(), after=True)
    answers = [bed.admin("POST", f"/api/leads/{lead.id}/mql", json={"note": "met"}).status for _ in range(2)]
    bed.later(hours=50)
    assert answers == [502, 200]
    found = outcome()
    assert (found["stage"], found["handoffs"]) == ("mql", 1)
    assert [t for t in found["templates"] if t.startswith("handoff")] == [
        "handoff-escalated",
        "handoff-escalated",
        "handoff-new",
        "handoff-reminder",
    ]


def test_a_sender_that_dies_after_ses_took_the_mail_does_not_send_it_again(bed: Bed) -> None:
    bed.tolerant = True
    bed.world.deliveries.faults = Once("SendFunction", "SendEmail", Killed(), after=True)
    post(bed)
    bed.later(hours=1)
    assert len(bed.mails) == 1
    # SES's own events say what the sender could not.
    assert [item.status for item in messages()] == ["delivered"]


def test_a_time_out_of_ses_is_never_answered_with_a_second_mail(bed: Bed) -> None:
    bed.tolerant = True
    bed.world.deliveries.faults = Once("SendFunction", "SendEmail", ReadTimeoutError(endpoint_url="https://email"))
    post(bed)
    bed.later(hours=1)
    assert not bed.mails
    assert [item.status for item in messages()] == ["unknown"]


def test_a_sending_rate_that_is_exceeded_is_waited_out(bed: Bed) -> None:
    bed.tolerant = True
    too_many = ClientError(
        {
            "Error": {"Code": "TooManyRequestsException", "Message": "Maximum sending rate exceeded"},
            "ResponseMetadata": {"HTTPStatusCode": 429},
        },
        "SendEmail",
    )
    bed.world.deliveries.faults = Once("SendFunction", "SendEmail", too_many)
    post(bed)
    bed.later(hours=1)
    assert len(bed.mails) == 1
    assert [item.status for item in messages()] == ["delivered"]


def test_the_same_token_or_key_is_one_submission(bed: Bed) -> None:
    token = json.loads(bed.http("GET", "/f/whitepaper/token").body)["token"]
    bed.later(seconds=3)
    first, second = post(bed, _token=token), post(bed, _token=token, name="Somebody else")
    assert json.loads(first.body) == json.loads(second.body)
    headers = {"Idempotency-Key": "order-1", "Content-Type": "application/json"}
    body = json.dumps({"email": "a@b.example", "name": "A", "company": "B"}).encode()
    third = bed.http("POST", "/f/whitepaper", body=body, headers=headers)
    fourth = bed.http("POST", "/f/whitepaper", body=body, headers=headers)
    assert json.loads(third.body) == json.loads(fourth.body) != json.loads(first.body)
    assert len(list(IntakeItem.scan())) == 2


def test_a_token_that_is_too_young_is_answered_alike_and_held_back(bed: Bed) -> None:
    token = json.loads(bed.http("GET", "/f/whitepaper/token").body)["token"]
    post(bed, _token=token)
    bed.pump()
    assert [(item.status, item.reason) for item in IntakeItem.scan()] == [("quarantined", "bad_token")]
    assert not list(PersonItem.scan())


def test_what_fills_the_trap_is_held_back_and_can_be_released(bed: Bed) -> None:
    answer = post(bed, website="https://spam.example")
    bed.pump()
    assert not list(PersonItem.scan())
    submission_id = json.loads(answer.body)["submission_id"]
    assert bed.admin("POST", f"/api/quarantine/{submission_id}/release").status == 200
    bed.pump()
    assert [int(lead.score) for lead in leads()] == [35]


def test_a_poison_record_holds_nobody_up_and_is_set_aside_with_its_reason(bed: Bed) -> None:
    bed.tolerant = True
    IntakeItem(
        "poison", form="whitepaper", status="accepted", received_at="not a time", fields={}, meta={}, expires=1
    ).save()
    post(bed)
    bed.pump()
    assert len(leads()) == 1
    [body] = bed.world.peek("FailedQueue")
    found = json.loads(body)
    assert found["function"] == "resolve"
    assert found["reason"].startswith("ValueError")
    assert found["record"]["dynamodb"]["Keys"] == {"submission_id": {"S": "poison"}}
    assert IntakeItem.get("poison").status == "set_aside"


def test_an_hour_without_ticks_is_caught_up(bed: Bed) -> None:
    post(bed)
    bed.pump()
    bed.later(days=2, hours=23, minutes=50)
    bed.clock.advance_to(bed.clock.now() + timedelta(hours=2))
    bed.invoke("Tick", {})
    bed.pump()
    assert len(messages("marketing")) == 1


def test_two_ticks_at_once_wake_a_journey_once(bed: Bed) -> None:
    post(bed)
    bed.pump()
    number = bed.world.deliveries.count["TickFunction"] + 1
    faults = Scripted([Strike(f"TickFunction {number} call 3", SECOND_TICK)])
    faults.begin(bed.world)
    bed.world.deliveries.faults = faults
    bed.later(days=3, minutes=5)
    assert faults.struck, "there was no second tick"
    assert bed.world.deliveries.count["TickFunction"] == number + 1
    assert len(messages("marketing")) == 1


def test_a_second_tick_has_none_beside_it(bed: Bed) -> None:
    post(bed)
    bed.pump()
    before = bed.world.deliveries.count["TickFunction"]
    faults = Weather(1, {"double_tick": 1.0}).faults()
    faults.begin(bed.world)
    bed.world.deliveries.faults = faults
    bed.later(days=3, minutes=5)
    assert faults.struck
    ticks = bed.world.deliveries.count["TickFunction"] - before
    assert len(faults.struck) <= ticks / 2


@pytest.mark.parametrize("act", ["accept", "follow-up", "outcome"])
def test_a_button_of_sales_that_is_pressed_twice_at_once_is_answered_twice_with_thanks(bed: Bed, act: str) -> None:
    post(bed)
    bed.pump()
    [lead] = leads()
    assert bed.admin("POST", f"/api/leads/{lead.id}/mql", json={"note": "called"}).status == 200
    bed.pump()
    [handoff] = bed.admin("GET", "/api/handoffs").json()["items"]
    number = bed.world.deliveries.count["AdminFunction"] + 1
    faults = Beside(f"AdminFunction {number} call ")
    faults.begin(bed.world)
    bed.world.deliveries.faults = faults
    said = {"note": "on the phone", **({"result": "won", "amount": "1 CNY"} if act == "outcome" else {})}
    answer = bed.admin("POST", f"/api/handoffs/{handoff['handoff_id']}/{act}", json=said)
    assert answer.status == 200, answer.text
    assert [strike.what for strike in faults.struck] == [TWIN]


class Beside(Striking):
    """The same request is worked on from start to end right before the first write of the invocation at `place`."""

    def __init__(self, place: str) -> None:
        super().__init__()
        self._place = place

    def at_call(self, where: str, call: Call) -> Strike | None:
        is_there = where.startswith(self._place) and call.operation in ("UpdateItem", "PutItem") and not self.struck
        return Strike(where, TWIN) if is_there else None
