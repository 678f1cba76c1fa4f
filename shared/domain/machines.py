"""Was it a person? What a request that opens or clicks says about who made it (FACTS §3)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from shared.domain.timeline import HUMAN, MACHINE, PROBABLE_MACHINE

_BOT = re.compile(r"bot\b|crawler|spider|slurp|barracuda|proofpoint|mimecast|safelinks|fireeye", re.IGNORECASE)
_CHROMIUM = re.compile(r"Chrome/\d")


def judge_request(method: str, headers: Mapping[str, str]) -> str:
    """human, probable_machine or machine; `headers` have lower-case names.

    A Chromium that sends no ``Sec-Fetch-*`` over https is a script that borrows its name. A missing or unknown agent decides nothing: mail programs
    are many and some say little.
    """
    agent = headers.get("user-agent", "")
    if method == "HEAD" or "prefetch" in headers.get("sec-purpose", headers.get("purpose", "")):
        return MACHINE
    if _BOT.search(agent):
        return MACHINE
    secure = headers.get("x-forwarded-proto", "") == "https"
    if secure and _CHROMIUM.search(agent) and not any(name.startswith("sec-fetch-") for name in headers):
        return PROBABLE_MACHINE
    return HUMAN
