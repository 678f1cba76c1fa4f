"""Fixtures that several suites share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The engine's hooks must be in place before any AWS client exists, so this comes before any product module.
from infra.rehearsal.engines import OFFLINE
from infra.rehearsal.provision import variables
from infra.rehearsal.world import ADMIN_URL, PARAMETERS, PUBLIC_URL
from infra.template import ROOT, load
from tests.bed import Bed, bed_on

# A busy machine is slow to think of examples; that is no finding.
settings.register_profile("ripen", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ripen")

CONTENT = ROOT / ".build" / f"test-content-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"

# Modules of the product read the names of their tables when they are imported: they stand before the first test module does.
os.environ.update(OFFLINE)
os.environ.update(
    variables(load(parameters=PARAMETERS), public_url=PUBLIC_URL, admin_url=ADMIN_URL, content_dir=str(CONTENT))
)


@pytest.fixture(scope="session")
def content() -> Path:
    """The directory of the compiled content of templates/."""
    from infra.build.content import compile_content

    findings = compile_content(ROOT / "templates", CONTENT)
    assert not findings, findings
    return CONTENT


@pytest.fixture
def bed(content: Path) -> Iterator[Bed]:
    """A fresh Ripen: every table, queue, topic and identity of the template, empty; see tests/bed.py."""
    with bed_on(content) as fresh:
        yield fresh
