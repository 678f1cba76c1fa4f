"""What a person decides about being contacted: no, yes, in which language."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from shared.domain.contactable import contactable
from shared.domain.lead import Lead
from shared.domain.links import Link
from shared.domain.message import EMAIL, MARKETING
from shared.domain.moments import from_iso, to_iso
from shared.domain.reach import ADDRESS_FIELDS, address_of, own_key
from shared.domain.suppression import SOFT_BOUNCED, Suppression
from shared.domain.suppression import UNSUBSCRIBED as UNSUBSCRIBED_LIST
from shared.domain.timeline import CHANNEL_STOPPED, CONSENT_GIVEN, PREFERENCES_CHANGED, UNSUBSCRIBED, Activity
from shared.domain.traffic import TooMuchTraffic

if TYPE_CHECKING:
    from shared.store.activities import Activities
    from shared.store.people import People
    from shared.store.suppressions import Suppressions

_ATTEMPTS = 8
# The same button of the same mail within this time is the same answer.
_ONE_PRESS = timedelta(hours=1)


class PreferencePorts(NamedTuple):
    """What preferences touch."""

    people: People
    suppressions: Suppressions
    activities: Activities


def unsubscribe(link: Link, how: str, ports: PreferencePorts, now: datetime, channel: str = EMAIL) -> bool:
    """No more marketing by `channel`, from now on: the suppression is written first, because the gate reads it. False when the person is gone.

    `how` says by which means: ``one_click``, ``page``, ``preferences`` or ``answer`` (of a text message). Saying no twice is saying it once: the second time does the first one's
    effects again, which completes what a first try left undone; of two at once the one that stands in the person's row is the first.
    """
    lead = ports.people.find(link.lead_id)
    if lead is None or not (keys := _every_key(lead, channel, ports)):
        return False
    no = {"state": "withdrawn", "at": to_iso(now), "how": how, "message_id": link.message_id}
    said = lead.consent.get(channel, {})
    if said.get("state") == "withdrawn":
        no = {**no, **said}
    _suppress(keys, no, channel, ports)
    stands = _set_consent(lead.lead_id, no, channel, ports)
    if stands["state"] == "withdrawn" and stands["at"] != no["at"]:
        no = {**no, **stands}
        _suppress(keys, no, channel, ports)
    kind = UNSUBSCRIBED if channel == EMAIL else CHANNEL_STOPPED
    cause = f"{no['message_id']}:{no['at'][:16]}" + ("" if channel == EMAIL else f":{channel}")
    at = from_iso(no["at"])
    detail = {"message_id": no["message_id"], "how": no["how"]}
    ports.activities.append(Activity(lead.lead_id, kind, at, cause, channel, detail=detail))
    return True


def subscribe(
    link: Link, how: str, text: str, locale: str, ports: PreferencePorts, now: datetime, channel: str = EMAIL
) -> bool:
    """The person says yes, by a button of their own preference page or by confirming their address. False when they are gone.

    The answer is claimed in the person's row, then the evidence is written, then the gate opens: a yes that cannot be proved must not open it, and
    the button pressed twice is one yes.
    """
    lead = ports.people.find(link.lead_id)
    if lead is None or not address_of(lead, channel):
        return False
    answer = f"{how}:{link.message_id}" + ("" if channel == EMAIL else f":{channel}")
    answered_at = _claim_answer(lead.lead_id, answer, channel, ports, now)
    consent = {"state": "granted", "at": answered_at, "purpose": "marketing", "version": how, "form": how}
    detail = {
        "how": how,
        "consents": {channel: {"purpose": "marketing", "version": how, "text": text, "locale": locale}},
    }
    ports.activities.append(
        Activity(lead.lead_id, CONSENT_GIVEN, from_iso(answered_at), answer, channel, detail=detail)
    )
    _set_consent(lead.lead_id, {**consent, "answer": answer, "answered_at": answered_at}, channel, ports)
    return True


def _claim_answer(lead_id: str, answer: str, channel: str, ports: PreferencePorts, now: datetime) -> str:
    """When this answer was given first (ISO): of two presses of one button, the one that stands in the person's row."""
    at = to_iso(now)
    for _ in range(_ATTEMPTS):
        lead: Lead | None = ports.people.find(lead_id)
        if lead is None:
            return at
        stands: dict[str, str] = lead.consent.get(channel, {})
        if stands.get("answer") == answer and now - from_iso(stands["answered_at"]) < _ONE_PRESS:
            return stands["answered_at"]
        word = {"state": "pending", "at": at, **stands, "answer": answer, "answered_at": at}
        lead.consent = {**lead.consent, channel: word}
        if ports.people.update_profile(lead):
            return at
    raise TooMuchTraffic("consent is written by too many at once")


def choose_locale(link: Link, locale: str, ports: PreferencePorts, now: datetime) -> bool:
    """The person wants mails in `locale`. False when they are gone."""
    for _ in range(_ATTEMPTS):
        lead = ports.people.find(link.lead_id)
        if lead is None:
            return False
        if lead.locale == locale:
            return True
        # Told first: a change that nobody can see on the timeline could not be done again, because it stands already. Named by what
        # it changes, so that whoever does it again tells it once.
        cause = f"{link.message_id}:{lead.known_at.get('locale', '')}:{locale}"
        detail = {"profile": {"locale": locale}}
        ports.activities.append(Activity(lead.lead_id, PREFERENCES_CHANGED, now, cause, "web", detail=detail))
        lead.profile["locale"], lead.known_at["locale"] = locale, to_iso(now)
        if ports.people.update_profile(lead):
            return True
    raise TooMuchTraffic("preferences are written by too many at once")


def _every_key(lead: Lead, channel: str, ports: PreferencePorts) -> list[str]:
    """Every address of the person on `channel`: of those who were merged into them each has one, and a mail to any of them may carry the no."""
    addresses = [address_of(lead, channel)]
    for row in filter(None, map(ports.people.row, lead.members)):
        addresses += [address_of(row.lead, channel), row.merge.get("addresses", {}).get(ADDRESS_FIELDS[channel], "")]
    return [own_key(channel, address) for address in dict.fromkeys(addresses) if address]


def _suppress(keys: list[str], no: dict[str, str], channel: str, ports: PreferencePorts) -> None:
    for key in keys:
        ports.suppressions.add(Suppression(key, UNSUBSCRIBED_LIST, channel, from_iso(no["at"]), no["how"], "self"))


def _set_consent(lead_id: str, word: dict[str, str], channel: str, ports: PreferencePorts) -> dict[str, str]:
    """Writes the person's word, unless a newer one stands, or the same no already; returns the word that stands then."""
    for _ in range(_ATTEMPTS):
        lead: Lead | None = ports.people.find(lead_id)
        if lead is None:
            return word
        stands: dict[str, str] = lead.consent.get(channel, {})
        if stands.get("at", "") > word["at"] or word["state"] == stands.get("state") == "withdrawn":
            return stands
        lead.consent = {**lead.consent, channel: word}
        if ports.people.update_profile(lead):
            return word
    raise TooMuchTraffic("consent is written by too many at once")


def is_subscribed(lead: Lead, rows: list[Suppression], now: datetime, channel: str = EMAIL) -> bool:
    """Whether the person wants marketing by `channel`, as their own page shows it: a mailbox that is full for a while is no wish of theirs."""
    return not contactable(lead, [row for row in rows if row.list != SOFT_BOUNCED], MARKETING, now, channel)
