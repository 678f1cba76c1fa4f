"""Creates what the template declares on an engine: tables, queues, topics, subscriptions, sender identity, parameters."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from infra.rehearsal.engines import Engine
from infra.rehearsal.phones import CREDENTIALS
from infra.template import Queue, Template


def provision(template: Template, engine: Engine) -> None:
    """Every table, queue, topic, subscription, SES identity, configuration set and parameter, under the template's names."""
    _tables(template, engine)
    _queues(template, engine)
    _topics(template, engine)
    _mail(template, engine)
    for name, value in template.parameters.items():
        engine.client("ssm").put_parameter(Name=name, Value=value, Type="String", Overwrite=True)
    for name, secret in CREDENTIALS.items():
        parameter = {
            "Name": f"/{template.stack.at.stack_name}/{name}",
            "Value": json.dumps(secret),
            "Type": "SecureString",
        }
        engine.client("ssm").put_parameter(**parameter, Overwrite=True)


def variables(template: Template, *, public_url: str, admin_url: str, content_dir: str) -> dict[str, str]:
    """The environment that the functions find: Globals, and what tests and rehearsals set instead of a deployed address."""
    return {
        **template.environment,
        "PUBLIC_URL": public_url,
        "ADMIN_URL": admin_url,
        "CONTENT_DIR": content_dir,
        "POWERTOOLS_METRICS_DISABLED": "true",
        "POWERTOOLS_LOG_LEVEL": "CRITICAL",
        "POWERTOOLS_TRACE_DISABLED": "true",
    }


def _tables(template: Template, engine: Engine) -> None:
    client = engine.client("dynamodb")
    for table in template.tables.values():
        client.create_table(**table.create)


# Encryption is AWS's matter; a delay is kept on the virtual clock.
_NOT_CREATED: Final = ("SqsManagedSseEnabled", "DelaySeconds")


def _queues(template: Template, engine: Engine) -> None:
    client = engine.client("sqs")
    for queue in sorted(template.queues.values(), key=lambda q: q.dead_letter is not None):
        attributes: Mapping[str, str] = {k: v for k, v in queue.attributes.items() if k not in _NOT_CREATED}
        answer = client.create_queue(QueueName=queue.name, Attributes=attributes)
        _same_address(queue, answer["QueueUrl"])


def _same_address(queue: Queue, url: str) -> None:
    """The functions are told the address that the template gives; it must be where the queue is."""
    if url != queue.url:
        raise RuntimeError(f"{queue.logical_id} is at {url}, not at {queue.url}")


def _topics(template: Template, engine: Engine) -> None:
    client = engine.client("sns")
    for topic in template.topics.values():
        client.create_topic(Name=topic.name)
    for subscription in template.subscriptions:
        client.subscribe(
            TopicArn=subscription.topic,
            Protocol=subscription.protocol,
            Endpoint=subscription.endpoint,
            Attributes={"RawMessageDelivery": json.dumps(subscription.raw)},
        )


def _mail(template: Template, engine: Engine) -> None:
    client = engine.client("sesv2")
    for identity in template.identities:
        client.create_email_identity(EmailIdentity=identity)
    for name in template.configuration_sets:
        client.create_configuration_set(ConfigurationSetName=name)
