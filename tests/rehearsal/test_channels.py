"""Text messages, WeChat and app push through the real handlers: the same gate, the same receipts, the same exactness as mail."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.build.content import compile_content
from infra.rehearsal.phones import SERVICE, Told
from infra.template import ROOT
from shared.channels import http
from shared.domain.links import CLICK, PREFERENCES, Link, make_link
from shared.runtime import content
from shared.runtime.wiring import wiring
from shared.store.tables import ActivityItem, MessageItem, MeterItem, PersonItem, SuppressionItem
from tests.bed import Bed, bed_on
from tests.rehearsal.conftest import name_a_wechat_template

pytestmark = [pytest.mark.rehearsal, pytest.mark.slow]

NUMBER, OPEN_ID, DEVICE = "+8613912047765", "oLVPpjqs9BhvzwPj5A-vTYAX3GLc", "1104a89792a"
CSV = (
    "email,phone,name,country,wechat_openid,push_id,consent email,consent sms,consent wechat,consent push,consent at,consent text\n"
    "{email},{phone},林小姐,{country},oLVPpjqs9BhvzwPj5A-vTYAX3GLc,1104a89792a,yes,{sms},yes,yes,2026-02-01,同意接收消息\n"
)
LIN = {"email": "lin@acme-robotics.example", "phone": NUMBER, "country": "CN", "sms": "yes"}


@pytest.fixture(scope="module")
def channels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped content, with the journeys of this folder in place of the shipped ones."""
    root = tmp_path_factory.mktemp("channels")
    shutil.copytree(ROOT / "templates", root / "templates", ignore=shutil.ignore_patterns("journeys"))
    (root / "templates" / "journeys").mkdir()
    shutil.copy(Path(__file__).parent / "journeys" / "channels.yaml", root / "templates" / "journeys")
    name_a_wechat_template(root / "templates")
    assert compile_content(root / "templates", root / "content") == []
    return root / "content"


@pytest.fixture
def bed(channels: Path) -> Iterator[Bed]:
    with bed_on(channels) as here:
        yield here


def arrive(bed: Bed, **changes: str) -> str:
    """A person comes by a file, with an address and a yes for every channel, and looks at the page that starts the journey; returns their id."""
    sheet = CSV.format(**{**LIN, **changes}).encode()
    answer = bed.admin("POST", "/api/imports", body=sheet, headers={"Content-Type": "text/csv"})
    assert answer.status in (200, 202), answer.body
    bed.later(minutes=2)
    [lead] = [item for item in PersonItem.scan() if item.kind == "lead"]
    return str(lead.id)


def enter(bed: Bed, email: str = LIN["email"]) -> None:
    """The same person signs up with a browser and looks at the page that starts the journey."""
    post = {"email": email, "name": "林小姐", "visitor": "visitor-of-lin"}
    assert bed.http("POST", "/f/webinar", json=post, headers={"Accept-Language": "zh-CN"}).status == 202
    bed.pump()
    view = {"url": "https://www.ripen-demo.example/channels", "visitor": "visitor-of-lin"}
    assert bed.http("POST", "/t/v", json=view).status in (202, 204)
    bed.pump()


def told(bed: Bed) -> list[Told]:
    return bed.world.phones.told


def why_no_texts(bed: Bed, lead_id: str) -> list[str]:
    return list(bed.admin("GET", f"/api/leads/{lead_id}/contactable?channel=sms").json()["reasons"])


def receipts(lead_id: str, channel: str) -> list[MessageItem]:
    return [item for item in MessageItem.query(lead_id) if item.channel == channel]


def test_each_channel_gets_its_message_once_in_the_persons_language(bed: Bed) -> None:
    lead_id = arrive(bed)
    enter(bed)
    bed.later(days=3)
    assert [(each.channel, each.to) for each in told(bed)] == [("sms", NUMBER), ("wechat", OPEN_ID), ("push", DEVICE)]
    text = told(bed)[0].text
    assert text.startswith("【Ripen】林小姐")
    assert text.endswith("拒收请回复R")
    assert "明天 15:00" in told(bed)[1].text
    found = {item.channel: item for item in MessageItem.query(lead_id) if item.channel != "email"}
    assert {name: item.status for name, item in found.items()} == {"sms": "delivered", "wechat": "sent", "push": "sent"}
    assert {name: item.to for name, item in found.items()} == {"sms": NUMBER, "wechat": OPEN_ID, "push": DEVICE}
    assert found["sms"].consent["state"] == "granted"


def test_a_wechat_message_without_a_template_is_refused_and_the_journey_goes_on(bed: Bed) -> None:
    message = content.messages()["live-session-tomorrow"]["wechat"]
    named = message.pop("template_id")
    try:
        lead_id = arrive(bed)
        enter(bed)
        bed.later(days=3)
    finally:
        message["template_id"] = named
    [receipt] = receipts(lead_id, "wechat")
    assert (receipt.status, receipt.reasons, receipt.claimed_by) == ("refused", ["unsendable"], None)
    assert "has no template_id" in receipt.checks[-1]
    assert [each.channel for each in told(bed)] == ["sms", "push"]


def test_a_click_in_a_text_message_says_its_channel_and_counts_for_the_score(bed: Bed) -> None:
    lead_id = arrive(bed)
    enter(bed)
    before = float(PersonItem.get(lead_id).score)
    [sent] = receipts(lead_id, "sms")
    link = make_link(wiring.secret, CLICK, Link(lead_id, sent.message_id, "https://a.example/seat"))
    bed.later(minutes=30)
    assert bed.http("GET", f"/t/c/{link}").status == 302
    bed.pump()
    [click] = [row for row in ActivityItem.query(lead_id) if row.type == "email_clicked"]
    assert click.channel == "sms"
    assert float(PersonItem.get(lead_id).score) > before
    page = bed.admin("GET", f"/leads/{lead_id}?lang=en").text
    assert "Clicked in a text message" in page
    assert "We sent a text message" in page


def test_the_meter_counts_by_channel(bed: Bed) -> None:
    arrive(bed)
    enter(bed)
    bed.later(days=3)
    keys = {key for row in MeterItem.scan() for key in row.counts if key.partition("|")[0] in ("sms", "wechat", "push")}
    # The text is Chinese and has two parts.
    further = "sms|channels|marketing|part"
    assert keys == {f"{channel}|channels|marketing" for channel in ("sms", "wechat", "push")} | {further}
    assert [row.counts[further] for row in MeterItem.scan() if further in row.counts] == [1]
    costs = bed.admin("GET", "/api/costs").json()
    assert costs["by_channel"]["sms"] == "0.10 USD"


def test_without_a_yes_to_text_messages_there_is_none(bed: Bed) -> None:
    lead_id = arrive(bed, sms="no")
    enter(bed)
    assert [list(item.reasons) for item in receipts(lead_id, "sms")] == [["no_consent"]]
    bed.later(days=3)
    assert [each.channel for each in told(bed)] == ["wechat", "push"]


def test_a_country_without_a_registered_sender_gets_no_text_messages(bed: Bed) -> None:
    lead_id = arrive(bed, phone="+48601194283", country="PL")
    enter(bed)
    assert [list(item.reasons) for item in receipts(lead_id, "sms")] == [["country_rule"]]


def test_who_answers_stop_gets_no_more_texts_and_keeps_the_rest(bed: Bed) -> None:
    lead_id = arrive(bed)
    enter(bed)
    bed.world.phones.answer(NUMBER, " 退订。")
    bed.pump()
    assert {item.list for item in SuppressionItem.query(f"phone:{NUMBER}")} == {"unsubscribed"}
    assert PersonItem.get(lead_id).consent["sms"]["state"] == "withdrawn"
    assert PersonItem.get(lead_id).consent["email"]["state"] == "granted"
    assert [item.channel for item in ActivityItem.query(lead_id) if item.type == "channel_stopped"] == ["sms"]
    assert why_no_texts(bed, lead_id) == ["unsubscribed", "no_consent"]
    bed.later(days=3)
    assert [each.channel for each in told(bed)] == ["sms", "wechat", "push"]


def test_another_answer_stops_nothing(bed: Bed) -> None:
    lead_id = arrive(bed)
    enter(bed)
    bed.world.phones.answer(NUMBER, "Thanks, I will stop by at your booth")
    bed.pump()
    assert PersonItem.get(lead_id).consent["sms"]["state"] == "granted"


def test_stop_from_a_number_that_nobody_has_stands_until_somebody_has_it(bed: Bed) -> None:
    arrive(bed)
    bed.world.phones.answer("+8613800000000", "STOP")
    bed.pump()
    assert {item.list for item in SuppressionItem.query("phone:+8613800000000")} == {"unsubscribed"}


def test_a_number_that_is_none_is_never_written_to_again(bed: Bed) -> None:
    lead_id = arrive(bed)
    enter(bed)
    bed.world.phones.fail(told(bed)[0])
    bed.pump()
    assert {item.list for item in SuppressionItem.query(f"phone:{NUMBER}")} == {"bounced"}
    assert why_no_texts(bed, lead_id) == ["suppressed"]
    assert bed.admin("GET", f"/api/leads/{lead_id}/contactable?channel=email").json()["allowed"]


def test_wechat_out_of_reach_is_waited_for_and_an_answer_that_never_came_is_not_repeated(bed: Bed) -> None:
    lead_id = arrive(bed)
    enter(bed)
    answers: list[Any] = [http.Unreachable("down"), http.Unreachable("down")]
    stranger = bed.world.phones.stranger

    def moody(request: http.Request) -> http.Answer:
        if answers:
            raise answers.pop(0)
        return stranger(request)

    http.use(moody)
    bed.later(hours=30)
    assert [each.channel for each in told(bed)] == ["sms", "wechat"]
    http.use(_silent_after(stranger))
    bed.later(hours=30)
    assert [item.status for item in receipts(lead_id, "push")] == ["unknown"]
    assert [each.channel for each in told(bed)] == ["sms", "wechat", "push"]


def _silent_after(stranger: Any) -> Any:
    """A server that does what it is asked and whose answer is lost."""

    def answer(request: http.Request) -> http.Answer:
        stranger(request)
        raise http.NoAnswer("lost")

    return answer


def test_a_token_that_wechat_forgot_is_asked_for_again(bed: Bed) -> None:
    arrive(bed)
    enter(bed)
    stranger, refused = bed.world.phones.stranger, []

    def forgetful(request: http.Request) -> http.Answer:
        if "template/send" in request.url and not refused:
            refused.append(request)
            return http.Answer(200, {}, b'{"errcode": 42001, "errmsg": "access_token expired"}')
        return stranger(request)

    http.use(forgetful)
    bed.later(hours=30)
    assert [each.channel for each in told(bed)] == ["sms", "wechat"]


def test_a_channel_without_credentials_refuses_with_the_reason_and_loses_nothing(bed: Bed) -> None:
    bed.world.engine.client("ssm").delete_parameter(Name="/ripen/push")
    lead_id = arrive(bed)
    enter(bed)
    bed.later(days=3)
    [receipt] = receipts(lead_id, "push")
    assert (receipt.status, list(receipt.reasons)) == ("refused", ["unsendable"])
    assert "push: off (no credentials for app push)" in receipt.checks


def test_the_preference_page_has_a_choice_for_each_channel_that_reaches_the_person(bed: Bed) -> None:
    lead_id = arrive(bed)
    enter(bed)
    address = "/p/" + make_link(wiring.secret, PREFERENCES, Link(lead_id, "m1"))
    page = bed.http("GET", address).text
    assert all(f'name="{channel}" value="on" checked' in page for channel in ("sms", "wechat", "push"))
    bed.http("POST", address, form={"marketing": "on", "sms": "off", "wechat": "on", "push": "off"})
    bed.pump()
    consent = PersonItem.get(lead_id).consent
    states = {channel: word["state"] for channel, word in consent.items()}
    assert states == {"email": "granted", "sms": "withdrawn", "wechat": "granted", "push": "withdrawn"}
    bed.http("POST", address, form={"sms": "on"})
    assert PersonItem.get(lead_id).consent["sms"]["state"] == "granted"
    assert why_no_texts(bed, lead_id) == []


def test_a_death_after_the_text_was_taken_is_settled_by_the_report_and_sends_no_second_one(bed: Bed) -> None:
    lead_id = arrive(bed)
    died: list[str] = []

    def die_once(call: Any) -> None:
        if (call.service, call.operation) == (SERVICE, "SendTextMessage") and not died:
            died.append(call.operation)
            raise RuntimeError("the function dies here")

    bed.tolerant = True
    bed.world.calls.after.append(die_once)
    enter(bed)
    bed.later(minutes=30)
    assert died
    assert len(told(bed)) == 1
    assert [item.status for item in receipts(lead_id, "sms")] == ["delivered"]
