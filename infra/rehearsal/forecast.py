"""Reads `faults:` of a scenario file, key by key, into the weather it asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final

from infra.rehearsal.faults import Strike
from infra.rehearsal.strikes import CUT, DOUBLED, DOWN, KINDS, LATE, MISSED, SHUFFLED
from infra.rehearsal.weather import CHANCES, Weather
from infra.template import FUNCTION, load

KEYS: Final = ("seed", *CHANCES, "shards", "consumer_down", "script")
_MOST_SHARDS: Final = 9
# Where each kind can strike, as `faults` names places; those that are not here strike calls.
_PLACES: Final = {
    **dict.fromkeys((DOUBLED, CUT, SHUFFLED, DOWN), (r"\w+ batch \d+", "SendFunction batch 4")),
    LATE: (r"\w+ batch \d+ message \d+", "SendFunction batch 4 message 1"),
    MISSED: (r"\w+ firing \d+", "TickFunction firing 17"),
}
_CALL: Final = (r".+ call \d+", "SendFunction 3 call 2")
Wrong = Callable[[str, str], None]
At = Callable[[str, Any], datetime]


def read_weather(faults: Mapping[str, Any], at: At, wrong: Wrong) -> Weather:
    """The weather. `at(key, text)` reads a moment, `wrong(key, why)` takes a problem."""
    seed = faults.get("seed", 0)
    if isinstance(seed, bool) or not isinstance(seed, int):
        wrong("faults.seed", f"{seed!r} is no whole number")
        seed = 0
    chances = {name: _chance(name, faults[name], wrong) for name in CHANCES if name in faults}
    down = dict(_outages(faults.get("consumer_down") or {}, at, wrong))
    shards = faults.get("shards", 2 if chances.get("reorder") else 1)
    if isinstance(shards, bool) or not isinstance(shards, int) or not 1 <= shards <= _MOST_SHARDS:
        wrong("faults.shards", f"{shards!r} is no number from 1 to {_MOST_SHARDS}")
        shards = 1
    script = tuple(_script(faults.get("script") or [], wrong))
    if script and any(chances.values()):
        wrong("faults.script", f"says all that happens: leave out {', '.join(sorted(filter(chances.get, chances)))}")
    return Weather(seed, {name: chance for name, chance in chances.items() if chance}, down, script, shards)


def _chance(name: str, value: Any, wrong: Wrong) -> float:
    if isinstance(value, bool) or value is None:
        return 1.0 if value else 0.0
    if isinstance(value, int | float) and 0 <= value <= 1:
        return float(value)
    wrong(f"faults.{name}", f"{value!r} is no chance between 0 and 1")
    return 0.0


def _outages(down: Any, at: At, wrong: Wrong) -> Iterator[tuple[str, tuple[datetime, datetime]]]:
    if not isinstance(down, dict):
        wrong("faults.consumer_down", "is a map of functions, each with [from, to]")
        return
    for name, span in down.items():
        key, function = f"faults.consumer_down.{name}", _logical_id(str(name))
        if function not in _functions():
            wrong(key, f"there is no such function; there are {', '.join(_functions())}")
            continue
        if not isinstance(span, list) or len(span) != 2:
            wrong(key, f"{span!r} is no [from, to], such as [+1d, +2d]")
            continue
        begin, until = at(key, span[0]), at(key, span[1])
        if until <= begin:
            wrong(key, f"ends ({span[1]}) before it begins ({span[0]})")
        yield function, (begin, until)


def _logical_id(name: str) -> str:
    """`send`, `Send` and `SendFunction` are the same function."""
    return name if name.endswith("Function") else f"{name[:1].upper()}{name[1:]}Function"


@cache
def _functions() -> Collection[str]:
    resources = load().stack.document["Resources"]
    return [name for name, resource in resources.items() if resource["Type"] == FUNCTION]


def _script(rows: Any, wrong: Wrong) -> Iterator[Strike]:
    if not isinstance(rows, list):
        wrong("faults.script", "is a list of strikes, each with where: and what:")
        return
    for number, row in enumerate(rows):
        if not isinstance(row, dict) or "where" not in row or row.get("what") not in KINDS:
            wrong(f"faults.script[{number}]", f"{row!r} is no strike; `what` is one of {', '.join(KINDS)}")
            continue
        if why := _misplaced(row):
            wrong(f"faults.script[{number}]", why)
            continue
        yield Strike.of(row)


def _misplaced(row: Mapping[str, Any]) -> str:
    """Why nothing of this kind can happen there; "" when it can."""
    form, such_as = _PLACES.get(row["what"], _CALL)
    if not re.fullmatch(form, str(row["where"])):
        return f"{row['where']!r} is no place for {row['what']}; one is {such_as!r}"
    minutes = row.get("minutes")
    if row["what"] in (MISSED, DOWN) and not (isinstance(minutes, int | float) and minutes > 0):
        return f"{row['what']} needs minutes:, a number above 0"
    return ""
