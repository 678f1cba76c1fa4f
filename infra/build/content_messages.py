"""Compiles templates/messages: what is sent by text message, WeChat and app push, in every locale, linted the way it will be sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
from jinja2.sandbox import SandboxedEnvironment

from infra.build.content_samples import sample_context
from infra.build.schema import message_schema
from shared.authoring.content_shapes import LOCALES
from shared.authoring.content_yaml import Document, Finding, Place, load
from shared.domain.sms import segments

_ENVIRONMENT = SandboxedEnvironment(undefined=jinja2.StrictUndefined)
_KNOWN = ("person", "forms", "public_url", "preferences_url", "sender")
# As long as such addresses are: an API's own host, and a signed token.
_PUBLIC_URL = "https://abcdefghij.execute-api.eu-central-1.amazonaws.com"
_TOKEN = "x" * 180
_LONGEST = {"title": 40, "text": 120}  # of app push: what phones show of it


def compile_messages(root: Path, policy: dict[str, Any] | None) -> tuple[dict[str, Any], list[Finding]]:
    """{template: {"class", "purpose", channel: {"locales": {locale: parts}, …}}} of templates/messages, and what is wrong: of what cannot be
    read only the name. `policy` is sms.yaml.
    """
    messages: dict[str, Any] = {}
    found: list[Finding] = []
    for path in sorted((root / "messages").glob("*.yaml")):
        document = load(path, root)
        if not document.found:
            message_schema.MESSAGE(document, (), document.data)
        if not document.found:
            _check(document, policy or {"countries": {}, "most_parts": 3})
        found += document.found
        messages[path.stem] = {} if document.found else _compiled(document.data)
    return messages, found


def not_set_up(root: Path) -> list[Finding]:
    """A warning for each message that cannot be sent to anybody until somebody sets it up; the gate refuses it as ``unsendable`` until then."""
    found = []
    for path in sorted((root / "messages").glob("*.yaml")):
        document = load(path, root)
        wechat = document.data.get("wechat") if isinstance(document.data, dict) else None
        if isinstance(wechat, dict) and not wechat.get("template_id"):
            what = "no WeChat template is named, so WeChat messages are refused as unsendable"
            document.report(("wechat",), what, "add template_id: with the id that mp.weixin.qq.com shows, and deploy")
            found += document.found
    return found


def _compiled(message: dict[str, Any]) -> dict[str, Any]:
    compiled = {key: message[key] for key in ("class", "purpose")}
    if "sms" in message:
        compiled["sms"] = {"locales": {locale: {"text": message["sms"][locale]} for locale in LOCALES}}
    for channel in ("wechat", "push"):
        if channel in message:
            rest = {key: value for key, value in message[channel].items() if key not in LOCALES}
            compiled[channel] = rest | {"locales": {locale: message[channel][locale] for locale in LOCALES}}
    return compiled


def _check(document: Document, policy: dict[str, Any]) -> None:
    if not {"sms", "wechat", "push"} & set(document.data):
        document.report((), "the message is written for no channel", "add sms:, wechat: or push:")
    for place, locale, source in _sources(document.data):
        text = _rendered(document, place, locale, source)
        if text is not None:
            _check_length(document, place, locale, text, policy)
    wechat = document.data.get("wechat", {})
    for locale in LOCALES if wechat else ():
        if set(wechat[locale]) != set(wechat["en"]):
            document.report(("wechat", locale), "the places are not those of the other language", "fill the same ones")
        if "title" not in wechat[locale]:
            document.report(("wechat", locale), "it has no title", "add title: (receipts show it)")


def _sources(message: dict[str, Any]) -> Iterator[tuple[Place, str, str]]:
    for locale in LOCALES:
        if "sms" in message:
            yield ("sms", locale), locale, message["sms"][locale]
        for channel in ("wechat", "push"):
            if channel in message:
                yield from (
                    ((channel, locale, name), locale, source) for name, source in message[channel][locale].items()
                )
                if "url" in message[channel]:
                    yield (channel, "url"), locale, message[channel]["url"]


def _rendered(document: Document, place: Place, locale: str, source: str) -> str | None:
    """What the sample person would get; None with a finding. The variables are those of `compose_note.note_context` and no others."""
    sample = sample_context(locale, "transactional")
    context = {name: sample[name] for name in _KNOWN} | {
        "public_url": _PUBLIC_URL,
        "link": lambda _: f"{_PUBLIC_URL}/t/c/{_TOKEN}",
        "short": lambda code: f"{_PUBLIC_URL}/q/{code}",
    }
    try:
        return _ENVIRONMENT.from_string(source).render(context).strip()
    except jinja2.UndefinedError as error:
        document.report(place, f"{error}", "use person, link(), short(), forms, sender, public_url or preferences_url")
    except jinja2.TemplateError as error:
        document.report(place, f"this does not render: {error}", "mend the braces")
    return None


def _check_length(document: Document, place: Place, locale: str, text: str, policy: dict[str, Any]) -> None:
    if place[0] == "sms":
        longest = max(
            (
                f"{row.get('begins', {}).get(locale, '')} {text} {row['stop'][locale]}"
                for row in policy["countries"].values()
            ),
            key=lambda whole: segments(whole)[1],
            default=text,
        )
        alphabet, parts = segments(longest)
        if parts > policy["most_parts"]:
            what = f"the text takes {parts} parts of a text message ({alphabet}), with what its country adds"
            document.report(place, what, f"shorten it to {policy['most_parts']}: short('code') is shorter than link()")
    elif place[0] == "push" and place[-1] in _LONGEST and len(text) > _LONGEST[str(place[-1])]:
        what = f"{len(text)} letters, and phones show {_LONGEST[str(place[-1])]}"
        document.report(place, what, "shorten it")
