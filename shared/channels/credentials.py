"""Secrets of other people's services, out of the parameter store. They stand in no file and in no content."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from botocore.exceptions import ClientError

from shared.channels.aws import client

# A secret that was put in or changed is known everywhere after so long.
_BELIEVED_FOR = timedelta(minutes=5)


class BadSecret(Exception):
    """The parameter holds something else than a JSON object of texts."""


@dataclass(slots=True)
class Credentials:
    """One SecureString parameter that holds a JSON object, such as ``{"app_id": …, "secret": …}``."""

    name: str
    now: Callable[[], datetime]
    _read_at: datetime | None = field(default=None)
    _found: Mapping[str, str] | None = None

    def __call__(self) -> Mapping[str, str] | None:
        """The secret; None where there is no such parameter. Raises BadSecret."""
        now = self.now()
        if self._read_at is None or not timedelta() <= now - self._read_at < _BELIEVED_FOR:
            self._found, self._read_at = self._read(), now
        return self._found

    def _read(self) -> Mapping[str, str] | None:
        try:
            answer = client("ssm").get_parameter(Name=self.name, WithDecryption=True)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "ParameterNotFound":
                return None
            raise
        try:
            said = json.loads(answer["Parameter"]["Value"])
        except ValueError as error:
            raise BadSecret(f"{self.name} is no JSON") from error
        if not isinstance(said, dict) or not all(isinstance(value, str) for value in said.values()):
            raise BadSecret(f"{self.name} is no JSON object of texts")
        return said
