"""Rule E9101."""

from __future__ import annotations

from typing import Any

from cfnlint.rules import CloudFormationLintRule, RuleMatch

from infra.lint.nested_stacks import resource_behind


class EventSourceFailures(CloudFormationLintRule):  # type: ignore[misc]
    """What a function cannot process goes somewhere: a stream's records to an on-failure destination, a queue's
    messages to the dead-letter queue of its redrive policy."""

    id = "E9101"
    shortdesc = "Event source without a place for failures"
    description = "Streams need DestinationConfig.OnFailure; queues need a RedrivePolicy."
    tags = ["ripen", "lambda"]  # noqa: RUF012

    def match(self, cfn: Any) -> list[RuleMatch]:
        """Looks at every mapping, those that SAM made of a function's Events included."""
        mappings = cfn.get_resources("AWS::Lambda::EventSourceMapping")
        return [
            RuleMatch(["Resources", name, "Properties"], f"{name}: {complaint}")
            for name, mapping in mappings.items()
            if (complaint := _complaint(cfn, mapping.get("Properties", {})))
        ]


def _complaint(cfn: Any, mapping: Any) -> str:
    if "StartingPosition" in mapping:
        destination = mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        return "" if destination else "a stream needs DestinationConfig.OnFailure"
    queue = resource_behind(cfn, mapping.get("EventSourceArn"))
    if queue is None:
        return "the queue cannot be found, so nobody knows where its failures go"
    return "" if queue.get("Properties", {}).get("RedrivePolicy") else "its queue needs a RedrivePolicy"
