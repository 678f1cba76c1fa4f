"""How much is too much in a window of time: what one network address, one person's address, one browser or one mail may bring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from shared.domain.moments import floor_to, parse_duration, to_iso

# The entries of templates/policies/limits.yaml.
LIMITED: Final = (
    "per_ip",
    "per_address",
    "views_per_ip",
    "views_per_visitor",
    "scans_per_ip",
    "touches_per_mail",
    "signins_per_ip",
    "signins_per_user",
)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `posts` in each window of `within`; the first `free` that a process sees are not written down."""

    posts: int
    within: timedelta
    free: int
    name: str = ""

    @classmethod
    def of(cls, policy: Mapping[str, Any], name: str) -> Limit:
        """The limit of that name in templates/policies/limits.yaml."""
        row = policy[name]
        return cls(int(row["posts"]), parse_duration(row["within"]), int(row["free"]), name)

    def window(self, now: datetime) -> datetime:
        """When the window of `now` began."""
        return floor_to(now, int(self.within.total_seconds()))

    def key(self, subject: str, now: datetime) -> str:
        """What is counted: this subject in this window, for this limit alone."""
        return f"{subject}#{self.name}#{to_iso(self.window(now))}"


def network_of(ip: str) -> str:
    """Whom a network address stands for: itself, or for IPv6 the network of 64 bits, all of which one subscriber has."""
    if ":" not in ip:
        return ip
    from ipaddress import IPv6Address, IPv6Network  # late: most addresses are IPv4

    try:
        address = IPv6Address(ip)
    except ValueError:
        return ip
    return str(address.ipv4_mapped or IPv6Network((int(address) >> 64 << 64, 64)))
