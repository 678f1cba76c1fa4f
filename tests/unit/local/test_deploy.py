"""When the local AWS is deployed again, and with what environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.local import deploy, server, users
from infra.local.place import Place, read_json, write_json


def test_another_port_is_another_deployment(tmp_path: Path) -> None:
    assert deploy.fingerprint(Place(tmp_path, 4566)) != deploy.fingerprint(Place(tmp_path, 4567))


def test_an_unchanged_tree_has_the_same_fingerprint(tmp_path: Path) -> None:
    assert deploy.fingerprint(Place(tmp_path, 4566)) == deploy.fingerprint(Place(tmp_path, 4566))


def test_a_tool_never_sees_the_shells_aws_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "AWS_PROFILE",
        "AWS_ACCESS_KEY_ID",
        "AWS_SESSION_TOKEN",
        "AWS_ENDPOINT_URL",
        "PUBLIC_URL",
        "PYTHONPATH",
    ):
        monkeypatch.setenv(name, "the-companys-real-account")
    assert "the-companys-real-account" not in server.clean_environment({}).values()


def test_the_local_aws_listens_on_loopback_only_and_enforces_iam(tmp_path: Path) -> None:
    environment = Place(tmp_path, 4566).server_environment()
    assert environment["BIND_HOST"] == "127.0.0.1"
    assert environment["AUTH"] == "true"


def test_demo_passwords_satisfy_the_pools_policy() -> None:
    for user in users.credentials().values():
        password = user["password"]
        assert len(password) >= 12
        assert any(letter.isupper() for letter in password)
        assert any(letter.islower() for letter in password)
        assert any(letter.isdigit() for letter in password)


def test_there_is_a_user_for_each_role() -> None:
    assert list(users.credentials()) == ["marketing", "sales", "manager", "compliance", "admin"]


def test_a_stale_pid_file_is_not_a_running_process(tmp_path: Path) -> None:
    place = Place(tmp_path, 4566)
    place.pid_file.write_text("999999999")
    assert server.running(place) is None
    assert server.stop(place) is False
    assert not place.pid_file.exists()


def test_json_files_are_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file.json"
    write_json(path, {"name": "林"})
    assert read_json(path) == {"name": "林"}
    assert [found.name for found in path.parent.iterdir()] == ["file.json"]


def test_a_missing_file_reads_as_none(tmp_path: Path) -> None:
    assert read_json(tmp_path / "none.json") is None
