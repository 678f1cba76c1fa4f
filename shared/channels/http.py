"""Calls to other people's servers: https, to hosts that the policy names, at public addresses, once, and not for long.

Who writes content names hosts and paths; who answers is a stranger. So the host must stand in templates/policies/outbound.yaml, its address is resolved
once and the connection made to exactly that address (a name that points to 127.0.0.1 or to the cloud's own services leads nowhere), a redirect is an answer and
is not followed, and no more of an answer is read than the policy allows.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_CHUNK = 8192


class Forbidden(Exception):
    """The address is none that may be called. Nothing was sent, and trying again does not help."""


class Unreachable(Exception):
    """No connection came about: nothing was sent, it may be tried again."""


class NoAnswer(Exception):
    """The request was sent and its answer did not come: nobody knows what it did."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent. Header names and values are the caller's; `Host` and `Content-Length` are added."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status. Header names are in small letters; `body` is cut at the policy's limit."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def public_addresses(host: str) -> list[str]:
    """The IPv4 addresses of `host` that anybody may reach. Only IPv4: an IPv6 address may hide a private one. Errors: OSError."""
    found = {entry[4][0] for entry in socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_STREAM)}
    return sorted(str(each) for each in found if _is_public(str(each)))


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address)
    return ip.is_global and not ip.is_multicast


@dataclass(frozen=True, slots=True)
class Http:
    """`hosts` as in the policy: names, or ``*.company.example`` for all below one. `seconds` is how long a request may take in all; `longest` how many
    bytes of an answer are read. `addresses`, `ports` and `trust` (a file of certificates) are others where a test runs its own server.
    """

    hosts: Collection[str]
    seconds: float = 5.0
    longest: int = 65536
    addresses: Callable[[str], list[str]] = public_addresses
    ports: Collection[int] = (443,)
    trust: str | None = None

    def send(self, request: Request) -> Answer:
        """Makes the request once. Raises Forbidden, Unreachable or NoAnswer."""
        parts = self._allowed(request)
        if _transport is not None:
            return _transport(request)
        ends = time.monotonic() + self.seconds
        line = self._connect(parts, ends)
        try:
            return self._exchange(line, request, parts, ends)
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(f"{parts.hostname}: {type(error).__name__}") from error
        finally:
            line.close()

    def _allowed(self, request: Request) -> SplitResult:
        try:
            parts = urlsplit(request.url)
            port = parts.port or 443
        except ValueError as error:
            raise Forbidden("the address is none") from error
        host = (parts.hostname or "").rstrip(".")
        if parts.scheme != "https" or parts.username is not None or parts.password is not None:
            raise Forbidden("only https, and no name or password in the address")
        if port not in self.ports:
            raise Forbidden(f"port {port} may not be called")
        if request.method not in _METHODS:
            raise Forbidden(f"{request.method!r} is no method")
        if not may_call(host, self.hosts):
            raise Forbidden(f"{host!r} is not among the hosts of policies/outbound.yaml")
        if not all(map(_is_one_line, (request.url.replace(" ", "\n"), *request.headers, *request.headers.values()))):
            raise Forbidden("a space in the address, or a line break in a header")
        return parts

    def _connect(self, parts: SplitResult, ends: float) -> http.client.HTTPSConnection:
        host = str(parts.hostname)
        try:
            addresses = self.addresses(host)
        except OSError as error:
            raise Unreachable(f"{host}: {type(error).__name__}") from error
        if not addresses:
            raise Forbidden(f"{host!r} has no public address")
        context = ssl.create_default_context(cafile=self.trust)
        line = http.client.HTTPSConnection(host, parts.port or 443, timeout=self.seconds, context=context)
        try:
            plain = socket.create_connection((addresses[0], parts.port or 443), timeout=_left(ends))
            # The name that the certificate must show is the host's, though the connection goes to an address.
            line.sock = context.wrap_socket(plain, server_hostname=host)
        except OSError as error:
            raise Unreachable(f"{host}: {type(error).__name__}") from error
        return line

    def _exchange(self, line: http.client.HTTPSConnection, request: Request, parts: SplitResult, ends: float) -> Answer:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        line.request(request.method, target, body=request.body or None, headers=dict(request.headers))
        line.sock.settimeout(_left(ends))
        answer = line.getresponse()
        body = bytearray()
        while len(body) < self.longest and (chunk := answer.read1(min(_CHUNK, self.longest - len(body)))):
            body += chunk
            if line.sock is not None:  # None once the server said that it closes
                line.sock.settimeout(_left(ends))
            elif time.monotonic() > ends:
                raise TimeoutError
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, bytes(body))


def may_call(host: str, hosts: Collection[str]) -> bool:
    """Whether `host` stands in the policy's list, itself or as one below ``*.company.example``."""
    name = host.lower()
    below = (each.removeprefix("*") for each in hosts if each.startswith("*."))
    return bool(name) and (name in hosts or any(name.endswith(end) for end in below))


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _is_one_line(text: str) -> bool:
    return text.isascii() and text.isprintable()


_transport: Callable[[Request], Answer] | None = None


def use(transport: Callable[[Request], Answer] | None) -> None:
    """From now on `transport` answers what the policy allows (the rehearsal's strangers); None gives the network back."""
    global _transport
    _transport = transport
