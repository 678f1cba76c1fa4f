"""Compiles templates/ to what the functions read: ``python -m infra.build.content --out DIR [--templates templates]``.

The same templates give the same bytes. What is wrong is printed as ``file:line: what is wrong; how to mend``, and nothing is written.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from infra.build import content_rules as rules
from infra.build import content_schema as schema
from infra.build.content_mails import compile_mails
from infra.build.content_pages import check_pages, load_texts
from infra.build.content_shapes import Shape
from infra.build.content_yaml import Document, Finding, load

Check = Callable[[Document], None]


class _Compilation:
    """One run over a templates folder: what was found so far, and readers that add to it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.found: list[Finding] = []

    def read(self, path: Path, shape: Shape, check: Check | None = None) -> Any:
        """The data of one file, or None when it is not as it should be."""
        if not path.is_file():
            self.found.append(Finding(str(path.relative_to(self.root)), 1, "the file is missing", "write it"))
            return None
        document = load(path, self.root)
        if not document.found:
            shape(document, (), document.data)
        if not document.found and check:
            check(document)
        self.found += document.found
        return None if document.found else document.data

    def read_all(self, folder: str, shape: Shape, check: Check) -> dict[str, Any]:
        """{file name without .yaml: data} of a folder; files with findings are left out."""
        read = {path.stem: self.read(path, shape, check) for path in sorted((self.root / folder).glob("*.yaml"))}
        return {name: data for name, data in read.items() if data is not None}


def compile_content(templates: Path, out: Path) -> list[Finding]:
    """Compiles `templates` into `out` (replaced as a whole) and returns what is wrong; with findings nothing is written."""
    run = _Compilation(templates)
    countries = run.read(templates / "policies" / "countries.yaml", schema.COUNTRIES, rules.check_countries)
    pages = {path.name for path in (templates / "pages" / "public").glob("*.html")}
    form_names = {path.stem for path in (templates / "forms").glob("*.yaml")}
    forms = run.read_all("forms", schema.FORM, lambda document: rules.check_form(document, pages))
    mails, found = compile_mails(templates)
    run.found += found
    # A mail with findings still exists: its journey is not blamed for it.
    journeys = run.read_all(
        "journeys", schema.JOURNEY, lambda document: rules.check_journey(document, mails, form_names)
    )
    model = run.read(templates / "scoring" / "prospects.yaml", schema.SCORING, rules.check_scoring)
    titles = run.read(templates / "scoring" / "titles.yaml", schema.TITLES, rules.check_titles)
    policies = _policies(run)
    texts, found = load_texts(templates)
    run.found += found + check_pages(templates, texts)
    if run.found or countries is None:
        return sorted(set(run.found))
    contents = {
        "forms.json": {name: _versioned(_form(name, form, countries["countries"])) for name, form in forms.items()},
        "journeys.json": {name: _versioned({"journey": name} | journey) for name, journey in journeys.items()},
        "scoring.json": {"model": _versioned({"model": "prospects"} | model), "titles": _titles(titles)},
        "policies.json": policies
        | {"consent": _consent(policies["consent"]), "sending": policies["sending"] | {"zones": _zones(countries)}},
        "emails.json": mails,
        "texts.json": texts,
    }
    _write(out, contents, templates / "pages")
    return []


def _policies(run: _Compilation) -> dict[str, Any]:
    folder = run.root / "policies"
    return {
        "sender": run.read(folder / "sender.yaml", schema.SENDER),
        "consent": run.read(folder / "consent.yaml", schema.CONSENT, rules.check_consent),
        "sales": run.read(folder / "sales.yaml", schema.SALES, rules.check_sales),
        "sending": run.read(folder / "sending.yaml", schema.SENDING),
        "budget": run.read(folder / "budget.yaml", schema.BUDGET),
    }


def _form(name: str, form: dict[str, Any], countries: dict[str, Any]) -> dict[str, Any]:
    """The form with every optional key of its fields filled in, so that pages need not ask."""
    blank: dict[str, Any] = {
        "placeholder": None,
        "autocomplete": None,
        "group": "main",
        "choices": [],
        "strict_choices": False,
    }
    fields = [blank | field for field in form["fields"]]
    for field in fields:
        if field["type"] == "country" and not field["choices"]:
            field["choices"] = [
                {"value": code, "label": {"en": row["en"], "zh": row["zh"]}} for code, row in countries.items()
            ]
    return {"form": name} | form | {"fields": fields}


def _titles(titles: dict[str, Any]) -> dict[str, Any]:
    def flat(lines: Iterable[list[str]]) -> list[str]:
        return sorted({pattern for patterns in lines for pattern in patterns})

    return {
        "levels": {level: flat(lines) for level, lines in titles["levels"].items()},
        "negations": flat(titles["negations"]),
        "departments": {name: flat(lines) for name, lines in titles["departments"].items()},
    }


def _consent(policy: dict[str, Any]) -> dict[str, Any]:
    """{"default": row, "countries": {code: row}}: regions spread over their members, a country's own row wins."""
    spread = {country: region for region, members in policy["regions"].items() for country in members}
    spread |= {name: name for name in policy["rows"] if name not in policy["regions"]}
    countries = {country: {"row": row} | policy["rows"][row] for country, row in sorted(spread.items())}
    return {"default": {"row": "default"} | policy["default"], "countries": countries}


def _zones(countries: dict[str, Any]) -> dict[str, str]:
    return {code: row["zone"] for code, row in countries["countries"].items()} | {
        "default": countries["default"]["zone"]
    }


def _versioned(content: dict[str, Any]) -> dict[str, Any]:
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return content | {"version": hashlib.sha256(canonical.encode()).hexdigest()[:12]}


def _write(out: Path, contents: dict[str, Any], pages: Path) -> None:
    if out.exists():
        shutil.rmtree(out)
    out.mkdir(parents=True)
    for name, content in contents.items():
        (out / name).write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for path in sorted(pages.rglob("*")):
        if path.suffix in (".html", ".js", ".css"):
            target = out / "pages" / path.relative_to(pages)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())


def main(arguments: list[str] | None = None) -> int:
    """The command. Exit 1 when something is wrong."""
    parser = argparse.ArgumentParser(description="Compile templates/ to content.")
    parser.add_argument("--out", type=Path, required=True, help="folder to write, replaced as a whole")
    parser.add_argument("--templates", type=Path, default=Path("templates"))
    given = parser.parse_args(arguments)
    if not given.templates.is_dir():
        parser.error(f"there is no folder {given.templates}")
    findings = compile_content(given.templates, given.out)
    for finding in findings:
        print(f"{given.templates}/{finding}")
    print(
        f"{len(findings)} findings, nothing written" if findings else f"content written to {given.out}", file=sys.stderr
    )
    return 1 if findings else 0


if __name__ == "__main__":
    raise SystemExit(main())
