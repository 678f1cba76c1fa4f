"""Builds the layer that all functions share: pinned dependencies, `shared/`, the compiled content.

    python -m infra.build.layer --out DIR [--platform host|arm64|x86_64] [--content .build/content]
    python -m infra.build.layer --bytecode DIR/functions [--platform …]        # of a function's artifact

DIR/python holds the packages and `shared`, DIR/content the content; Lambda lays DIR at /opt. For AWS the wheels are
chosen for its architecture and Python 3.13, whatever builds them; `host` takes the running interpreter's, because the
local AWS runs functions on it. What pip installed is kept under .build/dependencies and reused while the lock is the same.
"""

from __future__ import annotations

import argparse
import compileall
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from py_compile import PycInvalidationMode

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements.lock"
CACHE = ROOT / ".build" / "dependencies"
LAMBDA_PYTHON = "3.13"

# botocore carries the API models of 400 services, 30 MB; its first client reads the folder. Ripen calls these.
SERVICES = {
    "cognito-idp",
    "dynamodb",
    "dynamodbstreams",
    "pinpoint-sms-voice-v2",
    "ses",
    "sesv2",
    "sns",
    "sqs",
    "ssm",
    "sts",
}
# Parts of packages that never run in a function. Chalice's command line needs packages that are not installed.
UNUSED = [
    "bin",
    "boto3/examples",
    "botocore/data/**/examples-1.json",
    "botocore/data/**/waiters-2.json",
    "chalice/cli",
    "chalice/deploy",
    "chalice/templates",
    "phonenumbers/geodata",
    "**/tests",
    "**/__pycache__",
    "**/*.pyi",
    "**/*.c",
    "**/*.dist-info/RECORD",
    "**/*.dist-info/licenses",
    "**/*.dist-info/sboms",
]


@dataclass(frozen=True)
class Target:
    """For what the layer is built: `platform` is host, arm64 or x86_64; `python` such as 3.13."""

    platform: str
    python: str

    @classmethod
    def named(cls, name: str) -> Target:
        """`host` is this interpreter; an architecture is Lambda's Python on that architecture."""
        if name == "host":
            return cls("host", f"{sys.version_info.major}.{sys.version_info.minor}")
        return cls(name, LAMBDA_PYTHON)

    @property
    def pip_arguments(self) -> list[str]:
        """What makes pip choose wheels for the target."""
        if self.platform == "host":
            return []
        machine = {"arm64": "aarch64", "x86_64": "x86_64"}[self.platform]
        platforms = [f"manylinux2014_{machine}", f"manylinux_2_28_{machine}"]
        chosen = [argument for tag in platforms for argument in ("--platform", tag)]
        return [*chosen, "--python-version", self.python, "--implementation", "cp"]

    @property
    def runs_here(self) -> bool:
        """Whether this interpreter's bytecode is the target's."""
        return self.python == f"{sys.version_info.major}.{sys.version_info.minor}"


def build(out: Path, target: Target, content: Path) -> None:
    """Lays the layer out in `out`, which is emptied first. `content` is what infra.build.content compiled."""
    if not (content / "forms.json").is_file():
        raise SystemExit(f"{content} holds no compiled content: run `make content` first.")
    packages = dependencies(target)
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(packages, out / "python", copy_function=_link)
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(ROOT / "shared", out / "python" / "shared", ignore=ignore)
    compile_bytecode(out / "python" / "shared", target, at="/opt/python/shared")
    shutil.copytree(content, out / "content")


def dependencies(target: Target) -> Path:
    """The trimmed and compiled packages of the lock, from the cache or freshly installed."""
    recipe = LOCK.read_bytes() + Path(__file__).read_bytes() + repr((target, platform.platform())).encode()
    kept = CACHE / hashlib.sha256(recipe).hexdigest()[:16]
    if kept.is_dir():
        return kept
    fresh = kept.with_suffix(f".{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    install(fresh, target)
    trim(fresh)
    compile_bytecode(fresh, target, at="/opt/python")
    fresh.replace(kept)
    return kept


def install(into: Path, target: Target) -> None:
    """Installs the lock's wheels, and nothing that the lock does not name (so Chalice comes without its command line)."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    exactly = ["--no-deps", "--require-hashes", "--only-binary=:all:", "--requirement", str(LOCK)]
    subprocess.run([*pip, *exactly, *target.pip_arguments, "--target", str(into)], check=True)


def trim(packages: Path) -> None:
    """Takes out what no function reads: API models of other services, tests, type stubs, sources of C code."""
    for service in (packages / "botocore" / "data").iterdir():
        if service.is_dir() and service.name not in SERVICES:
            shutil.rmtree(service)
    for pattern in UNUSED:
        for found in sorted(packages.glob(pattern)):
            shutil.rmtree(found) if found.is_dir() else found.unlink(missing_ok=True)


def compile_bytecode(folder: Path, target: Target, *, at: str) -> None:
    """Ships bytecode that Python trusts without looking at the sources: a cold start takes half the time.

    `at` is where the folder will lie, for tracebacks."""
    if not target.runs_here:
        print(f"no bytecode: this Python is not {target.python}; cold starts will be slower", file=sys.stderr)
        return
    fine = compileall.compile_dir(
        folder,
        quiet=1,
        stripdir=str(folder),
        prependdir=at,
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
    )
    if not fine:
        raise SystemExit(f"Could not compile everything in {folder}.")


def _link(source: str, target: str) -> None:
    """The cache and the artifact are never written to again: share their bytes where the file system can."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--out", type=Path)
    what.add_argument("--bytecode", type=Path, metavar="FOLDER")
    parser.add_argument("--platform", choices=["host", "arm64", "x86_64"], default="arm64")
    parser.add_argument("--content", type=Path, default=ROOT / ".build" / "content")
    arguments = parser.parse_args()
    target = Target.named(arguments.platform)
    if arguments.bytecode:
        compile_bytecode(arguments.bytecode, target, at="/var/task/functions")
    else:
        build(arguments.out, target, arguments.content)


if __name__ == "__main__":
    main()
