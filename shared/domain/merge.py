"""Two records of one person become one, in whatever order records are merged."""

from __future__ import annotations

from collections.abc import Iterable

from shared.domain.lead import Lead
from shared.domain.lifecycle import DISQUALIFIED, LEAD, RECYCLED
from shared.domain.moments import to_iso

GRANTED, WITHDRAWN = "granted", "withdrawn"
# By which field a channel reaches somebody.
_ADDRESS_OF = {"email": "email", "sms": "phone", "phone": "phone", "wechat": "wechat_openid", "push": "push_id"}
_FREE = (LEAD, RECYCLED, DISQUALIFIED)

Consent = dict[str, dict[str, str]]


class BothWithSales(Exception):
    """Both are in the hands of sales: which hand-off goes on is nobody's guess."""


def is_with_sales(lead: Lead) -> bool:
    """Whether sales took the lead over, or it is a customer."""
    return lead.stage not in _FREE


def survivor_first(one: Lead, other: Lead) -> tuple[Lead, Lead]:
    """(who stays, who is absorbed): whoever is with sales stays, else who is known longer. Raises BothWithSales."""
    if is_with_sales(one) and is_with_sales(other):
        raise BothWithSales
    first, second = sorted((one, other), key=lambda lead: (not is_with_sales(lead), lead.created_at, lead.lead_id))
    return first, second


def merged_profile(one: Lead, other: Lead) -> tuple[dict[str, str], dict[str, str]]:
    """(profile, known_at) of both as a record born with `one`: the newest word on each field; of two at once the greater, so that order says nothing."""
    born = to_iso(one.created_at)
    words: dict[str, tuple[str, str]] = {}
    for lead in (one, other):
        for name, value in lead.profile.items():
            said = (lead.known_at.get(name) or to_iso(lead.created_at), value)
            words[name] = max(said, words.get(name, said))
    profile = {name: value for name, (_, value) in words.items()}
    return profile, {name: at for name, (at, _) in words.items() if at != born}


def stricter_consent(one: Lead, other: Lead) -> Consent:
    """Per channel: a no of either is a no; a yes stands only if nobody with an address there has not said yes."""
    merged: Consent = {}
    for channel in {*one.consent, *other.consent}:
        words = [lead.consent.get(channel, {}) for lead in (one, other)]
        refusals = [word for word in words if word.get("state") == WITHDRAWN]
        silent = any(
            word.get("state") != GRANTED and lead.profile.get(_ADDRESS_OF.get(channel, channel))
            for word, lead in zip(words, (one, other), strict=True)
        )
        if refusals:
            merged[channel] = _newest(refusals)
        elif not silent:
            merged[channel] = _newest(word for word in words if word)
    return merged


def _newest(words: Iterable[dict[str, str]]) -> dict[str, str]:
    return max(words, key=lambda word: (word.get("at", ""), sorted(word.items())))


def consent_after_parting(own: Consent, together: Consent, merged_at: str) -> Consent:
    """What one of two has consented to once they are parted again: a no that was said meanwhile, or by the other, stays a no;
    a yes that was said while they were one stands too, what was only lost by the merge comes back.
    """
    parted = dict(own)
    for channel, word in together.items():
        if word.get("state") == WITHDRAWN or word.get("at", "") > max(merged_at, parted.get(channel, {}).get("at", "")):
            parted[channel] = word
    return parted
