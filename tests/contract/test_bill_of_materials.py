"""The bill of materials tells every package that ships, and an audit never says "clean" without having asked."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from infra import audit, bom
from infra.packages import ALL, SHIPPED, pinned
from infra.template import ROOT


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("bom") / "sbom.cdx.json"
    bom.main(["--out", str(out)])
    found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return found


def test_every_shipped_package_is_told_with_version_licence_and_hashes(bill: dict[str, Any]) -> None:
    told = {component["name"]: component for component in bill["components"]}
    locked = set(re.findall(r"^([A-Za-z0-9._-]+)==", SHIPPED.read_text(encoding="utf-8"), re.MULTILINE))
    assert told.keys() == locked
    for package in pinned(SHIPPED):
        component = told[package.name]
        assert component["version"] == package.version
        assert component["purl"] == package.purl
        assert component["licenses"][0].get("expression") or component["licenses"][0]["license"]
        hashes = component["externalReferences"][0]["hashes"]
        assert [entry["content"] for entry in hashes] == list(package.hashes) != []


def test_the_bill_is_cyclonedx_and_the_same_each_time(bill: dict[str, Any], tmp_path: Path) -> None:
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", bill["serialNumber"])
    references = [component["bom-ref"] for component in bill["components"]]
    assert len(set(references)) == len(references)
    assert bill["dependencies"][0]["dependsOn"] == references
    bom.main(["--out", str(tmp_path / "again.json")])
    assert json.loads((tmp_path / "again.json").read_text(encoding="utf-8")) == bill


def test_nothing_that_ships_is_under_a_licence_that_binds_its_users(bill: dict[str, Any]) -> None:
    assert [c["name"] for c in bill["components"] if re.search(r"\bA?GPL", json.dumps(c["licenses"]))] == []


def test_a_requirement_without_hashes_is_no_lock(tmp_path: Path) -> None:
    (tmp_path / "loose.lock").write_text("jinja2==3.1.6\n", encoding="utf-8")
    with pytest.raises(ValueError, match="not pinned with hashes"):
        pinned(tmp_path / "loose.lock")


@contextmanager
def _database(known: dict[str, list[str]]) -> Iterator[str]:
    """A database of the same kind that knows something against some packages."""

    class Osv(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
            names = [query["package"]["purl"].removeprefix("pkg:pypi/").partition("@")[0] for query in asked]
            results = [{"vulns": [{"id": entry} for entry in known[name]]} if name in known else {} for name in names]
            answer = json.dumps({"results": results}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Osv) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_an_audit_tells_what_is_known(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with _database({"jinja2": ["GHSA-aaaa"]}) as address:
        monkeypatch.setenv("OSV_URL", address)
        assert audit.main([]) == 1
    assert "GHSA-aaaa" in capsys.readouterr().out


def test_an_audit_is_clean_when_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    with _database({}) as address:
        monkeypatch.setenv("OSV_URL", address)
        assert audit.main(["--all"]) == 0
    assert len(pinned(ALL)) > len(pinned(SHIPPED))


def test_an_audit_that_cannot_ask_says_so_and_is_no_success(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OSV_URL", "http://127.0.0.1:9")
    monkeypatch.delenv("OFFLINE_OK", raising=False)
    assert audit.main([]) == 2
    assert "not asked, no network" in capsys.readouterr().err


def test_where_no_network_is_expected_an_audit_says_so_and_goes_on_but_hides_nothing_that_is_known(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OFFLINE_OK", "1")
    monkeypatch.setenv("OSV_URL", "http://127.0.0.1:9")
    assert audit.main([]) == 0
    assert "not asked, no network" in capsys.readouterr().err
    with _database({"jinja2": ["GHSA-aaaa"]}) as address:
        monkeypatch.setenv("OSV_URL", address)
        assert audit.main([]) == 1


def test_each_component_has_what_cyclonedx_asks_of_it(bill: dict[str, Any]) -> None:
    assert bill["$schema"] == "http://cyclonedx.org/schema/bom-1.6.schema.json"
    for component in [bill["metadata"]["component"], *bill["components"]]:
        assert component["type"] in ("application", "library")
        assert component["name"]
        for choice in component["licenses"]:
            assert choice.keys() in ({"expression"}, {"license"}), "one or the other"
            assert "expression" in choice or choice["license"].keys() in ({"id"}, {"name"})
    for component in bill["components"]:
        for reference in component["externalReferences"]:
            assert reference.keys() == {"type", "url", "hashes"}
            assert all(re.fullmatch(r"[0-9a-f]{64}", entry["content"]) for entry in reference["hashes"])


def test_a_build_and_a_deployment_come_with_the_bill() -> None:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    build = lines[next(n for n, line in enumerate(lines) if line.startswith("build:")) :]
    recipe = build[: build.index("")]
    assert any("infra.bom --out .aws-sam/build/sbom.cdx.json" in line for line in recipe)
    assert next(line for line in lines if line.startswith("deploy:")).startswith("deploy: build sbom")
    assert "sbom" in next(line for line in lines if line.startswith("test:")).partition("##")[0].split()
