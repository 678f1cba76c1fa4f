"""Rule E9104."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cfnlint.rules import CloudFormationLintRule, RuleMatch


class DurableTables(CloudFormationLintRule):  # type: ignore[misc]
    """Data outlive the stack and can be restored: tables are retained and have point-in-time recovery."""

    id = "E9104"
    shortdesc = "Table that can be lost"
    description = "Tables need DeletionPolicy and UpdateReplacePolicy Retain, and point-in-time recovery."
    tags = ["ripen", "dynamodb"]  # noqa: RUF012

    def match(self, cfn: Any) -> list[RuleMatch]:
        """One match for each thing that is missing."""
        tables = cfn.get_resources("AWS::DynamoDB::Table")
        return [
            RuleMatch(["Resources", name], f"{name} needs {missing}")
            for name, table in tables.items()
            for missing in _missing(table)
        ]


def _missing(table: Any) -> Iterator[str]:
    for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
        if table.get(policy) != "Retain":
            yield f"{policy}: Retain"
    recovery = table.get("Properties", {}).get("PointInTimeRecoverySpecification", {})
    if recovery.get("PointInTimeRecoveryEnabled") is not True:
        yield "point-in-time recovery"
