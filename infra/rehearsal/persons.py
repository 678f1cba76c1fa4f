"""The people of a scenario."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from infra.rehearsal.requests import BROWSER, Response


@dataclass
class Person:
    """Who acts: one browser with one visitor id and one address on the network."""

    name: str
    number: int
    email: str = ""
    phone: str = ""
    language: str = "en-GB,en;q=0.9"
    posts: list[Response] = field(default_factory=list)
    said_no: list[datetime] = field(default_factory=list)
    """When a page told the person that no more marketing mail will come."""
    lead_id: str | None = None
    scanned: list[tuple[str, datetime]] = field(default_factory=list)
    """Codes that led on, and when."""

    @property
    def visitor(self) -> str:
        return uuid.uuid5(uuid.NAMESPACE_URL, f"https://ripen.example/rehearsal/{self.name}").hex

    @property
    def ip(self) -> str:
        """From the block for benchmarks (198.18.0.0/15), so that nobody shares a limit."""
        return f"198.{18 + self.number // 65536 % 2}.{self.number // 256 % 256}.{self.number % 256}"

    @property
    def browser(self) -> dict[str, str]:
        return BROWSER | {"Accept-Language": self.language}
