"""The process's one botocore session. Beside stores and channels, because both make clients of it."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Final

from botocore.session import Session

REGION: Final = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"


@lru_cache(maxsize=1)
def session() -> Session:
    """The same session for every client: its loaders and credentials are the expensive part."""
    return Session()
