"""Blocks: what the body of a letter is made of (templates/emails/<mail>/<locale>.yaml, ``body:``)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from infra.build.mail import address
from shared.authoring.content_shapes import Shape, condition, listing, mapping, record, text
from shared.authoring.content_yaml import Document, Place
from shared.domain.audiences import OTHERS
from shared.domain.condition_fields import PERSON_FIELDS, Vocabulary

_TARGET = text(r"(asset|form)/[a-z0-9_-]+|confirm|preferences", "asset/case or form/demo")
_AUDIENCE = re.compile(r"([a-z_]+)\.([a-z_]+)")
KINDS: dict[str, Shape] = {
    "text": text(),
    "title": text(),
    "note": text(),
    "list": listing(text(), least=1),
    "steps": listing(text(), least=1),
    "figures": listing(record({"value": text(), "text": text()}), least=1),
    "rows": listing(record({"left": text(), "right": text()}), least=1),
    "panel": record({"value": text(), "title": text(), "note": text()}),
    "quote": record({"text": text(), "who": text()}),
    "film": record({"title": text(), "note": text(), "to": _TARGET}),
    "button": record({"text": text(), "to": _TARGET}),
}
# What a person did is not asked: sending a mail would read their whole timeline.
_FACTS = Vocabulary(PERSON_FIELDS)
AUDIENCES = mapping(
    r"[a-z_]+", "role", listing(record({"name": text(r"[a-z_]+", "leaders"), "when": condition(_FACTS)}), least=1)
)

Known = Mapping[str, list[str]]


def check_body(document: Document, known: Known) -> None:
    """Every block has one kind and its shape, and is for an audience that exists (`known`: {group: names})."""
    body = document.data.get("body")
    if not isinstance(body, list) or not body:
        document.report(("body",), "the letter has no body", "write body: and begin each block with '- '")
        return
    for index, block in enumerate(body):
        place: Place = ("body", index)
        kinds = [key for key in block if key != "for"] if isinstance(block, dict) else []
        if len(kinds) != 1 or kinds[0] not in KINDS:
            document.report(place, "a block has one kind", f"write one of {', '.join(KINDS)}, perhaps with for:")
            continue
        KINDS[kinds[0]](document, (*place, kinds[0]), block[kinds[0]])
        for name in audiences_named(block.get("for")):
            found = _AUDIENCE.fullmatch(name)
            if not found or found[2] not in (*known.get(found[1], ()), *((OTHERS,) if found[1] in known else ())):
                document.report((*place, "for"), f"there is no audience {name!r}", "add it to emails/audiences.yaml")


def audiences_named(wanted: Any) -> list[str]:
    """The audiences of a ``for:``, which may be one or a list."""
    return [str(name) for name in wanted] if isinstance(wanted, list) else [str(wanted)] if wanted else []


def prepared(body: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The blocks as the layout wants them: with `kind`, `href` of what leads somewhere, `begin` and `end` around what is not for all."""
    return [_prepared(block) for block in body]


def _prepared(block: dict[str, Any]) -> dict[str, Any]:
    kind = next(key for key in block if key != "for")
    names = audiences_named(block.get("for"))
    asked = " or ".join("audience.{} == '{}'".format(*name.split(".")) for name in names)
    content = block[kind]
    return {
        "kind": kind,
        kind: content,
        "begin": f"{{% if {asked} %}}" if asked else "",
        "end": "{% endif %}" if asked else "",
        "href": address(content["to"]) if isinstance(content, dict) and "to" in content else "",
    }
