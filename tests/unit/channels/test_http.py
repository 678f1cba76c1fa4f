"""Calls to strangers: where they may go, and what they mean when they fail."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from shared.channels.http import Forbidden, Http, NoAnswer, Request, Unreachable, may_call, public_addresses
from tests.unit.channels.conftest import HOST, Stranger


def reaching(stranger: Stranger, *, seconds: float = 5, longest: int = 65536) -> Http:
    here: Callable[[str], list[str]] = lambda host: ["127.0.0.1"]  # noqa: E731
    return Http([HOST], seconds, longest, addresses=here, ports=[stranger.server_port], trust=stranger.trust)


def test_a_request_arrives_whole_and_so_does_the_answer(stranger: Stranger) -> None:
    stranger.status, stranger.body = 201, "好".encode()
    request = Request("POST", f"{stranger.url}/in?a=1", {"Content-Type": "application/json"}, b'{"b": 2}')
    answer = reaching(stranger).send(request)
    method, path, headers, body = stranger.heard[0]
    assert (method, path, body) == ("POST", "/in?a=1", b'{"b": 2}')
    assert headers["Host"] == f"{HOST}:{stranger.server_port}"
    assert (answer.status, answer.body, answer.headers["x-says"]) == (201, "好".encode(), "hello")


def test_a_redirect_is_an_answer_and_is_not_followed(stranger: Stranger) -> None:
    stranger.status, stranger.headers = 302, {"Location": "https://169.254.169.254/latest/meta-data"}
    assert reaching(stranger).send(Request("POST", stranger.url)).status == 302
    assert len(stranger.heard) == 1


def test_no_more_of_an_answer_is_read_than_allowed(stranger: Stranger) -> None:
    stranger.body = b"x" * 100_000
    assert len(reaching(stranger, longest=1000).send(Request("GET", stranger.url)).body) == 1000


def test_a_request_whose_answer_does_not_come_may_have_done_something(stranger: Stranger) -> None:
    stranger.silent = True
    with pytest.raises(NoAnswer):
        reaching(stranger).send(Request("POST", stranger.url))
    assert stranger.heard


def test_a_server_that_never_answers_takes_no_longer_than_allowed() -> None:
    """Its handshake does not come about, so nothing was sent."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        http = Http([HOST], 0.2, addresses=lambda host: ["127.0.0.1"], ports=[port])
        with pytest.raises(Unreachable):
            http.send(Request("POST", f"https://{HOST}:{port}/"))


def test_a_certificate_of_another_name_is_no_connection(stranger: Stranger) -> None:
    http = Http(
        ["*.example"],
        addresses=lambda host: ["127.0.0.1"],
        ports=[stranger.server_port],
        trust=stranger.trust,
    )
    with pytest.raises(Unreachable):
        http.send(Request("POST", f"https://other.example:{stranger.server_port}/"))
    assert not stranger.heard


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example/",
        "ftp://api.example/",
        "//api.example/",
        "https://evil.example/",
        "https://api.example.evil.example/",
        "https://evil.example#@api.example/",
        "https://name:word@api.example/",
        "https://api.example:8443/",
        "https://api.example:99999999/",
        "https://api.example/a b",
        "https://api.example/\r\nHost: evil.example",
        "https://[::1]/",
        "https:///",
    ],
)
def test_what_the_policy_does_not_name_is_never_called(url: str) -> None:
    def addresses(host: str) -> list[str]:
        raise AssertionError(f"asked where {host} is")

    with pytest.raises(Forbidden):
        Http(["api.example"], addresses=addresses).send(Request("POST", url))


def test_a_header_cannot_bring_another_with_it() -> None:
    with pytest.raises(Forbidden):
        Http(["api.example"]).send(Request("POST", "https://api.example/", {"X-Name": "a\r\nX-Other: b"}))


def test_a_name_that_points_inside_is_not_followed_there() -> None:
    assert public_addresses("localhost") == []
    for inside in ("10.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "192.168.1.1"):
        assert public_addresses(inside) == []
    assert public_addresses("93.184.216.34") == ["93.184.216.34"]
    with pytest.raises(Forbidden):
        Http(["localhost"]).send(Request("POST", "https://localhost/"))


def test_a_star_names_the_hosts_below_and_not_the_host_itself() -> None:
    assert may_call("hooks.company.example", ["*.company.example"])
    assert may_call("Hooks.Company.Example", ["*.company.example"])
    assert not may_call("company.example", ["*.company.example"])
    assert not may_call("notcompany.example", ["*.company.example"])
    assert not may_call("", ["*.company.example"])
