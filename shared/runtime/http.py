"""What the HTTP functions share: reading bodies of strangers, answering alike, headers that protect whoever looks."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec
from urllib.parse import parse_qsl

from chalice.app import BadRequestError, Chalice, ChaliceViewError, ConflictError, NotFoundError, Request, Response

from shared.domain.lifecycle import IllegalTransition
from shared.domain.tokens import BadToken
from shared.runtime.batches import is_transient
from shared.runtime.observe import logger, observed

P = ParamSpec("P")

MAX_BODY = 64 * 1024
_MAX_FIELDS = 200
FORM_TYPES = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"]
_ENCODINGS = ("utf-8", "gb18030")

_PROTECTION = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cache-Control": "no-store",
}
_PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'self' 'unsafe-inline'; connect-src 'self'; img-src 'self' data:; base-uri 'none'"


class UnreadableBody(Exception):
    """The body is not what its content type says."""


class ServiceBusy(ChaliceViewError):
    """A service behind us fails for the moment; nothing was done and the caller may come again."""

    STATUS_CODE = 503


class BodyTooLong(ChaliceViewError):
    """The body is longer than anybody's form: it is not even read."""

    STATUS_CODE = 413


def page(html: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An HTML answer."""
    protection = {**_PROTECTION, "Content-Security-Policy": _PAGE_POLICY, "Content-Type": "text/html; charset=utf-8"}
    return Response(body=html, status_code=status, headers={**protection, **(headers or {})})


def data(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    text = json.dumps(body, ensure_ascii=False)
    return Response(
        body=text,
        status_code=status,
        headers={**_PROTECTION, "Content-Type": "application/json; charset=utf-8", **(headers or {})},
    )


def see_other(location: str, headers: Mapping[str, str] | None = None) -> Response:
    """A redirect after a post. `location` is relative or ours: never built from what a stranger sent."""
    return Response(body="", status_code=303, headers={**_PROTECTION, "Location": location, **(headers or {})})


def current_request(app: Chalice) -> Request:
    """The request that `app` answers now."""
    request = app.current_request
    if request is None:
        raise RuntimeError("asked for the request outside of one")
    return request


def body_of(request: Request) -> bytes:
    """The body's bytes, whatever encoding the gateway wrapped them in."""
    body = request.raw_body
    return body.encode() if isinstance(body, str) else bytes(body)


def script(text: str, *, max_age: int) -> Response:
    """A script that foreign pages load."""
    headers: dict[str, str | list[str]] = {
        "Content-Type": "text/javascript; charset=utf-8",
        "Cache-Control": f"public, max-age={max_age}",
        "Vary": "Accept-Language",
        "Access-Control-Allow-Origin": "*",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(body=text, headers=headers)


def empty(status: int, headers: Mapping[str, str]) -> Response:
    """An answer without a body."""
    return Response(body="", status_code=status, headers=dict(headers))


def headers_of(request: Request) -> Mapping[str, str]:
    """The request's headers; their names in whatever case."""
    headers: Mapping[str, str] = request.headers
    return headers


def query_of(request: Request) -> dict[str, str]:
    """The request's query, the last value of each name."""
    return {name: values[-1] for name, values in _multi(request).items() if values}


def _multi(request: Request) -> dict[str, list[str]]:
    query = request.query_params
    return {name: query.getlist(name) for name in query} if query else {}


def wants_json(request: Request) -> bool:
    """Whether the caller is a program: it sent JSON or asks for JSON."""
    headers = headers_of(request)
    return headers.get("content-type", "").startswith("application/json") or "application/json" in headers.get(
        "accept", ""
    )


def source_ip(request: Request) -> str:
    """The caller's address as the gateway saw it."""
    return str((request.context.get("identity") or {}).get("sourceIp") or "")


def read_fields(body: bytes, content_type: str) -> dict[str, Any]:
    """The fields of a posted JSON, urlencoded or multipart body. Raises UnreadableBody."""
    kind = content_type.split(";")[0].strip().lower()
    try:
        if kind == "application/json":
            return _from_json(body)
        if kind == "multipart/form-data":
            return _from_multipart(body, content_type)
        return _from_urlencoded(body)
    except (ValueError, RecursionError, LookupError) as error:
        raise UnreadableBody(f"the body is not readable as {kind}") from error


def read_upload(body: bytes, content_type: str) -> tuple[dict[str, Any], str, bytes]:
    """(fields, the file's name, its content) of a multipart form with one file. Raises UnreadableBody."""
    from email.parser import BytesParser  # late: few forms carry a file
    from email.policy import HTTP

    fields, name, raw = read_fields(body, content_type), "", b""
    head = b"Content-Type: " + content_type.encode("latin-1", "replace") + b"\r\n\r\n"
    for part in BytesParser(policy=HTTP).parsebytes(head + body).iter_parts():
        if part.get_filename() is not None:
            content = part.get_payload(decode=True)
            name, raw = str(part.get_filename()), content if isinstance(content, bytes) else b""
    return fields, name, raw


def _from_json(body: bytes) -> dict[str, Any]:
    found = json.loads(body.decode("utf-8-sig"))
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def _from_urlencoded(body: bytes) -> dict[str, Any]:
    text = body.decode("latin-1")
    for encoding in _ENCODINGS:
        try:
            return dict(
                parse_qsl(text, keep_blank_values=True, encoding=encoding, errors="strict", max_num_fields=_MAX_FIELDS)
            )
        except UnicodeDecodeError:
            # A page in GBK posts GBK.
            continue
    return dict(parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=_MAX_FIELDS))


def _from_multipart(body: bytes, content_type: str) -> dict[str, Any]:
    from email.parser import BytesParser  # late: few forms are posted so
    from email.policy import HTTP

    head = b"Content-Type: " + content_type.encode("latin-1", "replace") + b"\r\n\r\n"
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    if not message.is_multipart():
        raise ValueError("no parts")
    fields: dict[str, Any] = {}
    for part in list(message.iter_parts())[:_MAX_FIELDS]:
        name = part.get_param("name", header="content-disposition")
        if isinstance(name, str) and part.get_filename() is None:
            fields[name] = _decoded(part.get_payload(decode=True) or b"")
    return fields


def _decoded(raw: Any) -> str:
    value = raw if isinstance(raw, bytes) else b""
    for encoding in _ENCODINGS:
        try:
            return value.decode(encoding)
        except UnicodeDecodeError:
            continue
    return value.decode("utf-8", "replace")


def answers(view: Callable[P, Response]) -> Callable[P, Response]:
    """Maps domain errors to answers. Chalice turns every other exception into a bare 500 before anything else sees it, so it happens here."""

    @functools.wraps(view)
    def answer(*args: P.args, **kwargs: P.kwargs) -> Response:
        try:
            return view(*args, **kwargs)
        except BadToken as error:
            raise NotFoundError("the link is incomplete or not ours") from error
        except UnreadableBody as error:
            raise BadRequestError(str(error)) from error
        except IllegalTransition as error:
            raise ConflictError(str(error)) from error
        except ChaliceViewError:
            raise
        except Exception as error:
            if not is_transient(error):
                raise
            logger().warning("a service fails for the moment", extra={"error": type(error).__name__}, exc_info=True)
            raise ServiceBusy("please try again in a moment") from error

    return answer


def entry_point(app: Chalice) -> Callable[[dict[str, Any], Any], Any]:
    """The Lambda handler of a Chalice app, with the request's id on every log line."""

    @functools.partial(observed, correlation="requestContext.requestId")
    def handler(event: dict[str, Any], context: Any) -> Any:
        return app(event, context)

    return handler
