"""Forms: what must hold of them beyond their shape, and what becomes of them when they are compiled."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from infra.build.content_rules import single
from shared.authoring.content_shapes import LOCALES
from shared.authoring.content_yaml import Document
from shared.authoring.nearest import or_meant

DEFAULT = "default"
_PLACEHOLDERS = {"sender", "address", "contact", "about"}
_HEADED = {"figures": "figures_title", "people": "people_title", "questions": "questions_title"}


def check_form(
    document: Document, pages: Collection[str], fields: Mapping[str, Any], wordings: Mapping[str, Any]
) -> None:
    """A form's fields are single and can reach somebody, its boxes have a wording, its assets have pages, its sections a heading."""
    form = document.data
    names = [field["name"] for field in form["fields"]]
    single(document, ("fields",), names)
    if not {"email", "phone"} & set(names):
        document.report(("fields",), "nobody could be reached: there is no email and no phone", "add a field email")
    for index, field in enumerate(form["fields"]):
        whole = fields.get(field["name"], {}) | field
        if whole.get("type") == "select" and not whole.get("choices"):
            document.report(("fields", index), f"the select {field['name']!r} has no choices", "add choices:")
    if form["honeypot"] in names:
        document.report(
            ("honeypot",), f"the honeypot has the name of a real field, {form['honeypot']!r}", "choose another name"
        )
    _check_boxes(document, form["consents"], wordings)
    for name, path in form["assets"].items():
        page = f"asset-{path.removeprefix('asset/')}.html"
        if page not in pages:
            written = [f"asset/{each.removeprefix('asset-').removesuffix('.html')}" for each in sorted(pages)]
            mend = or_meant(path, written, f"write pages/public/{page}")
            document.report(("assets", name), f"{path!r} has no page", mend)
    for locale in LOCALES:
        for section, heading in _HEADED.items():
            if section in form["texts"][locale] and heading not in form["texts"][locale]:
                document.report(("texts", locale, section), f"{section} have no heading", f"add {heading}:")


def _check_boxes(document: Document, boxes: list[dict[str, Any]], wordings: Mapping[str, Any]) -> None:
    for index, box in enumerate(boxes):
        if box["wording"] not in wordings:
            document.report(
                ("consents", index, "wording"),
                f"there is no wording {box['wording']!r}",
                or_meant(
                    box["wording"],
                    wordings,
                    f"choose one of {', '.join(wordings)}, or write it in forms/_consents.yaml",
                ),
            )
    single(document, ("consents",), [wordings.get(box["wording"], {}).get("channel", box["wording"]) for box in boxes])


def check_wordings(document: Document, rows: Collection[str]) -> None:
    """Every wording has a default, every row is one of the consent policy, every text says who asks, for what, and where to stop it."""
    for name, wording in document.data.items():
        if DEFAULT not in wording["rows"]:
            document.report((name, "rows"), f"{name} has no text for who names no country", "add default:")
        for row, worded in wording["rows"].items():
            if row != DEFAULT and row not in rows:
                document.report(
                    (name, "rows", row), f"{row!r} is no row of policies/consent.yaml", "add it there, or take it away"
                )
            for locale, said in worded["text"].items():
                _check_text(document, (name, "rows", row, "text", locale), said)


def _check_text(document: Document, place: tuple[str, ...], said: str) -> None:
    for needed in ("{sender}", "{about}"):
        if needed not in said:
            document.report(place, f"the text does not say {needed}", f"write {needed} into it")
    try:
        said.format_map(dict.fromkeys(_PLACEHOLDERS, ""))
    except (KeyError, ValueError, IndexError) as error:
        document.report(
            place,
            f"the text has a placeholder that nothing fills ({error})",
            f"known: {', '.join(sorted(_PLACEHOLDERS))}",
        )


def compile_form(
    name: str,
    form: dict[str, Any],
    *,
    fields: Mapping[str, Any],
    wordings: Mapping[str, Any],
    sender: Mapping[str, Any],
    countries: Mapping[str, Any],
    consent: Mapping[str, Any],
) -> dict[str, Any]:
    """The form as pages and functions read it: every optional key of its fields filled in, its boxes worded for each jurisdiction.

    A box: ``{name channel purpose wordings: {row: {version, text: {locale: …}}}}``; ``consent_rows`` says which row a country has.
    """
    boxes = [_box(box, wordings[box["wording"]], sender) for box in form["consents"]]
    worded = {row for box in boxes for row in box["wordings"]}
    return (
        {"form": name}
        | form
        | {
            "fields": [_field(fields[field["name"]] | field, countries) for field in form["fields"]],
            "consents": boxes,
            "consent_rows": _rows_of_countries(consent, worded),
        }
    )


def _field(field: dict[str, Any], countries: Mapping[str, Any]) -> dict[str, Any]:
    blank: dict[str, Any] = {
        "required": False,
        "placeholder": None,
        "autocomplete": None,
        "group": "main",
        "choices": [],
        "strict_choices": False,
    }
    whole = blank | field
    if whole["type"] == "country" and not whole["choices"]:
        whole["choices"] = [
            {"value": code, "label": {"en": row["en"], "zh": row["zh"]}} for code, row in countries.items()
        ]
    return whole


def _box(box: Mapping[str, Any], wording: Mapping[str, Any], sender: Mapping[str, Any]) -> dict[str, Any]:
    def filled(worded: Mapping[str, Any]) -> dict[str, Any]:
        text = {
            locale: worded["text"][locale].format(
                sender=sender["name"][locale],
                address=sender["postal_address"][locale],
                contact=sender["contact"],
                about=box["about"][locale],
            )
            for locale in LOCALES
        }
        return {"version": worded["version"], "text": text}

    return {
        "name": f"consent_{wording['channel']}",
        "channel": wording["channel"],
        "purpose": wording["purpose"],
        "wordings": {row: filled(worded) for row, worded in wording["rows"].items()},
    }


def _rows_of_countries(consent: Mapping[str, Any], worded: Collection[str]) -> dict[str, str]:
    """{country: row} where the row is worded: a country's own, else its region's. Every other country has the default."""
    regional = {country: region for region, members in consent["regions"].items() for country in members}
    found = {country: region for country, region in regional.items() if region in worded}
    own = {row: row for row in consent["rows"] if row not in consent["regions"] and row in worded}
    return dict(sorted((found | own).items()))
