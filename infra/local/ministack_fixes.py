"""Mends what MiniStack 1.5.33 (pinned) gets wrong on our way. Each fix says what fails without it."""

from __future__ import annotations

import copy
import hashlib
import json
import shutil
import tempfile
import threading
import zipfile
from email.utils import parseaddr
from pathlib import Path
from types import SimpleNamespace
from typing import Any


def apply() -> None:
    """Call once, before the application serves."""
    _keep_attributes_of_unchanged_nested_resources()
    _keep_streams_over_a_restart()
    _judge_mails_by_their_identity()
    _judge_batches_of_a_queue_as_their_messages()
    _let_bytes_through()
    _unpack_each_layer_once()
    _spare_a_small_machine()


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


def _keep_streams_over_a_restart() -> None:
    """The readers' positions in a table's stream are saved and the stream is not: after a restart they stand beyond
    its end, and as many new records are skipped as there were before; what was not yet read is lost. The records that
    no reader can still want (older than a day) MiniStack drops itself."""
    from ministack.services import dynamodb

    get_state, load = dynamodb.get_state, dynamodb.load_persisted_state

    def get_state_with_streams() -> dict[str, Any]:
        streams = {
            "records": copy.deepcopy(dynamodb._stream_records),
            "trimmed": copy.deepcopy(dynamodb._stream_trimmed),
        }
        return {**get_state(), "streams": streams}

    def load_with_streams(data: dict[str, Any]) -> None:
        load(data)
        streams = data.get("streams", {})
        dynamodb._stream_records.update(streams.get("records", {}))
        dynamodb._stream_trimmed.update(streams.get("trimmed", {}))

    dynamodb.get_state = get_state_with_streams
    dynamodb.load_persisted_state = load_with_streams


def _judge_mails_by_their_identity() -> None:
    """IAM judges SESv2 SendEmail on the resource `*`, which no least-privilege policy allows. AWS judges it on the
    identity that the mail comes from, and knows its address by the condition key ses:FromAddress."""
    from ministack.core import iam_actions, iam_evaluator

    resource_arn, enforce = iam_actions._ses_v2_resource_arn, iam_evaluator.enforce

    def ses_v2_resource_arn(method: str, path: str, body: bytes, region: str, account_id: str) -> str:
        if method == "POST" and path.rstrip("/") == "/v2/email/outbound-emails":
            address = parseaddr(json.loads(body).get("FromEmailAddress", ""))[1]
            return f"arn:aws:ses:{region}:{account_id}:identity/{address}"
        return str(resource_arn(method, path, body, region, account_id))

    def enforce_knowing_the_sender(access_key_id: str, iam_action: str, *rest: Any, **more: Any) -> Any:
        if iam_action == "ses:SendEmail":
            sender = str(more.get("resource_arn", "")).partition(":identity/")[2]
            more["service_context"] = {**(more.get("service_context") or {}), "ses:FromAddress": sender}
        return enforce(access_key_id, iam_action, *rest, **more)

    iam_actions._ses_v2_resource_arn = ses_v2_resource_arn
    iam_evaluator.enforce = enforce_knowing_the_sender


def _judge_batches_of_a_queue_as_their_messages() -> None:
    """IAM asks for sqs:SendMessageBatch, an action that AWS does not know: a batch is judged as its messages are."""
    from ministack.core import iam_actions

    action_from_target = iam_actions._action_from_target

    def action(headers: dict[str, Any]) -> str | None:
        found: str | None = action_from_target(headers)
        of_queue = str(headers.get("x-amz-target", "")).startswith("AmazonSQS.")
        return found.removesuffix("Batch") if found and of_queue else found

    iam_actions._action_from_target = action


def _let_bytes_through() -> None:
    """A template writes the media types that are bytes with `~1` for the slash. MiniStack keeps `*~1*` as it stands, which
    no type matches: files in GBK or packed by gzip would reach the function as text full of replacement characters."""
    from ministack.services import apigateway_v1

    matches = apigateway_v1._media_type_matches

    def media_type_matches(media_type: str | None, patterns: list[str] | None) -> bool:
        return bool(matches(media_type, [each.replace("~1", "/") for each in patterns or []]))

    apigateway_v1._media_type_matches = media_type_matches


def _unpack_each_layer_once() -> None:
    """Each cold worker unpacks the whole layer, 4,000 files, in the gateway's own process: seconds in which nothing
    else is served, and a minute when a dozen start at once. Here they share one unpacked copy through links."""
    from ministack.core import lambda_runtime

    kept = Path(tempfile.mkdtemp(prefix="layers-"))
    lock = threading.Lock()

    def unpacked(archive: zipfile.ZipFile) -> Path:
        name = hashlib.sha256(Path(str(archive.filename)).read_bytes()).hexdigest()[:16]
        with lock:
            if not (kept / name).is_dir():
                shutil.rmtree(kept / f"{name}.new", ignore_errors=True)
                archive.extractall(kept / f"{name}.new")
                (kept / f"{name}.new").replace(kept / name)
        return kept / name

    class Archive(zipfile.ZipFile):
        @property
        def is_layer(self) -> bool:
            return Path(str(self.filename)).name.startswith("layer_")

        def namelist(self) -> list[str]:
            """MiniStack checks each name for an escape; a layer of our own building needs that once, not each time."""
            names = super().namelist()
            return sorted({name.partition("/")[0] for name in names}) if self.is_layer else names

        def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:
            if not self.is_layer:
                super().extractall(path, members, pwd)
                return
            with zipfile.ZipFile(str(self.filename)) as archive:
                for entry in unpacked(archive).iterdir():
                    (Path(path) / entry.name).symlink_to(entry)

    lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": Archive})


def _spare_a_small_machine() -> None:
    """Five workers at once for each queue starve the pages on a machine of two cores."""
    from ministack.services import lambda_svc

    lambda_svc._ESM_SQS_DEFAULT_CONCURRENCY = 2
