"""The small journeys of this folder, compiled once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.build.content import compile_content
from infra.template import ROOT
from tests.bed import Bed, bed_on

HOOKS = "hooks.company.example"


def name_a_wechat_template(templates: Path) -> None:
    """What an operator does before WeChat is used: none ships."""
    message = templates / "messages" / "live-session-tomorrow.yaml"
    text = message.read_text(encoding="utf-8")
    assert "  # template_id: the" in text
    message.write_text(text.replace("  # template_id: the", "  template_id: OPENTM207 # the"), encoding="utf-8")


@pytest.fixture(scope="session")
def small_journeys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped content, with the journeys of this folder in place of the shipped ones, and a server that they may call."""
    root = tmp_path_factory.mktemp("journeys")
    shutil.copytree(ROOT / "templates", root / "templates", ignore=shutil.ignore_patterns("journeys"))
    shutil.copytree(Path(__file__).parent / "journeys", root / "templates" / "journeys")
    name_a_wechat_template(root / "templates")
    outbound = root / "templates" / "policies" / "outbound.yaml"
    outbound.write_text(outbound.read_text(encoding="utf-8").replace("hosts:\n", f"hosts:\n  - {HOOKS}\n", 1), "utf-8")
    message = root / "templates" / "messages" / "live-session-tomorrow.yaml"
    message.write_text(
        message.read_text("utf-8").replace("  # template_id: the", "  template_id: OPENTM207 # the"), "utf-8"
    )
    assert compile_content(root / "templates", root / "content") == []
    return root / "content"


@pytest.fixture
def walked(small_journeys: Path) -> Iterator[Bed]:
    with bed_on(small_journeys) as bed:
        yield bed
