"""By which channels a person can be reached: their address on each, and the keys under which that address may have said no."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from shared.domain.identity import suppression_keys
from shared.domain.lead import Lead
from shared.domain.message import CHANNELS, EMAIL, PUSH, SMS, WECHAT

# A colleague who calls: a channel with consent and refusals that no machine sends through.
CALL = "phone"
# Which field of the profile holds the address of a channel.
ADDRESS_FIELDS = {EMAIL: "email", SMS: "phone_key", CALL: "phone_key", WECHAT: "wechat_openid", PUSH: "push_id"}
# Under which prefix an address stands among the suppressions.
_PREFIXES = {SMS: "phone", CALL: "phone", WECHAT: "wechat", PUSH: "push"}


def address_of(lead: Lead, channel: str) -> str:
    """Where `channel` reaches the person; "" when it does not."""
    return lead.profile.get(ADDRESS_FIELDS[channel], "") if channel in ADDRESS_FIELDS else ""


def addresses_of(lead: Lead) -> dict[str, str]:
    """{field of the profile: address} on every channel that reaches the person."""
    return {name: lead.profile[name] for name in ADDRESS_FIELDS.values() if lead.profile.get(name)}


def own_key(channel: str, address: str) -> str:
    """The suppressions' key of one address: ``email:a@b``, ``phone:+86…``, ``wechat:…``, ``push:…``."""
    return suppression_keys(address)[0] if channel == EMAIL else f"{_PREFIXES[channel]}:{address}"


def keys_of(lead: Lead, channel: str) -> list[str]:
    """Every key under which this person may have said no to `channel`: what stands under their mail address for all channels counts too."""
    keys = suppression_keys(lead.email) if lead.email else []
    address = address_of(lead, channel)
    return keys + ([own_key(channel, address)] if channel != EMAIL and address else [])


def same_channel_keys(one: Mapping[str, str], other: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The suppressions' keys of two people's addresses (`addresses_of`), two by two, on each channel where both have one and another one."""
    for channel in CHANNELS:
        name = ADDRESS_FIELDS[channel]
        if one.get(name) and other.get(name) and one[name] != other[name]:
            yield own_key(channel, one[name]), own_key(channel, other[name])
