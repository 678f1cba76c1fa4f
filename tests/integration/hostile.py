"""What strangers send, and what must hold of every answer."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import quote

from infra.rehearsal import deliveries
from infra.rehearsal.requests import BROWSER, Response
from infra.rehearsal.world import World

MARK: Final = "zhang.leak.marker"
"""Part of every address, name and note that is sent: it shall not stand in a log."""
SCRIPT: Final = "<script>alert('ripen')</script>"
# The audit looks through its last three months, a day a query.
MOST_CALLS: Final = 100
MOST_SECONDS: Final = 3.0
JSON: Final = {"Content-Type": "application/json", "Accept": "application/json"}
URLENCODED: Final = {"Content-Type": "application/x-www-form-urlencoded"}
MULTIPART: Final = {"Content-Type": "multipart/form-data; boundary=cut"}

TEXTS: Final = (
    SCRIPT,
    "\"'><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }}{% for x in y %}${7*7}#{7*7}",
    "' OR '1'='1'; DROP TABLE people; --",
    "../../../../etc/passwd",
    "..%2f..%2f%00",
    "\x00nul\x00",
    "\u202ereversed\u2066\u2069\ufeff\u200b",
    "Ā" * 3000,
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿" * 50,
    "ﷺ" * 200,  # grows eighteenfold when it is composed
    "e\u0301" * 2000 + "\u0327" * 500,
    "=cmd|' /C calc'!A0",
    "a@b@c@d",
    f'"{MARK}"@[127.0.0.1]',
    f"{MARK}@xn--{'a' * 60}.example",
    f"{MARK}@{'a.' * 120}example",
    f"{MARK}\r\nBcc: everybody@acme.example",
    "-1",
    "9" * 400,
    "1e999",
    "NaN",
    "9999-99-99T99:99:99Z",
    "0000-00-00",
    "true",
    "null",
    "\U0010ffff\ufffe",
)

PATH_TEXTS: Final = (
    SCRIPT,
    "..",
    "%2e%2e",
    "..%2f..%2fetc%2fpasswd",
    "%00",
    "a" * 4000,
    "%ff%fe",
    "{{7*7}}",
    "constructor",
    "__proto__",
    "whitepaper%0d%0aSet-Cookie: a=b",
    "whitepaper.json",
    "白皮书",
    "a.b.c",
    ".",
    "=.=",
    "QUJD.QUJD",
)

HEADERS: Final[tuple[dict[str, str], ...]] = (
    {"Accept-Language": "zh;q=abc,en;q=--,*;q=9e99," * 200},
    {"Accept-Language": "\u0000,;;;,=,"},
    {"Accept": "*/*;q=" + "9" * 2000},
    {"User-Agent": SCRIPT * 100},
    {"User-Agent": ""},
    {"Content-Type": "application/json; charset=utf-7"},
    {"Content-Type": "multipart/form-data"},
    {"Content-Type": "multipart/form-data; boundary=" + "x" * 5000},
    {"Content-Type": "multipart/form-data; boundary*=utf-8''%00%ff"},
    {"Content-Type": ";;;;"},
    {"Content-Type": "application/json, text/html"},
    {"Origin": "null"},
    {"Origin": f"https://evil.example/{SCRIPT}"},
    {"Host": "evil.example"},
    {"X-Forwarded-For": "1.1.1.1, " * 500},
    {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"},
    {"Idempotency-Key": "\x00\u202e" + "k" * 5000},
    {"Referer": "javascript:alert(1)"},
    {"Cookie": "session=" + "a" * 8000},
    {"Cookie": "=;;;==;\x00"},
    {"Sec-Purpose": "prefetch\r\nX: y"},
    {"CloudFront-Viewer-Country": SCRIPT},
    {"X-HTTP-Method-Override": "DELETE"},
    {"Content-Length": "-1", "Transfer-Encoding": "chunked"},
)


def _deep(levels: int, opening: str, closing: str) -> bytes:
    return (opening * levels + closing * levels).encode()


def bodies() -> Iterator[tuple[dict[str, str], bytes]]:
    """(headers, body): broken, deep, long, twice, in the wrong charset."""
    for raw in (
        b"", b"{", b"[]", b"null", b'"x"', b"1e999", b"\xff\xfe\x00", b"\xef\xbb\xbf{}", b'{"email": 1e999}', b'{"\\ud800": 1}',
        b'{"email": NaN}', b'{"email": ' + b"9" * 5000 + b"}", b'{"email": "\\ud800@acme.example", "name": "\\udfff\\u0000"}',
        b'{"email": {"$ne": 1}}', b'{"email": ["a@b.example"]}', b'{"email": true, "name": {}, "company": [], "_token": 7}',
        b'{"email": "a@b.example", "email": "c@d.example"}', b'{"__proto__": {"admin": true}}', b'{"consent_email": {"on": 1}}',
        _deep(20_000, '{"a":', "}"), _deep(20_000, "[", "]"), b'{"a":"' + b"x" * 70_000 + b'"}', b"[" + b"0," * 30_000 + b"0]",
        json.dumps({f"field{n}": "x" for n in range(4000)}).encode(), "{\"name\": \"王敏\"}".encode("utf-16"), "{\"name\": \"王敏\"}".encode("gb18030"),
    ):  # fmt: skip
        yield dict(JSON), raw
    for raw in (
        b"", b"&&&&", b"=", b"email", b"email=%", b"email=%zz", b"email=%00", b"email=%ed%a0%80", b"email=" + b"%f0%9f%98%80" * 5000,
        b"&".join(b"a%d=1" % n for n in range(5000)), b"email=a&" * 300, "name=王敏&company=第七".encode("gb18030"), "name=Müller".encode("latin-1"), b"\x00" * 60_000,
        b"List-Unsubscribe=One-Click&List-Unsubscribe=No", b"topics[]=x&topics[0]=y&topics=../..",
    ):  # fmt: skip
        yield dict(URLENCODED), raw
    part = b'--cut\r\nContent-Disposition: form-data; name="email"\r\n'
    for raw in (
        b"", b"--cut", b"--cut--", b"--cut\r\n--cut--", part, part + b"\r\nx\r\n--cut--", part * 500, part + b"\r\n" + b"\xff" * 60_000,
        part + b"Content-Transfer-Encoding: base64\r\n\r\n====!!!!\r\n--cut--", part + b"Content-Transfer-Encoding: \xff\r\n\r\nx\r\n--cut--",
        part + b"Content-Type: multipart/mixed; boundary=cut\r\n\r\n" + part * 50 + b"--cut--", b'--cut\r\nContent-Disposition: form-data; name="a"; filename="/etc/passwd"\r\n\r\nx\r\n--cut--',
        b"--cut\r\nContent-Disposition: form-data; name*=utf-8''%ff%fe\r\n\r\nx\r\n--cut--", b"--cut\r\n" + b"X: y\r\n" * 8000 + b"\r\nx\r\n--cut--",
        b"--cut\r\nContent-Type: message/rfc822\r\nContent-Disposition: form-data; name=email\r\n\r\nSubject: x\r\n\r\ny\r\n--cut--",
    ):  # fmt: skip
        yield dict(MULTIPART), raw
    # The gateway lets ten megabytes through.
    yield dict(JSON), b'{"email": "' + b"x" * 2_000_000 + b'"}'
    yield dict(URLENCODED), b"email=" + b"%41" * 700_000
    yield dict(MULTIPART), (part + b"\r\nx\r\n") * 30_000
    for kind in ("text/plain", "application/xml", "application/octet-stream", "", "text/html;" * 500):
        yield {"Content-Type": kind}, b"<email>a@b.example</email>"


class Stage:
    """A world that is asked, and what it wrote into its logs."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.logged: list[str] = []
        self._calls = self._places = 0
        world.calls.after.append(self._count)

    def from_elsewhere(self) -> None:
        """What follows comes from another network address, whose posts nobody has counted yet."""
        self._places += 1

    def _count(self, call: Any) -> None:
        self._calls += call.function is not None

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
        authorizer: dict[str, str] | None = None,
    ) -> Response:
        """The answer, after every rule that holds for all answers was checked."""
        address = path + (
            "?" + "&".join(f"{quote(n)}={quote(v, errors='replace')}" for n, v in query.items()) if query else ""
        )
        self._calls, failures, started = 0, len(self.world.failures), time.process_time()
        answer = self.world.http(
            method,
            address,
            body=body,
            headers={**BROWSER, **(headers or {})},
            authorizer=authorizer,
            source_ip=f"198.51.100.{self._places}",
        )
        seconds = time.process_time() - started
        what = f"{method} {address[:200]} {str(headers)[:200]} {(body or b'')[:120]!r}"
        assert len(self.world.failures) == failures, f"{what}\n{self.world.failures[-1].trace}"
        assert answer.status < 500, f"{what}: {answer.status} {answer.body[:300]!r}"
        assert self._calls <= MOST_CALLS, f"{what}: {self._calls} AWS calls"
        assert seconds < MOST_SECONDS, f"{what}: {seconds:.1f} s of processor time"
        self._check_page(what, answer)
        return answer

    @staticmethod
    def _check_page(what: str, answer: Response) -> None:
        """A stranger's text is never markup, a header or the address of a redirect."""
        assert "evil.example" not in answer.headers.get("location", ""), what
        assert "\r" not in "".join(answer.headers.values()), what
        assert "set-cookie" not in answer.headers or "a=b" not in answer.headers["set-cookie"], what
        if "html" in answer.headers.get("content-type", ""):
            assert SCRIPT not in answer.body.decode("utf-8", "replace"), what
            assert "<img src=x" not in answer.body.decode("utf-8", "replace"), what
        elif "json" in answer.headers.get("content-type", ""):
            json.loads(answer.body)


@contextmanager
def listening(stage: Stage) -> Iterator[None]:
    """Within, what functions print is kept."""
    log = deliveries._LOG

    def write(text: str) -> int:
        stage.logged.append(text)
        return len(text)

    log.write = write  # type: ignore[method-assign]
    try:
        yield
    finally:
        del log.write
