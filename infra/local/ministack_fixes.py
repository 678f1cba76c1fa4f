"""Mends what MiniStack 1.5.33 (pinned) gets wrong on our way. Each fix says what fails without it."""

from __future__ import annotations

from typing import Any


def apply() -> None:
    """Call once, before the application serves."""
    _keep_attributes_of_unchanged_nested_resources()


def _keep_attributes_of_unchanged_nested_resources() -> None:
    """An update of a nested stack forgets the attributes of its unchanged resources, so its outputs fail with
    "Requested attribute Arn does not exist in schema for AWS::DynamoDB::Table": any edit of infra/data.yaml, or another
    port, would make the stack undeployable. `_update_resource` takes the old attributes; the nested path omits them."""
    from ministack.services.cloudformation import _stacks, provisioners

    update = provisioners._update_resource

    def update_resource(
        resource_type: str,
        physical_id: str,
        old: dict[str, Any],
        new: dict[str, Any],
        stack_name: str,
        logical_id: str | None = None,
        old_attrs: dict[str, Any] | None = None,
    ) -> Any:
        if old_attrs is None and logical_id:
            resources = _stacks.get(stack_name, {}).get("_resources", {})
            old_attrs = resources.get(logical_id, {}).get("Attributes")
        return update(resource_type, physical_id, old, new, stack_name, logical_id, old_attrs)

    provisioners._update_resource = update_resource
