"""examples/scenarios/the-contract.yaml, and the shape of result.json that outside checks rely on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.template import ROOT
from tests.rehearsal.playing import Played

pytestmark = [pytest.mark.rehearsal, pytest.mark.slow]


@pytest.fixture(scope="module")
def played(content: Path) -> Played:
    return Played("the-contract.yaml", content)


def test_the_lead_is_won_and_keeps_its_owner(played: Played) -> None:
    lin = played.person("lin")
    assert (lin["stage"], lin["owner"]) == ("customer", "sales")
    assert played.handoff("lin")["status"] == "won"


def test_the_score_fades_while_nothing_happens_but_the_fit_stays(played: Played) -> None:
    assert 20 < played.person("lin")["score"] < 50


def test_the_result_has_the_keys_of_the_contract(played: Played) -> None:
    result = played.result
    keys = {"people", "messages", "handoffs", "intake", "units", "calls", "invariants", "warnings"}
    assert set(result) == keys
    assert set(result["people"]["lin"]) == {"lead_id", "score", "grade", "stage", "owner"}
    message = {"person", "to", "class", "subject", "template", "journey", "step", "channel", "at", "status", "reasons"}
    assert all(set(m) == message for m in result["messages"])
    handoff = {"person", "owner", "manager", "at", "reminded_at", "escalated_at", "followed_up_at", "status"}
    assert all(set(h) == handoff for h in result["handoffs"])
    assert set(result["units"]) == {"read", "write"}
    assert set(result["calls"]) == {"ses", "sqs", "lambda"}


def test_what_it_cost_is_counted(played: Played) -> None:
    assert played.result["calls"]["ses"] == sum(m["status"] != "refused" for m in played.result["messages"])
    assert 10 < played.result["units"]["write"] < 200


def test_the_command_writes_the_result_and_prints_the_table(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "result.json"
    command = [sys.executable, "-m", "infra.rehearsal", "examples/scenarios/the-contract.yaml", str(out)]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"COLUMNS": "120"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(out.read_text(encoding="utf-8"))["people"]["lin"]["stage"] == "customer"
    assert "林小姐" in done.stdout
    assert "all " in done.stdout.partition("checks")[2]


def test_the_command_names_file_key_and_reason_of_a_mistake(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text('start: "2026-03-02T09:00:00+08:00"\ndays: 3\npeople:\n  lin:\n    - {at: "+1d", clik: last}\n')
    command = [sys.executable, "-m", "infra.rehearsal", str(file), str(tmp_path / "out.json")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"{file}: people.lin[0]: " in done.stderr
    assert "is click meant?" in done.stderr
