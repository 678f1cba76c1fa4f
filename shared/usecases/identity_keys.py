"""The ids of the exact keys of a submission, and whose they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.domain.identity import email_key
from shared.domain.ids import key_id
from shared.domain.submission import Submission


@dataclass(frozen=True, slots=True)
class Keys:
    """Ids of the identity keys of one submission; "" where it has none."""

    email: str
    phone: str
    visitor: str


def keys_of(submission: Submission, secret: bytes) -> Keys:
    """The keyed ids of what the submission says of who posted it."""
    fields, visitor = submission.fields, submission.meta.get("visitor", "")
    return Keys(
        email=key_id(secret, "email", email_key(fields["email"])) if fields.get("email") else "",
        phone=key_id(secret, "phone", fields["phone_key"]) if fields.get("phone_key") else "",
        visitor=key_id(secret, "visitor", visitor) if visitor else "",
    )


def home_of(keys: Keys, homes: Mapping[str, tuple[str, str]]) -> tuple[str, str] | None:
    """Whose a submission with these keys is, by the strongest key that somebody has."""
    return next((homes[key] for key in (keys.email, keys.phone) if key in homes), None)
