"""The events that SES would publish about a mail."""

from datetime import UTC, datetime, timedelta

import pytest

from infra import ses_events
from infra.ses_events import SentMail

AT = datetime(2026, 3, 2, 1, 0, 0, 250_000, tzinfo=UTC)
REQUEST = {
    "FromEmailAddress": "Ripen <hello@ripen.example>",
    "Destination": {"ToAddresses": ["林 <lin@acme-robotics.example>"]},
    "Content": {
        "Simple": {
            "Subject": {"Data": "您要的白皮书", "Charset": "UTF-8"},
            "Body": {"Text": {"Data": "…"}},
            "Headers": [{"Name": "List-Unsubscribe", "Value": "<https://ripen.example/u/abc>"}],
        }
    },
    "EmailTags": [{"Name": "message_id", "Value": "m-1"}, {"Name": "journey", "Value": "whitepaper"}],
    "ConfigurationSetName": "set-1",
}


@pytest.fixture
def mail() -> SentMail:
    return SentMail(REQUEST, "0100-abc", AT)


def test_tags_of_the_request_come_back_as_lists(mail: SentMail) -> None:
    tags = ses_events.send(mail)["mail"]["tags"]
    assert tags["message_id"] == ["m-1"]
    assert tags["journey"] == ["whitepaper"]
    assert tags["ses:configuration-set"] == ["set-1"]


def test_send_names_the_mail_and_where_it_goes(mail: SentMail) -> None:
    event = ses_events.send(mail)
    assert event["eventType"] == "Send"
    assert event["send"] == {}
    assert event["mail"]["messageId"] == "0100-abc"
    assert event["mail"]["timestamp"] == "2026-03-02T01:00:00.250Z"
    assert event["mail"]["destination"] == ["林 <lin@acme-robotics.example>"]
    assert event["mail"]["commonHeaders"]["subject"] == "您要的白皮书"


def test_own_headers_are_reported(mail: SentMail) -> None:
    headers = ses_events.send(mail)["mail"]["headers"]
    assert {"name": "List-Unsubscribe", "value": "<https://ripen.example/u/abc>"} in headers


def test_delivery_says_how_long_it_took(mail: SentMail) -> None:
    event = ses_events.delivery(mail, AT + timedelta(seconds=1.5))
    assert event["delivery"]["processingTimeMillis"] == 1500
    assert event["delivery"]["timestamp"] == "2026-03-02T01:00:01.750Z"


def test_bounce_names_the_bare_address_and_its_kind(mail: SentMail) -> None:
    bounce = ses_events.bounce(mail, AT, "Transient", "MailboxFull")["bounce"]
    assert (bounce["bounceType"], bounce["bounceSubType"]) == ("Transient", "MailboxFull")
    assert bounce["bouncedRecipients"][0]["emailAddress"] == "lin@acme-robotics.example"
    assert bounce["bouncedRecipients"][0]["status"] == "4.2.2"


def test_an_unknown_bounce_sub_type_is_still_an_event(mail: SentMail) -> None:
    assert ses_events.bounce(mail, AT, "Undetermined", "Novel")["bounce"]["bounceSubType"] == "Novel"


def test_feedback_ids_are_the_same_for_the_same_report_and_differ_between_reports(mail: SentMail) -> None:
    first = ses_events.bounce(mail, AT)["bounce"]["feedbackId"]
    assert first == ses_events.bounce(mail, AT)["bounce"]["feedbackId"]
    assert first != ses_events.bounce(mail, AT + timedelta(days=1))["bounce"]["feedbackId"]
    assert first != ses_events.complaint(mail, AT)["complaint"]["feedbackId"]


def test_complaint_carries_the_feedback_type(mail: SentMail) -> None:
    complaint = ses_events.complaint(mail, AT, "not-spam")["complaint"]
    assert complaint["complaintFeedbackType"] == "not-spam"
    assert complaint["complainedRecipients"] == [{"emailAddress": "lin@acme-robotics.example"}]


def test_rendering_failure_is_spelt_with_a_space(mail: SentMail) -> None:
    event = ses_events.rendering_failure(mail, "hello", "missing name")
    assert event["eventType"] == "Rendering Failure"
    assert event["failure"] == {"templateName": "hello", "errorMessage": "missing name"}


def test_times_in_another_zone_are_reported_in_utc(mail: SentMail) -> None:
    from zoneinfo import ZoneInfo

    event = ses_events.delivery(mail, AT.astimezone(ZoneInfo("Asia/Shanghai")))
    assert event["delivery"]["timestamp"] == "2026-03-02T01:00:00.250Z"
