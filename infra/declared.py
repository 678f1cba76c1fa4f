"""What a template declares, as values: functions with what starts them, tables, queues, topics. Read by `infra.template`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from infra.intrinsics import Resource, Surroundings, TemplateError, Value


@dataclass(frozen=True)
class Route:
    """`GET /f/{form}` of an API. `binary`: bodies reach the function base64-encoded."""

    api: str
    method: str
    path: str
    binary: bool

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Matches a request path; its groups are the path parameters."""
        parts = re.split(r"\{(\w+)\}", self.path)
        return re.compile("".join(f"(?P<{p}>[^/]+)" if i % 2 else re.escape(p) for i, p in enumerate(parts)))


@dataclass(frozen=True)
class StreamSource:
    """A DynamoDB stream mapping. `filters` are EventBridge patterns, any of which lets a record through (none: all)."""

    stream: str
    batch_size: int
    filters: tuple[dict[str, Value], ...]
    retries: int
    """How often a failing batch is tried again; -1: until the record is too old."""
    max_age: int
    """Seconds after which a record is given up; -1: never."""
    bisect: bool
    reports_items: bool
    on_failure: str | None
    """ARN of the queue that learns of what was given up."""

    @property
    def table(self) -> str:
        """Name of the table whose stream this is."""
        return self.stream.split(":table/")[1].split("/")[0]


@dataclass(frozen=True)
class QueueSource:
    """An SQS mapping."""

    queue: str
    batch_size: int
    filters: tuple[dict[str, Value], ...]
    reports_items: bool


@dataclass(frozen=True)
class ScheduleSource:
    """A schedule: `expression` as EventBridge writes it, such as `rate(1 minute)`."""

    name: str
    expression: str
    input: str | None

    @property
    def minutes(self) -> int:
        """The period of a rate expression. Errors: TemplateError for cron expressions, which nothing here fires."""
        match = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", self.expression)
        if not match:
            raise TemplateError(f"schedule {self.name}: {self.expression} is not a rate")
        return int(match[1]) * {"minute": 1, "hour": 60, "day": 1440}[match[2]]


@dataclass(frozen=True)
class Function:
    """A Lambda function: `module.attribute` is its handler, `statements` its IAM policy statements, resolved."""

    logical_id: str
    name: str
    arn: str
    handler: str
    environment: dict[str, str]
    timeout: int
    memory: int
    runtime: str
    statements: tuple[dict[str, Value], ...]
    routes: tuple[Route, ...]
    streams: tuple[StreamSource, ...]
    queues: tuple[QueueSource, ...]
    schedules: tuple[ScheduleSource, ...]
    on_failure: str | None
    """ARN of the queue for asynchronous invocations that failed."""

    @property
    def module(self) -> str:
        return self.handler.rpartition(".")[0]

    @property
    def attribute(self) -> str:
        return self.handler.rpartition(".")[2]


@dataclass(frozen=True)
class Table:
    """A DynamoDB table. `create` are boto3's create_table arguments; `due_attribute` names what tells when a row is due."""

    logical_id: str
    name: str
    arn: str
    create: dict[str, Value]
    ttl_attribute: str | None
    due_attribute: str | None

    @property
    def key(self) -> tuple[str, ...]:
        """Attribute names of the primary key: the partition key, then the sort key when there is one."""
        return tuple(k["AttributeName"] for k in self.create["KeySchema"])

    @property
    def indexes(self) -> dict[str, dict[str, Value]]:
        return {i["IndexName"]: i for i in self.create.get("GlobalSecondaryIndexes", [])}

    @property
    def streams(self) -> bool:
        return "StreamSpecification" in self.create


@dataclass(frozen=True)
class Queue:
    """An SQS queue. `attributes` are boto3's create_queue attributes (text), without the redrive policy."""

    logical_id: str
    name: str
    arn: str
    url: str
    attributes: dict[str, str]
    dead_letter: str | None
    """ARN of the queue that takes what was received `max_receives` times."""
    max_receives: int

    @property
    def fifo(self) -> bool:
        return self.name.endswith(".fifo")

    @property
    def visibility(self) -> int:
        """Seconds that a received message stays hidden."""
        return int(self.attributes.get("VisibilityTimeout", "30"))


@dataclass(frozen=True)
class Topic:
    logical_id: str
    name: str
    arn: str


@dataclass(frozen=True)
class Subscription:
    topic: str
    protocol: str
    endpoint: str
    raw: bool


@dataclass(frozen=True)
class EventDestination:
    """Where SES publishes what becomes of the mails of a configuration set. `types` as SES spells them: SEND, BOUNCE …"""

    configuration_set: str
    topic: str
    types: frozenset[str]


# ---------------------------------------------------------------- resources → values


def variables_of(properties: Mapping[str, Value]) -> dict[str, str]:
    return {k: str(v) for k, v in properties.get("Environment", {}).get("Variables", {}).items()}


def function_of(
    resource: Resource, shared: Mapping[str, Value], binary: Mapping[str, bool], sources: Iterable[Resource]
) -> Function:
    """`sources`: the template's event source mappings, also those of other functions."""
    own = resource.properties
    p: dict[str, Any] = {**shared, **own}
    events = own.get("Events", {})
    mapped = [each.properties for each in sources if each.properties["FunctionName"] == resource.name]
    asynchronous = own.get("EventInvokeConfig", {}).get("DestinationConfig", {}).get("OnFailure", {})
    policies = p.get("Policies", [])
    return Function(
        logical_id=resource.logical_id,
        name=resource.name,
        arn=resource.arn,
        handler=p["Handler"],
        environment=variables_of(shared) | variables_of(own),
        timeout=int(p.get("Timeout", 3)),
        memory=int(p.get("MemorySize", 128)),
        runtime=p["Runtime"],
        statements=tuple(s for policy in policies if isinstance(policy, dict) for s in policy.get("Statement", [])),
        routes=tuple(_route(e["Properties"], binary) for e in events.values() if e["Type"] == "Api"),
        streams=tuple(_stream(each) for each in mapped if ":dynamodb:" in each["EventSourceArn"]),
        queues=tuple(_queue_source(each) for each in mapped if ":sqs:" in each["EventSourceArn"]),
        schedules=tuple(_schedule(n, e["Properties"]) for n, e in events.items() if e["Type"].startswith("Schedule")),
        on_failure=asynchronous.get("Destination"),
    )


def _route(p: Mapping[str, Value], binary: Mapping[str, bool]) -> Route:
    api = p["RestApiId"]
    return Route(api=api, method=p["Method"].upper(), path=p["Path"], binary=binary.get(api, False))


def _filters(p: Mapping[str, Value]) -> tuple[dict[str, Value], ...]:
    return tuple(json.loads(f["Pattern"]) for f in p.get("FilterCriteria", {}).get("Filters", []))


def _stream(p: Mapping[str, Value]) -> StreamSource:
    return StreamSource(
        stream=p["EventSourceArn"],
        batch_size=int(p.get("BatchSize", 100)),
        filters=_filters(p),
        retries=int(p.get("MaximumRetryAttempts", -1)),
        max_age=int(p.get("MaximumRecordAgeInSeconds", -1)),
        bisect=bool(p.get("BisectBatchOnFunctionError", False)),
        reports_items="ReportBatchItemFailures" in p.get("FunctionResponseTypes", []),
        on_failure=p.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"),
    )


def _queue_source(p: Mapping[str, Value]) -> QueueSource:
    return QueueSource(
        queue=p["EventSourceArn"],
        batch_size=int(p.get("BatchSize", 10)),
        filters=_filters(p),
        reports_items="ReportBatchItemFailures" in p.get("FunctionResponseTypes", []),
    )


def _schedule(name: str, p: Mapping[str, Value]) -> ScheduleSource:
    return ScheduleSource(name=name, expression=p.get("Schedule") or p["ScheduleExpression"], input=p.get("Input"))


_TABLE_ARGUMENTS: Final = (
    "AttributeDefinitions",
    "KeySchema",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
    "BillingMode",
    "ProvisionedThroughput",
)


def table_of(resource: Resource) -> Table:
    p = resource.properties
    create = {"TableName": resource.name} | {k: p[k] for k in _TABLE_ARGUMENTS if k in p}
    if "StreamSpecification" in p:
        create["StreamSpecification"] = {"StreamEnabled": True, **p["StreamSpecification"]}
    ttl = p.get("TimeToLiveSpecification", {})
    return Table(
        logical_id=resource.logical_id,
        name=resource.name,
        arn=resource.arn,
        create=create,
        ttl_attribute=ttl.get("AttributeName") if ttl.get("Enabled") else None,
        due_attribute=resource.metadata.get("Ripen", {}).get("DueAttribute"),
    )


_NOT_QUEUE_ATTRIBUTES: Final = ("QueueName", "RedrivePolicy", "Tags", "RedriveAllowPolicy")


def queue_of(resource: Resource, at: Surroundings) -> Queue:
    p = resource.properties
    redrive = p.get("RedrivePolicy", {})
    name = resource.arn.split(":")[-1]
    return Queue(
        logical_id=resource.logical_id,
        name=name,
        arn=resource.arn,
        url=at.queue_url(name),
        attributes={k: _attribute(v) for k, v in p.items() if k not in _NOT_QUEUE_ATTRIBUTES},
        dead_letter=redrive.get("deadLetterTargetArn"),
        max_receives=int(redrive.get("maxReceiveCount", 0)),
    )


def _attribute(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
