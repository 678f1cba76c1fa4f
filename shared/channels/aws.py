"""AWS clients on one botocore session: its loaders and credentials are the expensive part and PynamoDB has made them already."""

from __future__ import annotations

import os
from functools import cache, lru_cache
from typing import Any

from botocore.config import Config
from botocore.session import Session


@lru_cache(maxsize=1)
def session() -> Session:
    """The process's one botocore session."""
    return Session()


@cache
def client(service: str, *, attempts: int = 3, read_timeout: int = 10) -> Any:
    """A client of `service`; `attempts` counts the first try too."""
    config = Config(
        retries={"total_max_attempts": attempts, "mode": "standard"},
        connect_timeout=3,
        read_timeout=read_timeout,
        parameter_validation=False,
    )
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    return session().create_client(service, region_name=region, config=config)
