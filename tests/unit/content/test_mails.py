"""Every mail, in every locale, the way it is sent."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from infra.build.content_colours import contrast
from infra.build.content_mail_lint import sendable
from infra.build.content_samples import sample_context
from infra.build.mail import to_text
from tests.unit.content.conftest import TEMPLATES, Content

MAILS = tuple(
    sorted(path.parent.name for path in (TEMPLATES / "emails").glob("*/mail.yaml") if path.parent.name[0] != "_")
)
EVERY = [(mail, locale) for mail in MAILS for locale in ("en", "zh")]


def sent(content: Content, mail: str, locale: str, **changes: Any) -> dict[str, str]:
    """Subject, HTML and text of a mail with the sample person; `changes` go into the context."""
    entry = content("emails")[mail]
    audience = dict.fromkeys(entry["audiences"], "others")
    context = sample_context(locale, entry["class"], audience=audience) | changes
    return {
        part: sendable(entry["locales"][locale][part], autoescape=part == "html").render(context)
        for part in ("subject", "preheader", "html", "text")
    }


@pytest.mark.parametrize(("mail", "locale"), EVERY)
def test_a_mail_renders_without_leftovers(mail: str, locale: str, content: Content) -> None:
    for part, text in sent(content, mail, locale).items():
        assert text.strip(), part
        assert not re.search(r"\{\{|\}\}|\{%|\[\[|\]\]|\*\*", text), part


@pytest.mark.parametrize(("mail", "locale"), EVERY)
def test_a_mail_loads_nothing_but_its_pixel(mail: str, locale: str, content: Content) -> None:
    html = sent(content, mail, locale)["html"]
    sources = re.findall(r"""(?:src=|<link[^>]*href=|url\()["']?([^"')>\s]+)""", html)
    assert [source for source in sources if "/t/o/" not in source] == []


@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize("mail", ["case-study", "consultation-invitation"])
def test_marketing_mail_has_one_unsubscribe_link_an_address_and_a_pixel(
    mail: str, locale: str, content: Content
) -> None:
    parts = sent(content, mail, locale)
    assert parts["html"].count("/u/sample") == parts["text"].count("/u/sample") == 1
    assert parts["html"].count("/t/o/sample") == 1
    address = sample_context(locale, "marketing")["sender"]["postal_address"]
    assert address in parts["html"]
    assert address in parts["text"]


def test_internal_mail_is_not_tracked_and_offers_no_unsubscribing(content: Content) -> None:
    html = sent(content, "handoff-new", "en")["html"]
    assert "/t/o/" not in html
    assert "/u/" not in html


def test_the_country_label_stands_before_the_subject(content: Content) -> None:
    assert sent(content, "case-study", "en", label="<ADV> ")["subject"].startswith("<ADV> From")
    assert sent(content, "case-study", "zh", label="【广告】")["subject"].startswith("【广告】首次")


def test_a_name_of_markup_stays_text_in_html(content: Content) -> None:
    person = sample_context("en", "marketing")["person"] | {"given_name": "<script>alert(1)</script>"}
    html = sent(content, "case-study", "en", person=person)["html"]
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_a_person_without_a_name_is_greeted_all_the_same(content: Content) -> None:
    nobody = dict.fromkeys(("name", "given_name", "company", "title", "email", "locale"), "")
    assert "Hello," in sent(content, "whitepaper-thanks", "en", person=nobody)["text"]
    assert "\n您好！" in sent(content, "whitepaper-thanks", "zh", person=nobody)["text"]


def test_the_button_of_the_thank_you_mail_is_the_tracked_address_of_the_paper(content: Content) -> None:
    seen: list[str] = []

    def link(url: str) -> str:
        seen.append(url)
        return "https://mail.example/t/c/token"

    parts = sent(content, "whitepaper-thanks", "en", link=link)
    assert set(seen) == {"https://mail.example/f/whitepaper/asset/whitepaper?lang=en"}
    assert 'href="https://mail.example/t/c/token"' in parts["html"]
    assert "https://mail.example/t/c/token" in parts["text"]


def test_the_preheader_is_hidden_in_html_and_absent_from_the_text(content: Content) -> None:
    parts = sent(content, "case-study", "en")
    assert f">{parts['preheader']}</div>" in parts["html"]
    assert parts["preheader"] not in parts["text"]


def test_the_brief_lists_reasons_and_interactions_line_by_line_in_the_text(content: Content) -> None:
    handoff = sample_context("en", "internal")["handoff"]
    lines = sent(content, "handoff-new", "en")["text"].splitlines()
    assert [line for line in lines if line.startswith("- ")] == [
        f"- {entry}" for entry in (*handoff["reasons"], *handoff["interactions"])
    ]


@pytest.mark.parametrize(("mail", "locale"), EVERY)
def test_the_markup_of_a_mail_is_balanced(mail: str, locale: str, content: Content) -> None:
    class Balance(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.stack: list[str] = []

        def handle_starttag(self, tag: str, attrs: object) -> None:
            if tag not in ("img", "br", "meta", "link", "hr"):
                self.stack.append(tag)

        def handle_startendtag(self, tag: str, attrs: object) -> None:
            """A tag that closes itself opens nothing."""

        def handle_endtag(self, tag: str) -> None:
            assert self.stack.pop() == tag

    reader = Balance()
    reader.feed(sent(content, mail, locale)["html"])
    assert reader.stack == []


def test_text_keeps_links_lists_and_breaks_and_drops_what_is_hidden() -> None:
    source = (
        '<title>no</title><div style="display:none">hidden</div><div>One<br>two &amp; three</div>'
        '<ol><li>first</li><li>second</li></ol><p><a href="https://x.example/">Read</a> <a href="mailto:a@b.c">a@b.c</a></p>'
        '<img src="p" alt="">{% for x in y %}<ul><li>{{ x }}</li></ul>{% endfor %}'
    )
    text = to_text(source)
    assert text.startswith("One\ntwo & three\n\n1. first\n2. second\n\nRead: https://x.example/ a@b.c")
    assert "hidden" not in text


def test_black_on_white_has_the_greatest_contrast() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
