"""HTTP requests as API Gateway's REST proxy hands them to a function, and the answers as a client sees them."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from infra.rehearsal.deliveries import Event
from infra.template import Route

STAGE: Final = "live"
BROWSER: Final = {
    "User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8",
    "Sec-Fetch-Site": "cross-site",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-User": "?1",
    "Sec-Fetch-Dest": "document",
}
# Who does not say who he is. Every program that people use says something.
SOME_PROGRAM: Final = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15"
)


@dataclass(frozen=True)
class Request:
    """What a client sends. `authorizer`: the context that the API's authorizer would add, for APIs that have one."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    source_ip: str = "203.0.113.7"
    authorizer: Mapping[str, str] | None = None

    @classmethod
    def to(cls, method: str, url: str, base: str = "", **rest: Any) -> Request:
        """A request to an absolute or relative address; the query is taken from it."""
        parts = urlsplit(url.removeprefix(base) if base else url)
        return cls(method.upper(), parts.path or "/", tuple(parse_qsl(parts.query, keep_blank_values=True)), **rest)


def with_body(
    headers: Mapping[str, str] | None,
    json_body: Any = None,
    form: Mapping[str, str] | None = None,
    body: bytes | str | None = None,
) -> tuple[dict[str, str], bytes]:
    """(headers, bytes) of a JSON, a form or a raw body, with the content type that goes with it."""
    found = dict(headers or {})
    named = {name.lower() for name in found}
    if json_body is not None:
        raw, kind = json.dumps(json_body, ensure_ascii=False).encode(), "application/json"
    elif form is not None:
        raw, kind = urlencode(form).encode(), "application/x-www-form-urlencoded"
    else:
        return found, body.encode() if isinstance(body, str) else body or b""
    if "content-type" not in named:
        found["Content-Type"] = kind
    return found, raw


@dataclass(frozen=True)
class Response:
    """The answer as the client sees it; header names in lower case, repeated ones joined by newlines."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    def json(self) -> Any:
        return json.loads(self.body)


def proxy_event(request: Request, route: Route, parameters: Mapping[str, str], now: datetime) -> Event:
    """The REST proxy event of this request on this route."""
    headers = {
        "Host": "ripen.example",
        "X-Forwarded-For": request.source_ip,
        "X-Forwarded-Proto": "https",
        **({} if any(name.lower() == "user-agent" for name in request.headers) else {"User-Agent": SOME_PROGRAM}),
        **request.headers,
    }
    query = dict(request.query)
    return {
        "resource": route.path,
        "path": request.path,
        "httpMethod": request.method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": query or None,
        "multiValueQueryStringParameters": _all_values(request.query) or None,
        "pathParameters": {name: unquote(value) for name, value in parameters.items()} or None,
        "stageVariables": None,
        "requestContext": _context(request, route, headers, now),
        "body": _body(request, route),
        "isBase64Encoded": bool(request.body) and route.binary,
    }


def _body(request: Request, route: Route) -> str | None:
    if not request.body:
        return None
    return base64.b64encode(request.body).decode() if route.binary else request.body.decode("utf-8")


def _all_values(query: tuple[tuple[str, str], ...]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in query:
        values.setdefault(name, []).append(value)
    return values


def _context(request: Request, route: Route, headers: Mapping[str, str], now: datetime) -> Event:
    agent = next((v for n, v in headers.items() if n.lower() == "user-agent"), None)
    context: Event = {
        "accountId": "123456789012",
        "apiId": route.api,
        "resourceId": "res",
        "resourcePath": route.path,
        "httpMethod": request.method,
        "path": f"/{STAGE}{request.path}",
        "stage": STAGE,
        "protocol": "HTTP/1.1",
        "requestId": str(uuid.uuid4()),
        "requestTime": format_datetime(now),
        "requestTimeEpoch": int(now.timestamp() * 1000),
        "domainName": "ripen.example",
        "identity": {"sourceIp": request.source_ip, "userAgent": agent},
    }
    if request.authorizer is not None:
        context["authorizer"] = dict(request.authorizer)
    return context


def response(answer: Mapping[str, Any]) -> Response:
    """What API Gateway makes of a proxy answer. Errors: ValueError when it is none (the client would see a 502)."""
    if "statusCode" not in answer:
        raise ValueError(f"not a proxy answer: {answer!r:.200}")
    headers = {str(n).lower(): str(v) for n, v in (answer.get("headers") or {}).items()}
    headers |= {str(n).lower(): "\n".join(map(str, v)) for n, v in (answer.get("multiValueHeaders") or {}).items()}
    body = answer.get("body") or ""
    raw = base64.b64decode(body) if answer.get("isBase64Encoded") else str(body).encode()
    return Response(int(answer["statusCode"]), headers, raw)
