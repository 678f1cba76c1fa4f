"""What things cost: `prices.yaml` as typed values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).with_name("prices.yaml")


@dataclass(frozen=True)
class Usage:
    """How much of each priced thing one lead takes."""

    write_units: float
    read_units: float
    lambda_requests: float
    rest_api_calls: float
    sqs_standard_requests: float
    sqs_fifo_requests: float
    sns_publishes: float
    gb_seconds: float


@dataclass(frozen=True)
class Prices:
    """List prices in dollars."""

    region: str
    as_of: str
    per_million: dict[str, float]
    gb_second: float
    ses_mail: float
    assumed: dict[str, float]

    @classmethod
    def read(cls, path: Path = _FILE) -> Prices:
        """The shipped price file, or another of its shape."""
        raw: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        return cls(
            raw["region"],
            str(raw["as_of"]),
            {name: float(price) for name, price in raw["per_million"].items()},
            float(raw["lambda_gb_second"]),
            float(raw["ses_mail"]),
            {name: float(value) for name, value in raw["assumed"].items()},
        )

    def bill(self, usage: Usage) -> dict[str, float]:
        """Dollars for each priced thing."""
        lines = {name: getattr(usage, name) * price / 1e6 for name, price in self.per_million.items()}
        return lines | {"lambda_gb_seconds": usage.gb_seconds * self.gb_second}

    def billed_seconds(self, cpu_seconds: float, calls: float, memory_mb: int) -> float:
        """What Lambda bills for this much processor time and this many AWS calls at this memory."""
        share = min(1.0, memory_mb / self.assumed["full_vcpu_mb"])
        return cpu_seconds / share + calls * self.assumed["milliseconds_per_call"] / 1000
