"""What a webhook's receiver can check, and which answers are worth another try."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.webhook import (
    AGAIN,
    DONE,
    IN_VAIN,
    WebhookCall,
    call_from_body,
    headers,
    judge,
    payload,
    secret_of,
    shown,
)

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CALL = WebhookCall(
    "call-1", "lin", "told", "crm", "https://hooks.company.example/in", NOW, ("email",), {"campaign": "春"}, 2
)


def test_a_call_survives_the_queue() -> None:
    assert call_from_body(json.loads(json.dumps(CALL.body()))) == CALL


def test_two_deliveries_of_one_try_lead_to_one_next_try() -> None:
    pause = timedelta(minutes=10)
    again = CALL.again_after(pause, NOW + timedelta(seconds=3))
    assert again == CALL.again_after(pause, NOW + timedelta(minutes=5))
    assert (again.due_at, again.tries) == (NOW + pause, 3)
    assert again.again_after(pause, NOW + timedelta(minutes=11)).due_at == NOW + 2 * pause
    assert call_from_body(again.body()) == again


def test_a_try_that_was_made_long_after_it_was_due_comes_back_at_the_end_of_a_pause() -> None:
    pause = timedelta(minutes=10)
    late = [CALL.again_after(pause, NOW + timedelta(hours=5, minutes=minute)) for minute in (1, 9)]
    assert [each.due_at for each in late] == [NOW + timedelta(hours=5, minutes=10)] * 2


def test_only_what_the_step_names_is_told() -> None:
    said = json.loads(payload(CALL, {"email": "lin@acme.example", "phone": "+8613912047765"}))
    assert said["person"] == {"lead_id": "lin", "email": "lin@acme.example"}


def test_the_signature_is_that_of_the_standard() -> None:
    """The example of standardwebhooks.com's own test vectors."""
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    call = replace(CALL, call_id="msg_p5jXN8AQM9LWM0D4loKWxJek")
    signed = headers(call, b'{"test": 2432232314}', secret, datetime.fromtimestamp(1614265330, UTC))
    assert (signed["webhook-id"], signed["webhook-timestamp"]) == ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330")
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_no_host_learns_the_secret_of_another() -> None:
    assert secret_of(b"key", "a.example") != secret_of(b"key", "b.example")
    assert shown(secret_of(b"key", "a.example")).startswith("whsec_")


@pytest.mark.parametrize("status", [200, 204])
def test_what_was_taken(status: int) -> None:
    assert judge(status) == DONE


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_what_is_worth_another_try(status: int) -> None:
    assert judge(status) == AGAIN


@pytest.mark.parametrize("status", [302, 400, 401, 404, 410])
def test_what_will_be_the_same_tomorrow(status: int) -> None:
    assert judge(status) == IN_VAIN
