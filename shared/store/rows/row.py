"""What the rows of all tables share."""

from __future__ import annotations

import json
import os
from typing import Any

from pynamodb.attributes import JSONAttribute

from shared.session import REGION


class CompactJson(JSONAttribute):
    """JSON in as few bytes as it takes: a row over 1 KB costs a second write unit, and escaped Chinese is twice its size."""

    def serialize(self, value: Any) -> str | None:
        return None if value is None else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def name_of(table: str) -> str:
    """The deployed name of a table."""
    return os.environ.get(f"TABLE_{table.upper()}", f"ripen-{table}")


class InRegion:
    """Where every table lies."""

    region = REGION
