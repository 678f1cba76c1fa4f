"""Strangers post anything. It is stored or refused, never a 500."""

from __future__ import annotations

import json

import pytest

from tests.e2e.people import Visitor

GOOD = {"name": "Alex Morgan", "company": "Acme", "title": "CTO", "country": "GB"}
BOUNDARY = "----ripen"


def multipart(fields: dict[str, str]) -> bytes:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    return ("".join(parts) + f"--{BOUNDARY}--\r\n").encode()


def test_an_unknown_form_is_not_found(visitor: Visitor) -> None:
    assert visitor.post({"email": "a@b.example"}, form="no-such-form").status == 404


def test_a_body_over_64_kilobytes_is_too_large(visitor: Visitor) -> None:
    assert visitor.post({"email": visitor.address("big"), **GOOD, "message": "x" * 70_000}).status == 413


def test_another_content_type_is_not_supported(visitor: Visitor) -> None:
    answer = visitor.send("POST", "/f/whitepaper", b"<email>a@b.example</email>", {"Content-Type": "application/xml"})
    assert answer.status == 415


def test_field_errors_come_in_the_visitors_language(visitor: Visitor) -> None:
    english = visitor.post({"email": "not an address"}, Accept_Language="en")
    chinese = visitor.post({"email": "not an address"}, Accept_Language="zh-CN")
    assert english.status == chinese.status == 422
    assert set(english.json()["errors"]) == {"email"}
    assert english.json()["errors"]["email"] != chinese.json()["errors"]["email"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe\x00", b'{"email": {"$ne": 1}}', b'{"email": ["a@b.example"]}'],
)
def test_broken_json_is_the_callers_fault(visitor: Visitor, body: bytes) -> None:
    answer = visitor.send(
        "POST", "/f/whitepaper", body, {"Content-Type": "application/json", "Accept": "application/json"}
    )
    assert answer.status in {400, 422}


@pytest.mark.parametrize(
    "value",
    [
        "<script>alert(1)</script>",
        "a\x00b",
        "\u202ereversed\u202c",
        "line\r\nBcc: all@acme.example",
        "🦄" * 20,
        "Ａｌｅｘ　Ｍｏｒｇａｎ",
        "x" * 10_000,
        "' OR 1=1 --",
        "{{ 7 * 7 }}",
        "\ud83d",
    ],
)
def test_odd_values_are_stored_or_refused(visitor: Visitor, value: str) -> None:
    fields = {"email": visitor.address("odd"), **GOOD, "name": value, "message": value}
    body = json.dumps(fields).encode()
    answer = visitor.send(
        "POST", "/f/whitepaper", body, {"Content-Type": "application/json", "Accept": "application/json"}
    )
    assert answer.status in {202, 400, 422}, answer.data


def test_a_browser_without_javascript_is_sent_to_the_thank_you_page(visitor: Visitor) -> None:
    body = f"email={visitor.address('plain')}&name=Alex&company=Acme".encode()
    answer = visitor.send(
        "POST", "/f/whitepaper", body, {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
    )
    assert answer.status == 303
    assert "whitepaper/thank-you" in answer.headers["Location"]


def test_multipart_in_chinese_is_accepted(visitor: Visitor) -> None:
    body = multipart({"email": visitor.address("multi"), "name": "王小明", "company": "上海智能装备有限公司"})
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "Accept": "application/json"}
    assert visitor.send("POST", "/f/whitepaper", body, headers).status == 202


def test_the_same_idempotency_key_is_the_same_submission(visitor: Visitor) -> None:
    fields = {"email": visitor.address("twice"), **GOOD}
    key = visitor.address("key")
    first = visitor.post(fields, Idempotency_Key=key)
    second = visitor.post(fields, Idempotency_Key=key)
    assert first.json() == second.json()


def test_a_foreign_site_may_post(visitor: Visitor) -> None:
    asked = visitor.send(
        "OPTIONS", "/f/whitepaper", headers={"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    )
    assert asked.status in {200, 204}
    assert asked.headers["Access-Control-Allow-Origin"] in {"*", "https://shop.example"}


@pytest.mark.parametrize(
    "path", ["/t/c/nonsense", "/t/o/nonsense", "/u/nonsense", "/p/nonsense", "/c/nonsense", "/t/c/%00", "/f/%2e%2e"]
)
def test_a_made_up_token_is_no_server_error(visitor: Visitor, path: str) -> None:
    assert visitor.send("GET", path).status < 500


def test_the_console_wants_a_token(stack: dict[str, str], visitor: Visitor) -> None:
    console = Visitor(stack["admin_url"])
    assert console.send("GET", "/api/leads").status == 401
    assert console.send("GET", "/api/leads", headers={"Authorization": "Bearer made.up.token"}).status in {401, 403}
