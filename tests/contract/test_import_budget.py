"""What each function may import when it starts cold: names of modules, not seconds. What an import costs is in docs/cost.md.

What most events do not need is imported by the event that needs it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache

import pytest

from infra.rehearsal.world import PARAMETERS
from infra.template import ROOT, load

# Each of these costs a noticeable part of a cold start.
HEAVY = {
    "aws_lambda_powertools.utilities.batch",
    "aws_lambda_powertools.utilities.data_classes",
    "aws_lambda_powertools.utilities.idempotency",
    "aws_lambda_powertools.utilities.parameters",
    "aws_lambda_powertools.utilities.parser",
    "aws_xray_sdk",
    "boto3",
    "chalice",
    "cryptography",
    "dns",
    "email.policy",
    "email_validator",
    "jinja2",
    "jwt",
    "phonenumbers",
    "pydantic",
    "pynamodb",
    "requests",
    "segno",
    "shared.domain.attribution",
    "shared.domain.brief",
    "shared.domain.condition_fields",
    "shared.domain.gate",
    "shared.domain.scoring",
    "shared.domain.titles",
    "shared.store.tables",
    "shared.usecases.check_scores",
    "shared.usecases.merge_people",
    "shared.usecases.refold_scores",
    "yaml",
    "zoneinfo",
}
TABLES = {"pynamodb"}
ROUTER = {"chalice", *TABLES}
GATE = {"shared.domain.gate", "zoneinfo"}
SCORING = {"shared.domain.scoring", "shared.domain.titles"}
BUDGET: dict[str, set[str]] = {
    "Capture": ROUTER,
    "Resolve": TABLES | SCORING,
    "Score": TABLES | SCORING,
    "React": TABLES | SCORING,
    "Tick": TABLES,
    "Advance": TABLES | SCORING,
    "Webhook": TABLES | SCORING,
    "Imports": TABLES,
    "Send": TABLES | GATE,
    "Feedback": TABLES,
    "Meter": TABLES,
    "Track": TABLES,
    "Preferences": ROUTER,
    # Signing in; the views of each part of the console come with its first request.
    "Admin": ROUTER,
    # Verifies signatures; speaks to no table.
    "Authorizer": {"cryptography", "jwt"},
}


@cache
def functions() -> dict[str, str]:
    """{name: module} of every function of the template."""
    template = load(ROOT / "template.yaml", PARAMETERS)
    return {name.removesuffix("Function"): function.module for name, function in template.functions.items()}


@cache
def imported(program: str) -> frozenset[str]:
    """Names of the modules that a fresh interpreter holds after `program`."""
    # The development environment has a package that urllib3 looks for and the layer has not.
    code = f"import sys\nsys.modules['OpenSSL'] = None\n{program}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    variables = {**os.environ, "POWERTOOLS_SERVICE_NAME": "budget", "POWERTOOLS_METRICS_NAMESPACE": "Ripen"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return frozenset(json.loads(done.stdout.splitlines()[-1]))


def test_every_function_has_a_budget() -> None:
    assert functions().keys() == BUDGET.keys()


@pytest.mark.parametrize("function", BUDGET)
def test_a_function_starts_with_nothing_heavy_that_it_does_not_need(function: str) -> None:
    heavy = imported(f"import {functions()[function]}") & HEAVY
    assert heavy <= BUDGET[function], f"{function} imports {', '.join(sorted(heavy - BUDGET[function]))}"


@pytest.mark.parametrize("function", BUDGET)
def test_a_budget_grants_nothing_that_is_not_used(function: str) -> None:
    heavy = imported(f"import {functions()[function]}") & HEAVY
    assert heavy == BUDGET[function], f"{function} no longer needs {', '.join(sorted(BUDGET[function] - heavy))}"


def test_posting_a_form_is_what_imports_the_checks_of_addresses_and_numbers() -> None:
    capture = f"import {functions()['Capture']}"
    post = "from shared.usecases.contact_points import parse_email, parse_phone"
    checks = f"{capture}\n{post}\nparse_email('a@b.example'); parse_phone('+8613912047765', 'CN')"
    assert imported(capture).isdisjoint({"email_validator", "phonenumbers"})
    assert imported(checks) >= {"email_validator", "phonenumbers"}
    assert "phonenumbers.geodata" not in imported(checks), "place names of all numbers take seconds"


def test_names_of_countries_are_read_when_somebody_says_one() -> None:
    """Capture and Imports start without them; see shared.runtime.content.country_code."""
    for function in ("Capture", "Resolve", "Imports"):
        assert "shared.domain.country_names" not in imported(f"import {functions()[function]}")


def test_checking_an_address_asks_no_name_server() -> None:
    checks = "from shared.usecases.contact_points import parse_email\nparse_email('a@b.example')"
    assert "dns" not in imported(checks)
