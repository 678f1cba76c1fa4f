"""Calls of moto without the way through HTTP: the same request classes answer, but nothing is put into bytes and taken out again.

A rehearsal makes hundreds of calls, and nine tenths of what one costs on moto is wrapping. What moto refuses goes the long way once more,
so that errors are told exactly as the service tells them (a refused call has changed nothing). `tests/rehearsal/test_shortcut.py` plays
a rehearsal both ways and compares.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from botocore import useragent
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from moto.core.exceptions import ServiceException
from moto.core.responses import BaseResponse
from moto.core.utils import camelcase_to_underscores
from moto.dynamodb.responses import DynamoHandler
from moto.dynamodbstreams.responses import DynamoDBStreamsHandler
from moto.sns.responses import SNSResponse
from moto.sqs import models as sqs_models
from moto.sqs.responses import SQSResponse
from werkzeug.exceptions import HTTPException

from infra.intrinsics import Surroundings
from infra.rehearsal import partitions, refusals, shelves
from infra.rehearsal.calls import Call

_SHORT: Final[Mapping[tuple[str, str], tuple[type[BaseResponse], str]]] = {
    **{
        ("dynamodb", name): (DynamoHandler, method)
        for name, method in {
            "GetItem": "get_item",
            "PutItem": "put_item",
            "UpdateItem": "update_item",
            "DeleteItem": "delete_item",
            "Query": "query",
            "Scan": "scan",
            "BatchGetItem": "batch_get_item",
            "TransactWriteItems": "transact_write_items",
        }.items()
    },
    ("dynamodb-streams", "GetRecords"): (DynamoDBStreamsHandler, "get_records"),
    ("sns", "Publish"): (SNSResponse, "publish"),
    **{
        ("sqs", name): (SQSResponse, method)
        for name, method in {
            "GetQueueAttributes": "get_queue_attributes",
            "SendMessage": "send_message",
            "SendMessageBatch": "send_message_batch",
            "ReceiveMessage": "receive_message",
            "DeleteMessageBatch": "delete_message_batch",
        }.items()
    },
}
for changed in (refusals, partitions, shelves):
    changed.install()
# Worked out anew for each call, otherwise: the names of a queue's attributes, the parts of a user agent.
vars(sqs_models)["camelcase_to_underscores"] = lru_cache(camelcase_to_underscores)
vars(useragent)["sanitize_user_agent_string_component"] = lru_cache(useragent.sanitize_user_agent_string_component)
# moto knows no account of SES's; an account in good standing says this.
_STANDING: Final = {
    ("sesv2", "GetAccount"): {
        "SendingEnabled": True,
        "SendQuota": {"Max24HourSend": 50_000.0, "MaxSendRate": 14.0, "SentLast24Hours": 0.0},
    }
}
_FINE: Final = {"HTTPStatusCode": 200, "HTTPHeaders": {}, "RequestId": "rehearsal", "RetryAttempts": 0}


class Shortcut:
    """Answers calls out of moto's memory. Made for one account and region."""

    def __init__(self, at: Surroundings) -> None:
        self._at = at

    def __call__(self, call: Call) -> tuple[AWSResponse, dict[str, Any]] | None:
        """What botocore takes for a response; None: this call goes the long way."""
        if standing := _STANDING.get((call.service, call.operation)):
            return answer_of(_copied(standing))
        found = _SHORT.get((call.service, call.operation))
        if found is None:
            return None
        kind, method = found
        handler = kind()
        handler.region, handler.current_account = self._at.region, self._at.account
        handler.params = handler.body = _copied(call.params)
        handler.automated_parameter_parsing, handler.uri_match = True, {}
        handler.querystring, handler.headers, handler.response_headers = {}, {}, {}
        try:
            answer = getattr(handler, method)()
        except (ServiceException, HTTPException):
            return None
        return answer_of(_copied(answer.result) or {})


def answer_of(parsed: Mapping[str, Any]) -> tuple[AWSResponse, dict[str, Any]]:
    """What botocore takes for a response that says `parsed`."""
    response = AWSResponse("https://rehearsal.invalid", 200, HTTPHeaders(), None)
    return response, {**parsed, "ResponseMetadata": dict(_FINE)}


def _copied(value: Any) -> Any:
    """Nobody shall hold what moto holds. Absent members are left out, as they are from an answer."""
    if isinstance(value, Mapping):
        return {name: _copied(member) for name, member in value.items() if member is not None}
    if isinstance(value, list | tuple):
        return [_copied(member) for member in value]
    return value
