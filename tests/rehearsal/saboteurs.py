"""Saboteurs: each stands between the product and AWS and does what a mistake in the product would come to."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from infra.rehearsal.calls import Call, Shortcut
from infra.rehearsal.drafts import compile_with
from infra.rehearsal.faults import Strike
from infra.rehearsal.run import play, staged
from infra.rehearsal.scenario import Scenario, read_scenario
from infra.rehearsal.strikes import Scripted
from infra.rehearsal.world import World
from infra.storm.search import READS, SHORT
from infra.template import ROOT
from shared.store.packed import pack
from tests.conftest import CONTENT

Struck = Callable[[], None]
"""What a saboteur calls each time it does harm."""
_FINE: Final = {
    "ResponseMetadata": {"HTTPStatusCode": 200, "HTTPHeaders": {}, "RequestId": "sabotage", "RetryAttempts": 0}
}
_PARTS: Final = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheck"}


class Saboteur(Protocol):
    def __call__(self, world: World, struck: Struck) -> None:
        """Takes its place in the world."""


@dataclass(frozen=True)
class Target:
    """Calls of one function to one table (by the name in `TABLE_…`), in transactions too; no operation: all.
    With `holding`, only calls in which this stands."""

    function: str
    table: str
    operation: str = ""
    holding: str = ""

    def hits(self, call: Call, world: World) -> bool:
        name = world.template.environment[f"TABLE_{self.table}"]
        asked = {operation for table, operation in _touched(call) if table == name}
        mine = call.function == f"{self.function}Function" and bool(asked) and self.operation in ("", *asked)
        return mine and self.holding in str(call.params)


def _touched(call: Call) -> Iterator[tuple[str, str]]:
    """(table, operation) of each part of the call."""
    if call.table:
        yield call.table, call.operation
    for table in call.params.get("RequestItems", ()):
        yield table, call.operation
    for part in call.params.get("TransactItems", ()):
        for kind, body in part.items():
            yield body["TableName"], _PARTS.get(kind, kind)


@dataclass(frozen=True)
class Blind(Target):
    """Finds nothing where something stands; with `attributes`, the rows without these."""

    attributes: frozenset[str] = frozenset()

    def __call__(self, world: World, struck: Struck) -> None:
        def after(call: Call) -> None:
            if not (self.hits(call, world) and _rows(call)):
                return
            if self.attributes:
                for row in _rows(call):
                    for name in self.attributes & row.keys():
                        del row[name]
                        struck()
                return
            call.answer.pop("Item", None)
            call.answer.update({"Items": [], "Count": 0} if "Items" in call.answer else {})
            call.answer.update({"Responses": {}} if "Responses" in call.answer else {})
            struck()

        world.calls.after.append(after)


@dataclass(frozen=True)
class Deluded(Target):
    """Reads something else in one of the rows' attributes."""

    attribute: str = ""
    value: str = ""
    """JSON where a text does not stand there."""

    def __call__(self, world: World, struck: Struck) -> None:
        def after(call: Call) -> None:
            if self.hits(call, world):
                for row in _rows(call):
                    is_text = "S" in row.get(self.attribute, ())
                    row[self.attribute] = {"S": self.value} if is_text else {"B": pack(json.loads(self.value))}
                    struck()

        world.calls.after.append(after)


def _rows(call: Call) -> list[dict[str, Any]]:
    """What a read found."""
    found = [call.answer["Item"]] if call.answer.get("Item") else []
    found += call.answer.get("Items", [])
    return found + [row for rows in call.answer.get("Responses", {}).values() for row in rows]


@dataclass(frozen=True)
class Careless(Target):
    """Writes whatever stands there."""

    def __call__(self, world: World, struck: Struck) -> None:
        def rewrite(call: Call) -> None:
            if not self.hits(call, world):
                return
            parts = [body for part in call.params.get("TransactItems", ()) for body in part.values()]
            for body in [call.params, *parts]:
                if "ConditionExpression" in body:
                    body["ConditionExpression"] = f"attribute_not_exists(nowhere) OR {body['ConditionExpression']}"
                    struck()

        world.calls.rewriters.append(rewrite)


@dataclass(frozen=True)
class Lax(Target):
    """Writes on whatever this attribute says, where its condition asks for a value."""

    attribute: str = ""

    def __call__(self, world: World, struck: Struck) -> None:
        def rewrite(call: Call) -> None:
            names = call.params.get("ExpressionAttributeNames", {}).items() if self.hits(call, world) else ()
            for alias in (alias for alias, name in names if name == self.attribute):
                asked = call.params["ConditionExpression"]
                lax = re.sub(rf"{alias} = (:\w+)", rf"({alias} = \1 OR attribute_exists ({alias}))", asked)
                if lax != asked:
                    call.params["ConditionExpression"] = lax
                    struck()

        world.calls.rewriters.append(rewrite)


@dataclass(frozen=True)
class Forged(Target):
    """Writes rows with something else in one of their attributes."""

    attribute: str = ""
    value: str = ""

    def __call__(self, world: World, struck: Struck) -> None:
        def rewrite(call: Call) -> None:
            if self.hits(call, world) and self.attribute in call.params.get("Item", {}):
                call.params["Item"][self.attribute] = {"S": self.value}
                struck()

        world.calls.rewriters.append(rewrite)


@dataclass(frozen=True)
class Swallowed(Target):
    """Is told that it wrote, and nothing was written."""

    def __call__(self, world: World, struck: Struck) -> None:
        _swallow(world, struck, lambda call: self.hits(call, world) and not call.operation.startswith(READS))


@dataclass(frozen=True)
class Unheard:
    """Is told that another service did what it was asked, and nothing was done."""

    function: str
    operation: str
    holding: str = ""

    def __call__(self, world: World, struck: Struck) -> None:
        def hits(call: Call) -> bool:
            mine = call.function == f"{self.function}Function" and call.operation == self.operation
            return mine and self.holding in str(call.params)

        _swallow(world, struck, hits)


def _swallow(world: World, struck: Struck, hits: Callable[[Call], bool]) -> None:
    engine = world.calls.shortcut
    assert engine

    def shortcut(call: Call) -> Any:
        if not hits(call):
            return engine(call)
        struck()
        call.service = "none"  # so that nobody who watches takes it for done
        return AWSResponse("https://rehearsal.invalid", 200, HTTPHeaders(), None), {**_said(call, engine), **_FINE}

    world.calls.shortcut = shortcut


def _said(call: Call, engine: Shortcut) -> dict[str, Any]:
    """What the service would say if it had done it; of an update the row as it stands."""
    if call.operation == "UpdateItem":
        asked = {name: call.params[name] for name in ("TableName", "Key")}
        return {"Attributes": engine(Call("dynamodb", "GetItem", asked, None))[1].get("Item", {})}
    done = [{"Id": each["Id"], "MessageId": "none"} for each in call.params.get("Entries", ())]
    return {"MessageId": "none", "Successful": done, "Failed": []}


@dataclass(frozen=True)
class Broken(Target):
    """Fails at each call, in a way that no repetition helps."""

    def __call__(self, world: World, struck: Struck) -> None:
        def before(call: Call) -> None:
            if self.hits(call, world):
                struck()
                raise ValueError("broken")

        world.calls.before.append(before)


@dataclass(frozen=True)
class Astray(Target):
    """Asks another table, to which its role has no right."""

    instead: str = ""

    def __call__(self, world: World, struck: Struck) -> None:
        def rewrite(call: Call) -> None:
            if self.hits(call, world):
                call.params["TableName"] = world.template.environment[f"TABLE_{self.instead}"]
                struck()

        world.calls.rewriters.append(rewrite)


@dataclass(frozen=True)
class Deaf:
    """A function that is not connected with its queue."""

    function: str

    def __call__(self, world: World, struck: Struck) -> None:
        for mapping in [each for each in world.queues if each.function == f"{self.function}Function"]:
            world.queues.remove(mapping)
            struck()


def short(name: str) -> Scenario:
    return read_scenario(next(file for file in SHORT if file.stem == name))


@cache
def _content_of(drafts: Path) -> Path:
    """The content of a scenario that brings its own, compiled once."""
    out = ROOT / ".build" / f"{CONTENT.name}-{drafts.name}"
    assert compile_with(drafts, ROOT / "templates", out) == []
    return out


def broken(scenario: Scenario, content: Path, saboteurs: Iterable[Saboteur], strikes: Iterable[Strike]) -> set[str]:
    """The invariants that do not hold when the scenario is played so. A saboteur that finds nothing to do is an error of the test's."""
    content = _content_of(scenario.templates) if scenario.templates else content
    done: Counter[Saboteur] = Counter()
    faults = Scripted(strikes)
    with staged(scenario, content, engine="moto", faults=faults) as stage:
        stage.world.calls.brisk = True
        for saboteur in saboteurs:
            done[saboteur] = 0
            saboteur(stage.world, lambda who=saboteur: done.update([who]))  # type: ignore[misc]
        play(stage, lambda _: None)
        _, wrong = stage.judge()
    idle = [who for who, times in done.items() if not times] + list(faults.planned)
    assert not idle, f"never did any harm: {idle}"
    return {name for name, found in wrong.items() if found}
