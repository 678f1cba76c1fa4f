"""Text messages: how many parts one costs, to which country it goes, and what an answer means."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import ceil
from typing import Any

from shared.domain.consent_policy import likely_country

# 3GPP TS 23.038: the letters of the 7-bit alphabet; those of its extension take two places.
_GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("^{}\\[~]|€\f")
GSM_7, UCS_2 = "GSM-7", "UCS-2"
# Places in a message of one part, and in each part of a longer one, which also says which part it is.
_PLACES = {GSM_7: (160, 153), UCS_2: (70, 67)}


def segments(text: str) -> tuple[str, int]:
    """(alphabet, number of parts): a single letter outside the 7-bit alphabet makes every part less than half as long."""
    alphabet = GSM_7 if all(char in _GSM_7 or char in _EXTENSION for char in text) else UCS_2
    if alphabet == GSM_7:
        places = len(text) + sum(char in _EXTENSION for char in text)
    else:
        places = len(text.encode("utf-16-le")) // 2
    alone, each = _PLACES[alphabet]
    return alphabet, 1 if places <= alone else ceil(places / each)


def country_of(profile: Mapping[str, str]) -> str:
    """The country whose rules a text message obeys: that of the number; where several share a calling code, the one that the person said."""
    number = {"phone_key": profile.get("phone_key", "")}
    return likely_country(number) or likely_country(profile)


def sender_for(policy: Mapping[str, Any], profile: Mapping[str, str]) -> Mapping[str, Any] | None:
    """Of templates/policies/sms.yaml, how people in this person's country are written to; None: not at all."""
    row: Mapping[str, Any] | None = policy["countries"].get(country_of(profile))
    return row


def means_stop(text: str, words: Collection[str]) -> bool:
    """Whether an answer asks to stop: one of the words alone, however it is written."""
    said = "".join(char for char in text.casefold() if char.isalnum())
    return said in {"".join(char for char in word.casefold() if char.isalnum()) for word in words}


def is_event(event: Mapping[str, Any]) -> bool:
    """Whether this is a report or an answer of the text-message service."""
    return str(event.get("eventType", "")).startswith("TEXT_") or "inboundMessageId" in event
