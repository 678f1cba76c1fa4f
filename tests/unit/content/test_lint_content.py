"""`make lint-content`: errors fail, warnings tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.build.content_journeys import shared_mails
from infra.build.content_spam import suspicious_words
from infra.build.lint import main
from tests.unit.content.conftest import TEMPLATES, Break


def replaced(templates: Path, file: str, old: str, new: str) -> int:
    """Writes `new` for `old`; the line where it stands."""
    path = templates / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_what_ships_has_neither_errors_nor_suspicious_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--templates", str(TEMPLATES)]) == 0
    told = capsys.readouterr()
    [warning] = told.out.splitlines()
    assert "messages/live-session-tomorrow.yaml:7: warning: no WeChat template is named" in warning
    assert told.err.splitlines()[-1] == "0 errors, 1 warnings"


def test_a_placeholder_is_no_wechat_template(broken: Break) -> None:
    place = "messages/live-session-tomorrow.yaml"
    assert any(
        "template_id" in finding.what
        for finding in broken(place, "  # template_id: the id", "  template_id: FILL-IN #")
    )
    assert broken(place, "  template_id: FILL-IN #", "  template_id: OPENTM207 #") == []


@pytest.mark.parametrize(
    ("file", "old", "new", "word"),
    [
        ("emails/case-study/en.yaml", "Read the whole case", "Click here for FREE", "'click here'"),
        ("emails/case-study/zh.yaml", "阅读完整案例", "免费领取大奖", "'免费'"),
        ("emails/case-study/en.yaml", "A case study", "A case study!!", "this shouts"),
    ],
)
def test_a_suspicious_word_warns_with_its_line_and_fails_nothing(
    file: str, old: str, new: str, word: str, some_templates: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = replaced(some_templates, file, old, new)
    warnings = suspicious_words(some_templates)
    assert any(word in finding.what and (finding.file, finding.line) == (file, line) for finding in warnings)
    assert all(finding.mend for finding in warnings)


def test_words_inside_words_and_variables_are_no_words(some_templates: Path) -> None:
    replaced(some_templates, "emails/case-study/en.yaml", "A case study", "Freedom, cashmere, {{ sender.name }}")
    assert suspicious_words(some_templates) == []


def test_the_command_prints_warnings_and_errors_and_fails_for_errors_only(
    some_templates: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replaced(some_templates, "emails/case-study/en.yaml", "A case study", "A miracle")
    replaced(some_templates, "emails/whitepaper-thanks/zh.yaml", "button: ", "buton: ")
    assert main(["--templates", str(some_templates)]) == 1
    told = capsys.readouterr().out
    assert "emails/whitepaper-thanks/zh.yaml:1: 'button' is not translated" in told
    assert "warning: the word 'miracle'" in told


def test_a_list_of_words_without_chinese_is_an_error(broken: Break) -> None:
    assert any("has no 'zh'" in finding.what for finding in broken("policies/spam_words.yaml", "\nzh: [", "\nxx: ["))


def test_a_mail_that_says_nothing_in_words_has_no_text_part(some_templates: Path, broken: Break) -> None:
    (some_templates / "emails/_parts/footer.mjml").write_text("<mj-raw></mj-raw>", encoding="utf-8")
    (some_templates / "emails/whitepaper-thanks/mail.mjml").write_text(
        '<mjml lang="[[ lang ]]">[% include "_parts/head.mjml" %]<mj-body><mj-section><mj-column>'
        '<mj-image src="{{ pixel_url }}" alt="" /></mj-column></mj-section></mj-body></mjml>',
        encoding="utf-8",
    )
    findings = broken("emails/whitepaper-thanks/mail.yaml", "purpose", "purpose")
    assert any("no text part" in finding.what for finding in findings)


def test_a_mail_longer_than_gmail_shows_is_an_error(some_templates: Path, broken: Break) -> None:
    long = "  - text: " + "A sentence that says the same again. " * 3000
    findings = broken("emails/saas-week-2-case-video/en.yaml", "body:\n", f"body:\n{long}\n")
    assert any("Gmail cuts off" in finding.what for finding in findings)


def test_a_mail_without_purpose_or_title_is_an_error(broken: Break, some_templates: Path) -> None:
    replaced(some_templates, "emails/case-study/en.yaml", "title: A case study\n", "")
    findings = broken("emails/case-study/mail.yaml", "purpose: nurture\n", "")
    assert any("has no 'purpose'" in finding.what for finding in findings)
    findings = broken("emails/case-study/mail.yaml", "class: marketing\n", "class: marketing\npurpose: nurture\n")
    assert any("'title' is not translated" in finding.what for finding in findings)


def test_a_mail_that_two_journeys_send_is_a_warning(some_templates: Path) -> None:
    text = (some_templates / "journeys/whitepaper-three-steps.yaml").read_text(encoding="utf-8")
    (some_templates / "journeys/again.yaml").write_text(f"priority: 90\n{text}", encoding="utf-8")
    told = [f"{each.file}: {each.what}" for each in shared_mails(some_templates)]
    assert (
        told[0]
        == "journeys/again.yaml: the mail 'case-study' is sent by whitepaper-three-steps too: who is in both gets it twice"
    )


def test_a_journey_that_cannot_be_read_warns_of_nothing(some_templates: Path) -> None:
    (some_templates / "journeys/again.yaml").write_text("name: [\n", encoding="utf-8")
    assert shared_mails(some_templates) == []
