"""What template.yaml promises about the functions holds for their code: routes, packages, filters, events, failures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from chalice.app import Chalice

from functions.admin.gate import Gate
from infra.rehearsal.filters import lets_through
from infra.rehearsal.world import PARAMETERS
from infra.template import ROOT, Function, Template, load
from shared.domain import timeline
from tests.bed import Bed

EVENTS = ROOT / "tests" / "events"
TEMPLATE = load(parameters=PARAMETERS)
FUNCTIONS = list(TEMPLATE.functions.values())
HTTP = [f for f in FUNCTIONS if f.routes]
STREAMED = [(f, s) for f in FUNCTIONS for s in f.streams]


def event(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def routes_of_code(function: Function) -> set[tuple[str, str]]:
    """(method, path) pairs that the function serves: of its Chalice app, or what a plain handler declares."""
    module = import_module(function.module)
    if hasattr(module, "ROUTES"):
        return set(module.ROUTES)
    if hasattr(module, "make_views"):
        module.make_views()
    return {(method, path) for path, methods in module.app.routes.items() for method in methods}


def named(function: Function) -> str:
    return function.logical_id


# ---------------------------------------------------------------- packages and routes


@pytest.mark.parametrize("function", FUNCTIONS, ids=named)
def test_every_function_has_its_package_and_handler(function: Function) -> None:
    assert (ROOT / Path(*function.module.split("."))).with_suffix(".py").is_file()
    assert callable(getattr(import_module(function.module), function.attribute))


def test_every_package_is_a_function_of_the_template() -> None:
    packages = {path.parent.name for path in (ROOT / "functions").glob("*/handler.py")}
    assert packages == {f.module.split(".")[1] for f in FUNCTIONS}


@pytest.mark.parametrize("function", HTTP, ids=named)
def test_the_routes_of_the_template_are_those_of_the_code(function: Function) -> None:
    assert {(route.method, route.path) for route in function.routes} == routes_of_code(function)


def test_a_view_of_the_console_is_there_when_its_path_is_asked_for() -> None:
    """Modules are imported with the first request of their part of the console: each makes views of the parts that it is named for, and of no other."""
    console = import_module("functions.admin.handler")
    made = {}
    for name in console.VIEWS:
        gate = Gate(Chalice(app_name=name, configure_logs=False))
        import_module(f"functions.admin.{name}").register(gate)
        made[name] = {console.part_of(route.path) for route in gate.routes}
    assert made == {name: set(parts.split()) for name, parts in console.VIEWS.items()}


def test_every_module_of_views_is_named_for_a_part_of_the_console() -> None:
    console = import_module("functions.admin.handler")
    packages = (ROOT / "functions" / "admin").glob("*.py")
    with_views = {path.stem for path in packages if "def register(gate: Gate)" in path.read_text(encoding="utf-8")}
    assert with_views == set(console.VIEWS)


def test_no_two_functions_serve_the_same_route() -> None:
    routes = [(r.api, r.method, r.path) for r, _ in TEMPLATE.routes]
    assert len(routes) == len(set(routes))


def test_handlers_import_without_aws_and_without_credentials() -> None:
    """A cold start that calls AWS while importing would fail where the import is cached, and cost where it is not."""
    program = (
        "import socket, importlib\n"
        "def refuse(*a, **k): raise AssertionError('an import called the network')\n"
        "socket.socket.connect = refuse\n"
        f"for name in {[f.module for f in FUNCTIONS]!r}: importlib.import_module(name)\n"
    )
    kept = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    environment = kept | {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_DEFAULT_REGION": "us-east-1",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


# ---------------------------------------------------------------- events


def filtered_types(pattern: dict[str, Any]) -> set[str]:
    return set(pattern["dynamodb"]["NewImage"].get("type", {}).get("S", []))


@pytest.mark.parametrize(("function", "source"), STREAMED, ids=[f.logical_id for f, _ in STREAMED])
def test_a_stream_filter_lets_the_canonical_record_through_and_nothing_foreign(function: Function, source: Any) -> None:
    [table] = (each.logical_id for each in TEMPLATE.tables.values() if each.name == source.table)
    records = event(f"stream-{table.removesuffix('Table').lower()}")["Records"]
    assert any(lets_through(pattern, record) for pattern in source.filters for record in records)
    foreign = {"eventName": "REMOVE", "dynamodb": {"Keys": records[0]["dynamodb"]["Keys"]}}
    assert not any(lets_through(pattern, foreign) for pattern in source.filters)


@pytest.mark.parametrize(("function", "source"), STREAMED, ids=[f.logical_id for f, _ in STREAMED])
def test_a_stream_filter_names_only_activities_that_exist(function: Function, source: Any) -> None:
    existing = {value for name, value in vars(timeline).items() if name.isupper() and isinstance(value, str)}
    assert all(filtered_types(pattern) <= existing for pattern in source.filters)


@pytest.mark.parametrize(
    ("function", "name"),
    [
        ("Capture", "api-capture-post"),
        ("Track", "api-track-click"),
        ("Admin", "api-admin-leads"),
        ("Resolve", "stream-intake"),
        ("Score", "stream-activities"),
        ("React", "stream-activities"),
        ("Meter", "stream-messages"),
        ("Meter", "stream-enrolments"),
        ("Tick", "schedule-tick"),
        ("Advance", "sqs-due"),
        ("Imports", "sqs-imports"),
        ("Send", "sqs-outbox"),
        ("Feedback", "sqs-feedback-send"),
        ("Feedback", "sqs-feedback-delivery"),
        ("Feedback", "sqs-feedback-bounce"),
        ("Feedback", "sqs-feedback-complaint"),
    ],
)
def test_a_function_digests_the_canonical_event_of_its_trigger(bed: Bed, function: str, name: str) -> None:
    bed.http("GET", "/f/whitepaper/token")  # makes the installation's signing key, as the first visitor does
    answer = bed.invoke(function, event(name))
    if name.startswith("api-"):
        assert answer["statusCode"] in (200, 202, 404), answer  # 404: the link was signed by another installation
    if name.startswith("sqs-"):
        assert answer == {"batchItemFailures": []}


def test_every_canonical_event_says_where_it_comes_from_as_the_template_does() -> None:
    arns = {q.arn for q in TEMPLATE.queues.values()} | {t.arn for t in TEMPLATE.tables.values()}
    for file in sorted(EVENTS.glob("s[tq]*.json")):
        for record in event(file.stem)["Records"]:
            assert record["eventSourceARN"].split("/stream/")[0] in arns, file.name


# ---------------------------------------------------------------- failures


def test_every_stream_mapping_ends_somewhere() -> None:
    assert all(s.on_failure and s.retries >= 0 and s.bisect for _, s in STREAMED)


def test_every_consumed_queue_has_a_dead_letter_queue_and_hides_messages_long_enough() -> None:
    """AWS asks for six times the function's time-out, so that a batch is not delivered again while it is being worked on."""
    for function, source in consumed(TEMPLATE):
        queue = TEMPLATE.queue_by_arn(source.queue)
        assert queue.dead_letter, queue.logical_id
        assert TEMPLATE.queue_by_arn(queue.dead_letter).fifo == queue.fifo
        assert queue.visibility >= 6 * function.timeout, queue.logical_id
        assert source.reports_items


def test_a_function_may_read_its_own_queues_and_streams_and_no_other() -> None:
    for function in FUNCTIONS:
        received = set(resources_of(function, "sqs:ReceiveMessage"))
        read = {arn.removesuffix("/stream/*") for arn in resources_of(function, "dynamodb:GetRecords")}
        assert received == {source.queue for source in function.queues}, function.logical_id
        assert read == {source.stream.split("/stream/")[0] for source in function.streams}, function.logical_id


def test_no_trigger_brings_rights_in_the_whole_account() -> None:
    """SAM gives a function with an event of these types AWS's managed policy, which reads every queue and stream of the account."""
    kinds = [
        event["Type"]
        for resource in TEMPLATE.resources
        for event in resource.properties.get("Events", {}).values()
        if resource.type == "AWS::Serverless::Function"
    ]
    assert set(kinds) == {"Api", "Schedule"}


def resources_of(function: Function, action: str) -> list[str]:
    return [arn for each in function.statements if action in each["Action"] for arn in each["Resource"]]


def consumed(template: Template) -> list[tuple[Function, Any]]:
    return [(f, source) for f in template.functions.values() for source in f.queues]


def test_at_most_two_functions_read_a_stream() -> None:
    streams = [source.stream for _, source in STREAMED]
    assert all(streams.count(stream) <= 2 for stream in streams)
