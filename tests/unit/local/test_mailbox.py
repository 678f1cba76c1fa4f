"""The mailbox: what the tap keeps, what is published about a mail, what its pages and buttons do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from infra.local import mailbox
from infra.local.mail_store import KeptMail, MailStore
from infra.local.mail_tap import MailTap, Receive, Send
from infra.local.ses_publisher import SesPublisher

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
UNSUBSCRIBE = "https://ripen.example/u/abc"


def a_request(to: str = "lin@acme.example", **more: Any) -> dict[str, Any]:
    headers = [
        {"Name": "List-Unsubscribe", "Value": f"<mailto:stop@ripen.example>, <{UNSUBSCRIBE}>"},
        {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
    ]
    body = {"Text": {"Data": "Hello"}, "Html": {"Data": "<p>Hello</p><script>alert(1)</script>"}}
    return {
        "FromEmailAddress": "Ripen <hello@ripen.example>",
        "Destination": {"ToAddresses": [to]},
        "Content": {"Simple": {"Subject": {"Data": "<b>Hello</b>"}, "Body": body, "Headers": headers}},
        "EmailTags": [{"Name": "message_id", "Value": "m-1"}],
        "ConfigurationSetName": "set-1",
        **more,
    }


class Destinations:
    """SES and SNS of one configuration set with one topic, as far as the publisher asks them."""

    def __init__(self, wanted: list[str], enabled: bool = True) -> None:
        self._destination = {
            "Enabled": enabled,
            "MatchingEventTypes": wanted,
            "SnsDestination": {"TopicArn": "arn:topic"},
        }
        self.published: list[dict[str, Any]] = []

    def client(self, service: str) -> Destinations:
        assert service in {"sesv2", "sns"}
        return self

    def get_configuration_set_event_destinations(self, ConfigurationSetName: str) -> dict[str, Any]:  # noqa: N803
        assert ConfigurationSetName == "set-1"
        return {"EventDestinations": [self._destination]}

    def publish(self, TopicArn: str, Message: str) -> None:  # noqa: N803
        assert TopicArn == "arn:topic"
        self.published.append(json.loads(Message))


@pytest.fixture
def store(tmp_path: Path) -> MailStore:
    return MailStore(tmp_path / "mail")


@pytest.fixture
def ses() -> Destinations:
    return Destinations(["SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "RENDERING_FAILURE"])


@pytest.fixture
def publisher(store: MailStore, ses: Destinations) -> SesPublisher:
    return SesPublisher(ses, store)  # type: ignore[arg-type]


@pytest.fixture
def mail(store: MailStore) -> KeptMail:
    return store.add(a_request(), "0100-abc@email.amazonses.com", AT)


@pytest.fixture
def browser(store: MailStore, publisher: SesPublisher) -> FlaskClient:
    client = mailbox.create(store, publisher).test_client()
    client.environ_base["HTTP_HOST"] = "127.0.0.1:4566"
    return client


def test_mails_outlive_a_restart(store: MailStore, mail: KeptMail, tmp_path: Path) -> None:
    again = MailStore(tmp_path / "mail")
    assert again.get(mail.id) == mail


def test_mails_are_listed_newest_first_and_found_by_a_part_of_the_address(store: MailStore) -> None:
    for minute, to in enumerate(["a@acme.example", "b@acme.example", "A@other.example"]):
        store.add(a_request(to), f"id-{minute}", AT.replace(minute=minute))
    assert [mail.to for mail in store.newest()] == ["A@other.example", "b@acme.example", "a@acme.example"]
    assert [mail.to for mail in store.newest("a@ACME")] == ["a@acme.example"]


def test_the_one_click_address_is_the_https_one(mail: KeptMail) -> None:
    assert mail.one_click_url == UNSUBSCRIBE


def test_an_accepted_mail_is_sent_and_delivered(publisher: SesPublisher, ses: Destinations, mail: KeptMail) -> None:
    publisher.accepted(mail)
    assert [event["eventType"] for event in ses.published] == ["Send", "Delivery"]
    assert [event["type"] for event in mail.events] == ["Send", "Delivery"]


def test_events_that_nobody_asked_for_are_not_published(store: MailStore, mail: KeptMail) -> None:
    ses = Destinations(["BOUNCE"])
    SesPublisher(ses, store).accepted(mail)  # type: ignore[arg-type]
    assert ses.published == []


def test_a_switched_off_destination_gets_nothing(store: MailStore, mail: KeptMail) -> None:
    ses = Destinations(["BOUNCE"], enabled=False)
    assert SesPublisher(ses, store).bounced(mail, "Permanent", "General") == 0  # type: ignore[arg-type]


def test_a_mail_without_a_configuration_set_has_no_events(store: MailStore, publisher: SesPublisher) -> None:
    mail = store.add(a_request(ConfigurationSetName=""), "id", AT)
    assert publisher.bounced(mail, "Permanent", "General") == 0


def test_bounce_and_complaint_are_published_as_asked(browser: FlaskClient, ses: Destinations, mail: KeptMail) -> None:
    url = f"/_ripen/mailbox/api/messages/{mail.id}"
    assert browser.post(f"{url}/bounce", json={"type": "Transient", "subtype": "MailboxFull"}).json == {"topics": 1}
    assert browser.post(f"{url}/complain").json == {"topics": 1}
    bounce, complaint = ses.published
    assert (bounce["bounce"]["bounceType"], bounce["bounce"]["bounceSubType"]) == ("Transient", "MailboxFull")
    assert complaint["complaint"]["complaintFeedbackType"] == "abuse"


def test_the_inbox_escapes_what_strangers_wrote(browser: FlaskClient, mail: KeptMail) -> None:
    page = browser.get("/_ripen/mailbox").text
    assert "&lt;b&gt;Hello&lt;/b&gt;" in page
    assert "<b>Hello" not in page


def test_a_mails_html_may_not_run_scripts(browser: FlaskClient, mail: KeptMail) -> None:
    answer = browser.get(f"/_ripen/mailbox/messages/{mail.id}/html")
    policy = answer.headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy


def test_a_mail_that_is_not_there_is_not_found(browser: FlaskClient) -> None:
    assert browser.get("/_ripen/mailbox/messages/none").status_code == 404
    assert browser.post("/_ripen/mailbox/api/messages/none/bounce").status_code == 404


def test_an_unknown_act_is_not_found(browser: FlaskClient, mail: KeptMail) -> None:
    assert browser.post(f"/_ripen/mailbox/api/messages/{mail.id}/explode").status_code == 404


def test_a_mail_without_one_click_cannot_be_unsubscribed_from(browser: FlaskClient, store: MailStore) -> None:
    request = a_request()
    request["Content"]["Simple"]["Headers"] = []
    mail = store.add(request, "id", AT)
    assert browser.post(f"/_ripen/mailbox/api/messages/{mail.id}/unsubscribe").status_code == 409


def test_another_site_may_not_press_the_buttons(browser: FlaskClient, mail: KeptMail) -> None:
    answer = browser.post(f"/_ripen/mailbox/messages/{mail.id}/bounce", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


def test_a_foreign_name_that_points_here_sees_nothing(browser: FlaskClient, mail: KeptMail) -> None:
    assert browser.get("/_ripen/mailbox", headers={"Host": "evil.example"}).status_code == 403


async def ask(app: Any, path: str, body: bytes) -> list[MutableMapping[str, Any]]:
    answered: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        answered.append(message)

    await app({"type": "http", "method": "POST", "path": path}, receive, send)
    await asyncio.gather(*app._telling)
    return answered


def aws(status: int) -> Any:
    """An SES that answers with this status."""

    async def app(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b'{"MessageId": "id-1@email.amazonses.com"}'})

    return app


def test_an_accepted_mail_is_kept_whole(store: MailStore, publisher: SesPublisher, ses: Destinations) -> None:
    tap = MailTap(aws(200), store, publisher)
    answered = asyncio.run(ask(tap, "/v2/email/outbound-emails", json.dumps(a_request()).encode()))
    assert answered[0]["status"] == 200
    (mail,) = store.newest()
    assert mail.request == a_request()
    assert mail.message_id == "id-1@email.amazonses.com"
    assert len(ses.published) == 2


def test_a_refused_mail_is_not_kept(store: MailStore, publisher: SesPublisher) -> None:
    tap = MailTap(aws(403), store, publisher)
    asyncio.run(ask(tap, "/v2/email/outbound-emails", json.dumps(a_request()).encode()))
    assert list(store.newest()) == []


def test_other_calls_pass_untouched(store: MailStore, publisher: SesPublisher) -> None:
    asyncio.run(ask(MailTap(aws(200), store, publisher), "/v2/email/identities", b"{}"))
    assert list(store.newest()) == []
