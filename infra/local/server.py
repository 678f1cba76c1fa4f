"""Starts and stops the local AWS's process."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping

from infra.local.place import ROOT, Place

START_SECONDS = 60
STOP_SECONDS = 60


def clean_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The few variables a tool needs plus `extra`; nothing of the shell's AWS settings, proxies or Python settings,
    which would reach the functions (MiniStack hands them its environment) or send a deployment to a real account."""
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "LC_ALL", "TZ", "SYSTEMROOT") if name in os.environ}
    path = os.pathsep.join([str(ROOT / ".build" / "bin"), os.path.dirname(sys.executable), os.environ.get("PATH", "")])  # noqa: PTH120
    return {**kept, "PATH": path, "PYTHONUTF8": "1", "NO_PROXY": "127.0.0.1", **extra}


def running(place: Place) -> int | None:
    """The process id of the local AWS of this place, or None."""
    if not place.pid_file.is_file():
        return None
    pid = int(place.pid_file.read_text())
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):
        return None
    return pid


def port_is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def start(place: Place) -> int:
    """Starts the local AWS in a session of its own (Ctrl-C in the terminal does not reach it), waits until it answers
    and returns its process id."""
    if port_is_taken(place.port):
        raise SystemExit(f"Port {place.port} is taken. Stop what listens there (`make down`?) or choose PORT=….")
    shutil.rmtree(place.scratch, ignore_errors=True)
    place.scratch.mkdir(parents=True)
    command = [sys.executable, "-m", "infra.local.gateway", "--folder", str(place.folder), "--port", str(place.port)]
    with place.log.open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=clean_environment(place.server_environment()),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    place.pid_file.write_text(str(process.pid))
    _wait_until(lambda: _answers(place) or process.poll() is not None, START_SECONDS, "start")
    if process.poll() is not None:
        raise SystemExit(f"The local AWS stopped at once. Its last words are in {place.log}.")
    return process.pid


def stop(place: Place) -> bool:
    """Stops the local AWS of this place so that its state is saved; False when it was not running."""
    pid = running(place)
    if pid is None:
        place.pid_file.unlink(missing_ok=True)
        return False
    os.kill(pid, signal.SIGTERM)
    _wait_until(lambda: _ended(pid), STOP_SECONDS, "stop")
    place.pid_file.unlink(missing_ok=True)
    shutil.rmtree(place.scratch, ignore_errors=True)
    return True


def _answers(place: Place) -> bool:
    try:
        with urllib.request.urlopen(f"{place.endpoint_url}/_ministack/health", timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def _ended(pid: int) -> bool:
    """Gone, or our own child that only waits to be reaped."""
    try:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return True
    except ChildProcessError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def _wait_until(done: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise SystemExit(f"The local AWS did not {what} within {seconds:.0f} s.")
        time.sleep(0.1)
