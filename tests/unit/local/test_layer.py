"""What the layer is built for, and what it leaves out."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from infra.build import layer
from infra.build.layer import Target


def test_for_aws_the_wheels_are_lambdas_whatever_builds_them() -> None:
    arguments = Target.named("arm64").pip_arguments
    assert "manylinux2014_aarch64" in arguments
    assert arguments[arguments.index("--python-version") + 1] == "3.13"


def test_for_the_local_aws_the_wheels_are_the_running_interpreters() -> None:
    host = Target.named("host")
    assert host.pip_arguments == []
    assert host.python == f"{sys.version_info.major}.{sys.version_info.minor}"
    assert host.runs_here


def test_without_compiled_content_there_is_no_layer(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="make content"):
        layer.build(tmp_path / "out", Target.named("host"), tmp_path)


def test_api_models_of_other_services_and_tests_are_left_out(tmp_path: Path) -> None:
    for kept in ("botocore/data/dynamodb/a.json", "botocore/data/endpoints.json", "jinja2/sandbox.py"):
        (tmp_path / kept).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / kept).touch()
    for dropped in ("botocore/data/ec2/a.json", "pynamodb/tests/test_a.py", "chalice/cli/x.py", "jwt/api.pyi"):
        (tmp_path / dropped).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / dropped).touch()
    layer.trim(tmp_path)
    files = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert files == {"botocore/data/dynamodb/a.json", "botocore/data/endpoints.json", "jinja2/sandbox.py"}


def test_bytecode_needs_no_look_at_its_source(tmp_path: Path) -> None:
    source = tmp_path / "shared" / "module.py"
    source.parent.mkdir()
    source.write_text("x = 1\n")
    layer.compile_bytecode(source.parent, Target.named("host"), at="/opt/python/shared")
    (compiled,) = (source.parent / "__pycache__").iterdir()
    flags = int.from_bytes(compiled.read_bytes()[4:8], "little")
    assert flags == 0b01, "a hash-based pyc that is not checked"
