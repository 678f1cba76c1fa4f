"""CloudFormation documents: the YAML short forms, and the values behind Ref, GetAtt, Sub, If and their kin.

A `Stack` is one document with its parameters; nested stacks with a local TemplateURL are stacks of their own. Names and ARNs of
resources are invented deterministically (stack name + logical ids), so whoever creates the resources can use the same names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import yaml

Value = Any  # what YAML holds: dict, list, str, int, float, bool, None
NESTED: Final = "AWS::CloudFormation::Stack"


class TemplateError(ValueError):
    """The template says something that cannot be resolved; the message names the place."""


@dataclass(frozen=True)
class Surroundings:
    """Where the stack is imagined to stand: what the pseudo parameters and the invented names are made of."""

    stack_name: str = "ripen"
    account: str = "123456789012"
    region: str = "us-east-1"
    queues_at: str = ""
    """Base address of queue URLs; empty means that of AWS."""

    def queue_url(self, name: str) -> str:
        base = self.queues_at or f"https://sqs.{self.region}.amazonaws.com"
        return f"{base}/{self.account}/{name}"

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML with CloudFormation's short tags: `!GetAtt A.B` is read as `{"Fn::GetAtt": ["A", "B"]}`."""


def _tag(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Value:
    if isinstance(node, yaml.ScalarNode):
        value: Value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        raise TemplateError(f"{node.start_mark}: !{suffix} holds neither text, list nor map")
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


def _text(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    """CloudFormation knows no dates: `2012-10-17` stays text."""
    return str(loader.construct_scalar(node))


_Loader.add_multi_constructor("!", _tag)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _text)


def read(path: Path) -> dict[str, Value]:
    """The document as plain data, short tags expanded to their long form.

    Errors: TemplateError with file and place when it is no YAML map.
    """
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 (a SafeLoader with constructors)
    except yaml.YAMLError as error:
        raise TemplateError(f"{path}: {error}") from error
    if not isinstance(document, dict):
        raise TemplateError(f"{path}: a template is a map")
    return document


@dataclass(frozen=True)
class Resource:
    """A resource whose properties are resolved. `path` is the logical ids from the root, such as `Data/IntakeTable`."""

    logical_id: str
    path: str
    type: str
    properties: dict[str, Value]
    metadata: dict[str, Value]
    name: str
    arn: str
    raw: dict[str, Value]


def _physical(kind: str, name: str, at: Surroundings) -> tuple[str, str, dict[str, str]]:
    """(Ref, Arn, further attributes) of a resource of this type with this name."""
    service = kind.split("::")[1].lower()
    arn = at.arn(service, name)
    match kind:
        case "AWS::DynamoDB::Table":
            arn = at.arn("dynamodb", f"table/{name}")
            return name, arn, {"StreamArn": f"{arn}/stream/LATEST"}
        case "AWS::SQS::Queue":
            arn = at.arn("sqs", name)
            return at.queue_url(name), arn, {"QueueName": name, "QueueUrl": at.queue_url(name)}
        case "AWS::SNS::Topic":
            arn = at.arn("sns", name)
            return arn, arn, {"TopicArn": arn, "TopicName": name}
        case "AWS::Serverless::Function" | "AWS::Lambda::Function":
            return name, at.arn("lambda", f"function:{name}"), {}
        case "AWS::Cognito::UserPool":
            name = f"{at.region}_{re.sub(r'[^A-Za-z0-9]', '', name)}"
            return name, at.arn("cognito-idp", f"userpool/{name}"), {"UserPoolId": name}
        case "AWS::Logs::LogGroup":
            return name, at.arn("logs", f"log-group:{name}:*"), {}
        case "AWS::SES::EmailIdentity":
            return name, at.arn("ses", f"identity/{name}"), {}
    return name, arn, {}


_NAME_PROPERTY: Final = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::Serverless::Function": "FunctionName",
    "AWS::SSM::Parameter": "Name",
    "AWS::SES::ConfigurationSet": "Name",
    "AWS::SES::EmailIdentity": "EmailIdentity",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::CloudWatch::Alarm": "AlarmName",
}


@dataclass
class Stack:
    """One document with the values of its parameters. `prefix` is the path of logical ids that leads here."""

    file: Path
    parameters: Mapping[str, Value]
    at: Surroundings
    prefix: tuple[str, ...] = ()
    _nested: dict[str, Stack] = field(default_factory=dict)
    _resolving: list[str] = field(default_factory=list)

    @cached_property
    def document(self) -> dict[str, Value]:
        return read(self.file)

    def resource_ids(self) -> list[str]:
        """Logical ids of the resources whose condition holds."""
        return [i for i, r in self.document.get("Resources", {}).items() if self._exists(r)]

    def resources(self) -> Iterator[Resource]:
        """Every resource that would be created, nested stacks included (the stacks themselves too)."""
        for logical_id in self.resource_ids():
            yield self.resource(logical_id)
            if self._raw(logical_id)["Type"] == NESTED:
                yield from self.nested(logical_id).resources()

    def resource(self, logical_id: str) -> Resource:
        raw = self._raw(logical_id)
        name, arn, _ = self._names(logical_id)
        return Resource(
            logical_id=logical_id,
            path="/".join((*self.prefix, logical_id)),
            type=raw["Type"],
            properties=self.resolve(raw.get("Properties", {})),
            metadata=raw.get("Metadata", {}),
            name=name,
            arn=arn,
            raw=raw,
        )

    def nested(self, logical_id: str) -> Stack:
        """The stack behind an AWS::CloudFormation::Stack with a local TemplateURL."""
        if logical_id not in self._nested:
            properties = self._raw(logical_id)["Properties"]
            self._nested[logical_id] = Stack(
                file=self.file.parent / properties["TemplateURL"],
                parameters=self.resolve(properties.get("Parameters", {})),
                at=self.at,
                prefix=(*self.prefix, logical_id),
            )
        return self._nested[logical_id]

    def outputs(self) -> dict[str, Value]:
        return {
            name: self.resolve(o["Value"]) for name, o in self.document.get("Outputs", {}).items() if self._exists(o)
        }

    def output(self, name: str) -> Value:
        try:
            return self.resolve(self.document["Outputs"][name]["Value"])
        except KeyError:
            raise TemplateError(f"{self.file}: no output {name}") from None

    # ------------------------------------------------------------ values

    def resolve(self, value: Value) -> Value:
        """The value with every intrinsic function replaced by what it stands for."""
        if isinstance(value, list):
            return [r for r in (self.resolve(v) for v in value) if r is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (name, argument), *_ = value.items()
            function = _FUNCTIONS.get(name)
            if function:
                return function(self, argument)
            if name.startswith("Fn::"):
                raise TemplateError(f"{self.file}: {name} is not understood here")
        resolved = {k: self.resolve(v) for k, v in value.items()}
        return {k: v for k, v in resolved.items() if v is not NO_VALUE}

    def ref(self, name: str) -> Value:
        if name in self._pseudo:
            return self._pseudo[name]
        if name in self.document.get("Parameters", {}):
            return self._parameter(name)
        return self._names(name)[0]

    def attribute(self, logical_id: str, attribute: str) -> Value:
        raw = self._raw(logical_id)
        if raw["Type"] == NESTED and attribute.startswith("Outputs."):
            return self.nested(logical_id).output(attribute.removeprefix("Outputs."))
        _, arn, attributes = self._names(logical_id)
        if attribute == "Arn":
            return arn
        if attribute in attributes:
            return attributes[attribute]
        if attribute in raw.get("Properties", {}):
            return self.resolve(raw["Properties"][attribute])
        raise TemplateError(
            f"{self.file}: {logical_id} ({raw['Type']}) has no attribute {attribute} that is known here"
        )

    def condition(self, name: str) -> bool:
        try:
            return bool(self.resolve(self.document["Conditions"][name]))
        except KeyError:
            raise TemplateError(f"{self.file}: no condition {name}") from None

    @cached_property
    def _pseudo(self) -> dict[str, Value]:
        return {
            "AWS::StackName": self.at.stack_name if not self.prefix else "-".join((self.at.stack_name, *self.prefix)),
            "AWS::AccountId": self.at.account,
            "AWS::Region": self.at.region,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::NoValue": NO_VALUE,
        }

    def _parameter(self, name: str) -> Value:
        if name in self.parameters:
            return self.parameters[name]
        declared = self.document["Parameters"][name]
        if "Default" not in declared:
            raise TemplateError(f"{self.file}: parameter {name} has neither a value nor a default")
        return declared["Default"]

    def _raw(self, logical_id: str) -> dict[str, Value]:
        try:
            raw: dict[str, Value] = self.document["Resources"][logical_id]
        except KeyError:
            raise TemplateError(f"{self.file}: nothing is called {logical_id}") from None
        return raw

    def _exists(self, declared: Mapping[str, Value]) -> bool:
        return self.condition(declared["Condition"]) if "Condition" in declared else True

    def _names(self, logical_id: str) -> tuple[str, str, dict[str, str]]:
        raw = self._raw(logical_id)
        kind, properties = raw["Type"], raw.get("Properties", {})
        if logical_id in self._resolving:
            raise TemplateError(f"{self.file}: {' → '.join([*self._resolving, logical_id])} is a circle")
        self._resolving.append(logical_id)
        try:
            explicit = self.resolve(properties.get(_NAME_PROPERTY.get(kind, ""), ""))
        finally:
            self._resolving.pop()
        name = explicit or "-".join((self.at.stack_name, *self.prefix, logical_id))
        if kind == "AWS::SQS::Queue" and properties.get("FifoQueue") and not name.endswith(".fifo"):
            name += ".fifo"
        return _physical(kind, name, self.at)


# ---------------------------------------------------------------- the functions

NO_VALUE: Final = object()


def _get_att(stack: Stack, argument: Value) -> Value:
    parts = argument.split(".", 1) if isinstance(argument, str) else list(argument)
    return stack.attribute(parts[0], ".".join(str(stack.resolve(p)) for p in parts[1:]))


def _sub(stack: Stack, argument: Value) -> str:
    template, own = (argument, {}) if isinstance(argument, str) else (argument[0], stack.resolve(argument[1]))

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name.startswith("!"):
            return "${" + name[1:] + "}"
        if name in own:
            return str(own[name])
        return str(_get_att(stack, name) if "." in name else stack.ref(name))

    return re.sub(r"\$\{([^}]+)\}", value, template)


def _if(stack: Stack, argument: Value) -> Value:
    name, then, otherwise = argument
    return stack.resolve(then if stack.condition(name) else otherwise)


def _join(stack: Stack, argument: Value) -> str:
    return str(argument[0]).join(str(v) for v in stack.resolve(argument[1]))


def _equals(stack: Stack, argument: Value) -> bool:
    left, right = (str(stack.resolve(v)) for v in argument)
    return left == right


def _select(stack: Stack, argument: Value) -> Value:
    return stack.resolve(argument[1])[int(stack.resolve(argument[0]))]


_FUNCTIONS: Final[dict[str, Callable[[Stack, Value], Value]]] = {
    "Ref": lambda stack, a: stack.ref(a),
    "Condition": lambda stack, a: stack.condition(a) if isinstance(a, str) else {"Condition": stack.resolve(a)},
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::If": _if,
    "Fn::Join": _join,
    "Fn::Equals": _equals,
    "Fn::Not": lambda stack, a: not stack.resolve(a[0]),
    "Fn::And": lambda stack, a: all(stack.resolve(a)),
    "Fn::Or": lambda stack, a: any(stack.resolve(a)),
    "Fn::Select": _select,
    "Fn::Split": lambda stack, a: stack.resolve(a[1]).split(a[0]),
    "Fn::ToJsonString": lambda stack, a: json.dumps(stack.resolve(a)),
}
