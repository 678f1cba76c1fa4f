"""What journeys tell servers of the company."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from infra.rehearsal.books import Row, moment
from infra.rehearsal.invariants.case import Case
from infra.rehearsal.invariants.journeys import moves_of
from infra.rehearsal.strangers import Heard
from shared.domain.enrolment import Enrolment
from shared.domain.ids import stable_id
from shared.domain.journeys.behaviour import message_id
from shared.domain.journeys.plan import step_of
from shared.domain.timeline import WEBHOOK_CALLED, WEBHOOK_FAILED
from shared.domain.webhook import DONE, judge

_FUNCTION: Final = "webhook"
_KINDS: Final = (WEBHOOK_CALLED, WEBHOOK_FAILED)


@dataclass(frozen=True)
class Passed:
    """A webhook step that somebody passed."""

    call_id: str
    enrolment: Row
    step: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.step['id']} of {self.enrolment['journey']} for {self.enrolment['lead_id']} ({self.call_id})"


def each_webhook_is_called_or_set_aside(case: Case) -> Iterator[str]:
    """Each webhook step that somebody passed was called and is told so, or is set aside with its reason, or comes back by a timer. All calls of a step have one
    id and say the same of it; nothing is called that nobody passed.
    """
    passed, told, aside = _passed(case), _told(case), set(calls_set_aside(case).values())
    waiting = {body["call"]["call_id"] for body in case.books.timers("webhook")}
    heard: dict[str, list[Heard]] = defaultdict(list)
    for call in case.world.strangers.heard:
        heard[call.call_id].append(call)
    for call_id in heard.keys() - passed.keys():
        yield f"a server was called with {call_id}, a step that nobody passed"
    for call_id, each in passed.items():
        yield from _said_otherwise(each, heard[call_id])
        lines = told[call_id]
        if WEBHOOK_CALLED in lines and not any(judge(call.status) == DONE for call in heard[call_id]):
            yield f"the timeline says that {each} was taken, and no server took it"
        failed = call_id in aside and bool(lines.get(WEBHOOK_FAILED, {}).get("detail", {}).get("reason"))
        gone = case.books.now(each.enrolment["lead_id"]) not in case.books.leads
        if not (WEBHOOK_CALLED in lines or failed or gone or call_id in waiting):
            yield f"{each} was not called, and nothing says why"


def calls_set_aside(case: Case) -> dict[str, str]:
    """{body of a message where failures end: id of the call that was set aside with its reason}"""
    found: dict[str, str] = {}
    for bodies in case.set_aside.values():
        for body in bodies:
            aside = json.loads(body)
            if aside.get("function") == _FUNCTION and aside["reason"]:
                found[body] = str(json.loads(aside["record"]["body"])["call_id"])
    return found


def what_servers_never_took(case: Case) -> set[str]:
    """Bodies of the messages where failures end that are meant to be there: calls that were set aside, as the person's timeline tells too."""
    told = _told(case)
    return {body for body, call_id in calls_set_aside(case).items() if told[call_id]}


def _passed(case: Case) -> dict[str, Passed]:
    versions = {
        (row["journey"], row["body"]["version"]): row["body"]
        for row in case.books["journeys"]
        if row["entry"].startswith("version#")
    }
    found: dict[str, Passed] = {}
    for row in (entry.row for entry in moves_of(case)):
        journey = versions.get((row["journey"], row["version"]), {"steps": ()})
        for step in map(partial(step_of, journey), row.get("path") or ()):
            if step and step["do"] == "webhook":
                call_id = _call_id(journey, row, step)
                found[call_id] = Passed(call_id, row, step)
    return found


def _call_id(journey: Mapping[str, Any], row: Row, step: Mapping[str, Any]) -> str:
    moved, entered = moment(row["moved_at"]), moment(row["entered_at"])
    who = Enrolment(
        row["lead_id"], row["journey"], row["version"], row["status"], "", None, row["cause"], (), moved, entered
    )
    return message_id(journey, who, step["id"], moved)


def _said_otherwise(each: Passed, calls: list[Heard]) -> Iterator[str]:
    row, step = each.enrolment, each.step
    wanted = (step["url"], row["journey"], step["id"], row["moved_at"], step.get("data", {}))
    for call in calls:
        said = call.said
        found = (call.url, said["journey"], said["step"], said["timestamp"], said["data"])
        if found != wanted:
            yield f"{each} told {found} instead of {wanted}"


def _told(case: Case) -> dict[str, dict[str, Row]]:
    """{call id: {kind: the line on the timeline that tells what became of it}}"""
    found: dict[str, dict[str, Row]] = defaultdict(dict)
    causes = {stable_id(kind, call_id): call_id for call_id in _passed(case) for kind in _KINDS}
    for row in case.books["activities"]:
        if row["type"] in _KINDS and row["cause"] in causes:
            found[causes[row["cause"]]][row["type"]] = row
    return found
