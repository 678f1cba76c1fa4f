"""Forked processes. A child is a copy of the whole world at this moment: no set-up, and nothing it does is seen by its parent."""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

AT_ONCE: Final = 2
# Processor seconds: a run takes a few, a storm perhaps twenty. What takes longer goes round in circles.
_LONGEST: Final = 120


class NeverEndsError(BaseException):
    """The child's time is up; its trace tells where it was. No Exception, so that nothing on the way takes it for a fault of its own."""


@dataclass(frozen=True)
class Task:
    """In the child: what it was made for, and where its result goes."""

    name: str
    _file: Path

    def finish(self, result: Any) -> None:
        """Hands the result (JSON) to the parent and ends the process at once."""
        self._file.write_text(json.dumps(result, ensure_ascii=False, default=str), encoding="utf-8")
        sys.stdout.flush()
        os._exit(0)

    def fail(self, error: BaseException) -> None:
        self.finish({"crashed": "".join(traceback.format_exception(error))})


class Children:
    """At most `at_once` children at a time; used as a context, which waits for all of them."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once
        self._running: dict[int, str] = {}
        self._numbers: dict[str, int] = {}
        self._directory = TemporaryDirectory(prefix="ripen-storm-")
        self.results: dict[str, Any] = {}
        """By name, of the children that have ended."""

    def __enter__(self) -> Children:
        return self

    def __exit__(self, *_: object) -> None:
        self.wait()
        self._directory.cleanup()

    def fork(self, name: str) -> Task | None:
        """In the child: its task. In the parent: None, as soon as there was room for the child."""
        while len(self._running) >= self._at_once:
            self._reap()
        self._numbers[name] = len(self._numbers)
        gc.freeze()  # what stands now is shared with the child; a collector that looks at it would copy it
        pid = os.fork()
        if pid:
            self._running[pid] = name
            return None
        gc.disable()  # a child is short
        signal.signal(signal.SIGVTALRM, _time_is_up)
        signal.setitimer(signal.ITIMER_VIRTUAL, _LONGEST)
        self._running = {}
        return Task(name, self._file(name))

    def run(self, name: str, work: Callable[[], Any]) -> None:
        """Has a child do the work; its result comes to `results`."""
        task = self.fork(name)
        if task is None:
            return
        try:
            task.finish(work())
        except BaseException as error:  # noqa: BLE001 - the parent tells it
            task.fail(error)

    def wait(self) -> None:
        """Until all children have ended."""
        while self._running:
            self._reap()

    def _file(self, name: str) -> Path:
        return Path(self._directory.name) / f"{self._numbers[name]}.json"

    def _reap(self) -> None:
        pid, status = os.wait()
        name = self._running.pop(pid)
        file = self._file(name)
        if status == 0 and file.exists():
            self.results[name] = json.loads(file.read_text(encoding="utf-8"))
            file.unlink()
        else:
            self.results[name] = {"crashed": f"the process ended with status {status}"}


def _time_is_up(_signal: int, _frame: object) -> None:
    raise NeverEndsError(f"still at work after {_LONGEST} s")


def in_child(work: Callable[[], Any]) -> Any:
    """The work's result (JSON), done in a child of its own."""
    with Children(1) as children:
        children.run("only", work)
    return children.results["only"]
