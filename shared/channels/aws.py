"""AWS clients other than the tables', on the same session."""

from __future__ import annotations

from functools import cache
from typing import Any

from botocore.config import Config

from shared.session import REGION, session


@cache
def client(service: str, *, attempts: int = 3, read_timeout: int = 10) -> Any:
    """A client of `service`; `attempts` counts the first try too."""
    config = Config(
        retries={"total_max_attempts": attempts, "mode": "standard"},
        connect_timeout=3,
        read_timeout=read_timeout,
        parameter_validation=False,
    )
    return session().create_client(service, region_name=REGION, config=config)
