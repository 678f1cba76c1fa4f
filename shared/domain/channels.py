"""Which channel a visitor came by, when nobody says so, and which group a channel belongs to (templates/policies/channels.yaml)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

OTHER = "other"
_ANY = "*"


def channel_of(policy: Mapping[str, Any], said: Mapping[str, Any]) -> str:
    """The channel of a touch: what it says itself, else what the first fitting rule makes of ``utm_source utm_medium referrer``."""
    if said.get("channel"):
        return str(said["channel"])
    source, medium = (str(said.get(name, "")).strip().lower() for name in ("utm_source", "utm_medium"))
    host = _host(str(said.get("referrer", "")))
    fitting = (rule for rule in policy["rules"] if _fits(rule, source, medium, host))
    return next((str(rule["channel"]) for rule in fitting), "") or _as_named(policy, medium) or str(policy["otherwise"])


def _as_named(policy: Mapping[str, Any], medium: str) -> str:
    """A medium that is a channel by its own name."""
    return medium if group_of(policy, medium) != OTHER else ""


def _fits(rule: Mapping[str, Any], source: str, medium: str, host: str) -> bool:
    named = {"source": source, "medium": medium}
    if any(part in rule and named[part] not in rule[part] for part in named):
        return False
    return "host" not in rule or _comes_from(rule["host"], host, campaign=bool(source or medium))


def _comes_from(hosts: Sequence[str], host: str, *, campaign: bool) -> bool:
    # A campaign names its source itself; where the click happened to be says less.
    if not host or campaign:
        return False
    return any(known == _ANY or host == known or host.endswith(f".{known}") for known in hosts)


def _host(referrer: str) -> str:
    try:
        return (urlsplit(referrer).hostname or "").lower()
    except ValueError:
        return ""


def group_of(policy: Mapping[str, Any], channel: str) -> str:
    """``free``, ``paid``, ``partner`` or whatever the policy calls its groups; ``other`` for a channel that it does not list."""
    return next((name for name, group in policy["groups"].items() if channel in group["channels"]), OTHER)


def channels_of(policy: Mapping[str, Any]) -> dict[str, Mapping[str, str]]:
    """{channel: its name in each language}"""
    return {channel: name for group in policy["groups"].values() for channel, name in group["channels"].items()}
