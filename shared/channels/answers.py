"""What a provider may answer: each says what may be done next."""

from __future__ import annotations

import json
from typing import Any


class NotAccepted(Exception):
    """The provider did not take the message and will not have sent it: it may be tried again later."""


class TooFast(NotAccepted):
    """The account's rate is used up for this moment."""


class QuotaUsedUp(NotAccepted):
    """The account has sent what it may in 24 hours."""


class SendingStopped(NotAccepted):
    """The account may not send at all now; somebody must look."""


class Unsendable(Exception):
    """The provider will never take this message."""


class Ambiguous(Exception):
    """Nobody knows whether the provider took the message (time-out, 5xx): it must not be sent again blindly."""


def json_object(body: bytes) -> dict[str, Any] | None:
    """The JSON object in an answer's body; None when it holds none."""
    try:
        said = json.loads(body)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None
