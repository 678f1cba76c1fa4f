"""The shape of a landing page and its form."""

from __future__ import annotations

from infra.build.schema.vocabulary import FORM_FIELDS
from shared.authoring.content_shapes import (
    CONVERSION_POINTS,
    ID,
    ID_PATTERN,
    boolean,
    choice,
    listing,
    localized,
    mapping,
    number,
    record,
    text,
)

_choice_of_field = record({"value": text(), "label": localized()})
_described = {
    "type": choice("email", "tel", "text", "textarea", "select", "country"),
    "max_length": number(1, 4000),
    "label": localized(),
}
_optional = {
    "placeholder": localized(),
    "autocomplete": text(),
    "group": choice("main", "more"),
    "choices": listing(_choice_of_field, least=1),
    "strict_choices": boolean,
}
# What every field is like (forms/_fields.yaml), and what a form says of those it asks for.
FIELDS = record(dict.fromkeys(FORM_FIELDS, record(_described, _optional)))
_field = record({"name": choice(*FORM_FIELDS)}, {"required": boolean, **_described, **_optional})
_worded = record({"version": text(), "text": localized()})
WORDINGS = mapping(
    ID_PATTERN,
    "marketing_email",
    record(
        {
            "channel": choice("email", "sms", "phone"),
            "purpose": ID,
            "rows": mapping(r"default|[A-Z]{2}", "default or DE", _worded),
        }
    ),
)
_consent = record({"wording": ID, "about": localized()})
_titled = record({"title": text(), "text": text()})
_figure = record({"value": text(), "text": text()})
_fact = record({"label": text(), "value": text()})
_host = record({"name": text(), "role": text(), "text": text()})
_answered = record({"question": text(), "answer": text()})
_words = record(
    {
        key: text()
        for key in (
            "meta_description",
            "eyebrow",
            "title",
            "lead",
            "chapters_title",
            "form_title",
            "form_note",
            "more",
            "submit",
            "thanks_title",
            "thanks_text",
            "thanks_button",
            "thanks_next_title",
        )
    }
    | {"bullets": listing(text(), least=1), "chapters": listing(_titled), "thanks_next": listing(text())},
    # Sections that a page has or has not; each list comes with the heading above it.
    {
        "art_note": text(),
        "facts": listing(_fact, least=2),
        "figures_title": text(),
        "figures": listing(_figure, least=1),
        "figures_note": text(),
        "people_title": text(),
        "people": listing(_host, least=1),
        "questions_title": text(),
        "questions": listing(_answered, least=1),
    },
)

FORM = record(
    {
        "conversion_point": choice(*CONVERSION_POINTS),
        "art": choice("paper", "live", "console", "offer", "start"),
        "token": choice("optional", "required"),
        "honeypot": ID,
        "fields": listing(_field, least=1),
        "consents": listing(_consent),
        "texts": localized(_words),
        "assets": mapping(r"[a-z][a-z0-9]*", "whitepaper", text(r"asset/[a-z0-9-]+", "asset/whitepaper")),
        "origins": listing(text(r"\*|https?://[^/\s]+", "* or https://www.company.example"), least=1),
    }
)
