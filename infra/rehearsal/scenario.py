"""Scenario files: who does what, and when. Read, checked key by key, and turned into acts with absolute times.

    start: "2026-03-02T09:00:00+08:00"
    days: 30
    people:
      lin:
        - {at: "+0h", submit: whitepaper, fields: {email: lin@acme.example, consent_email: true}}
        - {at: "+1d2h", open: last}
    sales:
      - {at: "+3d", follow_up: lin}

`docs/rehearsal.md` describes every key.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import yaml

from infra.rehearsal import forecast
from infra.rehearsal.act_rules import ActRules
from infra.rehearsal.weather import Weather

MAIL_ACTS: Final = ("open", "click", "sweep", "unsubscribe", "confirm", "prefer", "bounce", "complain")
PEOPLE_ACTS: Final = ("submit", "visit", "scan", *MAIL_ACTS)
JOURNEY_ACTS: Final = ("publish", "roll_back", "move", "pause", "resume", "stop")
OFFICE_ACTS: Final = ("import", "touchpoint", *JOURNEY_ACTS, "server")
"""What is done in the console about nobody in particular."""
SALES_ACTS: Final = (
    *("follow_up", "accept", "outcome", "mql", "release"),
    *("tag", "untag", "merge", "part"),
    *OFFICE_ACTS,
)
_OFFSET: Final = re.compile(r"\+(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?:in)?)?(?:(\d+)s)?")
_KEYS: Final = ("start", "days", "people", "sales", "faults", "description", "templates")
_LONGEST: Final = 3660


class ScenarioError(ValueError):
    """The file is no scenario. `problems` are (key, why) pairs, such as `people.lin[2].click`, `…`."""

    def __init__(self, file: Path, problems: Iterable[tuple[str, str]]) -> None:
        self.file = file
        self.problems = list(problems)
        super().__init__("\n".join(f"{file}: {key}: {why}" if key else f"{file}: {why}" for key, why in self.problems))


@dataclass(frozen=True)
class Act:
    """Something that somebody does at a moment. `who` is the person in the file ("" for what is about nobody in particular); `kind` and `value` are
    the act's key and what stands there.
    """

    at: datetime
    who: str
    kind: str
    value: Any
    more: Mapping[str, Any] = field(default_factory=dict)
    by_sales: bool = False


@dataclass(frozen=True)
class Scenario:
    file: Path
    start: datetime
    days: float
    people: tuple[str, ...]
    acts: tuple[Act, ...]
    """In the order in which they happen; acts of the same moment in the order of the file."""
    weather: Weather = field(default_factory=Weather)
    templates: Path | None = None
    """A folder whose folders stand in place of those of the same name in templates/."""

    @property
    def end(self) -> datetime:
        return self.start + timedelta(days=self.days)


def read_scenario(file: Path) -> Scenario:
    """The scenario in a file. Errors: ScenarioError with every problem that was found."""
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader that refuses repeated keys
    except OSError as error:
        raise ScenarioError(file, [("", f"cannot be read: {error.strerror}")]) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ScenarioError(file, [("", f"is no YAML: {error}")]) from error
    reader = _Reader()
    scenario = reader.scenario(file, content)
    if reader.problems or scenario is None:
        raise ScenarioError(file, reader.problems)
    return scenario


class _Loader(yaml.SafeLoader):
    """YAML in which a key that stands twice is an error: the first of two people called lin must not vanish."""


def _map_without_repeats(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node)
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"{key!r} stands here twice", key_node.start_mark)
        seen.add(key)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _map_without_repeats)


class _Reader:
    """Collects problems instead of stopping at the first."""

    def __init__(self) -> None:
        self.problems: list[tuple[str, str]] = []

    def wrong(self, key: str, why: str) -> None:
        self.problems.append((key, why))

    def scenario(self, file: Path, content: Any) -> Scenario | None:
        if not isinstance(content, dict):
            self.wrong("", "a scenario is a map with start, days and people")
            return None
        self._only(content, _KEYS, "")
        start, days = self._start(content), self._days(content)
        people = content.get("people")
        if not isinstance(people, dict) or not people:
            self.wrong("people", "name at least one person with a list of acts")
            people = {}
        names = tuple(str(name) for name in people)
        acts = [a for name, listed in people.items() for a in self._acts(f"people.{name}", listed, start, str(name))]
        acts += self._acts("sales", content.get("sales") or [], start, None, names)
        weather = self._weather(content.get("faults"), start)
        ordered = sorted(acts, key=lambda act: act.at)
        return Scenario(file, start, days, names, tuple(ordered), weather, self._templates(file, content))

    def _templates(self, file: Path, content: Mapping[str, Any]) -> Path | None:
        given = content.get("templates")
        if given is None:
            return None
        found = file.parent / str(given)
        if not found.is_dir():
            self.wrong("templates", f"{given!r} is no folder beside this file")
        return found

    def _start(self, content: Mapping[str, Any]) -> datetime:
        fallback = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
        given = content.get("start")
        try:
            start = given if isinstance(given, datetime) else datetime.fromisoformat(str(given))
        except ValueError:
            self.wrong("start", f"{given!r} is no ISO 8601 moment, such as 2026-03-02T09:00:00+08:00")
            return fallback
        if start.tzinfo is None:
            self.wrong("start", f"{given!r} says no zone; write for example +08:00 behind it")
            return fallback
        return start

    def _days(self, content: Mapping[str, Any]) -> float:
        days = content.get("days")
        if isinstance(days, bool) or not isinstance(days, int | float) or not 0 < days <= _LONGEST:
            self.wrong("days", f"{days!r} is no number of days between 0 and {_LONGEST}")
            return 1
        return days

    # ------------------------------------------------------------ acts

    def _acts(
        self, key: str, listed: Any, start: datetime, who: str | None, people: Iterable[str] = ()
    ) -> Iterator[Act]:
        if not isinstance(listed, list):
            self.wrong(key, "is a list of acts, each with at: and what is done")
            return
        for index, entry in enumerate(listed):
            where = f"{key}[{index}]"
            if not isinstance(entry, dict):
                self.wrong(where, f"{entry!r} is no act; write {{at: +1d, …}}")
                continue
            act = self._act(where, entry, start, who, people)
            if act:
                yield act

    def _act(
        self, where: str, entry: Mapping[str, Any], start: datetime, who: str | None, people: Iterable[str]
    ) -> Act | None:
        known = SALES_ACTS if who is None else PEOPLE_ACTS
        kinds = [k for k in known if k in entry]
        if len(kinds) != 1:
            named = f"both {' and '.join(kinds)}" if kinds else f"none of {', '.join(known)}{_similar(entry, known)}"
            self.wrong(where, f"an act does one thing; this one says {named}")
            return None
        kind, value = kinds[0], entry[kinds[0]]
        more = {k: v for k, v in entry.items() if k not in ("at", kind)}
        at = self._at(where, entry.get("at"), start)
        rules = ActRules(self.wrong, self._only)
        if who is None:
            who = rules.of_sales(where, kind, value, more, people)
        else:
            rules.of_person(where, kind, value, more)
        return Act(at, who, kind, value, more, by_sales=known is SALES_ACTS)

    def _at(self, where: str, at: Any, start: datetime) -> datetime:
        match = _OFFSET.fullmatch(at) if isinstance(at, str) and at != "+" else None
        if match:
            weeks, days, hours, minutes, seconds = (int(g or 0) for g in match.groups())
            return start + timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
        try:
            moment = at if isinstance(at, datetime) else datetime.fromisoformat(str(at))
            if moment >= start:
                return moment
            self.wrong(_at_of(where), f"{at} is before the start")
        except (TypeError, ValueError):
            self.wrong(_at_of(where), f"{at!r} is neither an offset such as +1d2h30m nor a moment with its zone")
        return start

    # ------------------------------------------------------------ the rest

    def _weather(self, faults: Any, start: datetime) -> Weather:
        if faults is None:
            return Weather()
        if not isinstance(faults, dict):
            self.wrong("faults", "is a map")
            return Weather()
        self._only(faults, forecast.KEYS, "faults")
        return forecast.read_weather(faults, lambda key, text: self._at(key, text, start), self.wrong)

    def _only(self, content: Mapping[Any, Any], known: Iterable[str], where: str) -> None:
        for key in content:
            if key not in known:
                self.wrong(f"{where}.{key}".strip("."), f"is not known here{_similar([key], known)}")


def _at_of(where: str) -> str:
    return where if where.startswith("faults") else f"{where}.at"


def _similar(found: Iterable[Any], known: Iterable[str]) -> str:
    for key in found:
        close = difflib.get_close_matches(str(key), list(known), 1)
        if close:
            return f"; is {close[0]} meant?"
    return ""
