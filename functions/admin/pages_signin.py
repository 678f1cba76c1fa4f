"""Signing in and out: for people by a form and a cookie, for programs by JSON and a token."""

from __future__ import annotations

from collections.abc import Mapping

from chalice.app import Chalice, Request, Response

from functions.admin import origin, signin
from functions.admin.access import actor_of
from functions.admin.gate import Gate, path_of
from functions.admin.views import problem_page, sign_in_page
from shared.domain.ids import key_id, stable_id
from shared.domain.limits import network_of
from shared.domain.moments import to_iso
from shared.runtime import clock, http
from shared.runtime.wiring import wiring
from shared.store.audit import AuditEntry
from shared.usecases.limit_posts import is_too_much

# As long as the pool's access token.
_SESSION_SECONDS = 8 * 3600
_MAX_USERNAME, _MAX_PASSWORD = 128, 256
_SLOW = (429, "slow", "too many tries; wait a few minutes")
_PROBLEMS: dict[type[Exception], tuple[int, str, str]] = {
    signin.WrongCredentials: (401, "wrong", "user name or password is wrong"),
    signin.NewPasswordRequired: (
        403,
        "new_password",
        "this password was set by an administrator and must be changed first",
    ),
    signin.TooManyTries: _SLOW,
}


def login(request: Request) -> Response:
    """`POST /login`: JSON `{"username", "password"}` → `{"token"}`; a form → the session cookie and the page that was wanted."""
    headers = http.headers_of(request)
    kind = headers.get("content-type", "").split(";")[0].strip().lower()
    by_form = kind == "application/x-www-form-urlencoded"
    if kind not in ("application/json", "", "application/x-www-form-urlencoded"):
        return http.data({"error": "send application/json"}, 415)
    if by_form and not origin.is_same_origin(headers):
        return sign_in_page(request, 403, "foreign")
    body = http.body_of(request)
    if len(body) > http.MAX_BODY:
        return http.data({"error": "too large"}, 413)
    try:
        fields = http.read_fields(body, kind or "application/json")
    except http.UnreadableBody as error:
        return http.data({"error": str(error)}, 400)
    username, password = fields.get("username"), fields.get("password")
    if not _is_name(username, _MAX_USERNAME) or not _is_name(password, _MAX_PASSWORD):
        return (
            sign_in_page(request, 400, "empty") if by_form else http.data({"error": "give username and password"}, 400)
        )
    wanted = str(fields.get("next", ""))
    if _is_over(http.source_ip(request), str(username)):
        return _not_in(request, _SLOW, str(username), wanted, by_form=by_form)
    return _try(request, str(username), str(password), wanted, by_form=by_form)


def _is_over(ip: str, username: str) -> bool:
    """Whether this is one try too many of this network address, or of this name from there: Cognito is not even asked."""
    secret, now = wiring.secret_made, clock.now()
    if is_too_much(wiring.limit("signins_per_ip"), ip, secret=secret, now=now):
        return True
    whose = key_id(secret, "sign-in", f"{network_of(ip)} {username.casefold()}")
    return wiring.limit("signins_per_user").is_over(whose, now)


def _is_name(text: object, limit: int) -> bool:
    return isinstance(text, str) and 0 < len(text) <= limit and text.isprintable()


def _try(request: Request, username: str, password: str, wanted: str, *, by_form: bool) -> Response:
    try:
        token = signin.sign_in(username, password)
    except tuple(_PROBLEMS) as error:
        return _not_in(request, _PROBLEMS[type(error)], username, wanted, by_form=by_form)
    now = clock.now()
    wiring.audit.record(AuditEntry(now, username, "sign_in"), stable_id("sign_in", username, to_iso(now)))
    if not by_form:
        return http.data({"token": token})
    headers, base = http.headers_of(request), origin.base_path(request.context, path_of(request))
    return http.see_other(
        f"{base}{origin.return_path(wanted)}", {"Set-Cookie": _cookie(token, _SESSION_SECONDS, headers)}
    )


def _not_in(request: Request, said: tuple[int, str, str], username: str, wanted: str, *, by_form: bool) -> Response:
    status, problem, words = said
    return sign_in_page(request, status, problem, username, wanted) if by_form else http.data({"error": words}, status)


def _cookie(value: str, seconds: int, headers: Mapping[str, str]) -> str:
    secure = "; Secure" if origin.is_https(headers) else ""
    return f"{origin.SESSION_COOKIE}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"


def logout(request: Request) -> Response:
    """`POST /logout`: forgets the cookie. A post from elsewhere signs nobody out."""
    headers = http.headers_of(request)
    if not origin.is_same_origin(headers):
        return problem_page(request, actor_of(request.context), 403, "this request comes from another site")
    base = origin.base_path(request.context, path_of(request))
    return http.see_other(f"{base}/login", {"Set-Cookie": _cookie("", 0, headers)})


def register(app: Chalice, gate: Gate) -> None:
    """The views that need no sign-in."""

    def shown() -> Response:
        request = http.current_request(app)
        return sign_in_page(request, wanted=http.query_of(request).get("next", "/"))

    def tried() -> Response:
        return login(http.current_request(app))

    def left() -> Response:
        return logout(http.current_request(app))

    gate.register_open("GET", "/login", shown)
    gate.register_open("POST", "/login", tried)
    gate.register_open("POST", "/logout", left)
