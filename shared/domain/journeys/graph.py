"""A journey as a graph: where each step may lead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from shared.domain.journeys.plan import step_after, step_of

Journey = Mapping[str, Any]
Step = Mapping[str, Any]
Place = tuple[str | int, ...]


def leads_to(journey: Journey, step: Step) -> Iterator[tuple[Place, str]]:
    """(place within the step, step) of everywhere that a step may lead; "" is the end."""
    match step["do"]:
        case "exit":
            return
        case "branch":
            yield from ((("ways", index, "goto"), way["goto"]) for index, way in enumerate(step["ways"]))
            yield ("else",), step.get("else") or step_after(journey, step)
        case "split":
            for index, way in enumerate(step["ways"]):
                yield ("ways", index, "goto"), way.get("goto") or step_after(journey, step)
        case "repeat":
            yield ("goto",), step["goto"]
            yield ("next",), step_after(journey, step)
        case "wait" if "event" in step:
            yield ("then",), step.get("then") or step_after(journey, step)
            yield ("timeout",), step.get("timeout") or step_after(journey, step)
        case _:
            yield ("next",), step_after(journey, step)


def first_mail(journey: Journey, split: Step, index: int) -> str:
    """The first mail that whoever draws the way at `index` of `split` may get: what the ways are compared by. "" when there is none."""
    ahead, seen = [dict(leads_to(journey, split))["ways", index, "goto"]], set[str]()
    while ahead:
        step = step_of(journey, ahead.pop(0))
        if step is None or step["id"] in seen:
            continue
        if step["do"] == "send":
            return str(step["id"])
        seen.add(step["id"])
        ahead += [target for _, target in leads_to(journey, step)]
    return ""
