"""A mail as a person would get it, without sending it: nothing is signed, every link is inert, nothing is written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote

from shared.domain.lead import Lead
from shared.domain.links import OPEN
from shared.domain.message import INTERNAL, MessageOrder
from shared.usecases.compose_mail import ComposePorts, Links, locale_of, mail_context

# A transparent picture: the preview loads nothing.
_NO_PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="
_INERT = "#to="
_TRAP = "/t/h/…"  # the hidden link, which only machines follow
_SCHEME = re.compile(r"@media\s*\(prefers-color-scheme:\s*dark\)")
_LINK = re.compile(r'href="#to=([^"]*)"')
SCHEMES = ("light", "dark")
SAMPLE = "sample"


@dataclass(frozen=True, slots=True)
class Preview:
    """A rendered mail. `links` are the addresses that its links would lead to, in order, each once; `audience` is {group: name}."""

    template: str
    klass: str
    purpose: str
    locale: str
    subject: str
    preheader: str
    html: str
    text: str
    links: tuple[str, ...]
    audience: Mapping[str, str]

    def in_scheme(self, scheme: str) -> str:
        """The HTML as a program in this colour scheme shows it, whatever the browser prefers."""
        return _SCHEME.sub("@media all" if scheme == "dark" else "@media not all", self.html)


def sample_lead(locale: str, now: datetime) -> Lead:
    """Somebody invented, for who wants to see a mail and no person."""
    said = {
        "en": {"name": "Ada Quill", "company": "Acme Robotics", "title": "CTO", "email": "ada@acme.example"},
        "zh": {"name": "林晓", "company": "极客机器人", "title": "技术总监", "email": "lin@acme.example"},
    }[locale]
    profile = {**said, "locale": locale, "country": "CN", "industry": "software", "company_size": "200"}
    return Lead(SAMPLE, now, SAMPLE, profile=profile, score=35, grade="warm")


def preview_mail(template: str, lead: Lead, locale: str, ports: ComposePorts, now: datetime) -> Preview:
    """`template` as `lead` would get it, in `locale` ("": the person's own language). KeyError when there is no such mail."""
    mail = ports.emails[template]
    order = MessageOrder("preview", lead.lead_id, mail["class"], mail["purpose"], template, now)
    wanted = locale or locale_of(order, lead, ports)
    context = mail_context(order, lead, wanted, Links(_inert, _inert_page), ports)
    if mail["class"] == INTERNAL:
        context |= _internal(lead, wanted, ports)
    parts = mail["locales"][wanted]
    subject, html, text = ports.render(parts, context)
    preheader = ports.render({"subject": parts["preheader"], "html": "", "text": ""}, context)[0]
    return Preview(
        template=template,
        klass=mail["class"],
        purpose=mail["purpose"],
        locale=wanted,
        subject=subject,
        preheader=preheader,
        html=html,
        text=_INERT_TEXT.sub(lambda found: unquote(found[1]), text),
        links=tuple(dict.fromkeys(link for found in _LINK.findall(html) if (link := unquote(found)) != _TRAP)),
        audience=context["audience"],
    )


def subject_of(template: str, locale: str, ports: ComposePorts, now: datetime) -> str:
    """The subject of a mail as somebody reads it of whom nothing is known. The template's name when there is no such mail any more."""
    somebody = replace(sample_lead(locale, now), profile={"locale": locale})
    mail = ports.emails.get(template)
    if mail is None:
        return template
    order = MessageOrder("title", SAMPLE, mail["class"], mail["purpose"], template, now)
    context = mail_context(order, somebody, locale, Links(_inert, _inert_page), ports) | {"label": ""}
    if mail["class"] == INTERNAL:
        context |= _internal(somebody, locale, ports)
    return ports.render({"subject": mail["locales"][locale]["subject"], "html": "", "text": ""}, context)[0]


def first_words(part: Mapping[str, Any] | None, locale: str) -> str:
    """The title of a message of another channel than e-mail, or what it begins with; "" when there is no such message."""
    said = (part or {}).get("locales", {}).get(locale, {})
    text = _BLANK.sub("…", str(said.get("title") or said.get("text") or ""))
    return text if len(text) <= _FIRST_WORDS else f"{text[:_FIRST_WORDS]}…"


_BLANK, _FIRST_WORDS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}"), 40
_INERT_TEXT = re.compile(rf"{_INERT}(\S*)")


def _inert(url: str) -> str:
    return _INERT + quote(url, safe="")


def _inert_page(path: str, kind: str, *_url: str) -> str:
    return _NO_PIXEL if kind == OPEN else _inert(f"/{path}/…")


def _internal(lead: Lead, locale: str, ports: ComposePorts) -> dict[str, Any]:
    """What a colleague would read about `lead`, with a reason and a step that stand for the real ones."""
    words, owner = ports.texts(locale), ports.policies["sales"]["team"][0]
    who = ("，" if locale == "zh" else ", ").join(_known(lead, "name", "title"))
    about = {
        "who": who,
        "company": lead.profile.get("company", ""),
        "contact": " · ".join(_known(lead, "phone", "email")),
        "score": lead.score,
        "grade": words[f"grade.{lead.grade}"],
        "console_url": _inert(f"/leads/{lead.lead_id}"),
    }
    handoff = about | {
        "reasons": [words["preview.reason"]],
        "interactions": [words["preview.interaction"]],
        "next_step": words["preview.next_step"],
        "due_at": words["preview.due"],
        "owner_name": owner["name"][locale],
    }
    return {"handoff": handoff, "notice": about | {"reason": words["preview.reason"]}}


def _known(lead: Lead, *names: str) -> list[str]:
    return [lead.profile[name] for name in names if lead.profile.get(name)]


def used_in(template: str, journeys: Mapping[str, Any]) -> list[str]:
    """The journeys that send `template`, by name."""
    return sorted(name for name, journey in journeys.items() if template in set(_templates(journey)))


def _templates(part: Any) -> Iterator[str]:
    if isinstance(part, Mapping):
        if isinstance(part.get("template"), str):
            yield part["template"]
        for inner in part.values():
            yield from _templates(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _templates(inner)
