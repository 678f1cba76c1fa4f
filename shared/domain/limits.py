"""How much is too much: posts of one network address, and posts of one person's address, in a window of time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.domain.moments import floor_to, parse_duration, to_iso


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `posts` in each window of `within`; the first `free` that a process sees are not written down."""

    posts: int
    within: timedelta
    free: int

    @classmethod
    def of(cls, policy: Mapping[str, Any]) -> Limit:
        """From templates/policies/limits.yaml."""
        return cls(int(policy["posts"]), parse_duration(policy["within"]), int(policy["free"]))

    def window(self, now: datetime) -> datetime:
        """When the window of `now` began."""
        return floor_to(now, int(self.within.total_seconds()))

    def key(self, subject: str, now: datetime) -> str:
        """What is counted: this subject in this window."""
        return f"{subject}#{to_iso(self.window(now))}"
