"""What several rules need: looking into a template's nested stacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cfnlint.decode import cfn_yaml

Resource = Mapping[str, Any]


def nested(cfn: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(logical id, template) of each nested stack whose file lies beside the template."""
    folder = Path(cfn.filename or ".").parent
    for name, resource in cfn.get_resources("AWS::CloudFormation::Stack").items():
        path = folder / str(resource.get("Properties", {}).get("TemplateURL", ""))
        if path.is_file():
            yield name, cfn_yaml.load(str(path))


def resources_everywhere(cfn: Any, resource_type: str) -> Iterator[Resource]:
    """Resources of the type in the template and in its nested stacks."""
    yield from cfn.get_resources(resource_type).values()
    for _, template in nested(cfn):
        yield from (found for found in template.get("Resources", {}).values() if found.get("Type") == resource_type)


def resource_behind(cfn: Any, value: Any) -> Resource | None:
    """The resource that `!GetAtt Name.Attribute` or `!GetAtt Stack.Outputs.Name` speaks of, or None."""
    parts = _get_att(value)
    if not parts:
        return None
    if len(parts) == 3 and parts[1] == "Outputs":
        template = dict(nested(cfn)).get(parts[0], {})
        output = template.get("Outputs", {}).get(parts[2], {}).get("Value")
        inner = _get_att(output) or ([output["Ref"]] if isinstance(output, Mapping) and "Ref" in output else [])
        return template.get("Resources", {}).get(inner[0]) if inner else None
    found = cfn.template.get("Resources", {}).get(parts[0])
    return found if isinstance(found, Mapping) else None


def _get_att(value: Any) -> list[str]:
    """["Data", "Outputs", "PeopleArn"] of a GetAtt in any of its spellings; empty for anything else."""
    if not isinstance(value, Mapping) or "Fn::GetAtt" not in value:
        return []
    argument = value["Fn::GetAtt"]
    return ".".join(argument if isinstance(argument, list) else [argument]).split(".")
