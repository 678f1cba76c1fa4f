"""`template.yaml` with its nested stacks as typed values: what runs, what starts it, what it may do, what it needs.

The rehearsal and the tests take their wiring from here, so what they run is what is deployed.

    template = load(Path("template.yaml"), {"SenderAddress": "news@ripen.example"})
    template.function("Capture").routes        → the API routes that start it
    template.tables["TimersTable"].create      → arguments of boto3's create_table
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from infra.declared import (
    EventDestination,
    Function,
    Queue,
    QueueSource,
    Route,
    ScheduleSource,
    StreamSource,
    Subscription,
    Table,
    Topic,
    function_of,
    queue_of,
    table_of,
    variables_of,
)
from infra.intrinsics import Resource, Stack, Surroundings

__all__ = [
    "ROOT",
    "EventDestination",
    "Function",
    "Queue",
    "QueueSource",
    "Route",
    "ScheduleSource",
    "StreamSource",
    "Subscription",
    "Table",
    "Template",
    "Topic",
    "load",
]

ROOT: Final = Path(__file__).resolve().parent.parent
FUNCTION: Final = "AWS::Serverless::Function"
SOURCE: Final = "AWS::Lambda::EventSourceMapping"


@dataclass(frozen=True)
class Template:
    """A resolved template. Collections are keyed by logical id."""

    stack: Stack = field(repr=False)

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        return tuple(self.stack.resources())

    def of_type(self, kind: str) -> Iterator[Resource]:
        return (r for r in self.resources if r.type == kind)

    @cached_property
    def functions(self) -> dict[str, Function]:
        shared = self.stack.resolve(self.stack.document.get("Globals", {}).get("Function", {}))
        sources = list(self.of_type(SOURCE))
        return {r.logical_id: function_of(r, shared, self._binary_apis, sources) for r in self.of_type(FUNCTION)}

    def function(self, name: str) -> Function:
        """By logical id, with or without the ending `Function`."""
        found = self.functions.get(name) or self.functions.get(f"{name}Function")
        if not found:
            raise KeyError(f"the template has no function {name}; it has {', '.join(self.functions)}")
        return found

    @cached_property
    def tables(self) -> dict[str, Table]:
        return {r.logical_id: table_of(r) for r in self.of_type("AWS::DynamoDB::Table")}

    @cached_property
    def queues(self) -> dict[str, Queue]:
        return {r.logical_id: queue_of(r, self.stack.at) for r in self.of_type("AWS::SQS::Queue")}

    def queue_by_arn(self, arn: str) -> Queue:
        return next(q for q in self.queues.values() if q.arn == arn)

    @cached_property
    def failure_queues(self) -> frozenset[str]:
        """Logical ids of the queues where failures end: dead-letter queues and on-failure destinations."""
        arns = {q.dead_letter for q in self.queues.values()}
        for function in self.functions.values():
            arns |= {function.on_failure, *(s.on_failure for s in function.streams)}
        return frozenset(i for i, q in self.queues.items() if q.arn in arns)

    @cached_property
    def topics(self) -> dict[str, Topic]:
        return {r.logical_id: Topic(r.logical_id, r.arn.split(":")[-1], r.arn) for r in self.of_type("AWS::SNS::Topic")}

    @cached_property
    def subscriptions(self) -> tuple[Subscription, ...]:
        found = (r.properties for r in self.of_type("AWS::SNS::Subscription"))
        return tuple(
            Subscription(p["TopicArn"], p["Protocol"], p["Endpoint"], bool(p.get("RawMessageDelivery"))) for p in found
        )

    @cached_property
    def identities(self) -> tuple[str, ...]:
        """Addresses or domains that SES may send from."""
        return tuple(r.properties["EmailIdentity"] for r in self.of_type("AWS::SES::EmailIdentity"))

    @cached_property
    def configuration_sets(self) -> tuple[str, ...]:
        return tuple(r.name for r in self.of_type("AWS::SES::ConfigurationSet"))

    @cached_property
    def event_destinations(self) -> tuple[EventDestination, ...]:
        found = []
        for resource in self.of_type("AWS::SES::ConfigurationSetEventDestination"):
            where = resource.properties["EventDestination"]
            if where.get("Enabled", True) and "SnsDestination" in where:
                types = frozenset(where["MatchingEventTypes"])
                topic = where["SnsDestination"]["TopicARN"]
                found.append(EventDestination(resource.properties["ConfigurationSetName"], topic, types))
        return tuple(found)

    @cached_property
    def parameters(self) -> dict[str, str]:
        """SSM parameters: name → value."""
        return {r.name: str(r.properties["Value"]) for r in self.of_type("AWS::SSM::Parameter")}

    @cached_property
    def environment(self) -> dict[str, str]:
        """The variables that every function gets."""
        shared = self.stack.document.get("Globals", {}).get("Function", {})
        return variables_of(self.stack.resolve(shared))

    @property
    def routes(self) -> list[tuple[Route, Function]]:
        return [(route, function) for function in self.functions.values() for route in function.routes]

    def handler_of(self, method: str, path: str) -> tuple[Route, Function, dict[str, str]] | None:
        """Which function serves a request, by which route, with which path parameters; None: no route.

        A literal path wins over one with parameters, as API Gateway has it."""
        matches = [
            (route, function, match.groupdict())
            for route, function in self.routes
            if route.method == method.upper() and (match := route.pattern.fullmatch(path))
        ]
        return min(matches, key=lambda m: len(m[2]), default=None)

    @cached_property
    def _binary_apis(self) -> dict[str, bool]:
        apis = self.of_type("AWS::Serverless::Api")
        return {r.name: "*~1*" in r.properties.get("BinaryMediaTypes", []) for r in apis}


def load(
    path: Path = ROOT / "template.yaml",
    parameters: Mapping[str, str] | None = None,
    surroundings: Surroundings | None = None,
) -> Template:
    """The template at `path` with these parameters; absent ones take their default.

    Errors: TemplateError, at once or when the unresolvable part is asked for."""
    return Template(Stack(path, dict(parameters or {}), surroundings or Surroundings()))
