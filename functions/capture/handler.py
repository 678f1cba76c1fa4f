"""Serves forms and accepts their posts: landing page, embed, token, post, thank-you page, assets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalice.app import Chalice, ForbiddenError, NotFoundError, Response

from shared.domain.forms import consent_row
from shared.runtime import clock, content, pages
from shared.runtime.http import (
    FORM_TYPES,
    MAX_BODY,
    answers,
    body_of,
    current_request,
    data,
    empty,
    entry_point,
    headers_of,
    page,
    query_of,
    read_fields,
    script,
    see_other,
    source_ip,
    wants_json,
)
from shared.runtime.observe import count
from shared.runtime.visitor import cookies_of
from shared.runtime.wiring import wiring
from shared.usecases.follow_touchpoint import find_touchpoint
from shared.usecases.known_answers import COOKIE, KEPT, NOTHING, Said, owner_of, recall, remember, shortened
from shared.usecases.limit_posts import is_too_much
from shared.usecases.submit_form import FieldErrors, Post, issue_token, submit_form

app = Chalice(app_name="capture", configure_logs=False)
handler = entry_point(app)

_KEPT = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "s", "channel", "referrer")
_KEPT_MAX = 200
_RETRY_AFTER = "300"


def _form(name: str) -> Mapping[str, Any]:
    found = content.forms().get(name)
    if found is None:
        raise NotFoundError("no such form")
    return dict(found)


def _locale() -> str:
    request = current_request(app)
    return pages.choose_locale(query_of(request), headers_of(request))


def _cors(form: Mapping[str, Any]) -> dict[str, str]:
    """Lets the form's own sites read the answer; any other origin is refused where the form names its sites."""
    origin = headers_of(current_request(app)).get("origin", "")
    allowed = form.get("origins") or ["*"]
    if "*" in allowed:
        return {"Access-Control-Allow-Origin": "*"}
    if origin and origin not in allowed:
        raise ForbiddenError("this site may not use the form")
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"} if origin else {}


@app.route("/f/{form}", methods=["GET"])
@answers
def landing(form: str) -> Response:
    definition = content.forms().get(form)
    locale = _locale()
    if definition is None:
        return page(pages.render("public/error.html", locale, base="..", status=404), 404)
    query = query_of(current_request(app))
    hidden = {name: query[name][:_KEPT_MAX] for name in _KEPT if query.get(name)}
    said = NOTHING if "all" in query else _said()
    shown = shortened(definition, said.names)
    return page(_landing(shown, locale, hidden, {}, {}, is_known=len(shown["fields"]) < len(definition["fields"])))


def _said() -> Said:
    """What this browser's owner has answered before."""
    cookie = cookies_of(headers_of(current_request(app))).get(COOKIE, "")
    return recall(wiring.secret_made, cookie, clock.now()) if cookie else NOTHING


def _remembered(definition: Mapping[str, Any], raw: Mapping[str, Any]) -> dict[str, str]:
    """The header that remembers which questions were answered; none for browsers that ask not to be remembered."""
    headers = headers_of(current_request(app))
    if headers.get("dnt") == "1" or headers.get("sec-gpc") == "1":
        return {}
    value = remember(wiring.secret_made, definition, raw, _said(), clock.now())
    secure = "; Secure" if headers.get("x-forwarded-proto") == "https" else ""
    # Without a path: the cookie belongs to the forms, wherever they lie.
    return (
        {"Set-Cookie": f"{COOKIE}={value}; Max-Age={int(KEPT.total_seconds())}; SameSite=Lax; HttpOnly{secure}"}
        if value
        else {}
    )


def _tracking() -> str:
    """``ask`` where the law wants a yes before anything is stored in the browser, also where we cannot tell; else ""."""
    here = headers_of(current_request(app)).get("cloudfront-viewer-country", "")
    policy = content.policies()["consent"]
    row = policy["countries"].get(here, policy["default"])
    return "" if row["opt_in"] == "opt_out" else "ask"


def _card(code: object, locale: str) -> Mapping[str, Any]:
    """The card of the seller or distributor whose touchpoint led here: its own, else that of the colleague it names. Empty for none."""
    touchpoint = find_touchpoint(code, wiring.touchpoints)
    if touchpoint is None or touchpoint.card:
        return touchpoint.card if touchpoint else {}
    team = content.policies()["sales"]["team"]
    named = (member for member in team if member["owner"] == touchpoint.origin.get("employee"))
    return next(({"name": member["name"][locale], "email": member["email"]} for member in named), {})


def _landing(
    form: Mapping[str, Any],
    locale: str,
    hidden: Mapping[str, str],
    values: Mapping[str, str],
    errors: Mapping[str, str],
    *,
    is_known: bool = False,
) -> str:
    token = issue_token(wiring.secret_made, form["form"], clock.now())
    # CloudFront, which stands before the API, tells the visitor's country: it only chooses the wording that is shown first.
    here = values.get("country") or headers_of(current_request(app)).get("cloudfront-viewer-country", "")
    return pages.render(
        "public/landing.html",
        locale,
        base="..",
        form=form,
        token=token,
        hidden=hidden,
        values=values,
        errors=errors,
        row=consent_row(form, here),
        card=_card(hidden.get("s"), locale),
        is_known=is_known,
        tracking=_tracking(),
    )


@app.route("/f/{form}", methods=["POST"], content_types=FORM_TYPES)
@answers
def post(form: str) -> Response:
    definition, request, locale = _form(form), current_request(app), _locale()
    cors = _cors(definition)
    if is_too_much(wiring.limit("per_ip"), source_ip(request), secret=wiring.secret_made, now=clock.now()):
        return _too_many(locale, cors)
    body = body_of(request)
    if len(body) > MAX_BODY:
        return data({"error": f"the form takes up to {MAX_BODY // 1024} KB"}, 413, cors)
    headers = headers_of(request)
    raw = read_fields(body, headers.get("content-type", ""))
    touchpoint = find_touchpoint(raw.get("s") or query_of(request).get("s"), wiring.touchpoints)
    said = _said()
    submitted = Post(
        form=definition,
        raw=raw,
        locale=locale,
        now=clock.now(),
        country_code=content.country_code,
        locale_is_stated=bool(query_of(request).get("lang") or headers.get("accept-language")),
        query=query_of(request),
        touch=touchpoint.touch if touchpoint else {},
        channels=content.policies()["channels"],
        answered=said.names if said.owner and said.owner == owner_of(wiring.secret_made, raw) else frozenset(),
        origin={"ip": source_ip(request), "user_agent": headers.get("user-agent", "")},
        idempotency_key=headers.get("idempotency-key", "")[:_KEPT_MAX],
    )
    try:
        submission_id = submit_form(
            submitted, secret=wiring.secret_made, intake=wiring.intake, per_address=wiring.limit("per_address")
        )
    except FieldErrors as error:
        return _refused(definition, locale, raw, error, cors)
    count("SubmissionsReceived")
    if wants_json(request):
        return data({"submission_id": submission_id}, 202, cors)
    kept = f"&s={touchpoint.code}" if touchpoint else ""
    return see_other(f"{form}/thank-you?lang={locale}{kept}", {**cors, **_remembered(definition, raw)})


def _too_many(locale: str, cors: Mapping[str, str]) -> Response:
    headers = {**cors, "Retry-After": _RETRY_AFTER}
    if wants_json(current_request(app)):
        return data({"error": content.texts(locale)["error_429_text"]}, 429, headers)
    return page(pages.render("public/error.html", locale, base="..", status=429), 429, headers)


def _refused(
    form: Mapping[str, Any], locale: str, raw: Mapping[str, Any], error: FieldErrors, cors: Mapping[str, str]
) -> Response:
    words = content.texts(locale)
    messages = {name: words[f"error_{code}"] for name, code in error.errors.items()}
    if wants_json(current_request(app)):
        return data({"errors": messages}, 422, cors)
    values = {name: value for name, value in raw.items() if isinstance(value, str)}
    if "country" in values:
        # The page's list holds codes.
        values["country"] = content.country_code(values["country"]) or values["country"]
    hidden = {name: values[name][:_KEPT_MAX] for name in (*_KEPT, "visitor") if values.get(name)}
    return page(_landing(form, locale, hidden, values, messages), 422)


@app.route("/f/{form}", methods=["OPTIONS"])
@answers
def preflight(form: str) -> Response:
    return _preflight(form, "POST, OPTIONS")


@app.route("/f/{form}/token", methods=["OPTIONS"])
@answers
def token_preflight(form: str) -> Response:
    return _preflight(form, "GET, OPTIONS")


def _preflight(form: str, methods: str) -> Response:
    allowed = {
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": "Content-Type, Accept, Idempotency-Key",
        "Access-Control-Max-Age": "86400",
    }
    return empty(204, {**_cors(_form(form)), **allowed})


@app.route("/f/{form}/token", methods=["GET"])
@answers
def token(form: str) -> Response:
    definition = _form(form)
    return data({"token": issue_token(wiring.secret_made, form, clock.now())}, headers=_cors(definition))


@app.route("/f/{form}/embed.js", methods=["GET"])
@answers
def embed(form: str) -> Response:
    return script(pages.render("public/embed.js", _locale(), form=_form(form), base=".."), max_age=300)


@app.route("/f/{form}/thank-you", methods=["GET"])
@answers
def thank_you(form: str) -> Response:
    locale, code = _locale(), query_of(current_request(app)).get("s", "")
    card = _card(code, locale)
    return page(
        pages.render(
            "public/thanks.html",
            locale,
            base="../..",
            form=_form(form),
            card=card,
            hidden={"s": code} if card else {},
            tracking=_tracking(),
        )
    )


@app.route("/f/{form}/asset/{asset}", methods=["GET"])
@answers
def asset(form: str, asset: str) -> Response:
    if f"asset/{asset}" not in _form(form).get("assets", {}).values():
        raise NotFoundError("no such asset")
    return page(
        pages.render(f"public/asset-{asset}.html", _locale(), base="../../..", form=_form(form), tracking=_tracking())
    )
