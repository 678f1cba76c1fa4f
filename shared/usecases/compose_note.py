"""An order becomes the text message, the WeChat message or the app push that this person gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from shared.domain.lead import Lead
from shared.domain.links import PREFERENCES
from shared.domain.localise import localised
from shared.domain.message import MARKETING, SMS, WECHAT, MessageOrder, Note
from shared.domain.reach import address_of
from shared.domain.sms import sender_for
from shared.usecases.compose_mail import given_name, signed_links

_FALLBACK = "en"


class NotePorts(NamedTuple):
    """What composing reads: the compiled content, the signing key, the base address and the renderer."""

    messages: Mapping[str, Any]
    forms: Mapping[str, Any]
    policies: Mapping[str, Any]
    secret: bytes
    public_url: str
    render: Callable[[str, Mapping[str, Any]], str]


def compose_note(order: MessageOrder, lead: Lead, ports: NotePorts) -> Note:
    """The message of `order` for `lead`. KeyError or a Jinja error when the template does not exist for the channel or does not render: nothing
    is sent then.
    """
    template = ports.messages[order.template][order.channel]
    locale = lead.locale if lead.locale in template["locales"] else _FALLBACK
    context = note_context(order, lead, locale, ports)
    parts = {name: ports.render(source, context) for name, source in template["locales"][locale].items()}
    to = order.to or address_of(lead, order.channel)
    if order.channel == SMS:
        return _text_message(order, lead, to, parts["text"], locale, ports)
    url = ports.render(template.get("url", ""), context)
    title, text = parts.pop("title"), parts.pop("text", "")
    return Note(to, text, locale, title, url, fields=parts, template_id=template.get("template_id", ""))


def lacks(order: MessageOrder, messages: Mapping[str, Any]) -> str:
    """What the order's message still lacks, without which nobody can get it; "": nothing."""
    message = messages.get(order.template, {}).get(order.channel)
    if order.channel == WECHAT and message is not None and not message.get("template_id"):
        return f"messages/{order.template}.yaml has no template_id of WeChat"
    return ""


def _text_message(order: MessageOrder, lead: Lead, to: str, text: str, locale: str, ports: NotePorts) -> Note:
    """With what the country wants around it: who writes, and in marketing how to stop it."""
    rule = sender_for(ports.policies["sms"], lead.profile) or {}
    begins = str(localised(rule.get("begins", ""), locale))
    stop = str(localised(rule.get("stop", ""), locale)) if order.klass == MARKETING else ""
    # A blank between words of letters; none beside Chinese brackets and signs.
    whole = " ".join(filter(None, (begins, text, stop))).replace("】 ", "】").replace("。 ", "。")
    return Note(to, whole, locale, sender=str(rule.get("from", "")))


def note_context(order: MessageOrder, lead: Lead, locale: str, ports: NotePorts) -> dict[str, Any]:
    """The variables of such a message (docs/design.md)."""
    links = signed_links(order, ports.public_url, ports.secret)
    profile, name = lead.profile, lead.profile.get("name", "")
    return {
        "person": {
            "name": name,
            "given_name": given_name(name),
            "title": profile.get("title", ""),
            "company": profile.get("company", ""),
            "locale": locale,
        },
        "link": links.tracked,
        "short": lambda code: f"{ports.public_url}/q/{code}",
        "forms": {form_id: f"{ports.public_url}/f/{form_id}?lang={locale}" for form_id in ports.forms},
        "public_url": ports.public_url,
        "preferences_url": links.to("p", PREFERENCES),
        "sender": localised(ports.policies["sender"], locale),
    }
