"""Unsubscribe, preference centre, double opt-in. A GET shows a button and changes nothing; a POST acts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from chalice.app import Chalice, NotFoundError, Response

from shared.domain.lead import Lead
from shared.domain.links import CONFIRM, PREFERENCES, Link, make_link, read_link
from shared.domain.message import EMAIL, PUSH, SMS, WECHAT
from shared.domain.reach import address_of, keys_of
from shared.domain.tokens import BadToken
from shared.runtime import clock, content, pages
from shared.runtime.http import (
    FORM_TYPES,
    MAX_BODY,
    BodyTooLong,
    answers,
    body_of,
    current_request,
    entry_point,
    headers_of,
    page,
    query_of,
    read_fields,
    wants_json,
)
from shared.runtime.wiring import wiring
from shared.usecases.keep_preferences import choose_locale, is_subscribed, subscribe, unsubscribe

app = Chalice(app_name="preferences", configure_logs=False)
handler = entry_point(app)

_ONE_CLICK = "List-Unsubscribe"
_OTHERS = (SMS, WECHAT, PUSH)


def _with_page(view: Callable[[str], Response]) -> Callable[[str], Response]:
    """Mail programs cut long links: whoever follows what is left of one sees a page and whom to write to, a program the error."""

    @wraps(view)
    def answer(token: str) -> Response:
        try:
            return view(token)
        except (BadToken, NotFoundError):
            request = current_request(app)
            if wants_json(request):
                raise
            locale = pages.choose_locale(query_of(request), headers_of(request))
            return page(pages.render("public/error.html", locale, base="..", status=404), 404)

    return answer


def _person(kind: str, token: str) -> tuple[Link, Lead]:
    link = read_link(wiring.secret, kind, token)
    lead = wiring.people.find(link.lead_id)
    if lead is None:
        raise NotFoundError("nobody is here any more")
    return link, lead


def _locale(lead: Lead) -> str:
    asked = query_of(current_request(app)).get("lang", "")
    return asked if asked in pages.LOCALES else lead.locale if lead.locale in pages.LOCALES else "en"


def _fields() -> dict[str, Any]:
    request = current_request(app)
    body = body_of(request)
    if len(body) > MAX_BODY:
        raise BodyTooLong(f"up to {MAX_BODY // 1024} KB")
    return read_fields(body, headers_of(request).get("content-type", "")) if body else {}


def _page(name: str, lead: Lead, token: str, **more: Any) -> Response:
    return page(
        pages.render(
            f"public/{name}.html",
            _locale(lead),
            base="..",
            token=token,
            masked_email=pages.mask_email(lead.email),
            **more,
        )
    )


@app.route("/u/{token}", methods=["GET"])
@answers
@_with_page
def unsubscribe_page(token: str) -> Response:
    _, lead = _person(PREFERENCES, token)
    return _page("unsubscribe", lead, token)


@app.route("/u/{token}", methods=["POST"], content_types=FORM_TYPES)
@answers
@_with_page
def unsubscribe_now(token: str) -> Response:
    link, lead = _person(PREFERENCES, token)
    unsubscribe(link, "one_click" if _ONE_CLICK in _fields() else "page", wiring.preference_ports, clock.now())
    return _page("unsubscribed", lead, token)


@app.route("/p/{token}", methods=["GET"])
@answers
@_with_page
def centre(token: str) -> Response:
    _, lead = _person(PREFERENCES, token)
    return _centre(lead, token, done=False)


def _centre(lead: Lead, token: str, *, done: bool) -> Response:
    channels = [(channel, _subscribed(lead, channel)) for channel in _reaching(lead)]
    return _page("preferences", lead, token, subscribed=_subscribed(lead), channels=channels, done=done)


def _reaching(lead: Lead) -> list[str]:
    """The channels besides e-mail by which the person could be written to."""
    return [channel for channel in _OTHERS if address_of(lead, channel)]


@app.route("/p/{token}", methods=["POST"], content_types=FORM_TYPES)
@answers
@_with_page
def save(token: str) -> Response:
    link, lead = _person(PREFERENCES, token)
    fields, now = _fields(), clock.now()
    if fields.get("locale") in pages.LOCALES:
        choose_locale(link, fields["locale"], wiring.preference_ports, now)
    for channel in (EMAIL, *_reaching(lead)):
        _answer(link, lead, channel, fields.get("marketing" if channel == EMAIL else channel), now)
    _, lead = _person(PREFERENCES, token)
    return _centre(lead, token, done=True)


def _answer(link: Link, lead: Lead, channel: str, word: Any, now: datetime) -> None:
    if word == "off":
        # Whoever says no is believed, subscribed or not: a form with a yes may still be on its way, and a first press may have died half done.
        unsubscribe(link, "preferences", wiring.preference_ports, now, channel)
    elif word == "on" and not _subscribed(lead, channel):
        locale = _locale(lead)
        text = content.texts(locale)["preferences_on" if channel == EMAIL else f"preferences_{channel}_on"]
        subscribe(link, "preferences", text, locale, wiring.preference_ports, now, channel)


def _subscribed(lead: Lead, channel: str = EMAIL) -> bool:
    return is_subscribed(lead, wiring.suppressions.on(keys_of(lead, channel)), clock.now(), channel)


@app.route("/c/{token}", methods=["GET"])
@answers
@_with_page
def confirm_page(token: str) -> Response:
    _, lead = _person(CONFIRM, token)
    return _page("confirm", lead, token)


@app.route("/c/{token}", methods=["POST"], content_types=FORM_TYPES)
@answers
@_with_page
def confirm(token: str) -> Response:
    link, lead = _person(CONFIRM, token)
    locale = _locale(lead)
    subscribe(
        link, "double_opt_in", content.texts(locale)["confirm_button"], locale, wiring.preference_ports, clock.now()
    )
    return _page("confirmed", lead, make_link(wiring.secret, PREFERENCES, link))
