"""Each function tries, with its own role, what its policy in the template does not name: the local AWS refuses every one."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.local.place import STACK, Place
from tests.e2e.attempts import ONLY_SIMULATED, TEMPLATE, Attempt, Names, attempts, may, rights
from tests.e2e.test_rights import REFUSED, as_function

FUNCTIONS = [logical_id.removesuffix("Function") for logical_id in TEMPLATE.functions]
SERVICES = {name: sorted({attempt.service for attempt in attempts(name)}) for name in FUNCTIONS}
# IAM's word for a service → boto3's.
CLIENTS = {"ses": "sesv2"}


@pytest.fixture(scope="module")
def names(place: Place) -> Names:
    variables = place.client("lambda").get_function_configuration(FunctionName=f"{STACK}-Capture")["Environment"]
    stack = place.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    return Names(
        {id_: variables["Variables"][f"TABLE_{_short(id_, 'Table').upper()}"] for id_ in TEMPLATE.tables},
        {id_: outputs[f"{_short(id_, 'Queue')}QueueUrl"] for id_ in TEMPLATE.queues},
        outputs["UserPoolId"],
    )


def _short(logical_id: str, kind: str) -> str:
    return logical_id.rpartition(".")[2].removesuffix(kind)


def _outcome(client: Any, attempt: Attempt, names: Names) -> str:
    """Empty when IAM refuses this very action; else what happened instead."""
    try:
        attempt.call(client, names)
    except ClientError as error:
        told = error.response["Error"]
        is_refused = told["Code"] in REFUSED and attempt.action.lower() in told["Message"].lower()
        return "" if is_refused else f"{told['Code']}: {told['Message']}"
    return "done"


@pytest.mark.parametrize(
    ("function", "service"), [(function, service) for function in FUNCTIONS for service in SERVICES[function]]
)
def test_a_function_can_do_nothing_that_its_policy_does_not_name(
    place: Place, names: Names, function: str, service: str
) -> None:
    client = as_function(place, function, service)
    tried = {
        str(attempt): _outcome(client, attempt, names) for attempt in attempts(function) if attempt.service == service
    }
    assert {what: outcome for what, outcome in tried.items() if outcome} == {}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_the_local_aws_does_not_have_its_iam_would_refuse(place: Place, function: str) -> None:
    role = place.client("lambda").get_function_configuration(FunctionName=f"{STACK}-{function}")["Role"]
    for action, resource in ONLY_SIMULATED.items():
        arn = resource if resource == "*" else f"arn:aws:{resource}"
        answer = place.client("iam").simulate_principal_policy(
            PolicySourceArn=role, ActionNames=[action], ResourceArns=[arn]
        )
        decision = answer["EvaluationResults"][0]["EvalDecision"]
        is_its_own = function == "Send" and action == "sms-voice:SendTextMessage"
        assert (decision == "allowed") is is_its_own, f"{function} {action}: {decision}"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_in_each_service_that_it_uses_a_function_is_refused_something(function: str) -> None:
    simulated = {action.partition(":")[0] for action in ONLY_SIMULATED}
    used = {CLIENTS.get(word, word) for word in (action.partition(":")[0] for action, _ in rights(function))}
    assert used - simulated <= set(SERVICES[function])


@pytest.mark.parametrize("function", [name for name in FUNCTIONS if name != "Send"])
def test_only_the_sender_reads_the_credentials_of_the_channels(function: str) -> None:
    tried = {str(attempt) for attempt in attempts(function) if attempt.action == "ssm:GetParameter"}
    assert {
        name for name in ("wechat", "push") if not any(what.endswith(f"/{STACK}/{name}") for what in tried)
    } == set()
    assert may("Send", "ssm:GetParameter", next(w for w in tried if w.endswith("/wechat")).partition(" ")[2])
