"""The pixel, the signed links, the codes of touchpoints, the page views and the snippet that sends them.

A plain handler and not Chalice: the pixel is bytes, whatever the mail program says it accepts, and these paths are the busiest.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from shared.domain.links import CLICK, HIDDEN, OPEN, read_link
from shared.domain.machines import Request, judge_request, judge_touch
from shared.domain.tokens import BadToken
from shared.runtime import clock, content
from shared.runtime.observe import observed
from shared.runtime.visitor import visitor_of
from shared.runtime.wiring import addresses, wiring
from shared.usecases.follow_touchpoint import find_touchpoint, follow_touchpoint
from shared.usecases.limit_posts import is_too_much
from shared.usecases.record_touch import (
    BadView,
    Judge,
    TooManyViews,
    ViewPorts,
    record_click,
    record_hidden_hit,
    record_open,
    record_views,
)

_PIXEL = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
_PICTURES = {"svg": "image/svg+xml", "png": "image/png"}
_MAX_BODY = 8 * 1024
_RETRY_AFTER = "300"
_NO_STORE = {"Cache-Control": "no-store, private", "X-Content-Type-Options": "nosniff"}
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Allow-Methods": "POST, OPTIONS",
}

Answer = dict[str, Any]


@partial(observed, correlation="requestContext.requestId")
def handler(event: dict[str, Any], context: Any) -> Answer:
    route = _ROUTES.get((event["httpMethod"], event["resource"]))
    return route(event) if route else _answer(405, "no such call")


def _answer(status: int, body: str = "", **headers: str) -> Answer:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return {
        "statusCode": status,
        "headers": {"Content-Type": "text/plain; charset=utf-8", **_NO_STORE, **given},
        "body": body,
    }


def _headers(event: Mapping[str, Any]) -> dict[str, str]:
    return {name.lower(): value for name, value in (event.get("headers") or {}).items()}


def _ip(event: Mapping[str, Any]) -> str:
    return str(event.get("requestContext", {}).get("identity", {}).get("sourceIp") or "")


def _mail_ports() -> dict[str, Any]:
    return {
        "messages": wiring.messages,
        "activities": wiring.activities,
        "per_mail": wiring.limit("touches_per_mail"),
    }


def _judge(event: Mapping[str, Any]) -> Judge:
    request, policy = Request(event["httpMethod"], _headers(event), _ip(event)), content.policies()["machines"]
    return lambda kind, age: judge_touch(kind, request, age, policy)


def _token(event: Mapping[str, Any]) -> str:
    return str((event.get("pathParameters") or {}).get("token", ""))


def _click(event: Mapping[str, Any]) -> Answer:
    try:
        link = read_link(wiring.secret, CLICK, _token(event))
    except BadToken:
        return _answer(404, "This link is incomplete. Please open it from the mail again.")
    record_click(link, _judge(event), **_mail_ports(), now=clock.now())
    return _answer(302, Location=link.url)


def _open(event: Mapping[str, Any]) -> Answer:
    pixel = {
        "statusCode": 200,
        "headers": {"Content-Type": "image/gif", **_NO_STORE},
        "body": _PIXEL,
        "isBase64Encoded": True,
    }
    try:
        link = read_link(wiring.secret, OPEN, _token(event))
    except BadToken:
        # A picture is a picture: a broken one in a mail helps nobody.
        return pixel
    record_open(link, _judge(event), **_mail_ports(), now=clock.now())
    return pixel


def _hidden(event: Mapping[str, Any]) -> Answer:
    """A link that only programs see: whoever follows it is none of the people whom we write to."""
    try:
        link = read_link(wiring.secret, HIDDEN, _token(event))
    except BadToken:
        return _answer(404, "This link is incomplete. Please open it from the mail again.")
    policy = content.policies()["machines"]
    record_hidden_hit(link, policy=policy, **_mail_ports(), now=clock.now())
    return _answer(302, Location=link.url)


def _view(event: Mapping[str, Any]) -> Answer:
    body = event.get("body") or ""
    raw = base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
    if len(raw) > _MAX_BODY:
        return _answer(413, "too long", **_CORS)
    try:
        view = json.loads(raw)
        if not isinstance(view, dict):
            raise BadView("an object is needed")
        ports = ViewPorts(
            wiring.secret_made,
            content.policies()["channels"],
            wiring.people,
            wiring.activities,
            wiring.touchpoints,
            wiring.limit("views_per_ip"),
            wiring.limit("views_per_visitor"),
        )
        record_views(view, judge_request(event["httpMethod"], _headers(event)), _ip(event), ports, clock.now())
    except TooManyViews:
        return _answer(429, "too many", Retry_After=_RETRY_AFTER, **_CORS)
    except BadView as error:
        return _answer(400, str(error), **_CORS)
    except (ValueError, RecursionError):
        return _answer(400, "the body is not JSON", **_CORS)
    return _answer(204, **_CORS)


def _follow(event: Mapping[str, Any]) -> Answer:
    """``/q/{code}`` leads on; ``/q/{code}.svg`` and ``/q/{code}.png`` are its QR code: it is printed, so it is no secret."""
    code, _, kind = str((event.get("pathParameters") or {}).get("code", "")).partition(".")
    touchpoint = find_touchpoint(code, wiring.touchpoints) if kind in ("", *_PICTURES) else None
    if touchpoint is None:
        return _answer(404, "This code is not in use. Please check it, or ask whoever gave it to you.")
    if kind:
        return _picture(touchpoint.code, kind, event)
    headers = _headers(event)
    address = follow_touchpoint(
        touchpoint,
        visitor_of(headers),
        event.get("queryStringParameters") or {},
        judge_request(event["httpMethod"], headers),
        is_kept=not is_too_much(wiring.limit("scans_per_ip"), _ip(event), secret=wiring.secret_made, now=clock.now()),
        secret=wiring.secret_made,
        people=wiring.people,
        activities=wiring.activities,
        touchpoints=wiring.touchpoints,
        now=clock.now(),
    )
    # Our own pages lie beside /q/: a relative address holds behind every stage and domain.
    return _answer(302, Location=f"..{address}" if address.startswith("/") else address)


def _picture(code: str, kind: str, event: Mapping[str, Any]) -> Answer:
    from shared.channels.qr import as_png, as_svg_file  # late: hardly any request draws

    address = f"{addresses()[0]}/q/{code}"
    picture = as_svg_file(address) if kind == "svg" else as_png(address)
    disposition = "attachment" if "download" in (event.get("queryStringParameters") or {}) else "inline"
    return {
        "statusCode": 200,
        "headers": {
            "Content-Type": _PICTURES[kind],
            "Content-Disposition": f'{disposition}; filename="{code}.{kind}"',
            "Cache-Control": "public, max-age=86400",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
            "X-Content-Type-Options": "nosniff",
        },
        "body": base64.b64encode(picture).decode(),
        "isBase64Encoded": True,
    }


def _preflight(event: Mapping[str, Any]) -> Answer:
    return _answer(204, **_CORS, Access_Control_Max_Age="86400")


def _snippet(event: Mapping[str, Any]) -> Answer:
    script = (content.directory() / "pages" / "public" / "ripen.js").read_text(encoding="utf-8")
    answer = _answer(200, script, Access_Control_Allow_Origin="*")
    answer["headers"] |= {"Content-Type": "text/javascript; charset=utf-8", "Cache-Control": "public, max-age=3600"}
    return answer


_ROUTES: dict[tuple[str, str], Callable[[Mapping[str, Any]], Answer]] = {
    ("GET", "/t/c/{token}"): _click,
    ("HEAD", "/t/c/{token}"): _click,
    ("GET", "/t/o/{token}"): _open,
    ("HEAD", "/t/o/{token}"): _open,
    ("GET", "/t/h/{token}"): _hidden,
    ("HEAD", "/t/h/{token}"): _hidden,
    ("POST", "/t/v"): _view,
    ("OPTIONS", "/t/v"): _preflight,
    ("GET", "/t/ripen.js"): _snippet,
    ("GET", "/q/{code}"): _follow,
    ("HEAD", "/q/{code}"): _follow,
}
ROUTES = frozenset(_ROUTES)
