"""The template reader: intrinsic functions, nested stacks, and the typed view of what is declared."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from infra.intrinsics import Surroundings, TemplateError
from infra.template import ROOT, Template, load

PARAMETERS = {"SenderAddress": "news@ripen.example"}


def template(tmp_path: Path, text: str, **parameters: str) -> Template:
    file = tmp_path / "template.yaml"
    file.write_text(dedent(text), encoding="utf-8")
    return load(file, parameters)


def value(tmp_path: Path, expression: str, **parameters: str) -> object:
    """What an expression in an output resolves to, beside a small table and queue."""
    return template(
        tmp_path,
        f"""
        Parameters:
          Stage: {{Type: String, Default: test}}
          Missing: {{Type: String}}
        Conditions:
          IsLive: !Equals [!Ref Stage, live]
          IsTest: !Not [!Condition IsLive]
        Resources:
          Things: {{Type: AWS::DynamoDB::Table, Properties: {{KeySchema: []}}}}
          Jobs: {{Type: AWS::SQS::Queue, Properties: {{FifoQueue: true}}}}
          Only: {{Type: AWS::SQS::Queue, Condition: IsLive, Properties: {{}}}}
        Outputs:
          It: {{Value: {expression}}}
        """,
        **parameters,
    ).stack.output("It")


@pytest.mark.parametrize(
    ("expression", "resolved"),
    [
        ("!Ref Stage", "test"),
        ("!Ref Things", "ripen-Things"),
        ("!GetAtt Things.Arn", "arn:aws:dynamodb:us-east-1:123456789012:table/ripen-Things"),
        ("{'Fn::GetAtt': [Things, Arn]}", "arn:aws:dynamodb:us-east-1:123456789012:table/ripen-Things"),
        ("!Ref Jobs", "https://sqs.us-east-1.amazonaws.com/123456789012/ripen-Jobs.fifo"),
        ("!GetAtt Jobs.QueueName", "ripen-Jobs.fifo"),
        ("!Sub '${AWS::StackName}-${Stage}-${!Literal}-${Jobs.QueueName}'", "ripen-test-${Literal}-ripen-Jobs.fifo"),
        ("!Sub ['${a}/${Stage}', {a: !Ref 'AWS::Region'}]", "us-east-1/test"),
        ("!If [IsLive, a, !If [IsTest, b, c]]", "b"),
        ("!Join ['-', [a, !Ref Stage]]", "a-test"),
        ("!Select [1, !Split ['.', a.b.c]]", "b"),
        ("{a: [1, !If [IsLive, x, !Ref 'AWS::NoValue']], b: !Ref 'AWS::NoValue'}", {"a": [1]}),
    ],
)
def test_an_expression_resolves(tmp_path: Path, expression: str, resolved: object) -> None:
    assert value(tmp_path, expression) == resolved


def test_a_given_parameter_wins_over_its_default(tmp_path: Path) -> None:
    assert value(tmp_path, "!If [IsLive, yes, no]", Stage="live") is True  # YAML's yes


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("!Ref Nothing", "nothing is called Nothing"),
        ("!Ref Missing", "neither a value nor a default"),
        ("!GetAtt Things.Colour", "no attribute Colour"),
        ("!ImportValue other", "Fn::ImportValue is not understood"),
        ("!If [IsBlue, a, b]", "no condition IsBlue"),
    ],
)
def test_what_cannot_be_resolved_is_named(tmp_path: Path, expression: str, why: str) -> None:
    with pytest.raises(TemplateError, match=why):
        value(tmp_path, expression)


def test_a_circle_of_names_is_told(tmp_path: Path) -> None:
    text = """
    Resources:
      A: {Type: AWS::SSM::Parameter, Properties: {Name: !Ref B}}
      B: {Type: AWS::SSM::Parameter, Properties: {Name: !Ref A}}
    Outputs: {It: {Value: !Ref A}}
    """
    with pytest.raises(TemplateError, match="circle"):
        template(tmp_path, text).stack.output("It")


def test_resources_whose_condition_fails_do_not_exist(tmp_path: Path) -> None:
    text = """
    Conditions: {Never: !Equals [a, b]}
    Resources:
      Here: {Type: AWS::SQS::Queue, Properties: {}}
      NotHere: {Type: AWS::SQS::Queue, Condition: Never, Properties: {}}
    """
    assert list(template(tmp_path, text).queues) == ["Here"]


def test_a_broken_file_is_named_with_the_place(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"(?s)template\.yaml: .*line 2"):
        template(tmp_path, "Resources:\n  A: [unclosed").stack.outputs()


# ---------------------------------------------------------------- Ripen's own template


@pytest.fixture(scope="module")
def ripen() -> Template:
    return load(parameters=PARAMETERS)


def test_every_value_of_ripens_template_can_be_resolved(ripen: Template) -> None:
    assert len(ripen.resources) > 70
    assert ripen.stack.outputs()["MailTopicArn"].startswith("arn:aws:sns:")


def test_nested_outputs_reach_the_environment_of_the_functions(ripen: Template) -> None:
    assert ripen.environment["TABLE_TIMERS"] == ripen.tables["TimersTable"].name
    assert ripen.environment["QUEUE_OUTBOX"] == ripen.queues["OutboxQueue"].url
    admin = ripen.function("Admin").environment
    assert admin["POWERTOOLS_SERVICE_NAME"] == "admin"
    assert admin["TABLE_TIMERS"] == ripen.environment["TABLE_TIMERS"]


def test_surroundings_decide_account_region_and_the_address_of_queues() -> None:
    at = Surroundings(
        stack_name="demo", account="000000000000", region="eu-central-1", queues_at="http://127.0.0.1:4566"
    )
    demo = load(parameters=PARAMETERS, surroundings=at)
    assert demo.queues["DueQueue"].url == "http://127.0.0.1:4566/000000000000/demo-Messaging-DueQueue"
    assert demo.tables["IntakeTable"].arn == "arn:aws:dynamodb:eu-central-1:000000000000:table/demo-Data-IntakeTable"


def test_a_table_offers_the_arguments_that_create_it(ripen: Template) -> None:
    intake, timers = ripen.tables["IntakeTable"], ripen.tables["TimersTable"]
    assert intake.create["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    assert (intake.key, intake.ttl_attribute, list(intake.indexes)) == (("submission_id",), "expires", ["held"])
    assert (timers.key, timers.due_attribute, timers.streams) == (("bucket", "due_key"), "due", False)


def test_a_queue_knows_its_dead_letter_queue(ripen: Template) -> None:
    outbox = ripen.queues["OutboxQueue"]
    assert (outbox.fifo, outbox.visibility, outbox.max_receives) == (True, 180, 8)
    assert ripen.queue_by_arn(str(outbox.dead_letter)).logical_id == "OutboxDeadQueue"
    assert ripen.failure_queues == {
        "FailedQueue",
        "OutboxDeadQueue",
        "DueDeadQueue",
        "ImportsDeadQueue",
        "CallsDeadQueue",
        "FeedbackDeadQueue",
    }


def test_event_sources_carry_their_settings(ripen: Template) -> None:
    (stream,) = ripen.function("Resolve").streams
    assert (stream.table, stream.batch_size, stream.retries, stream.bisect) == (
        ripen.tables["IntakeTable"].name,
        25,
        20,
        True,
    )
    assert stream.filters[0]["eventName"] == ["INSERT", "MODIFY"]
    (queue,) = ripen.function("Send").queues
    assert (queue.queue, queue.reports_items) == (ripen.queues["OutboxQueue"].arn, True)
    assert ripen.function("TickFunction").schedules[0].minutes == 1


def test_statements_are_resolved(ripen: Template) -> None:
    allowed = {
        (action, resource)
        for s in ripen.function("Capture").statements
        for action in s["Action"]
        for resource in s["Resource"]
    }
    assert ("dynamodb:PutItem", ripen.tables["IntakeTable"].arn) in allowed
    assert not any(action.startswith("ses:") for action, _ in allowed)


@pytest.mark.parametrize(
    ("method", "path", "function", "parameters"),
    [
        ("GET", "/f/whitepaper", "CaptureFunction", {"form": "whitepaper"}),
        ("GET", "/f/whitepaper/asset/case", "CaptureFunction", {"form": "whitepaper", "asset": "case"}),
        ("POST", "/t/v", "TrackFunction", {}),
        ("GET", "/api/leads", "AdminFunction", {}),
    ],
)
def test_a_request_is_routed(
    ripen: Template, method: str, path: str, function: str, parameters: dict[str, str]
) -> None:
    found = ripen.handler_of(method, path)
    assert found is not None
    assert (found[1].logical_id, found[2]) == (function, parameters)


def test_no_route_is_no_route(ripen: Template) -> None:
    assert ripen.handler_of("DELETE", "/f/whitepaper") is None
    assert ripen.handler_of("GET", "/f/whitepaper/token/more") is None


def test_who_asks_for_a_function_that_does_not_exist_is_told_which_do(ripen: Template) -> None:
    with pytest.raises(KeyError, match="CaptureFunction"):
        ripen.function("Telepathy")


def test_the_reader_reads_the_template_that_is_deployed() -> None:
    assert load(parameters=PARAMETERS).stack.file == ROOT / "template.yaml"
