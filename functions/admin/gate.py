"""The one door to every view of the console: registers it with its roles, checks them, and turns what goes wrong into an answer.

A view cannot be registered without saying who may use it, so nothing is open by omission.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalice.app import Chalice, Request, Response

from functions.admin import origin
from functions.admin.access import Actor, actor_of
from shared.runtime import clock, http
from shared.runtime.batches import is_transient
from shared.runtime.observe import logger
from shared.usecases.console.texts import InvalidField

_ID = re.compile(r"[A-Za-z0-9_=-]{1,600}")
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"


class Refused(Exception):
    """The request is answered with `status` and `why`, nothing else is wrong."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


class Unfit(Refused):
    """A text that may not be published; `findings` say where, what is wrong and how to mend it."""

    def __init__(self, findings: list[dict[str, Any]]) -> None:
        super().__init__(422, f"{len(findings)} findings")
        self.findings = findings


class NotFound(Refused):
    """There is no such thing, or it is none of the asker's business."""

    def __init__(self, what: str = "not found") -> None:
        super().__init__(404, what)


@dataclass(frozen=True)
class Call:
    """One request as views see it. Header names are lower case; `ids` are the variable parts of the path."""

    actor: Actor
    now: datetime
    path: str
    base: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    ids: Mapping[str, str]
    body: bytes

    @property
    def session(self) -> str:
        """The token in the cookie."""
        return origin.session_token(self.headers)

    def asked(self, name: str, limit: int = 300) -> str:
        """One query parameter, or an empty text. Raises InvalidField when it is longer than any that makes sense."""
        value = self.query.get(name, "").strip()
        if len(value) > limit:
            raise InvalidField(name, f"at most {limit} characters")
        return value

    def only_asked(self, *known: str) -> None:
        """Raises InvalidField for a query parameter that there is not, with the name that was perhaps meant and those that there are."""
        from difflib import get_close_matches  # late: only who errs needs it

        for name in self.query:
            if name not in (*known, "lang"):
                near = get_close_matches(name, known, 1)
                meant = f"did you mean {near[0]}? " if near else ""
                raise InvalidField(name[:40], f"is no parameter here; {meant}there are {', '.join(known)}")

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; no body is an empty one. Raises Refused and UnreadableBody."""
        return self._read(_JSON) if self.body.strip() else {}

    def form(self) -> dict[str, Any]:
        """The fields of a form post. Raises Refused and UnreadableBody."""
        return self._read(_FORM)

    def _read(self, wanted: str) -> dict[str, Any]:
        kind = self.headers.get("content-type", wanted)
        if kind.split(";")[0].strip().lower() != wanted:
            raise Refused(415, f"send {wanted}")
        return http.read_fields(self.body, kind)


JsonView = Callable[[Call], Any]
PageView = Callable[[Call], Response]
# (request, who asks, status, why) → the page that says so
OnError = Callable[[Request, Actor | None, int, str], Response]


@dataclass(frozen=True)
class Route:
    """A view and who may use it."""

    method: str
    path: str
    roles: tuple[str, ...]
    is_page: bool


def call_of(request: Request, actor: Actor, now: datetime, most: int = http.MAX_BODY) -> Call:
    """The request as views see it. Raises Refused for a body that is too large or an id that is none."""
    ids = {name: str(value) for name, value in (request.uri_params or {}).items()}
    if not all(_ID.fullmatch(value) for value in ids.values()):
        raise NotFound
    body = http.body_of(request)
    if len(body) > most:
        raise Refused(413, f"at most {most} bytes")
    path = path_of(request)
    base = origin.base_path(request.context, path)
    return Call(actor, now, path, base, http.headers_of(request), http.query_of(request), ids, body)


def path_of(request: Request) -> str:
    """The path behind the console's address."""
    return str(request.to_original_event().get("path") or request.path)


def to_answer(error: Exception) -> tuple[int, dict[str, Any]]:
    """Status and JSON body of what a view raised. Unknown errors are ours: logged whole, told in general."""
    # Late: they come with what may raise them, and most requests raise nothing.
    from shared.domain.lifecycle import IllegalTransition
    from shared.usecases.console.acts_on_handoff import NotNow
    from shared.usecases.console.segments import Untouchable
    from shared.usecases.console.walk import BadCursor

    match error:
        case Unfit():
            return 422, {"errors": {"source": error.why}, "findings": error.findings}
        case InvalidField():
            return 422, {"errors": {error.field: error.why}}
        case BadCursor():
            return 400, {"error": str(error)}
        case IllegalTransition() | NotNow() | Untouchable():
            return 409, {"error": str(error)}
        case Refused():
            return error.status, {"error": error.why}
        case http.UnreadableBody():
            return 400, {"error": str(error)}
    if is_transient(error):
        logger().warning("a service fails for the moment", exc_info=error)
        return 503, {"error": "please try again in a moment"}
    logger().error("a view of the console failed", exc_info=error)
    return 500, {"error": "something went wrong on our side; it has been logged"}


class Gate:
    """Registers views on the one Chalice app."""

    def __init__(self, app: Chalice) -> None:
        self.app = app
        self.routes: list[Route] = []

    def json(self, method: str, path: str, roles: tuple[str, ...], view: JsonView, most: int = http.MAX_BODY) -> None:
        """A JSON call: 401 without a token, 403 outside `roles`, 413 over `most` bytes; what the view returns is the body (200)."""

        def answer(**_ids: str) -> Response:
            request = http.current_request(self.app)
            try:
                return http.data(view(self._admitted(request, roles, most)))
            except Exception as error:  # noqa: BLE001 - the edge of the function: every error becomes an answer
                status, body = to_answer(error)
                return http.data(body, status)

        self._register(method, path, roles, answer, is_page=False)

    def page(
        self,
        method: str,
        path: str,
        roles: tuple[str, ...],
        view: PageView,
        on_error: OnError,
        most: int = http.MAX_BODY,
    ) -> None:
        """A page: the sign-in page without a token; errors are pages too, also of a body over `most` bytes."""

        def answer(**_ids: str) -> Response:
            request = http.current_request(self.app)
            actor = actor_of(request.context)
            if actor is None:
                return on_error(request, None, 401, "")
            try:
                return view(self._admitted(request, roles, most))
            except Exception as error:  # noqa: BLE001 - the edge of the function: every error becomes an answer
                status, body = to_answer(error)
                return on_error(request, actor, status, say(body))

        self._register(method, path, roles, answer, is_page=True)

    def _admitted(self, request: Request, roles: tuple[str, ...], most: int) -> Call:
        actor = actor_of(request.context)
        if actor is None:
            raise Refused(401, "sign in first")
        if not actor.may(roles):
            raise Refused(403, "your role may not do this")
        call = call_of(request, actor, clock.now(), most)
        if (
            request.method not in ("GET", "HEAD")
            and origin.comes_by_cookie(call.headers)
            and not origin.is_same_origin(call.headers)
        ):
            raise Refused(403, "this request comes from another site")
        return call

    def _register(
        self, method: str, path: str, roles: tuple[str, ...], view: Callable[..., Response], *, is_page: bool
    ) -> None:
        if not roles:
            raise ValueError(f"{method} {path} names no role that may use it")
        self.routes.append(Route(method, path, roles, is_page))
        self.register_open(method, path, view)

    def register_open(self, method: str, path: str, view: Callable[..., Response]) -> None:
        """A view that anybody may use: signing in and out, nothing else. Any content type comes through; the view checks it."""

        def answer(**ids: str) -> Response:
            try:
                return view(**ids)
            except Exception as error:  # noqa: BLE001 - the edge of the function: every error becomes an answer
                status, body = to_answer(error)
                return http.data(body, status)

        answer.__name__ = f"{method.lower()}{re.sub(r'[^a-z_]+', '_', path)}"
        self.app.route(path, methods=[method], content_types=["*/*"])(answer)


def say(body: Mapping[str, Any]) -> str:
    """The words of an error body."""
    if "error" in body:
        return str(body["error"])
    return "; ".join(f"{name}: {why}" for name, why in body.get("errors", {}).items())
