"""What a journey file says to do next. Pure: the same enrolment at the same moment gives the same plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.domain.conditions import holds
from shared.domain.ids import stable_id
from shared.domain.message import MessageOrder
from shared.domain.moments import parse_duration, to_iso
from shared.domain.timeline import Activity


@dataclass(frozen=True, slots=True)
class Send:
    """A mail that this move of the journey orders."""

    step: str
    template: str
    klass: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Plan:
    """One move: what is sent now, then either a wait until `due` for `step`, or the end for `end_reason`."""

    sends: tuple[Send, ...]
    step: str = ""
    due: datetime | None = None
    end_reason: str = ""


def is_triggered(journey: Mapping[str, Any], activity: Activity) -> bool:
    """Whether `activity` lets a person into `journey`."""
    trigger = journey["trigger"]
    return trigger["on"] == activity.type and holds(
        trigger.get("where"), {**activity.detail, "channel": activity.channel}
    )


def exit_reason(journey: Mapping[str, Any], *, stage: str, activity: Activity | None = None) -> str:
    """Why somebody in `stage`, to whom `activity` has just happened, must leave; "" when they may stay."""
    for rule in journey.get("exits", ()):
        if rule["on"] == "stage" and stage in rule["in"]:
            return str(rule["reason"])
        if activity and rule["on"] == activity.type and holds(rule.get("where"), activity.detail):
            return str(rule["reason"])
    return ""


def plan(journey: Mapping[str, Any], step_id: str, now: datetime) -> Plan:
    """The move that begins at `step_id` ("" for the first step): every step up to the next wait or the end."""
    steps = journey["steps"]
    index = 0 if not step_id else next((i for i, step in enumerate(steps) if step["id"] == step_id), len(steps))
    sends: list[Send] = []
    while index < len(steps):
        step = steps[index]
        index += 1
        match step["do"]:
            case "send":
                sends.append(Send(step["id"], step["template"], step["class"], step["purpose"]))
            case "wait":
                following = steps[index]["id"] if index < len(steps) else ""
                return Plan(
                    tuple(sends), following, now + parse_duration(step["for"]), "" if following else "completed"
                )
            case "exit":
                return Plan(tuple(sends), end_reason=step.get("reason", "completed"))
            case unknown:
                raise ValueError(f"journey {journey['journey']}: unknown step {unknown!r}")
    return Plan(tuple(sends), end_reason="completed")


def order_of(send: Send, *, lead_id: str, journey: str, entered_at: datetime, queued_at: datetime) -> MessageOrder:
    """The message that a send step orders; its id is the same however often the step is taken."""
    return MessageOrder(
        message_id=stable_id("journey", lead_id, journey, to_iso(entered_at), send.step),
        lead_id=lead_id,
        klass=send.klass,
        purpose=send.purpose,
        template=send.template,
        queued_at=queued_at,
        journey=journey,
        step=send.step,
    )
