"""Our cfn-lint rules find what they are for, and leave good templates alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cfnlint.api import lint
from cfnlint.rules import RulesCollection

from infra.lint.durable_tables import DurableTables
from infra.lint.event_source_failures import EventSourceFailures
from infra.lint.least_privilege import LeastPrivilege
from infra.lint.log_retention import LogRetention
from infra.local.place import ROOT

Lint = Callable[[str], list[str]]

QUEUE = """
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {%s}}
  Dead: {Type: AWS::SQS::Queue}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: f, EventSourceArn: !GetAtt Queue.Arn}
"""
STREAM = """
Resources:
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: f, EventSourceArn: 'arn:aws:dynamodb:eu-west-1:1:table/t/stream/s', StartingPosition: LATEST %s}
"""
FUNCTION = """
Resources:
  Function:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: !Sub '${AWS::StackName}-Capture', Role: r, Code: {ZipFile: x}, Handler: h.h, Runtime: python3.13}
  Logs:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: !Sub '/aws/lambda/${AWS::StackName}-%s' %s}
"""
ROLE = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]}
      Policies: [{PolicyName: p, PolicyDocument: {Statement: [{Effect: Allow, Action: [%s], Resource: '%s'}]}}]
"""
TABLE = """
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    %s
    Properties: {%s AttributeDefinitions: [{AttributeName: id, AttributeType: S}], KeySchema: [{AttributeName: id, KeyType: HASH}], BillingMode: PAY_PER_REQUEST}
"""
RETAIN = "DeletionPolicy: Retain\n    UpdateReplacePolicy: Retain"
RECOVERY = "PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true},"


@pytest.fixture(scope="module")
def found() -> Lint:
    """The ids of our rules that a template breaks."""
    rules = RulesCollection()
    rules.extend([EventSourceFailures(), LogRetention(), LeastPrivilege(), DurableTables()])
    return lambda template: [match.rule.id for match in lint(template, rules)]


def test_a_queue_without_redrive_policy_is_found(found: Lint) -> None:
    assert found(QUEUE % "") == ["E9101"]


def test_a_queue_with_a_redrive_policy_is_fine(found: Lint) -> None:
    assert found(QUEUE % "RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}") == []


def test_a_stream_without_an_on_failure_destination_is_found(found: Lint) -> None:
    assert found(STREAM % "") == ["E9101"]


def test_a_stream_with_an_on_failure_destination_is_fine(found: Lint) -> None:
    assert found(STREAM % ", DestinationConfig: {OnFailure: {Destination: 'arn:aws:sqs:eu-west-1:1:failed'}}") == []


@pytest.mark.parametrize(("name", "retention"), [("Capture", ""), ("Other", ", RetentionInDays: 30")])
def test_a_function_without_its_log_group_with_retention_is_found(found: Lint, name: str, retention: str) -> None:
    assert found(FUNCTION % (name, retention)) == ["E9102"]


def test_a_function_with_its_log_group_is_fine(found: Lint) -> None:
    assert found(FUNCTION % ("Capture", ", RetentionInDays: 30")) == []


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("'dynamodb:*'", "arn:aws:dynamodb:eu-west-1:1:table/t"),
        ("'*'", "x"),
        ("'dynamodb:Get*'", "x"),
        ("dynamodb:GetItem", "*"),
    ],
)
def test_a_wildcard_is_found(found: Lint, action: str, resource: str) -> None:
    assert found(ROLE % (action, resource)) == ["E9103"]


def test_named_actions_on_a_named_resource_are_fine(found: Lint) -> None:
    assert found(ROLE % ("dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:1:table/t")) == []


@pytest.mark.parametrize(("policies", "recovery", "missing"), [("", RECOVERY, 2), (RETAIN, "", 1), ("", "", 3)])
def test_a_table_that_can_be_lost_is_found(found: Lint, policies: str, recovery: str, missing: int) -> None:
    assert found(TABLE % (policies, recovery)) == ["E9104"] * missing


def test_a_durable_table_is_fine(found: Lint) -> None:
    assert found(TABLE % (RETAIN, RECOVERY)) == []


def test_every_rule_is_loaded_from_its_folder() -> None:
    rules = RulesCollection()
    rules.create_from_directory(str(Path(ROOT) / "infra" / "lint"))
    assert {rule.id for rule in rules} >= {"E9101", "E9102", "E9103", "E9104"}
