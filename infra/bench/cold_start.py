"""Cold start of each function ÷ that of a bare PynamoDB model, and what each lever gains.

Each start is a fresh interpreter that sees the layer and the function's own artifact as they are deployed, and nothing else. Processor time, because
a start is nothing but processor time; what the empty interpreter takes is taken off. Starts are interleaved, and the least of each is compared:
whatever else runs on the machine shares its caches and cores and only ever adds.
"""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import botocore

from infra.bench.figure import Figure, table
from infra.bench.life import START  # noqa: F401 - the rehearsal must be imported before botocore makes a client
from infra.bench.trust import slim_bundle
from infra.build.layer import Target, build
from infra.rehearsal.world import PARAMETERS
from infra.template import ROOT, load

ROUNDS: Final = int(os.environ.get("ROUNDS", "9"))
GOALS: Final = {"Send": 1.5}
GOAL: Final = 1.25

_EMPTY: Final = ""
_CLIENT: Final = """
from shared.store.connection import CONNECTION
CONNECTION.client
"""
_BARE: Final = """
from pynamodb.attributes import UnicodeAttribute
from pynamodb.models import Model
class Row(Model):
    class Meta:
        table_name, region = "row", "us-east-1"
    key = UnicodeAttribute(hash_key=True)
Row._get_connection().connection.client
"""
_SIX_CLIENTS: Final = """
from botocore.session import Session
from pynamodb.connection import Connection
for _ in range(5):
    Connection(region="us-east-1").client
Session().create_client("sesv2", region_name="us-east-1")
"""
_TWO_CLIENTS: Final = """
from shared.channels.aws import client
from shared.store.connection import CONNECTION
CONNECTION.client, client("sesv2")
"""
_EAGER: Final = """
import email_validator, jinja2, phonenumbers
import shared.channels.queues
"""
_TRUST: Final = """
import ssl
ssl.create_default_context(cafile={path!r})
"""


@dataclass(frozen=True)
class Start:
    """A program and what it sees."""

    code: str
    layer: Path
    code_of: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def seconds(self) -> float:
        """Processor time from the interpreter's first moment to the program's end. Errors: CalledProcessError."""
        paths = [str(self.code_of), str(self.layer / "python")]
        program = f"import sys\nsys.path[:0] = {paths!r}\n{self.code}\nimport time\nprint(time.process_time())"
        # Read-only, as a deployed function's files are; no site-packages, no settings of this machine.
        command = [sys.executable, "-I", "-S", "-B", "-c", program]
        done = subprocess.run(command, env=dict(self.variables), capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        return float(done.stdout.split()[-1])


def figures() -> list[Figure]:
    """Every figure of this section."""
    with TemporaryDirectory(prefix="ripen-cold-") as directory:
        stage = Stage(Path(directory))
        measured = _least(stage.starts())
    empty = measured.pop("empty")
    bare = measured["bare"] - empty
    functions = {name: value - empty for name, value in measured.items() if name in stage.functions}
    table("Cold start, processor milliseconds", [(n, 1e3 * v) for n, v in [("bare", bare), *functions.items()]], 0)
    how = (
        f"import of the handler and the first DynamoDB client ÷ a bare PynamoDB model and its first client, both from the built layer;"
        f" processor time of fresh interpreters less an empty one's, the least of {ROUNDS} interleaved rounds"
    )
    starts = [
        Figure(f"cold_start:{name.lower()}", seconds / bare, how, floor=1.0, goal=GOALS.get(name, GOAL))
        for name, seconds in functions.items()
    ]
    return [*starts, *_levers({name: value - empty for name, value in measured.items()})]


def _least(starts: Mapping[str, Start]) -> dict[str, float]:
    """The least of each start, out of as many for one as for the other."""
    seconds = dict.fromkeys(starts, math.inf)
    for _ in range(ROUNDS):
        for name, start in starts.items():
            seconds[name] = min(seconds[name], start.seconds())
    return seconds


_LEVERS: Final = {
    "pyc": ("no_pyc", "Send", "bytecode in the layer and the artifact"),
    "botocore_data": ("all_data", "Send", "API models of the services that Ripen calls only, instead of all"),
    "one_session": (
        "six_clients",
        "two_clients",
        "one client for all tables and one session, instead of one for each table",
    ),
    "lazy_imports": ("eager", "Capture", "what only some requests need is imported by those"),
    "ca_bundle": (
        "all_roots",
        "amazon_roots",
        "the roots that sign AWS's endpoints, instead of all (not shipped, see docs/cost.md)",
    ),
}


def _levers(measured: Mapping[str, float]) -> list[Figure]:
    return [
        Figure(
            f"lever:{name}",
            measured[without] / measured[having],
            f"cold start without ÷ with: {what}; same rounds",
            floor=1.0,
        )
        for name, (without, having, what) in _LEVERS.items()
    ]


class Stage:
    """The layer and the artifacts, built into a directory as for the local AWS, and variants of them without one lever each."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._layer = directory / "layer"
        build(self._layer, Target.named("host"), ROOT / ".build" / "content")
        template = load(ROOT / "template.yaml", PARAMETERS)
        self.functions = [name.removesuffix("Function") for name in template.functions]
        self._artifacts = {name: self._artifact(name) for name in self.functions}
        self._variables = {
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
            "CONTENT_DIR": str(self._layer / "content"),
            "POWERTOOLS_SERVICE_NAME": "bench",
            "POWERTOOLS_METRICS_NAMESPACE": "Ripen",
            "USER_POOL_ID": "us-east-1_bench",
            "USER_POOL_CLIENT_ID": "bench",
        }

    def starts(self) -> dict[str, Start]:
        """By name: every function, what it is compared with, and the levers' variants."""
        found = {"empty": self._start(_EMPTY), "bare": self._start(_BARE)}
        for name in self.functions:
            first = "" if name == "Authorizer" else _CLIENT  # it never speaks to DynamoDB
            found[name] = self._start(self._import(name) + first, name)
        send, capture = self._import("Send"), self._import("Capture")
        bundle = Path(botocore.__file__).with_name("cacert.pem")
        slim = self._directory / "roots.pem"
        slim.write_text(slim_bundle(bundle))
        return found | {
            "no_pyc": self._start(send + _CLIENT, "Send", self._without_bytecode(), self._without_bytecode_of("Send")),
            "all_data": self._start(send + _CLIENT, "Send", self._with_all_data()),
            "six_clients": self._start(send + _SIX_CLIENTS, "Send"),
            "two_clients": self._start(send + _TWO_CLIENTS, "Send"),
            "eager": self._start(capture + _EAGER + _CLIENT, "Capture"),
            "all_roots": self._start(send + _CLIENT + _TRUST.format(path=str(bundle)), "Send"),
            "amazon_roots": self._start(send + _CLIENT + _TRUST.format(path=str(slim)), "Send"),
        }

    def _start(
        self, code: str, function: str = "Send", layer: Path | None = None, artifact: Path | None = None
    ) -> Start:
        return Start(code, layer or self._layer, artifact or self._artifacts[function], self._variables)

    def _import(self, function: str) -> str:
        return f"import functions.{function.lower()}.handler"

    def _artifact(self, function: str) -> Path:
        """What `sam build` makes of the function, by the same target."""
        into = self._directory / function
        into.mkdir()
        make = ["make", "--silent", f"build-{function}Function", f"ARTIFACTS_DIR={into}"]
        make += [f"PYTHON={sys.executable}", "LAYER_PLATFORM=host"]
        subprocess.run(make, cwd=ROOT, check=True)
        return into

    def _without_bytecode(self) -> Path:
        return self._copied(self._layer, "no-pyc")

    def _without_bytecode_of(self, function: str) -> Path:
        return self._copied(self._artifacts[function], f"no-pyc-{function}")

    def _copied(self, source: Path, name: str) -> Path:
        into = self._directory / name
        shutil.copytree(source, into, ignore=shutil.ignore_patterns("__pycache__"), copy_function=os.link)
        return into

    def _with_all_data(self) -> Path:
        into = self._directory / "all-data"
        shutil.copytree(self._layer, into, copy_function=os.link)
        data = into / "python" / "botocore" / "data"
        shutil.rmtree(data)
        data.symlink_to(Path(botocore.__file__).parent / "data")
        return into
