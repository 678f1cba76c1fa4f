"""What happens to a mail that SES does not take now, on an engine."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra import ses_events
from infra.rehearsal.calls import Call
from infra.rehearsal.faults import Calm
from shared.runtime import observe
from shared.store.tables import MessageItem, SuppressionItem
from tests.bed import START, Bed

LIN = {
    "email": "lin@acme-robotics.example",
    "name": "林小姐",
    "company": "Acme Robotics",
    "country": "CN",
    "consent_email": True,
}

TICK = json.loads((Path(__file__).parents[1] / "events" / "schedule-tick.json").read_text(encoding="utf-8"))


class Refusing(Calm):
    """SES answers the first `times` mails with this error; the account says what `sending` says."""

    def __init__(self, code: str, message: str, times: int) -> None:
        self.code, self.message, self.left, self.asked = code, message, times, 0

    def before_call(self, call: Call) -> None:
        if call.operation == "SendEmail":
            self.asked += 1
            if self.left:
                self.left -= 1
                raise ClientError({"Error": {"Code": self.code, "Message": self.message}}, "SendEmail")


def post(bed: Bed, name: str) -> None:
    answer = bed.http("POST", "/f/whitepaper", json={**LIN, "email": f"{name}@{name}-works.example"})
    assert answer.status == 202, answer.body
    bed.pump()


def statuses() -> list[str]:
    return sorted(item.status for item in MessageItem.scan())


def refuse(bed: Bed, code: str, message: str, times: int) -> Refusing:
    faults = Refusing(code, message, times)
    bed.world.deliveries.faults = faults
    return faults


def test_a_mail_that_came_too_fast_is_sent_a_moment_later_and_nothing_fails(bed: Bed) -> None:
    refuse(bed, "TooManyRequestsException", "Maximum sending rate exceeded.", times=3)
    post(bed, "lin")
    assert (statuses(), len(bed.mails)) == (["queued"], 0)
    bed.later(minutes=10)
    assert (statuses(), len(bed.mails)) == (["delivered"], 1)


def test_a_used_up_daily_quota_closes_the_channel_for_every_sender(bed: Bed) -> None:
    faults = refuse(bed, "TooManyRequestsException", "Daily message quota exceeded.", times=1)
    post(bed, "lin")
    post(bed, "wang")
    post(bed, "zhao")
    assert (faults.asked, statuses()) == (1, ["queued"] * 3)
    bed.later(minutes=25)
    assert (statuses(), len(bed.mails)) == (["delivered"] * 3, 3)


def test_a_paused_account_stops_all_mail_and_says_so(bed: Bed, metrics: list[str]) -> None:
    faults = refuse(bed, "SendingPausedException", "Sending is paused.", times=1)
    post(bed, "lin")
    post(bed, "wang")
    assert (faults.asked, statuses()) == (1, ["queued"] * 2)
    assert "EmailClosedAccountPaused" in metrics


def test_an_account_that_may_send_again_is_noticed_within_minutes(bed: Bed) -> None:
    faults = refuse(bed, "SendingPausedException", "Sending is paused.", times=1)
    post(bed, "lin")
    bed.later(minutes=10)
    bed.invoke("Tick", TICK)  # the account is looked at, and is in good standing
    post(bed, "wang")
    assert (faults.asked, len(bed.mails)) == (2, 1)


def test_a_mailbox_that_is_full_three_times_is_left_alone_for_a_month(bed: Bed) -> None:
    post(bed, "lin")
    for number in range(3):
        report(bed, ses_events.bounce(bed.mails[0].sent, START + timedelta(days=number), "Transient", "MailboxFull"))
    [row] = [item for item in SuppressionItem.scan() if item.list == "soft_bounced"]
    assert len(row.bounces) == 3
    bed.later(days=8)
    assert {reason for item in MessageItem.scan() for reason in item.reasons or []} == {"suppressed"}


def test_the_same_soft_bounce_told_three_times_is_one(bed: Bed) -> None:
    post(bed, "lin")
    event = ses_events.bounce(bed.mails[0].sent, START, "Transient", "MailboxFull")
    for _ in range(3):
        report(bed, event)
    [row] = [item for item in SuppressionItem.scan() if item.list == "soft_bounced"]
    assert (len(row.bounces), row.until) == (1, None)


@pytest.mark.parametrize("subtype", ["MessageTooLarge", "ContentRejected", "AttachmentRejected", "SomethingNew"])
def test_a_mail_that_was_at_fault_itself_does_not_count_against_the_address(bed: Bed, subtype: str) -> None:
    post(bed, "lin")
    report(bed, ses_events.bounce(bed.mails[0].sent, START, "Transient", subtype))
    assert [item for item in SuppressionItem.scan() if item.list == "soft_bounced"] == []


def report(bed: Bed, event: dict[str, Any]) -> None:
    record = {"messageId": "1", "body": json.dumps(event), "attributes": {}, "eventSource": "aws:sqs"}
    assert bed.invoke("Feedback", {"Records": [record]}) == {"batchItemFailures": []}


@pytest.fixture
def metrics(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what was counted."""
    seen: list[str] = []
    add = observe._metrics().add_metric

    def note(name: str, **rest: Any) -> None:
        seen.append(name)
        add(name=name, **rest)

    monkeypatch.setattr(observe._metrics(), "add_metric", note)
    return seen
