"""What each function must not be able to do, generated from the template: of every table one read and one write, of every
index its query, of every queue one use and one misuse, each parameter, and a few typical actions of each service, where the policy does not name them.

A function, a table, a queue or a right that is added tomorrow is tried tomorrow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, Final

from infra.local.place import SENDER, STACK
from infra.template import Table, load

TEMPLATE: Final = load(parameters={"SenderAddress": SENDER})

# SAM gives a function with a stream or a queue as its source AWS's own policy for that, which names every stream or queue of the account.
BY_SAM: Final = {
    "streams": ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"),
    "queues": ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
}

# The local AWS has no such service, so its IAM is asked what it would say (SimulatePrincipalPolicy on the deployed role).
# Numbers, pools and sender ids: Send may text from any of the account's, and do nothing else with them.
ONLY_SIMULATED: Final = {
    "sms-voice:SendTextMessage": "sms-voice:us-east-1:000000000000:phone-number/any",
    "sms-voice:SendVoiceMessage": "sms-voice:us-east-1:000000000000:phone-number/any",
    "sms-voice:DeleteOptedOutNumber": "sms-voice:us-east-1:000000000000:opt-out-list/Default",
    "sms-voice:PutKeyword": "sms-voice:us-east-1:000000000000:phone-number/any",
    "sms-voice:SetTextMessageSpendLimitOverride": "*",
}


@dataclass(frozen=True)
class Names:
    """What the deployed resources are called: tables by logical id, addresses of queues by logical id, the pool's id."""

    tables: Mapping[str, str]
    queues: Mapping[str, str]
    pool: str


@dataclass(frozen=True)
class Attempt:
    """One call; `service` is boto3's client, `action` is IAM's. Of those with the same `one_of` the first that the function may not do is tried."""

    service: str
    action: str
    resource: str
    call: Callable[[Any, Names], Any]
    one_of: str = ""

    def __str__(self) -> str:
        return f"{self.action} {self.resource}"


@cache
def rights(function: str) -> frozenset[tuple[str, str]]:
    """(action, ARN or pattern) of the function's own statements, and of what SAM adds."""
    declared = TEMPLATE.function(function)
    found = {(a, r) for statement in declared.statements for a in statement["Action"] for r in _resources(statement)}
    for source in ("streams", "queues"):
        if getattr(declared, source):
            found |= {(action, "*") for action in BY_SAM[source]}
    if declared.on_failure:
        found.add(("sqs:SendMessage", declared.on_failure))
    return frozenset(found)


def _resources(statement: Mapping[str, Any]) -> list[str]:
    """With the condition that names the sender, any identity is that one."""
    sender = statement.get("Condition", {}).get("StringEqualsIgnoreCase", {}).get("ses:FromAddress")
    return [r.replace("identity/*", f"identity/{sender}") if sender else r for r in statement["Resource"]]


def may(function: str, action: str, resource: str) -> bool:
    return any(action == named and fnmatchcase(resource, pattern) for named, pattern in rights(function))


def attempts(function: str) -> Iterator[Attempt]:
    """Everything that can be tried and that the function may not do."""
    tried: set[str] = set()
    for attempt in (*_on_tables(), *_on_queues(), *_elsewhere()):
        if attempt.one_of in tried or may(function, attempt.action, attempt.resource):
            continue
        tried |= {attempt.one_of} - {""}
        yield attempt


def _turned(words: tuple[str, ...], by: int) -> tuple[str, ...]:
    """The words, beginning with another one: each table and queue is tried in its own order, so that all actions have their turn."""
    start = by % len(words)
    return words[start:] + words[:start]


def _key(table: Table) -> dict[str, Any]:
    return {name: {"S": "intruder"} for name in table.key}


_ON_TABLE: Final[Mapping[str, Callable[[Any, str, dict[str, Any]], Any]]] = {
    "GetItem": lambda db, table, key: db.get_item(TableName=table, Key=key),
    "BatchGetItem": lambda db, table, key: db.batch_get_item(RequestItems={table: {"Keys": [key]}}),
    "Query": lambda db, table, key: db.query(TableName=table, **_condition(next(iter(key)))),
    "Scan": lambda db, table, _: db.scan(TableName=table, Limit=1),
    "PutItem": lambda db, table, key: db.put_item(TableName=table, Item=key),
    "UpdateItem": lambda db, table, key: db.update_item(TableName=table, Key=key),
    "DeleteItem": lambda db, table, key: db.delete_item(TableName=table, Key=key),
    "UpdateTimeToLive": lambda db, table, _: db.update_time_to_live(
        TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "at"}
    ),
}


_READS: Final = ("GetItem", "Query", "BatchGetItem", "Scan")
_WRITES: Final = ("PutItem", "UpdateItem", "DeleteItem", "UpdateTimeToLive")


def _condition(attribute: str) -> dict[str, Any]:
    return {
        "KeyConditionExpression": "#key = :value",
        "ExpressionAttributeNames": {"#key": attribute},
        "ExpressionAttributeValues": {":value": {"S": "intruder"}},
    }


@cache
def _on_tables() -> tuple[Attempt, ...]:
    found = []
    for number, table in enumerate(TEMPLATE.tables.values()):
        key = _key(table)
        for action in (*_turned(_READS, number), *_turned(_WRITES, number)):
            call = _ON_TABLE[action]
            found.append(
                Attempt(
                    "dynamodb",
                    f"dynamodb:{action}",
                    table.arn,
                    lambda db, names, c=call, t=table.logical_id, k=key: c(db, names.tables[t], k),
                    f"{table.logical_id} {'read' if action in _READS else 'write'}",
                )
            )
        for index, declared in table.indexes.items():
            condition = _condition(declared["KeySchema"][0]["AttributeName"])
            found.append(
                Attempt(
                    "dynamodb",
                    "dynamodb:Query",
                    f"{table.arn}/index/{index}",
                    lambda db, names, t=table.logical_id, i=index, c=condition: db.query(
                        TableName=names.tables[t], IndexName=i, **c
                    ),
                )
            )
    return tuple(found)


def _send(sqs: Any, queue: str) -> Any:
    fifo = {"MessageGroupId": "x", "MessageDeduplicationId": "x"} if queue.endswith(".fifo") else {}
    return sqs.send_message(QueueUrl=queue, MessageBody="{}", **fifo)


_ON_QUEUE: Final[Mapping[str, Callable[[Any, str], Any]]] = {
    "SendMessage": _send,
    "ReceiveMessage": lambda sqs, queue: sqs.receive_message(QueueUrl=queue),
    "DeleteMessage": lambda sqs, queue: sqs.delete_message(QueueUrl=queue, ReceiptHandle="x"),
    "PurgeQueue": lambda sqs, queue: sqs.purge_queue(QueueUrl=queue),
    "SetQueueAttributes": lambda sqs, queue: sqs.set_queue_attributes(
        QueueUrl=queue, Attributes={"DelaySeconds": "900"}
    ),
}


_USES: Final = ("SendMessage", "ReceiveMessage", "DeleteMessage")
_MISUSES: Final = ("PurgeQueue", "SetQueueAttributes")


@cache
def _on_queues() -> tuple[Attempt, ...]:
    return tuple(
        Attempt(
            "sqs",
            f"sqs:{action}",
            queue.arn,
            lambda sqs, names, c=_ON_QUEUE[action], q=queue.logical_id: c(sqs, names.queues[q]),
            f"{queue.logical_id} {'use' if action in _USES else 'misuse'}",
        )
        for number, queue in enumerate(TEMPLATE.queues.values())
        for action in (*_turned(_USES, number), *_turned(_MISUSES, number))
    )


def mail_from(sender: str) -> Callable[[Any, Names], Any]:
    content = {"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}}
    to = {"ToAddresses": ["rights@acme.example"]}
    return lambda ses, _: ses.send_email(FromEmailAddress=sender, Destination=to, Content=content)


_ACCOUNT: Final = "us-east-1:123456789012"
_STRANGER: Final = "chairman@ripen.example"


@cache
def _elsewhere() -> tuple[Attempt, ...]:
    return (*_on_parameters(), *_on_mail(), *_on_sign_in(), *_on_the_rest())


def _on_parameters() -> list[Attempt]:
    """`wechat` and `push` hold credentials; whoever could write an address could lead every link of every mail elsewhere."""
    names = [f"/{STACK}/{name}" for name in ("public-url", "admin-url", "wechat", "push", "anything-else")]
    found = [
        Attempt(
            "ssm",
            "ssm:GetParameter",
            f"arn:aws:ssm:{_ACCOUNT}:parameter{name}",
            lambda ssm, _, n=name: ssm.get_parameter(Name=n, WithDecryption=True),
        )
        for name in names
    ]
    return [
        *found,
        Attempt("ssm", "ssm:GetParameters", names[2], lambda ssm, _: ssm.get_parameters(Names=names)),
        Attempt("ssm", "ssm:GetParametersByPath", STACK, lambda ssm, _: ssm.get_parameters_by_path(Path=f"/{STACK}")),
        Attempt(
            "ssm",
            "ssm:PutParameter",
            names[0],
            lambda ssm, _: ssm.put_parameter(Name=names[0], Value="https://evil.example", Overwrite=True),
        ),
    ]


def _on_mail() -> list[Attempt]:
    """Sending is Send's alone, and as nobody but the sender; the control of the account is nobody's."""
    return [
        Attempt("sesv2", "ses:SendEmail", f"arn:aws:ses:{_ACCOUNT}:identity/{SENDER}", mail_from(SENDER)),
        Attempt("sesv2", "ses:SendEmail", f"arn:aws:ses:{_ACCOUNT}:identity/{_STRANGER}", mail_from(_STRANGER)),
        Attempt("sesv2", "ses:GetAccount", "account", lambda ses, _: ses.get_account()),
        Attempt(
            "sesv2",
            "ses:CreateEmailIdentity",
            "identity",
            lambda ses, _: ses.create_email_identity(EmailIdentity="intruder.example"),
        ),
        Attempt(
            "sesv2", "ses:DeleteEmailIdentity", SENDER, lambda ses, _: ses.delete_email_identity(EmailIdentity=SENDER)
        ),
        Attempt(
            "sesv2",
            "ses:PutAccountSuppressionAttributes",
            "account",
            lambda ses, _: ses.put_account_suppression_attributes(SuppressedReasons=[]),
        ),
        Attempt(
            "sesv2",
            "ses:DeleteSuppressedDestination",
            "account",
            lambda ses, _: ses.delete_suppressed_destination(EmailAddress="no@acme.example"),
        ),
        Attempt(
            "sesv2",
            "ses:PutAccountSendingAttributes",
            "account",
            lambda ses, _: ses.put_account_sending_attributes(SendingEnabled=True),
        ),
    ]


def _on_sign_in() -> list[Attempt]:
    """Nobody makes users, opens their accounts or reads who they are: also not the function that signs them in."""
    return [
        Attempt("cognito-idp", f"cognito-idp:{action}", "pool", call)
        for action, call in {
            "ListUsers": lambda idp, names: idp.list_users(UserPoolId=names.pool),
            "AdminCreateUser": lambda idp, names: idp.admin_create_user(UserPoolId=names.pool, Username="intruder"),
            "AdminSetUserPassword": lambda idp, names: idp.admin_set_user_password(
                UserPoolId=names.pool, Username="admin", Password="Intruder-2026-x", Permanent=True
            ),
            "AdminAddUserToGroup": lambda idp, names: idp.admin_add_user_to_group(
                UserPoolId=names.pool, Username="sales", GroupName="admin"
            ),
        }.items()
    ]


def _on_the_rest() -> list[Attempt]:
    """Services in which no function has any right."""
    role = f"arn:aws:iam::000000000000:role/{STACK}-Admin"
    typical: dict[tuple[str, str], Callable[[Any, Names], Any]] = {
        ("dynamodb", "dynamodb:ListTables"): lambda db, _: db.list_tables(),
        ("dynamodb", "dynamodb:CreateBackup"): lambda db, names: db.create_backup(
            TableName=next(iter(names.tables.values())), BackupName="intruder"
        ),
        ("sqs", "sqs:ListQueues"): lambda sqs, _: sqs.list_queues(),
        ("sns", "sns:Publish"): lambda sns, _: sns.publish(
            TopicArn="arn:aws:sns:us-east-1:000000000000:any", Message="{}"
        ),
        ("sns", "sns:CreateTopic"): lambda sns, _: sns.create_topic(Name="intruder"),
        ("lambda", "lambda:InvokeFunction"): lambda lam, _: lam.invoke(FunctionName=f"{STACK}-Admin", Payload=b"{}"),
        ("lambda", "lambda:UpdateFunctionConfiguration"): lambda lam, _: lam.update_function_configuration(
            FunctionName=f"{STACK}-Send", Timeout=1
        ),
        ("s3", "s3:ListAllMyBuckets"): lambda s3, _: s3.list_buckets(),
        ("iam", "iam:ListRoles"): lambda iam, _: iam.list_roles(),
        ("iam", "iam:CreateAccessKey"): lambda iam, _: iam.create_access_key(UserName="intruder"),
        ("sts", "sts:AssumeRole"): lambda sts, _: sts.assume_role(RoleArn=role, RoleSessionName="intruder"),
        ("events", "events:PutEvents"): lambda events, _: events.put_events(
            Entries=[{"Source": "x", "DetailType": "x", "Detail": "{}"}]
        ),
        ("events", "events:DisableRule"): lambda events, _: events.disable_rule(Name="any"),
        ("cloudformation", "cloudformation:DescribeStacks"): lambda cfn, _: cfn.describe_stacks(StackName=STACK),
        ("secretsmanager", "secretsmanager:GetSecretValue"): lambda secrets, _: secrets.get_secret_value(SecretId="x"),
        ("kms", "kms:ListKeys"): lambda kms, _: kms.list_keys(),
        ("logs", "logs:FilterLogEvents"): lambda logs, _: logs.filter_log_events(
            logGroupName=f"/aws/lambda/{STACK}-Capture"
        ),
        ("cloudwatch", "cloudwatch:DeleteAlarms"): lambda watch, _: watch.delete_alarms(AlarmNames=["any"]),
    }
    return [Attempt(service, action, "any", call) for (service, action), call in typical.items()]
