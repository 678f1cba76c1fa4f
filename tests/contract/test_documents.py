"""The documents say what is so: commands, links, pictures, paths, and the names that docs/design.md fixes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote

import pytest

from infra.build.content_samples import sample_context
from infra.declared import Table
from infra.rehearsal.world import PARAMETERS
from infra.template import ROOT, load

TEMPLATE = load(parameters=PARAMETERS)
# Set by tests and rehearsals in place of the parameters that functions read.
OVERRIDES = {"PUBLIC_URL", "ADMIN_URL"}

_FENCE = re.compile(r"^ *```.*?^ *```", re.DOTALL | re.MULTILINE)
_INDENTED = re.compile(r"(?:(?<=\n\n)|\A)(?: {4}.*\n|\n)+", re.MULTILINE)
_INLINE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_PLACES = ("functions/", "shared/", "infra/", "templates/", "tests/", "docs/", "examples/", ".ci/")
_FILE_NAME = re.compile(r"[\w-]+\.(?:ya?ml|toml|md|lock|py|mjml)|Makefile|LICENSE")


@dataclass(frozen=True)
class Document:
    """A Markdown file of ours."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def blocks(self) -> list[str]:
        """The blocks of code, fenced or indented."""
        fenced = _FENCE.findall(self.text)
        return fenced + _INDENTED.findall(_FENCE.sub("", self.text))

    @cached_property
    def prose(self) -> str:
        """Everything but the blocks of code."""
        return _INDENTED.sub("\n", _FENCE.sub("", self.text))

    @cached_property
    def code(self) -> list[str]:
        """Every piece of code, inline or in blocks."""
        return [*_INLINE.findall(self.prose), *self.blocks]

    @cached_property
    def links(self) -> list[str]:
        return _LINK.findall(self.prose)

    @cached_property
    def anchors(self) -> set[str]:
        """What links may point to, as GitHub makes it from headings."""
        words = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(self.prose))
        return {heading.replace(" ", "-") for heading in words}

    def section(self, heading: str) -> str:
        """The text between the heading that begins with these words and the next one."""
        found = re.search(rf"^## {re.escape(heading)}.*?\n(.*?)(?=^## |\Z)", self.text, re.DOTALL | re.MULTILINE)
        assert found, f"{self.name} has no section {heading}"
        return found[1]


DOCUMENTS = [Document(path) for path in (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))]
DESIGN = next(document for document in DOCUMENTS if document.name == "docs/design.md")
ROWS = {row[0]: row for row in re.findall(r"^\| (\w+) \| (.+?) \| (.+) \|$", DESIGN.section("Tables"), re.MULTILINE)}
every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)


# ---------------------------------------------------------------- commands


@every_document
def test_every_target_of_make_that_is_named_exists(document: Document) -> None:
    targets = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {target for code in document.code for target in re.findall(r"\bmake ([a-z][a-z0-9-]*)", code)}
    assert named <= targets


@every_document
def test_every_module_that_is_run_exists(document: Document) -> None:
    named = {
        module
        for code in document.code
        for module in re.findall(r"\bpython -m ((?:infra|shared|functions)[\w.]*)", code)
    }
    assert [module for module in named if find_spec(module) is None] == []


def test_the_readme_begins_with_its_sentence_then_the_picture_then_the_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    title, sentence, picture = [part for part in readme.split("\n\n") if part.strip()][:3]
    assert (title, sentence.count("\n"), sentence[-1]) == ("# Ripen", 0, ".")
    assert "docs/images/flow.svg" in picture
    assert readme.index("make run") < readme.index("make test") < readme.index("## What you will see")


# ---------------------------------------------------------------- links and pictures


@every_document
def test_every_link_leads_somewhere(document: Document) -> None:
    assert [link for link in document.links if not leads_somewhere(document, link)] == []


def leads_somewhere(document: Document, link: str) -> bool:
    if re.match(r"https?://|mailto:", link):
        return True
    path, _, anchor = unquote(link).partition("#")
    target = (document.path.parent / path).resolve() if path else document.path
    if not target.exists():
        return target.suffix == ".png" and is_made_by_a_browser_test(target)
    return not anchor or anchor in Document(target).anchors


def is_made_by_a_browser_test(picture: Path) -> bool:
    """Pictures are taken when RIPEN_SCREENSHOTS says so; until then a browser test that names the picture must be there."""
    suite = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "e2e").rglob("*.py"))
    return "RIPEN_SCREENSHOTS" in suite and f'"{picture.stem}"' in suite


def test_every_picture_of_the_documents_is_shown_in_one() -> None:
    kept = {path.resolve() for path in (ROOT / "docs" / "images").iterdir()}
    shown = {(document.path.parent / link).resolve() for document in DOCUMENTS for link in document.links}
    assert kept <= shown


# ---------------------------------------------------------------- paths


@every_document
def test_every_path_that_is_named_exists(document: Document) -> None:
    named = {path for code in document.code for path in paths_in(code)}
    assert [path for path in sorted(named) if not exists(path)] == []


def paths_in(code: str) -> Iterator[str]:
    """Words that look like paths of the repository, and names of files; one with a blank to fill in (`<name>`, `…`) is none."""
    for word in re.split(r"[\s=,()|\"']+", code):
        path = word if word.startswith(".ci/") else word.strip(".:;")
        looks_like_ours = path.startswith(_PLACES) or (path == code and _FILE_NAME.fullmatch(path))
        if looks_like_ours and not re.search(r"[<>{}…]", path):
            yield path


def exists(path: str) -> bool:
    """Whether the repository has it; a name alone may stand in any folder."""
    if any(ROOT.glob(path.rstrip("/"))):
        return True
    return "/" not in path and any(path == found.name for place in _PLACES for found in (ROOT / place).rglob("*"))


# ---------------------------------------------------------------- the names of the design


def test_the_design_names_the_variables_of_the_template_and_no_others() -> None:
    named = set(
        re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*\b", " ".join(_INLINE.findall(DESIGN.section("Environment"))))
    )
    declared = {name for function in TEMPLATE.functions.values() for name in function.environment}
    assert named - OVERRIDES == declared


def test_the_design_names_the_tables_of_the_template_and_no_others() -> None:
    assert set(ROWS) - {"table"} == {table_name(table) for table in TEMPLATE.tables.values()}


@pytest.mark.parametrize("table", TEMPLATE.tables.values(), ids=lambda table: table_name(table))
def test_the_design_gives_each_table_its_key_and_its_indexes(table: Table) -> None:
    _, key, what = ROWS[table_name(table)]
    assert tuple(name for name in _INLINE.findall(key) if re.fullmatch(r"[a-z_]+", name)) == table.key
    assert set(table.indexes) <= set(_INLINE.findall(what))


def table_name(table: Table) -> str:
    return table.logical_id.removesuffix("Table").lower()


def test_the_design_names_every_variable_that_a_mail_may_use() -> None:
    named = {name.partition("(")[0] for name in _INLINE.findall(DESIGN.section("Content"))}
    assert set(sample_context("en", "internal")) <= named


def test_the_design_names_every_fact_of_a_handoff_that_a_mail_may_use() -> None:
    listed = re.search(r"`handoff` \([^`]*`([^`]+)`\)", DESIGN.section("Content"))
    assert listed
    assert set(sample_context("en", "internal")["handoff"]) == {fact.removesuffix("[]") for fact in listed[1].split()}


def test_the_operators_page_explains_every_parameter_of_the_template() -> None:
    operators = next(document for document in DOCUMENTS if document.name == "docs/operators.md")
    explained = set(re.findall(r"^\| `(\w+)` \|", operators.section("Deploy"), re.MULTILINE))
    assert explained == set(TEMPLATE.stack.document["Parameters"])


def test_every_decision_is_in_the_list_of_decisions() -> None:
    pages = {path.name for path in (ROOT / "docs" / "adr").glob("0*.md")}
    listed = next(document for document in DOCUMENTS if document.name == "docs/adr/README.md").links
    assert pages == set(listed)
