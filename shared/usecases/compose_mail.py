"""An order becomes the mail that this person gets: language, links, headers, country label."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.domain.consent_policy import country_rule
from shared.domain.lead import Lead
from shared.domain.links import CLICK, OPEN, PREFERENCES, Link, make_link
from shared.domain.localise import localised
from shared.domain.message import INTERNAL, MARKETING, Mail, MessageOrder
from shared.usecases.present_handoff import present_handoff

if TYPE_CHECKING:
    from shared.store.handoffs import Handoffs

Render = Callable[[Mapping[str, str], Mapping[str, Any]], tuple[str, str, str]]
_FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class ComposePorts:
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


def compose_mail(order: MessageOrder, lead: Lead, ports: ComposePorts) -> Mail:
    """The mail of `order` for `lead`. KeyError or a Jinja error when the template does not exist or does not render: nothing is sent then."""
    locales = ports.emails[order.template]["locales"]
    locale = _locale(order, lead, ports.policies, locales)
    context = _context(order, lead, locale, ports)
    subject, html, text = ports.render(locales[locale], context)
    return Mail(
        to=order.to or lead.email,
        subject=subject,
        html=html,
        text=text,
        headers=_headers(order, context["unsubscribe_url"]),
        locale=locale,
    )


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
    return str(country_rule(policies["consent"], lead.country).get("label") or "")


def _headers(order: MessageOrder, unsubscribe_url: str) -> dict[str, str]:
    if order.klass == INTERNAL:
        return {"Auto-Submitted": "auto-generated"}
    # RFC 8058: one HTTPS address, the POST happens without a page in between.
    return {"List-Unsubscribe": f"<{unsubscribe_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _context(order: MessageOrder, lead: Lead, locale: str, ports: ComposePorts) -> dict[str, Any]:
    def address(path: str, kind: str, url: str = "") -> str:
        return f"{ports.public_url}/{path}/{make_link(ports.secret, kind, Link(lead.lead_id, order.message_id, url))}"

    def link(url: str) -> str:
        return address("t/c", CLICK, url)

    name = lead.profile.get("name", "")
    context: dict[str, Any] = {
        "person": {
            "name": name,
            "given_name": given_name(name),
            "title": lead.profile.get("title", ""),
            "company": lead.profile.get("company", ""),
            "email": lead.email,
            "locale": locale,
        },
        "link": link,
        "assets": _assets(locale, ports),
        "public_url": ports.public_url,
        "unsubscribe_url": address("u", PREFERENCES),
        "preferences_url": address("p", PREFERENCES),
        "pixel_url": address("t/o", OPEN),
        "sender": localised(ports.policies["sender"], locale),
        # What the country wants before a marketing subject (【广告】).
        "label": _label(order, lead, ports.policies),
        "handoff": {},
    }
    if handoff_id := order.data.get("handoff_id"):
        context["handoff"] = _handoff(handoff_id, locale, ports)
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
