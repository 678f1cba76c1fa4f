"""The packages that the lock files pin."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.template import ROOT

SHIPPED: Final = ROOT / "requirements.lock"
"""What functions run with."""
ALL: Final = ROOT / "requirements-dev.lock"
"""That, and what builds and tests it."""

_PIN: Final = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(\[[^]]*\])?==(?P<version>[^\s;\\]+)")
_HASH: Final = re.compile(r"--hash=sha256:(?P<digest>[0-9a-f]{64})")


@dataclass(frozen=True)
class Package:
    """A pinned package and the SHA-256 of every file that may be installed for it."""

    name: str
    version: str
    hashes: tuple[str, ...]

    @property
    def purl(self) -> str:
        """Its package URL."""
        return f"pkg:pypi/{re.sub('[-_.]+', '-', self.name).lower()}@{self.version}"


def pinned(lock: Path) -> list[Package]:
    """The packages of a lock file, by name. Errors: ValueError for a requirement without version or hash."""
    return sorted(_read(lock), key=lambda package: package.name)


def _read(lock: Path) -> Iterator[Package]:
    joined = lock.read_text(encoding="utf-8").replace("\\\n", " ")
    for line in joined.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        pin, hashes = _PIN.match(line), tuple(sorted(_HASH.findall(line)))
        if pin is None or not hashes:
            raise ValueError(f"{lock.name}: not pinned with hashes: {line[:80]}")
        yield Package(pin["name"], pin["version"], hashes)
