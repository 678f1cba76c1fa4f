"""Rendering the console's pages: the frame, the words, the headers, and pages that say what went wrong."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from chalice.app import Request, Response

from functions.admin import origin
from functions.admin.access import (
    AUDIT,
    COSTS,
    EVERYBODY,
    HANDOFFS,
    IMPORTS,
    JOURNEYS,
    MAILS,
    MERGES,
    QUARANTINE,
    ROLES,
    SCORING,
    SEGMENTS,
    SUPPRESSIONS,
    TOUCHPOINTS,
    Actor,
)
from functions.admin.gate import Call, Refused, path_of
from functions.admin.present import harmless, initials
from shared.runtime import clock, content, http, pages

LANGUAGE_COOKIE = "ripen_lang"
_A_YEAR = 31_536_000
_NAV = (
    ("/", "today", EVERYBODY),
    ("/leads", "leads", EVERYBODY),
    ("/segments", "segments", SEGMENTS),
    ("/handoffs", "handoffs", HANDOFFS),
    ("/touchpoints", "touchpoints", TOUCHPOINTS),
    ("/journeys", "journeys", JOURNEYS),
    ("/mails", "mails", MAILS),
    ("/scoring", "scoring", SCORING),
    ("/costs", "costs", COSTS),
    ("/suppressions", "suppressions", SUPPRESSIONS),
    ("/quarantine", "quarantine", QUARANTINE),
    ("/doubles", "doubles", MERGES),
    ("/lists", "lists", QUARANTINE),
    ("/imports", "imports", IMPORTS),
    ("/audit", "audit", AUDIT),
)
# Pages that are reached from another of the list.
_UNDER = {"/accounts": "/leads"}
_DONE = (
    *("follow_up", "accept", "outcome", "mql", "add", "remove", "release"),
    *("release_kind", "release_more", "taught", "touchpoint"),
    *("tag", "untag", "segment", "no_segment"),
    *("merged", "parted", "different"),
    *("journey", "published", "published_off", "published_paused", "published_stopped", "replied", "folding"),
)


class Words(dict[str, str]):
    """The words of one language, by key; called, a word with its blanks filled in."""

    def __call__(self, key: str, **blanks: object) -> str:
        return self[key].format(**blanks) if blanks else self[key]


@lru_cache(maxsize=2)
def words_of(locale: str) -> Words:
    """The words of `locale`; read once."""
    return Words(content.texts(locale))


def locale_of(headers: Mapping[str, str], query: Mapping[str, str]) -> str:
    """What the address asks for, else what was chosen before, else what the browser prefers."""
    if query.get("lang") in pages.LOCALES:
        return query["lang"]
    pairs = (pair.strip().partition("=") for pair in headers.get("cookie", "").split(";"))
    chosen = next((value for name, _, value in pairs if name == LANGUAGE_COOKIE), "")
    return chosen if chosen in pages.LOCALES else pages.choose_locale({}, headers)


@lru_cache(maxsize=1)
def _policy() -> str:
    """Nothing is loaded from anywhere; the one style sheet and the one script of a page are named by their hashes."""
    style, script = (_hash(pages.render(f"console/console.{kind}", "en")) for kind in ("css", "js"))
    return (
        f"default-src 'none'; style-src '{style}'; script-src '{script}'; img-src data:; connect-src 'self'; frame-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def html(text: str, status: int, locale: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Response:
    """A page with the console's headers; remembers a language that was asked for."""
    extra = {"Content-Security-Policy": _policy(), "Referrer-Policy": "same-origin", "Vary": "Cookie, Accept-Language"}
    if query.get("lang") == locale:
        secure = "; Secure" if origin.is_https(headers) else ""
        extra["Set-Cookie"] = f"{LANGUAGE_COOKIE}={locale}; Path=/; Max-Age={_A_YEAR}; SameSite=Lax; HttpOnly{secure}"
    return http.page(text, status, extra)


def _language(locale: str, base: str, path: str, query: Mapping[str, str]) -> dict[str, str]:
    """The switch to the other language, for the same page."""
    other = next(each for each in pages.LOCALES if each != locale)
    kept = {name: value for name, value in query.items() if name not in ("lang", "done")}
    return {
        "code": other,
        "name": words_of(other)["language.name"],
        "href": f"{base}{path}?{urlencode({**kept, 'lang': other})}",
    }


def show(call: Call, template: str, status: int = 200, **context: Any) -> Response:
    """A page of the console in its frame, for somebody who signed in."""
    locale = locale_of(call.headers, call.query)
    words = words_of(locale)
    done = call.query.get("done", "")
    frame = {
        "say": words,
        "base": call.base,
        "nav": _nav(call),
        "actor": _actor(call.actor, words),
        "language": _language(locale, call.base, call.path if call.path.isascii() else "/", call.query),
        "form_token": origin.form_token(call.session),
        "done": words[f"done.{done}"] if done in _DONE else "",
        "problem": "",
        "newer": "",
        "older": "",
    }
    text = pages.render(f"console/{template}.html", locale, **{**frame, **context})
    return html(text, status, locale, call.query, call.headers)


def _nav(call: Call) -> list[dict[str, Any]]:
    here = "/" + call.path.strip("/").split("/")[0]
    here = _UNDER.get(here, here)
    return [{"path": path, "icon": name, "here": path == here} for path, name, roles in _NAV if call.actor.may(roles)]


def _actor(actor: Actor, words: Words) -> dict[str, str]:
    roles = [words[f"role.{role}"] for role in ROLES if role in actor.roles]
    name = harmless(actor.username, 60)
    return {"username": name, "initials": initials(name), "roles": ", ".join(roles) or words["role.none"]}


def words_for(call: Call) -> Words:
    """The words in the language of the page that answers `call`."""
    return words_of(locale_of(call.headers, call.query))


def link(call: Call, path: str, **query: str) -> str:
    """The address of a page of the console."""
    asked = {name: value for name, value in query.items() if value}
    return f"{call.base}{path}" + (f"?{urlencode(asked)}" if asked else "")


def after(call: Call, path: str, done: str) -> Response:
    """Back to a page after an act, which says that it was done."""
    return http.see_other(link(call, path, done=done))


def checked_form(call: Call) -> Mapping[str, Any]:
    """The fields of a form of ours. Raises Refused for anybody else's."""
    form = call.form()
    if not origin.is_form_token(str(form.get("_form", "")), call.session):
        raise Refused(403, words_for(call)["problem.form"])
    return form


def checked_upload(call: Call) -> tuple[str, bytes]:
    """(name, content) of the file in a form of ours. Raises Refused for anybody else's form and for one without a file."""
    kind = call.headers.get("content-type", "")
    if not kind.lower().startswith("multipart/form-data"):
        raise Refused(415, "send multipart/form-data")
    fields, name, raw = http.read_upload(call.body, kind)
    if not origin.is_form_token(str(fields.get("_form", "")), call.session):
        raise Refused(403, words_for(call)["problem.form"])
    if not raw:
        raise Refused(422, words_for(call)["import.no_file"])
    return name, raw


def pager(call: Call, path: str, cursor: str | None, filters: Mapping[str, str], anchor: str = "") -> dict[str, Any]:
    """The links below a list."""
    return {
        "newer": link(call, path, **filters) + anchor if call.query.get("cursor") else "",
        "older": link(call, path, **filters, cursor=cursor) + anchor if cursor else "",
    }


def sign_in_page(
    request: Request, status: int = 200, problem: str = "", username: str = "", wanted: str = "/"
) -> Response:
    """The sign-in page; `wanted` is the page to go on to."""
    headers, query, path = http.headers_of(request), http.query_of(request), path_of(request)
    locale, base = locale_of(headers, query), origin.base_path(request.context, path)
    words = words_of(locale)
    text = pages.render(
        "console/login.html",
        locale,
        say=words,
        base=base,
        next=origin.return_path(wanted),
        username=harmless(username, 128),
        problem=words[f"login.{problem}"] if problem else "",
        language=_language(locale, base, "/login", query),
    )
    return html(text, status, locale, query, headers)


def problem_page(request: Request, actor: Actor | None, status: int, why: str) -> Response:
    """What went wrong, and what to do. Without an actor: the way to the sign-in page."""
    headers, query, path = http.headers_of(request), http.query_of(request), path_of(request)
    base = origin.base_path(request.context, path)
    if actor is None:
        return _to_sign_in(headers, query, base, origin.page_of(request.method, path))
    call = Call(actor, clock.now(), path, base, headers, query, {}, b"")
    words = words_for(call)
    if not actor.roles:
        return show(call, "problem", status, title=words["problem.no_role"], text=words["problem.no_role_text"])
    title = words.get(f"problem.{status}", words["problem.other"])
    text = words.get(f"problem.{status}_text", "").format(why=why[:1].upper() + why[1:]) or harmless(why)
    return show(call, "problem", status, title=title, text=text)


def _to_sign_in(headers: Mapping[str, str], query: Mapping[str, str], base: str, path: str) -> Response:
    if headers.get("sec-fetch-site") == "cross-site" and headers.get("sec-fetch-mode", "navigate") == "navigate":
        # Somebody followed a link in a mail: the browser keeps SameSite=Strict cookies back. Once our own page loads itself again, it sends them.
        locale = locale_of(headers, query)
        text = pages.render("console/returning.html", locale, say=words_of(locale), refresh=True)
        return html(text, 200, locale, {}, headers)
    wanted = origin.return_path(path)
    return http.see_other(f"{base}/login" + (f"?{urlencode({'next': wanted})}" if wanted != "/" else ""))


def listed(names: Sequence[str], chosen: str) -> list[str]:
    """Choices of a filter; one that is set but not among them is shown too."""
    return [*names, harmless(chosen, 60)] if chosen and chosen not in names else list(names)
