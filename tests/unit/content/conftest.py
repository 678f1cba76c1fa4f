"""The shipped templates, compiled once; and copies of them to break."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2
import pytest

from infra.build.content import compile_content
from shared.authoring.content_yaml import Finding

TEMPLATES = Path(__file__).parents[3] / "templates"

Content = Callable[[str], Any]
Page = Callable[..., str]
Break = Callable[[str, str, str], list[Finding]]


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the shipped templates compile to."""
    out = tmp_path_factory.mktemp("content") / "out"
    assert compile_content(TEMPLATES, out) == []
    return out


@pytest.fixture(scope="session")
def content(compiled: Path) -> Content:
    """content("forms") → the data of forms.json."""
    return lambda name: json.loads((compiled / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def page(compiled: Path, content: Content) -> Page:
    """page("landing", "zh", errors={…}) → the page as a browser gets it."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(compiled / "pages"),
        autoescape=jinja2.select_autoescape(("html",)),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def render(name: str, locale: str = "en", **context: Any) -> str:
        common = {
            "form": content("forms")["whitepaper"],
            "locale": locale,
            "t": content("texts")[locale],
            "sender": content("policies")["sender"],
            "base": "..",
        }
        return environment.get_template(f"public/{name}").render(common | context)

    return render


@pytest.fixture
def some_templates(tmp_path: Path) -> Path:
    """A copy of the templates, with a few mails only and without the console's pages, to be broken."""

    def left_out(folder: str, names: list[str]) -> list[str]:
        kept = ("_", "audiences", "whitepaper-thanks", "case-study", "consultation-", "saas-week-2-case-video")
        if folder.endswith("emails"):
            return [name for name in names if not name.startswith(kept)]
        if folder.endswith("journeys"):
            # The others send mails that are left out here.
            return [name for name in names if name != "whitepaper-three-steps.yaml"]
        return [name for name in names if folder.endswith("console") and name != "texts"]

    copy = tmp_path / "templates"
    shutil.copytree(TEMPLATES, copy, ignore=left_out)
    return copy


@pytest.fixture
def broken(some_templates: Path, tmp_path: Path) -> Break:
    """broken(file, old, new) → what the compiler says when `old` reads `new` in that file."""

    def compile_with(file: str, old: str, new: str) -> list[Finding]:
        path = some_templates / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return compile_content(some_templates, tmp_path / "out")

    return compile_with
