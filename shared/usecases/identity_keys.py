"""The ids of the exact keys of a submission, and whose they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shared.domain.identity import CRM, EMAIL, OPENID, PHONE, UNIONID, VISITOR, key_value
from shared.domain.ids import key_id
from shared.domain.submission import Submission

# An address that is known decides, because it is what is written to; then the strongest first. A cookie only links.
_ORDER = (EMAIL, CRM, UNIONID, PHONE, OPENID)


@dataclass(frozen=True, slots=True)
class Keys:
    """Ids of the identity keys of one submission, by kind, the deciding ones first; `visitor` is "" where there is none."""

    by_kind: Mapping[str, str]
    visitor: str

    @property
    def email(self) -> str:
        """The address's; "" where none was given."""
        return self.by_kind.get(EMAIL, "")

    @property
    def first(self) -> str:
        """The id at which somebody lives whom these keys make known; "" where there is no key."""
        return self.by_kind.get(EMAIL) or self.by_kind.get(PHONE) or next(iter(self.by_kind.values()), "")

    def all(self) -> Iterator[tuple[str, str]]:
        """(kind, id) of every key."""
        yield from self.by_kind.items()
        if self.visitor:
            yield VISITOR, self.visitor


def keys_of(submission: Submission, secret: bytes) -> Keys:
    """The keyed ids of what the submission says of who posted it."""
    values = {kind: key_value(kind, submission.fields) for kind in _ORDER}
    visitor = submission.meta.get("visitor", "")
    return Keys(
        {kind: key_id(secret, kind, value) for kind, value in values.items() if value},
        key_id(secret, VISITOR, visitor) if visitor else "",
    )


def home_of(keys: Keys, homes: Mapping[str, tuple[str, str]]) -> tuple[str, str] | None:
    """Whose a submission with these keys is, by the first key that somebody has."""
    return next((homes[key] for key in keys.by_kind.values() if key in homes), None)
