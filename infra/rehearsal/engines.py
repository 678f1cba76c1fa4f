"""Where tables, queues and topics stand: moto in this process, or a local AWS in a subprocess.

    with engine("moto") as running: …      # fresh and empty; credentials, region and endpoint are in the environment meanwhile

moto is quick to start and slow when tables grow; MiniStack takes a second to start and stays quick.
"""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.error import URLError
from urllib.request import urlopen

import botocore.session
import moto  # must be imported before any client exists: it adds its hook to botocore's builtin handlers
from botocore.config import Config
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType

from infra.intrinsics import Surroundings
from infra.rehearsal.shortcut import Shortcut
from infra.rehearsal.units import Meter, ReportedMeter, SizedMeter
from infra.template import Table, Template

REGION: Final = "us-east-1"
# Keys that open nothing: whatever slips past the engine fails instead of reaching an account.
OFFLINE: Final = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_SESSION_TOKEN": "test",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    # With an account id in the endpoint, moto does not recognise the address of the streams API.
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
}


@dataclass(frozen=True)
class Engine:
    """A running engine. `endpoint` is None for moto; `surroundings` says how its resources are called."""

    kind: str
    endpoint: str | None
    surroundings: Surroundings

    def client(self, service: str) -> Any:
        """A low-level client; the same one for the same service and endpoint."""
        return _client(service, self.endpoint)

    def shortcut(self) -> Shortcut | None:
        """A quicker way to this engine than HTTP, if there is one."""
        return Shortcut(self.surroundings) if self.kind == "moto" else None

    def meter(self, template: Template) -> Meter:
        """What counts units on this engine."""
        if self.kind == "moto":
            return SizedMeter(template.tables, self._stored)
        return ReportedMeter()

    def _stored(self, table: Table, key: Mapping[str, Any]) -> Mapping[str, Any] | None:
        backend = dynamodb_backends[self.surroundings.account][self.surroundings.region]
        values = [DynamoType(key[name]) for name in table.key]
        item = backend.get_table(table.name).get_item(values[0], values[1] if len(values) > 1 else None)
        attributes: Mapping[str, Any] | None = item.to_json()["Attributes"] if item else None
        return attributes


@lru_cache
def _session() -> botocore.session.Session:
    return botocore.session.Session()


@lru_cache
def _client(service: str, endpoint: str | None) -> Any:
    config = Config(retries={"total_max_attempts": 3}, read_timeout=60)
    return _session().create_client(service, region_name=REGION, endpoint_url=endpoint, config=config)


@contextmanager
def engine(kind: str) -> Iterator[Engine]:
    """A fresh engine of this kind (`moto` or `ministack`), in force for every client of this process."""
    starters = {"moto": _moto, "ministack": _ministack}
    if kind not in starters:
        raise ValueError(f"ENGINE={kind}: there are {', '.join(starters)}")
    with starters[kind]() as running:
        yield running


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Within, these variables stand in the environment; afterwards it is as before."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _moto() -> Iterator[Engine]:
    with environment({**OFFLINE, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}), moto.mock_aws():
        yield Engine("moto", None, Surroundings(region=REGION))


@contextmanager
def _ministack() -> Iterator[Engine]:
    endpoint = _local_aws()
    with urlopen(f"{endpoint}/_ministack/reset", data=b"", timeout=30):  # noqa: S310 - our own loopback address
        pass
    at = Surroundings(account="000000000000", region=REGION, queues_at=endpoint)
    with environment({**OFFLINE, "AWS_ENDPOINT_URL": endpoint}):
        yield Engine("ministack", endpoint, at)


@lru_cache(maxsize=1)
def _local_aws() -> str:
    """The address of a local AWS that lives as long as this process: clients that functions keep would miss a second one."""
    port = _free_port()
    endpoint = f"http://127.0.0.1:{port}"
    directory = TemporaryDirectory(prefix="ripen-rehearsal-")
    process = _start_ministack(port, directory.name)

    def stop() -> None:
        process.terminate()
        process.wait(timeout=20)
        directory.cleanup()

    atexit.register(stop)
    _wait_until_healthy(endpoint, process)
    return endpoint


# The child ends with its parent even when the parent is killed: its standard input closes then.
_CHILD: Final = """
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
from ministack.app import main
main()
"""


def _start_ministack(port: int, directory: str) -> subprocess.Popen[bytes]:
    own = {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "127.0.0.1",
        "STATE_DIR": directory,
        "S3_DATA_DIR": directory,
        "PERSIST_STATE": "0",
        "LOG_LEVEL": "ERROR",
    }
    return subprocess.Popen(
        [sys.executable, "-c", _CHILD],
        env={**os.environ, **own},
        cwd=directory,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(endpoint: str, process: subprocess.Popen[bytes], patience: float = 60.0) -> None:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the local AWS ended at once with code {process.returncode}")
        try:
            with urlopen(f"{endpoint}/_ministack/health", timeout=2):  # noqa: S310 - our own loopback address
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"the local AWS did not answer at {endpoint} within {patience:.0f} s")
