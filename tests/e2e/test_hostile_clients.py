"""Clients that misbehave below HTTP's good manners: slow, cut off, malformed. Others are served meanwhile, and nothing answers with a 5xx."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from tests.e2e.people import Visitor

GOOD = {"name": "Alex Morgan", "company": "Acme", "title": "CTO", "country": "GB"}
SLOW_CLIENTS = 8
# A cold start on a busy machine takes some of them.
SECONDS = 15


@contextmanager
def _line(visitor: Visitor) -> Iterator[tuple[socket.socket, str]]:
    """(a connection to the gateway, the path of the public API)."""
    parts = urlsplit(visitor.public_url)
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=SECONDS) as line:
        yield line, parts.path


def _answer_to(visitor: Visitor, request: bytes) -> bytes:
    """The first line of the answer; empty when the gateway hangs up. Who is neither answered nor hung up on fails the test: that is work without bound."""
    with _line(visitor) as (line, path):
        line.sendall(request.replace(b"BASE", path.encode()))
        try:
            return line.recv(4096).partition(b"\r\n")[0]
        except ConnectionResetError:
            return b""
        except TimeoutError:
            pytest.fail(f"neither an answer nor an end of the connection within {SECONDS} s")


def test_slow_clients_keep_nobody_waiting(visitor: Visitor) -> None:
    lines = []
    try:
        for _ in range(SLOW_CLIENTS):
            parts = urlsplit(visitor.public_url)
            line = socket.create_connection((parts.hostname or "", parts.port or 80), timeout=20)
            lines.append(line)
            head = f"POST {parts.path}/f/whitepaper HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n"
            line.sendall(head.encode())
        for _ in range(3):
            for line in lines:
                line.sendall(b"{")
            time.sleep(0.2)
        started = time.monotonic()
        answer = visitor.post({"email": visitor.address("quick"), **GOOD})
        assert answer.status == 202
        assert time.monotonic() - started < 20
    finally:
        for line in lines:
            line.close()


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET BASE/f/../../../../etc/passwd HTTP/1.1",
        b"GET BASE/f/%2e%2e%2f%2e%2e%2fetc%2fpasswd HTTP/1.1",
        b"GET BASE/f/whitepaper?%00=%ff&&&== HTTP/1.1",
        b"GET BASE/t/c/" + b"A" * 6000 + b" HTTP/1.1",
        b"GET BASE/q/%f0%9f%92%a9 HTTP/1.1",
        b"DELETE BASE/f/whitepaper HTTP/1.1",
        b"TRACE BASE/f/whitepaper HTTP/1.1",
        b"GET BASE/f/whitepaper HTTP/9.9",
    ],
    ids=lambda line: line[:40].decode(),
)
def test_odd_request_lines_are_refused_or_answered(visitor: Visitor, request_line: bytes) -> None:
    first = _answer_to(visitor, request_line + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert b" 5" not in first[8:11] or first[9:12] in (b"501", b"505"), first


def test_a_post_that_is_cut_off_leaves_nothing_behind(visitor: Visitor) -> None:
    with _line(visitor) as (line, path):
        line.sendall(f"POST {path}/f/whitepaper HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nemail=".encode())
    assert visitor.post({"email": visitor.address("after"), **GOOD}).status == 202


def test_two_lengths_are_not_two_requests(visitor: Visitor) -> None:
    first = _answer_to(
        visitor,
        b"POST BASE/f/whitepaper HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\nGET /x",
    )
    assert first[9:10] in (b"", b"4"), first
