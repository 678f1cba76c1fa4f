"""Compiles templates/ to what the functions read: ``python -m infra.build.content --out DIR [--templates templates]``.

The same templates give the same bytes. What is wrong is printed as ``file:line: what is wrong; how to mend``, and nothing is written.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import phonenumbers

from infra.build import content_forms, content_sources
from infra.build import content_rules as rules
from infra.build.content_domains import mail_domains
from infra.build.content_mails import compile_mails
from infra.build.content_messages import compile_messages
from infra.build.content_pages import check_pages, load_texts
from infra.build.schema import form_schema, message_schema, policy_schema, scoring_schema
from shared.authoring.content_shapes import Shape
from shared.authoring.content_yaml import Document, Finding, load
from shared.authoring.journey_files import read_journey, versioned
from shared.authoring.journey_files import version_of as content_version
from shared.authoring.journey_rivals import check_rivals
from shared.authoring.journey_rules import Known, quiet_segments
from shared.domain.segments import version_of

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
        read = {path.stem: self.read(path, shape, check) for path in _contents(self.root / folder)}
        return {name: data for name, data in read.items() if data is not None}


def compile_content(templates: Path, out: Path) -> list[Finding]:
    """Compiles `templates` into `out` (replaced as a whole) and returns what is wrong; with findings nothing is written."""
    run = _Compilation(templates)
    countries = run.read(templates / "policies" / "countries.yaml", policy_schema.COUNTRIES, rules.check_countries)
    country_names = run.read(
        templates / "policies" / "country_names.yaml",
        policy_schema.COUNTRY_NAMES,
        partial(rules.check_country_names, offered=(countries or {}).get("countries", {})),
    )
    pages = {path.name for path in (templates / "pages" / "public").glob("*.html")}
    form_names = {path.stem for path in _contents(templates / "forms")}
    policies = _policies(run)
    fields, wordings = _form_parts(run, policies["consent"])
    forms = run.read_all(
        "forms", form_schema.FORM, lambda document: content_forms.check_form(document, pages, fields, wordings)
    )
    run.read(templates / "policies" / "spam_words.yaml", message_schema.SPAM_WORDS)
    mails, found = compile_mails(templates)
    run.found += found
    messages, found = compile_messages(templates, policies["sms"])
    run.found += found
    models = {
        name: run.read(templates / "scoring" / f"{name}.yaml", scoring_schema.SCORING, rules.check_scoring)
        for name in ("prospects", "customers")
    }
    accounts = run.read(templates / "scoring" / "accounts.yaml", scoring_schema.ACCOUNTS, rules.check_accounts)
    segments = run.read_all("segments", scoring_schema.SEGMENT, rules.check_segment)
    hosts = (policies["outbound"] or {}).get("hosts", [])
    journeys, quiet = _journeys(run, mails, messages, form_names, models["prospects"], segments, hosts)
    titles = run.read(templates / "scoring" / "titles.yaml", scoring_schema.TITLES, rules.check_titles)
    texts, found = load_texts(templates)
    run.found += found + check_pages(templates, texts)
    if run.found or countries is None:
        return sorted(set(run.found))
    form_of = partial(
        content_forms.compile_form,
        fields=fields,
        wordings=wordings,
        sender=policies["sender"],
        countries=countries["countries"],
        consent=policies["consent"],
    )
    contents = {
        "forms.json": {name: versioned(form_of(name, form)) for name, form in forms.items()},
        "journeys.json": {name: versioned(journey) for name, journey in journeys.items()},
        "journey_sources.json": {name: _text(templates / "journeys" / f"{name}.yaml") for name in journeys},
        "segments.json": {name: _segment(each) for name, each in (quiet | segments).items()},
        "scoring.json": {
            "model": _model("prospects", models["prospects"]),
            "models": {name: _model(name, model) for name, model in models.items()},
            "accounts": versioned({"model": "accounts"} | (accounts or {})),
            "titles": _titles(titles),
        },
        "policies.json": policies
        | {
            "consent": _consent(policies["consent"]),
            "sending": policies["sending"] | _zones(countries),
            "machines": policies["machines"]
            | {"agents": [name for row in policies["machines"]["agents"] for name in row]},
        },
        "emails.json": mails,
        "messages.json": messages,
        "texts.json": texts,
        "countries.json": rules.names_of_countries(country_names, countries["countries"]),
        "domains.json": mail_domains(),
    }
    _write(out, contents, templates / "pages")
    return []


def _journeys(
    run: _Compilation,
    mails: dict[str, Any],
    messages: dict[str, Any],
    forms: set[str],
    model: dict[str, Any] | None,
    segments: dict[str, Any],
    hosts: list[str],
) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """The journeys, compiled, with what is wrong with each and between them; and the segments that they need besides those of files."""
    grades = model["grades"] if model else []
    marks = {grade["grade"]: grade["enter"] for grade in grades if grade["enter"] is not None}
    # A segment with findings exists, too: its journeys are not blamed for it.
    named = {*segments, *(path.stem for path in _contents(run.root / "segments"))}
    known = Known(mails, forms, marks, named, hosts, messages)
    documents = {path.stem: load(path, run.root) for path in _contents(run.root / "journeys")}
    read = {name: read_journey(name, document, known) for name, document in documents.items()}
    journeys = {name: journey for name, journey in read.items() if journey}
    run.found += [finding for document in documents.values() for finding in document.found]
    run.found += check_rivals({name: (documents[name], journey) for name, journey in journeys.items()})
    return journeys, quiet_segments(documents[name].data for name in journeys)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _policies(run: _Compilation) -> dict[str, Any]:
    folder = run.root / "policies"
    return {
        "sender": run.read(folder / "sender.yaml", policy_schema.SENDER),
        "consent": run.read(folder / "consent.yaml", policy_schema.CONSENT, rules.check_consent),
        "sales": run.read(folder / "sales.yaml", policy_schema.SALES, rules.check_sales),
        "sending": run.read(folder / "sending.yaml", policy_schema.SENDING),
        "channels": run.read(folder / "channels.yaml", policy_schema.CHANNELS, content_sources.check_channels),
        "attribution": run.read(
            folder / "attribution.yaml", policy_schema.ATTRIBUTION, content_sources.check_attribution
        ),
        "limits": run.read(folder / "limits.yaml", policy_schema.LIMITS, content_sources.check_limits),
        "outbound": run.read(folder / "outbound.yaml", policy_schema.OUTBOUND),
        "sms": run.read(folder / "sms.yaml", policy_schema.SMS),
        "budget": run.read(folder / "budget.yaml", policy_schema.BUDGET),
        "imports": run.read(folder / "imports.yaml", policy_schema.IMPORTS, rules.check_imports),
        "cleaning": run.read(folder / "cleaning.yaml", policy_schema.CLEANING, rules.check_cleaning),
        "machines": run.read(folder / "machines.yaml", policy_schema.MACHINES, rules.check_machines),
    }


def _form_parts(run: _Compilation, consent: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What forms share: fields and consent wordings. Empty where they are not as they should be: then there are findings."""
    folder, rows = run.root / "forms", (consent or {}).get("rows", {})
    fields = run.read(folder / "_fields.yaml", form_schema.FIELDS)
    wordings = run.read(
        folder / "_consents.yaml", form_schema.WORDINGS, lambda document: content_forms.check_wordings(document, rows)
    )
    return fields or {}, wordings or {}


def _contents(folder: Path) -> list[Path]:
    """The files of a folder that are one thing each; a name that begins with an underscore is a part that they share."""
    return [path for path in sorted(folder.glob("*.yaml")) if not path.name.startswith("_")]


def _model(name: str, model: dict[str, Any]) -> dict[str, Any]:
    """The model, its version, and `fold`: what stands for all that decides what a score remembers. Where it changes, states are folded anew."""
    told = ("why", "dimension", "group")
    memory = [
        {key: value for key, value in rule.items() if key not in told}
        for rule in model["rules"]
        if rule["kind"] == "behaviour"
    ]
    fold = content_version([name, model["full_value_days"], memory])[:8]
    return versioned({"model": name, "fold": fold} | model)


def _segment(segment: dict[str, Any]) -> dict[str, Any]:
    # A better name is not a new question: only another condition asks everybody again.
    return {"name": segment["name"], "condition": segment["who"], "version": version_of(segment["who"])}


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


def _zones(countries: dict[str, Any]) -> dict[str, Any]:
    """What tells where a person's day begins: zones by country, and the country that a phone number's first digits name."""
    rows = countries["countries"]
    by_code: dict[str, str] = {}
    for code in rows:
        calling = str(phonenumbers.country_code_for_region(code))
        if phonenumbers.region_code_for_country_code(int(calling)) == code:
            by_code[calling] = code
    zones = {code: [row["zone"], *row.get("also", [])] for code, row in rows.items()}
    return {"zones": zones | {"default": [countries["default"]["zone"]]}, "calling_codes": by_code}


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
