"""Who must not be contacted, and which list says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

UNSUBSCRIBED, BOUNCED, COMPLAINED, DNC, BLACKLIST, WHITELIST = (
    "unsubscribed",
    "bounced",
    "complained",
    "dnc",
    "blacklist",
    "whitelist",
)
LISTS = (UNSUBSCRIBED, BOUNCED, COMPLAINED, DNC, BLACKLIST, WHITELIST)


@dataclass(frozen=True, slots=True)
class Suppression:
    """`address` is a table key: ``email:a@b`` or ``domain:b``. `by` is ``self``, ``ses`` or the admin who wrote it."""

    address: str
    list: str
    channel: str
    at: datetime
    reason: str = ""
    by: str = ""
