"""The shape of what a message's file says beside its words."""

from __future__ import annotations

from shared.authoring.content_shapes import ID, choice, listing, localized, mapping, record, text

MAIL = record({"class": choice("marketing", "transactional", "internal"), "purpose": ID})
_WORDS = mapping(r"[a-z][A-Za-z0-9_]*", "title or keyword1", text())
# A message of other channels than e-mail: as many of them as it is written for.
MESSAGE = record(
    {"class": choice("marketing", "transactional"), "purpose": ID},
    {
        "sms": localized(),
        "wechat": record(
            dict.fromkeys(("en", "zh"), _WORDS),
            # Left out until the operator has one: the gate refuses the message as `unsendable` until then.
            {"template_id": text(r"(?!(?i:fill|todo|your|xxx))[\w-]+", "the id that WeChat shows"), "url": text()},
        ),
        "push": record(dict.fromkeys(("en", "zh"), record({"title": text(), "text": text()})), {"url": text()}),
    },
)
SPAM_WORDS = record({"en": listing(text(), least=1), "zh": listing(text(), least=1)})
