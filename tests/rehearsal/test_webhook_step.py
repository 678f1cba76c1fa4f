"""A webhook step: signed, tried again while the server cannot, set aside with its reason when it never will, never made twice for nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from shared.channels import http
from shared.channels.http import Answer, NoAnswer, Request
from shared.runtime.wiring import wiring
from shared.store.tables import ActivityItem
from tests.bed import Bed
from tests.rehearsal.test_journey_language import arrive, look_at

pytestmark = [pytest.mark.rehearsal, pytest.mark.slow]


@dataclass
class Server:
    """The company's server: gives the answers of `answers` one after the other, then 200."""

    answers: list[int | Exception] = field(default_factory=list)
    heard: list[Request] = field(default_factory=list)

    def __call__(self, request: Request) -> Answer:
        self.heard.append(request)
        says = self.answers.pop(0) if self.answers else 200
        if isinstance(says, Exception):
            raise says
        return Answer(says, {}, b"")


@pytest.fixture
def server(walked: Bed) -> Iterator[Server]:
    answering = Server()
    http.use(answering)
    yield answering
    http.use(None)


def told(lead_id: str) -> list[tuple[str, dict[str, object]]]:
    rows = [row for row in ActivityItem.query(lead_id) if row.type.startswith("webhook")]
    return [(row.type, {name: row.detail.get(name) for name in ("host", "tries", "reason")}) for row in rows]


def test_the_call_says_what_the_step_names_and_is_signed_for_that_host(walked: Bed, server: Server) -> None:
    lead_id = arrive(walked)
    look_at(walked, "/told")
    [request] = server.heard
    said = json.loads(request.body)
    assert request.url == "https://hooks.company.example/ripen?list=7"
    assert said["person"] == {"lead_id": lead_id, "email": "wei@huaxing-logistics.example", "grade": "cold"}
    assert (said["journey"], said["step"], said["data"]) == ("told", "crm", {"campaign": "spring"})
    secret = hmac.new(wiring.secret, b"webhook:hooks.company.example", hashlib.sha256).digest()
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    expected = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    assert request.headers["webhook-signature"] == f"v1,{expected}"
    assert told(lead_id) == [("webhook_called", {"host": "hooks.company.example", "tries": 1, "reason": None})]


def test_a_server_that_cannot_now_is_asked_again_with_the_same_id(walked: Bed, server: Server) -> None:
    server.answers = [503, NoAnswer("hooks.company.example: TimeoutError"), 200]
    lead_id = arrive(walked)
    look_at(walked, "/told")
    walked.later(hours=1)
    assert len(server.heard) == 3
    assert len({request.headers["webhook-id"] for request in server.heard}) == 1
    assert told(lead_id) == [("webhook_called", {"host": "hooks.company.example", "tries": 3, "reason": None})]
    walked.later(days=2)
    assert len(server.heard) == 3


def test_a_server_that_never_can_is_given_up_and_the_call_is_set_aside(walked: Bed, server: Server) -> None:
    server.answers = [500] * 20
    walked.tolerant = True
    lead_id = arrive(walked)
    look_at(walked, "/told")
    walked.later(days=3)
    assert len(server.heard) == 6
    assert told(lead_id) == [
        ("webhook_failed", {"host": "hooks.company.example", "tries": 6, "reason": "the server answers 500"})
    ]
    [aside] = walked.world.set_aside
    assert "the server answers 500" in str(aside)


def test_what_the_server_refuses_is_not_tried_again(walked: Bed, server: Server) -> None:
    server.answers = [410]
    walked.tolerant = True
    lead_id = arrive(walked)
    look_at(walked, "/told")
    walked.later(days=3)
    assert len(server.heard) == 1
    assert [kind for kind, _ in told(lead_id)] == ["webhook_failed"]


def test_a_call_that_was_made_is_not_made_again_when_its_message_comes_twice(walked: Bed, server: Server) -> None:
    arrive(walked)
    look_at(walked, "/told")
    call = {
        "call_id": server.heard[0].headers["webhook-id"],
        "lead_id": json.loads(server.heard[0].body)["person"]["lead_id"],
        "happened_at": json.loads(server.heard[0].body)["timestamp"],
        "journey": "told",
        "step": "crm",
        "url": server.heard[0].url,
    }
    again = {"Records": [{"messageId": "m", "body": json.dumps(call)}]}
    assert walked.invoke("WebhookFunction", again) == {"batchItemFailures": []}
    assert len(server.heard) == 1


def test_what_was_set_aside_is_made_when_it_is_replayed(walked: Bed, server: Server) -> None:
    server.answers = [404]
    walked.tolerant = True
    lead_id = arrive(walked)
    look_at(walked, "/told")
    [aside] = walked.world.set_aside
    assert walked.invoke("WebhookFunction", {"Records": [json.loads(aside)["record"]]}) == {"batchItemFailures": []}
    assert {kind for kind, _ in told(lead_id)} == {"webhook_failed", "webhook_called"}
