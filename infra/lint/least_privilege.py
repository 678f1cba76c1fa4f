"""Rule E9103."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cfnlint.rules import CloudFormationLintRule, RuleMatch

Path = list[Any]
POLICIES = {
    "AWS::IAM::ManagedPolicy": "PolicyDocument",
    "AWS::IAM::Policy": "PolicyDocument",
    "AWS::SNS::TopicPolicy": "PolicyDocument",
    "AWS::SQS::QueuePolicy": "PolicyDocument",
}
# Reads of the account itself: AWS knows no resource for them.
OF_THE_ACCOUNT = {"ses:GetAccount"}


class LeastPrivilege(CloudFormationLintRule):  # type: ignore[misc]
    """Our own statements name their actions one by one and what they act on: no `*` in an action, no resource `*` but for reads of the account."""

    id = "E9103"
    shortdesc = "Statement that allows too much"
    description = "No wildcard in an action, no bare * as a resource."
    tags = ["ripen", "iam"]  # noqa: RUF012

    def match(self, cfn: Any) -> list[RuleMatch]:
        """Looks at roles (those that SAM made included) and at every kind of policy."""
        return [
            RuleMatch(path, complaint)
            for path, statement in _statements(cfn)
            if statement.get("Effect") == "Allow" and (complaint := _complaint(statement))
        ]


def _complaint(statement: Mapping[str, Any]) -> str:
    wild = [action for action in _listed(statement.get("Action")) if isinstance(action, str) and "*" in action]
    if wild:
        return f"The action {wild[0]} is a wildcard: name the actions."
    if "NotAction" in statement or "NotResource" in statement:
        return "NotAction and NotResource allow whatever comes: name what is allowed."
    if "*" in _listed(statement.get("Resource")) and not set(_listed(statement.get("Action"))) <= OF_THE_ACCOUNT:
        return "The resource * is everything: name what the statement is about."
    return ""


def _statements(cfn: Any) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    for path, document in _documents(cfn):
        for number, statement in enumerate(_listed(document.get("Statement"))):
            yield [*path, "Statement", number], statement


def _documents(cfn: Any) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    for name, role in cfn.get_resources("AWS::IAM::Role").items():
        for number, policy in enumerate(role.get("Properties", {}).get("Policies", [])):
            yield ["Resources", name, "Properties", "Policies", number, "PolicyDocument"], policy["PolicyDocument"]
    for resource_type, key in POLICIES.items():
        for name, resource in cfn.get_resources(resource_type).items():
            yield ["Resources", name, "Properties", key], resource["Properties"][key]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
