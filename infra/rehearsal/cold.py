"""Cold starts: functions that have run in this process before must not remember the installation they ran for.

Lambda gives each deployment fresh processes; here worlds follow one another in one. What is cached by `lru_cache` in the product's modules is
forgotten when a world begins, except AWS clients and compiled mails (they are the same in every world) and what was read from content that has not
changed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

_PRODUCT: Final = ("functions", "shared")
_OF_THE_PROCESS: Final = frozenset({"shared.channels.aws", "shared.channels.render"})
_OF_THE_CONTENT: Final = frozenset({"shared.runtime.content", "shared.runtime.pages", "functions.admin.views"})

_content: list[tuple[Path, float]] = []


def forget(content_dir: Path) -> None:
    """Empties the caches of the product's modules, and everything that was wired."""
    _clear(_OF_THE_PROCESS | (_OF_THE_CONTENT if _is_the_same(content_dir) else frozenset()))


def restart() -> None:
    """The same for a process that died: what it remembered of tables dies with it."""
    _clear(_OF_THE_PROCESS | _OF_THE_CONTENT)


def _clear(kept: frozenset[str]) -> None:
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in _PRODUCT and name not in kept:
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear") and value.__module__ == name:
                    value.cache_clear()
    if wired := sys.modules.get("shared.runtime.wiring"):  # not imported here: it reads the environment when it is
        vars(wired.wiring).clear()


def _is_the_same(content_dir: Path) -> bool:
    """Whether the world before had this content, compiled at the same moment."""
    forms = content_dir / "forms.json"
    identity = (content_dir, forms.stat().st_mtime if forms.exists() else 0.0)
    same = _content == [identity]
    _content[:] = [identity]
    return same
