"""Rule E9102."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cfnlint.rules import CloudFormationLintRule, RuleMatch

from infra.lint.nested_stacks import resources_everywhere


class LogRetention(CloudFormationLintRule):  # type: ignore[misc]
    """Each function has a log group of its own with a retention: Lambda makes one that keeps everything for ever."""

    id = "E9102"
    shortdesc = "Function without a log group with retention"
    description = "A function needs an AWS::Logs::LogGroup /aws/lambda/<name> with RetentionInDays."
    tags = ["ripen", "lambda", "logs"]  # noqa: RUF012

    def match(self, cfn: Any) -> list[RuleMatch]:
        """Compares names by what stands outside of ${…}."""
        groups = {
            _pattern(group["Properties"].get("LogGroupName"))
            for group in resources_everywhere(cfn, "AWS::Logs::LogGroup")
            if group.get("Properties", {}).get("RetentionInDays")
        }
        functions = cfn.get_resources("AWS::Lambda::Function")
        return [
            RuleMatch(
                ["Resources", name, "Properties"], f"{name} needs a log group with a retention and a FunctionName"
            )
            for name, function in functions.items()
            if f"/aws/lambda/{_pattern(function.get('Properties', {}).get('FunctionName'))}" not in groups
        ]


def _pattern(name: Any) -> str:
    """`!Sub ${AWS::StackName}-Capture` and `!Sub ${Prefix}-Capture` → `*-Capture`."""
    text = name.get("Fn::Sub", "") if isinstance(name, Mapping) else name
    return re.sub(r"\$\{[^}]+\}", "*", text) if isinstance(text, str) else ""
