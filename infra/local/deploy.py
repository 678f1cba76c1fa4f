"""Builds template.yaml with SAM and deploys it to the local AWS, when something changed since the last time."""

from __future__ import annotations

import hashlib
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra.local.place import REGION, ROOT, ROOT_CREDENTIALS, SENDER, STACK, Place, read_json, write_json
from infra.local.server import clean_environment

# Everything that ends up in the stack.
INPUTS = [
    "template.yaml",
    "Makefile",
    "requirements.lock",
    "infra/*.yaml",
    "infra/build/*.py",
    "functions/**/*",
    "shared/**/*",
    "templates/**/*",
]
BUCKET = "ripen-deployments"
# MiniStack sets a failing record aside by its age only; a day is too long to wait on a desk.
STREAM_RECORD_MAX_AGE = 60
# Lines of a failed program's output that are shown.
LAST_WORDS = 60


def fingerprint(place: Place) -> str:
    """Changes when a deployment would."""
    digest = hashlib.sha256(f"{sys.version}|{platform.platform()}|{place.port}|{SENDER}".encode())
    for path in _inputs():
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def is_current(place: Place, wanted: str) -> bool:
    """Whether the stack that runs is the one that `wanted` names."""
    deployed = read_json(place.deployed_file)
    return bool(deployed) and deployed["fingerprint"] == wanted and bool(outputs(place))


def outputs(place: Place) -> dict[str, str]:
    """The outputs of the stack; empty when it does not stand."""
    try:
        stacks = place.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    except ClientError:
        return {}
    if stacks[0]["StackStatus"] not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        return {}
    return {output["OutputKey"]: output["OutputValue"] for output in stacks[0].get("Outputs", [])}


def compile_content() -> None:
    """templates/ → .build/content; stops with the reason when a template is wrong."""
    _run([sys.executable, "-m", "infra.build.content", "--out", str(ROOT / ".build" / "content")])


def build(place: Place) -> None:
    """`sam build` in the source tree: nothing is copied but what each function needs."""
    make = {"PYTHON": sys.executable, "LAYER_PLATFORM": "host"}
    _sam(place, ["build", "--build-in-source", "--build-dir", str(place.build), *_parameters(place)], **make)


def deploy(place: Place) -> None:
    """`sam deploy`, without questions."""
    place.client("s3").create_bucket(Bucket=BUCKET)
    template = ["--template-file", str(place.build / "template.yaml"), "--stack-name", STACK, "--s3-bucket", BUCKET]
    rights = ["--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
    quietly = ["--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar"]
    _sam(place, ["deploy", *template, *rights, *quietly, *_parameters(place)])
    if not outputs(place):
        raise SystemExit(f"The stack does not stand; see {place.log}.")


def remember(place: Place, deployed: str) -> None:
    """Notes what is deployed now, so that an unchanged tree starts without a deployment."""
    write_json(place.deployed_file, {"fingerprint": deployed})


def offer_python() -> None:
    """SAM looks for the functions' `python3.13` on PATH; where the machine has only an older one, this interpreter
    stands in: the local AWS runs the functions on it anyway."""
    if shutil.which("python3.13", path=clean_environment({})["PATH"]):
        return
    stand_in = ROOT / ".build" / "bin" / "python3.13"
    stand_in.parent.mkdir(parents=True, exist_ok=True)
    stand_in.unlink(missing_ok=True)
    stand_in.symlink_to(sys.executable)


def _parameters(place: Place) -> list[str]:
    values: dict[str, Any] = {
        "Architecture": "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64",
        "SenderAddress": SENDER,
        "GatewayUrl": place.endpoint_url,
        "StreamRecordMaxAge": STREAM_RECORD_MAX_AGE,
    }
    return ["--parameter-overrides", *(f"{name}={value}" for name, value in values.items())]


def _sam(place: Place, arguments: list[str], **extra: str) -> None:
    local = {
        **ROOT_CREDENTIALS,
        "AWS_ENDPOINT_URL": place.endpoint_url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "1",
    }
    sam = [sys.executable, "-m", "samcli", arguments[0], "--config-file", str(_no_config(place))]
    _run([*sam, *arguments[1:]], clean_environment({**local, **extra}))


def _no_config(place: Place) -> Path:
    """samconfig.toml speaks of real accounts; the local deployment reads this empty one."""
    path = place.folder / "samconfig.toml"
    path.write_text("version = 0.1\n")
    return path


def _run(command: list[str], environment: dict[str, str] | None = None) -> None:
    """Runs a program; its output is shown only when it fails."""
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        last_words = "\n".join((done.stdout + done.stderr).splitlines()[-LAST_WORDS:])
        raise SystemExit(f"{last_words}\nFailed: {' '.join(command)}")


def _inputs() -> Iterator[Path]:
    found = {path for pattern in INPUTS for path in ROOT.glob(pattern)}
    return (path for path in sorted(found) if path.is_file() and "__pycache__" not in path.parts)
