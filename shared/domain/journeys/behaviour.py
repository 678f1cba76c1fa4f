"""What a person did since a step of their journey: the ``{did: …}`` part of a condition, and the event that a wait waits for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.domain.conditions import holds
from shared.domain.enrolment import Enrolment
from shared.domain.ids import stable_id
from shared.domain.moments import from_iso, parse_duration, to_iso
from shared.domain.timeline import EMAIL_CLICKED, EMAIL_OPENED, EMAIL_REPLIED, HUMAN, Activity

# What happens to one mail and is told with its message id.
OF_A_MAIL = (EMAIL_OPENED, EMAIL_CLICKED, EMAIL_REPLIED)
_ANSWER = "\x00did"
_ONCE_AT_LEAST = {"gte": 1}

Condition = Mapping[str, Any]
Journey = Mapping[str, Any]


def message_id(journey: Journey, enrolment: Enrolment, step: str, moved_at: datetime) -> str:
    """The message that a send step orders: the same however often the step is taken, another one in each round of a repeat."""
    repeats = any(each["do"] == "repeat" for each in journey["steps"])
    round_ = (to_iso(moved_at),) if repeats else ()
    return stable_id("journey", enrolment.identity, journey["journey"], to_iso(enrolment.entered_at), step, *round_)


def may_fit(event: Condition, journey: Journey, activity: Activity) -> bool:
    """Whether `activity` is such an event as far as that can be told without the enrolment: of which sending of the step it is, is left open."""
    detail, name = activity.detail, journey["journey"]
    return (
        activity.type == event["did"]
        and activity.agent == HUMAN
        and str(event.get("link", "")) in str(detail.get("link", ""))
        and event.get("path", detail.get("path")) == detail.get("path")
        # What is told of a step's mail names its journey.
        and ("step" not in event or activity.type not in OF_A_MAIL or detail.get("journey", name) == name)
        and holds(event.get("where"), {**detail, "channel": activity.channel})
    )


@dataclass(frozen=True, slots=True)
class Past:
    """What a person did. `timeline` reads their activities from a moment on, and is asked only when a condition wants to know."""

    journey: Journey
    enrolment: Enrolment
    now: datetime
    timeline: Callable[[datetime], Sequence[Activity]]

    def holds(self, condition: Condition | Sequence[Condition] | None, facts: Mapping[str, Any]) -> bool:
        """Whether `condition`, which may ask what the person did, is true."""
        answers: dict[str, bool] = {}
        return holds(self._answered(condition, answers), {**facts, **answers})

    def _answered(self, condition: Any, answers: dict[str, bool]) -> Any:
        """The condition with each ``did`` answered, as a question that plain facts can settle."""
        if isinstance(condition, Mapping):
            if "did" in condition:
                key = f"{_ANSWER}{len(answers)}"
                answers[key] = self.happened(condition)
                return {"field": key, "op": "eq", "value": True}
            return {key: self._answered(part, answers) for key, part in condition.items()}
        if isinstance(condition, list):
            return [self._answered(part, answers) for part in condition]
        return condition

    def happened(self, event: Condition, since: datetime | None = None) -> bool:
        """Whether `event` (``{did, step?, link?, path?, where?, times?, within?}``) came to pass, since `since` at the earliest."""
        begin = max(since, self._begin(event)) if since else self._begin(event)
        found = sum(begin <= each.at <= self.now and self.fits(event, each) for each in self.timeline(begin))
        wanted = event.get("times") or _ONCE_AT_LEAST
        return all(holds({"field": "n", "op": op, "value": number}, {"n": found}) for op, number in wanted.items())

    def _begin(self, event: Condition) -> datetime:
        """Since the step that the event names, or that long ago; a step that was not taken looks back to the entry."""
        window = self.now - parse_duration(event["within"]) if "within" in event else None
        if "step" not in event:
            return window or self.enrolment.entered_at
        mark = self.enrolment.marks.get(event["step"])
        begin = from_iso(mark) if mark else self.enrolment.entered_at
        return max(begin, window) if window else begin

    def fits(self, event: Condition, activity: Activity) -> bool:
        """Whether `activity`, whenever it was, is such an event: by a human, and of the mail of the step that the event names."""
        return may_fit(event, self.journey, activity) and self._of_the_step(event, activity)

    def _of_the_step(self, event: Condition, activity: Activity) -> bool:
        if "step" not in event or activity.type not in OF_A_MAIL:
            return True
        mark = self.enrolment.marks.get(event["step"])
        moved_at = from_iso(mark) if mark else self.enrolment.entered_at
        expected = message_id(self.journey, self.enrolment, event["step"], moved_at)
        return bool(activity.detail.get("message_id") == expected)
