"""IAM in process: a function that calls what its policy in the template does not allow is refused, as on AWS.

Only `Allow` statements with actions and resources are understood: that is all that the template uses (cfn-lint forbids wildcards).
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, Final

from botocore.exceptions import ClientError

from infra.rehearsal.calls import Call
from infra.template import Template

# Calls without a signature: who signs in has no credentials yet, and no role is asked.
_UNSIGNED: Final = {("cognito-identity-provider", "InitiateAuth")}
_ACTION_SERVICE: Final = {"sesv2": "ses", "pinpoint-sms-voice-v2": "sms-voice"}
_TRANSACTION_PARTS: Final = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}


class Rights:
    """Observes calls (`before`) and raises AccessDeniedException for what the caller's role lacks."""

    def __init__(self, template: Template) -> None:
        self._template = template
        self._allowed: set[tuple[str, str, str]] = set()
        self._queues = {q.url: q.arn for q in template.queues.values()}
        self.refused: list[str] = []

    def check(self, call: Call) -> None:
        if call.function is None or (call.service, call.operation) in _UNSIGNED:
            return
        for action, resource in self._demands(call):
            if not self._allows(call.function, action, resource):
                message = f"{call.function} is not authorized to perform {action} on {resource}"
                self.refused.append(message)
                raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": message}}, call.operation)

    def _allows(self, function: str, action: str, resource: str) -> bool:
        if (function, action, resource) in self._allowed:
            return True
        for statement in self._template.functions[function].statements:
            actions, resources = _list(statement["Action"]), _list(statement["Resource"])
            allowed = any(fnmatchcase(action.lower(), a.lower()) for a in actions)
            if statement["Effect"] == "Allow" and allowed and any(fnmatchcase(resource, r) for r in resources):
                self._allowed.add((function, action, resource))
                return True
        return False

    def _demands(self, call: Call) -> Iterator[tuple[str, str]]:
        """(IAM action, resource ARN) pairs that the call needs."""
        if call.service == "dynamodb":
            yield from self._table_demands(call)
            return
        service = _ACTION_SERVICE.get(call.service, call.service)
        operation = call.operation.removesuffix("Batch")
        for name in call.params.get("Names", [""]):  # SSM asks for several parameters at once
            yield f"{service}:{operation}", self._resource(service, {"Name": name, **call.params})

    def _table_demands(self, call: Call) -> Iterator[tuple[str, str]]:
        if "TransactItems" in call.params:
            for part in call.params["TransactItems"]:
                (kind, body), *_ = part.items()
                action = "GetItem" if call.operation == "TransactGetItems" else _TRANSACTION_PARTS[kind]
                yield f"dynamodb:{action}", self._table_arn(body["TableName"])
        elif "RequestItems" in call.params:
            for table in call.params["RequestItems"]:
                yield f"dynamodb:{call.operation}", self._table_arn(table)
        elif call.table:
            index = call.params.get("IndexName")
            yield f"dynamodb:{call.operation}", self._table_arn(call.table) + (f"/index/{index}" if index else "")

    def _table_arn(self, table: str) -> str:
        return self._template.stack.at.arn("dynamodb", f"table/{table}")

    def _resource(self, service: str, params: dict[str, Any]) -> str:
        at = self._template.stack.at
        if "QueueUrl" in params:
            return self._queues.get(str(params["QueueUrl"]), "")
        if service == "ses":
            return at.arn("ses", f"identity/{params.get('FromEmailAddress', '')}")
        if service == "sms-voice":
            return at.arn("sms-voice", f"pool/{params.get('OriginationIdentity', 'default')}")
        if service == "ssm":
            return at.arn("ssm", f"parameter{params.get('Name', '')}")
        return str(params.get("TopicArn", "*"))


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
