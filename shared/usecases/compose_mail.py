"""An order becomes the mail that this person gets: language, links, headers, country label."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from shared.domain.audiences import audience_of
from shared.domain.consent_policy import country_rule, likely_country
from shared.domain.lead import Lead
from shared.domain.links import CLICK, CONFIRM, HIDDEN, OPEN, PREFERENCES, Link, make_link
from shared.domain.localise import localised
from shared.domain.message import INTERNAL, MARKETING, Mail, MessageOrder
from shared.usecases.present_handoff import present_handoff

if TYPE_CHECKING:
    from shared.store.handoffs import Handoffs

Render = Callable[[Mapping[str, str], Mapping[str, Any]], tuple[str, str, str]]
_FALLBACK = "en"


class ComposePorts(NamedTuple):
    """What composing reads: the compiled content, the signing key, the base addresses and the renderer."""

    emails: Mapping[str, Any]
    forms: Mapping[str, Any]
    policies: Mapping[str, Any]
    secret: bytes
    public_url: str
    admin_url: str
    handoffs: Handoffs
    texts: Callable[[str], Mapping[str, str]]
    render: Render
    facts: Callable[[Lead], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses in one mail. `tracked` makes the address of a content link, `to` the one of a page of the person's own."""

    tracked: Callable[[str], str]
    to: Callable[..., str]


def compose_mail(order: MessageOrder, lead: Lead, ports: ComposePorts) -> Mail:
    """The mail of `order` for `lead`. KeyError or a Jinja error when the template does not exist or does not render: nothing is sent then."""
    template = ports.emails[order.template]
    locale = locale_of(order, lead, ports)
    links = signed_links(order, ports.public_url, ports.secret)
    context = mail_context(order, lead, locale, links, ports)
    subject, html, text = ports.render(template["locales"][locale], context)
    return Mail(
        to=order.to or lead.email,
        subject=subject,
        html=html,
        text=text,
        headers=_headers(order, context["unsubscribe_url"]),
        locale=locale,
    )


def signed_links(order: MessageOrder, public_url: str, secret: bytes) -> Links:
    """The addresses that a message of any channel leads to, signed for its recipient."""

    def address(path: str, kind: str, url: str = "") -> str:
        link = Link(order.lead_id, order.message_id, url)
        return f"{public_url}/{path}/{make_link(secret, kind, link)}"

    return Links(tracked=lambda url: address("t/c", CLICK, encoded(url)), to=address)


def encoded(url: str) -> str:
    """`url` in the letters that an address may have: what a marketer wrote in Chinese, or with a blank, is percent-encoded."""
    return quote(url, safe="%:/?#[]@!$&'()*+,;=~-._")


def locale_of(order: MessageOrder, lead: Lead, ports: ComposePorts) -> str:
    """The language in which `order` is written: the person's, in internal mail the colleague's, where the mail has it."""
    return _locale(order, lead, ports.policies, ports.emails[order.template]["locales"])


def _locale(order: MessageOrder, lead: Lead, policies: Mapping[str, Any], locales: Mapping[str, Any]) -> str:
    wanted = lead.locale
    if order.klass == INTERNAL:
        wanted = next(
            (member["languages"][0] for member in policies["sales"]["team"] if member["email"] == order.to), wanted
        )
    return wanted if wanted in locales else _FALLBACK


def _label(order: MessageOrder, lead: Lead, policies: Mapping[str, Any]) -> str:
    if order.klass != MARKETING:
        return ""
    return str(country_rule(policies["consent"], likely_country(lead.profile)).get("label") or "")


def _headers(order: MessageOrder, unsubscribe_url: str) -> dict[str, str]:
    if order.klass == INTERNAL:
        return {"Auto-Submitted": "auto-generated"}
    # RFC 8058: one HTTPS address, the POST happens without a page in between.
    return {"List-Unsubscribe": f"<{unsubscribe_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def mail_context(order: MessageOrder, lead: Lead, locale: str, links: Links, ports: ComposePorts) -> dict[str, Any]:
    """The variables of a mail (docs/design.md)."""
    name = lead.profile.get("name", "")
    groups = ports.emails[order.template].get("audiences", {})
    context: dict[str, Any] = {
        "person": {
            "name": name,
            "given_name": given_name(name),
            "title": lead.profile.get("title", ""),
            "company": lead.profile.get("company", ""),
            "email": lead.email,
            "locale": locale,
        },
        "link": links.tracked,
        "assets": _assets(locale, ports),
        "forms": {form_id: f"{ports.public_url}/f/{form_id}?lang={locale}" for form_id in ports.forms},
        "public_url": ports.public_url,
        "unsubscribe_url": links.to("u", PREFERENCES),
        "preferences_url": links.to("p", PREFERENCES),
        "confirm_url": links.to("c", CONFIRM),
        "pixel_url": links.to("t/o", OPEN),
        # A link that no person sees: whoever follows it is a filter, and its other touches are taken back.
        "hidden_url": links.to("t/h", HIDDEN, ports.policies["sender"]["website"]),
        "sender": localised(ports.policies["sender"], locale),
        # What the country wants before a marketing subject (【广告】).
        "label": _label(order, lead, ports.policies),
        "audience": audience_of(groups, ports.facts(lead)) if groups else {},
        "handoff": {},
        "notice": {},
    }
    if handoff_id := order.data.get("handoff_id"):
        context["handoff"] = _handoff(handoff_id, locale, ports)
    if notice := order.data.get("notice"):
        context["notice"] = _notice(notice, lead, locale, ports)
    return context


def given_name(name: str) -> str:
    """What to call somebody by: the first word of a Western name, all of a Chinese one."""
    if not name.isascii() and " " not in name:
        return name
    return name.split()[0] if name else ""


def _assets(locale: str, ports: ComposePorts) -> dict[str, str]:
    return {
        name: path if path.startswith("https://") else f"{ports.public_url}/f/{form_id}/{path}?lang={locale}"
        for form_id, form in ports.forms.items()
        for name, path in form.get("assets", {}).items()
    }


def _handoff(handoff_id: str, locale: str, ports: ComposePorts) -> dict[str, Any]:
    handoff = ports.handoffs.get(handoff_id)
    if handoff is None:
        raise KeyError(f"no hand-off {handoff_id}")
    return present_handoff(handoff, ports.policies["sales"], ports.texts(locale), locale) | {
        "console_url": f"{ports.admin_url}/handoffs/{handoff_id}"
    }


def _notice(notice: Mapping[str, Any], lead: Lead, locale: str, ports: ComposePorts) -> dict[str, Any]:
    """A word to a colleague about a person: who it is, and why now (``reason``: a text, or a text for each locale)."""
    profile, texts = lead.profile, ports.texts(locale)
    return {
        "who": ("，" if locale == "zh" else ", ").join(
            filter(None, (profile.get("name") or lead.email, profile.get("title")))
        ),
        "company": profile.get("company", ""),
        "contact": " · ".join(filter(None, (profile.get("phone"), lead.email))),
        "score": lead.score,
        "grade": texts[f"grade.{lead.grade}"],
        "reason": str(localised(notice["reason"], locale)),
        "console_url": f"{ports.admin_url}/leads/{lead.lead_id}",
    }
