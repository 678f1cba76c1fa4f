"""Each defect that a marketer can make is found, with its file, its line and how to mend it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from infra.build.content import compile_content, main
from tests.unit.content.conftest import TEMPLATES, Break

DEFECTS = {
    "an unknown key": ("forms/whitepaper.yaml", "honeypot: website", "honeypott: website", "unknown key 'honeypott'"),
    "a missing translation of a label": (
        "forms/_fields.yaml",
        "label: {en: Job title, zh: 职位}",
        "label: {en: Job title}",
        "has no 'zh'",
    ),
    "an asset without a page": (
        "forms/whitepaper.yaml",
        "case: asset/case",
        "case: asset/customer-story",
        "'asset/customer-story' has no page",
    ),
    "a field that Ripen does not know": ("forms/whitepaper.yaml", "name: budget", "name: shoe_size", "is 'shoe_size'"),
    "a field that stands twice": ("forms/whitepaper.yaml", "name: budget", "name: industry", "'industry' stands twice"),
    "a consent box without a wording": (
        "forms/whitepaper.yaml",
        "wording: marketing_email",
        "wording: newsletter",
        "there is no wording 'newsletter'",
    ),
    "a wording of a jurisdiction that no policy knows": (
        "forms/_consents.yaml",
        "    DE:\n      version",
        "    XX:\n      version",
        "'XX' is no row of policies/consent.yaml",
    ),
    "a wording that does not say who asks": (
        "forms/_consents.yaml",
        "{sender} may e-mail me: {about}. I agree freely",
        "You may e-mail me: {about}. I agree freely",
        "the text does not say {sender}",
    ),
    "a wording with a placeholder that nothing fills": (
        "forms/_consents.yaml",
        "or at {contact}.",
        "or at {phone}.",
        "a placeholder that nothing fills",
    ),
    "a limit that lets everything through": (
        "policies/limits.yaml",
        "posts: 20, within: 1h, free: 5",
        "posts: 20, within: 1h, free: 20",
        "everything is free",
    ),
    "a channel in two groups": (
        "policies/channels.yaml",
        "      kol: {",
        "      sem: {",
        "'sem' is in paid and in partner",
    ),
    "a rule to a channel that there is not": (
        "policies/channels.yaml",
        "channel: kol, medium",
        "channel: influence, medium",
        "there is no channel 'influence'",
    ),
    "a rule that never fits": ("policies/channels.yaml", "[cpc, ppc,", "[CPC, ppc,", "'CPC' never fits"),
    "more credit than there is": (
        "policies/attribution.yaml",
        "first: 40, last: 40",
        "first: 70, last: 40",
        "more than the whole",
    ),
    "a section without its heading": (
        "forms/whitepaper.yaml",
        "    figures_title: What changed in one published case\n",
        "",
        "figures have no heading",
    ),
    "points that are no number": ("scoring/prospects.yaml", "points: 15", "points: fifteen", "is 'fifteen'"),
    "a rule in a group that is not declared": (
        "scoring/prospects.yaml",
        "group: title\n    points: -30",
        "group: titel\n    points: -30",
        "the group 'titel' is not declared",
    ),
    "a grade that is left above where it is entered": (
        "scoring/prospects.yaml",
        "enter: 50, leave: 40",
        "enter: 50, leave: 60",
        "'hot' is left above where it is entered",
    ),
    "a title of two ranks": (
        "scoring/titles.yaml",
        "[ceo, cto,",
        "[manager, ceo, cto,",
        "'manager' is c_level and manager",
    ),
    "a price that is no amount": ("policies/budget.yaml", "email: 0.0001", "email: cheap", "email is 'cheap'"),
    "a channel without a price": ("policies/budget.yaml", "  email: 0.0001", "  fax: 0.0001", "unknown key 'fax'"),
    "a warning after the end of the budget": (
        "policies/budget.yaml",
        "warn_at_percent: 80",
        "warn_at_percent: 120",
        "warn_at_percent is 120",
    ),
    "a journey that sends a mail that does not exist": (
        "journeys/whitepaper-three-steps.yaml",
        "template: case-study",
        "template: case-studdy",
        "there is no mail 'case-studdy'",
    ),
    "marketing mail declared as transactional": (
        "journeys/whitepaper-three-steps.yaml",
        "template: case-study, class: marketing",
        "template: case-study, class: transactional",
        "the mail 'case-study' is marketing",
    ),
    "a webhook to a server that nobody named": (
        "journeys/whitepaper-three-steps.yaml",
        "  - {id: end, do: exit",
        "  - {id: crm, do: webhook, url: 'https://hooks.company.example/in'}\n  - {id: end, do: exit",
        "'hooks.company.example' is no server that may be called",
    ),
    "a webhook in the clear": (
        "journeys/whitepaper-three-steps.yaml",
        "  - {id: end, do: exit",
        "  - {id: crm, do: webhook, url: 'http://api.jpush.cn/in'}\n  - {id: end, do: exit",
        "is 'http://api.jpush.cn/in'",
    ),
    "a journey that a ripe lead does not leave": (
        "journeys/whitepaper-three-steps.yaml",
        "in: [mql, sal,",
        "in: [sal,",
        "a person who became an MQL stays in the journey",
    ),
    "a journey without an end": (
        "journeys/whitepaper-three-steps.yaml",
        "  - {id: end, do: exit, reason: completed}\n",
        "",
        "the journey has no end",
    ),
    "a wait that is no duration": (
        "journeys/whitepaper-three-steps.yaml",
        "for: 3d",
        "for: three days",
        "is 'three days'",
    ),
    "a step without a purpose": (
        "journeys/whitepaper-three-steps.yaml",
        ", class: transactional, purpose: whitepaper_delivery",
        ", class: transactional",
        "has no 'purpose'",
    ),
    "a box ticked beforehand by policy": (
        "policies/consent.yaml",
        "pre_tick: false",
        "pre_tick: true",
        "EU: the marketing box would be ticked beforehand",
    ),
    "a reminder after the escalation": (
        "policies/sales.yaml",
        "remind_after: 40h",
        "remind_after: 50h",
        "the reminder would come after the escalation",
    ),
    "a time zone that does not exist": (
        "policies/countries.yaml",
        "zone: Asia/Shanghai",
        "zone: Asia/Shangri-La",
        "there is no time zone 'Asia/Shangri-La'",
    ),
    "a variable that mails do not have": (
        "emails/case-study/en.yaml",
        "person.given_name",
        "persn.given_name",
        "nothing is called 'persn' in a mail",
    ),
    "a word that the mail needs and a locale lacks": (
        "emails/case-study/zh.yaml",
        "button: 阅读完整案例\n",
        "",
        "'button' is not translated",
    ),
    "a marketing subject without the country's label": (
        "emails/case-study/en.yaml",
        'subject: "{{ label }}',
        'subject: "',
        "some countries want a label",
    ),
    "a second unsubscribe link": (
        "emails/case-study/mail.mjml",
        "[[ detour ]]",
        '[[ detour ]] <a href="{{ unsubscribe_url }}">x</a>',
        "the html has 2 unsubscribe links",
    ),
    "an image without alt text": (
        "emails/case-study/mail.mjml",
        "[[ detour ]]",
        '[[ detour ]] <img src="{{ pixel_url }}" />',
        "an image has no alt text",
    ),
    "a link that is not tracked": (
        "emails/case-study/mail.mjml",
        "[[ detour ]]",
        '[[ detour ]] <a href="https://elsewhere.example/">x</a>',
        "the link 'https://elsewhere.example/' is not tracked",
    ),
    "grey on white that nobody can read": (
        "emails/_parts/head.mjml",
        'line-height="1.65" color="#16221e"',
        'line-height="1.65" color="#aaaaaa"',
        "#aaaaaa on #ffffff has a contrast of 2.3 in the light scheme",
    ),
    "dark text that stays dark at night": (
        "emails/_parts/head.mjml",
        ".ink div { color: #eaf1ee !important; }",
        "",
        "#16221e on #18221f has a contrast of 1.0 in the dark scheme",
    ),
    "MJML that is not closed": ("emails/case-study/mail.mjml", "</mj-body>", "", "not readable as MJML"),
    "a page that loads a font from elsewhere": (
        "pages/public/thanks.html",
        "{% block main %}",
        '{% block main %}<link rel="stylesheet" href="https://fonts.example/x.css">',
        "something is loaded from another site",
    ),
    "a text that no locale has": (
        "pages/public/confirm.html",
        "t.confirm_button",
        "t.confirm_buton",
        "'confirm_buton' is in no locale",
    ),
    "a page whose braces do not close": ("pages/public/thanks.html", "{% endblock %}", "", "not readable as Jinja"),
    "a checkbox ticked in a page": (
        "pages/public/landing.html",
        '<button class="button" type="submit">',
        '<input type="checkbox" name="consent_sms" checked><button class="button" type="submit">',
        "a box is ticked beforehand",
    ),
    "a text message of too many parts": (
        "messages/live-session-tomorrow.yaml",
        "{{ short('live') }}\"\n  zh",
        '{{ link(public_url) }} {{ link(public_url) }} {{ link(public_url) }}"\n  zh',
        "parts of a text message",
    ),
    "a variable that messages do not have": (
        "messages/live-session-tomorrow.yaml",
        "{{ person.given_name }}",
        "{{ handoff.who }}",
        "'handoff' is undefined",
    ),
    "a message that is not translated": (
        "messages/live-session-tomorrow.yaml",
        "  zh: {title: 明天直播：线索门诊",
        "  de: {title: 明天直播：线索门诊",
        "has no 'zh'",
    ),
    "a push longer than phones show": (
        "messages/live-session-tomorrow.yaml",
        "title: Lead clinic tomorrow",
        "title: Lead clinic tomorrow at fifteen hundred hours Beijing time",
        "phones show 40",
    ),
    "a text message that nobody can stop": (
        "policies/sms.yaml",
        "  HK: {stop: {en: Reply STOP to end, zh: 回覆 STOP 取消}}",
        "  HK: {from: Ripen}",
        "has no 'stop'",
    ),
    "a step by a channel that its message is not written for": (
        "journeys/whitepaper-three-steps.yaml",
        "do: send, template: whitepaper-thanks",
        "do: send, channel: sms, template: whitepaper-thanks",
        "no message 'whitepaper-thanks' for sms",
    ),
    "YAML that cannot be read": ("policies/sending.yaml", "per_7_days: 3}", "per_7_days: 3", "not readable as YAML"),
}


@pytest.mark.parametrize(("file", "old", "new", "what"), DEFECTS.values(), ids=DEFECTS.keys())
def test_the_compiler_finds(file: str, old: str, new: str, what: str, broken: Break) -> None:
    findings = broken(file, old, new)
    hits = [finding for finding in findings if what in finding.what]
    assert hits, [str(finding) for finding in findings]
    assert all(finding.mend for finding in hits)


def test_a_finding_names_the_file_and_the_line_of_the_defect(broken: Break, some_templates: Path) -> None:
    findings = broken("journeys/whitepaper-three-steps.yaml", "for: 4d", "for: soon")
    lines = (some_templates / "journeys/whitepaper-three-steps.yaml").read_text(encoding="utf-8").splitlines()
    line = next(number for number, text in enumerate(lines, 1) if "for: soon" in text)
    assert str(findings[0]).startswith(f"journeys/whitepaper-three-steps.yaml:{line}: ")


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        pytest.param(
            "emails/case-study/mail.mjml",
            "assets.case",
            "assets.caze",
            "emails/case-study/mail.mjml:23: there is no asset 'caze'; did you mean 'case'? Else choose one of ",
            id="an asset in a drawing",
        ),
        pytest.param(
            "emails/saas-week-2-case-video/en.yaml",
            "asset/casevideo",
            "asset/case-video",
            "emails/saas-week-2-case-video/en.yaml:15: there is no asset 'case-video'; did you mean 'casevideo'?",
            id="an asset in a letter",
        ),
        pytest.param(
            "emails/case-study/en.yaml",
            "person.given_name",
            "person.givn_name",
            "emails/case-study/en.yaml:6: nothing is called 'person.givn_name' in a mail; did you mean 'given_name'?",
            id="a variable",
        ),
        pytest.param(
            "forms/whitepaper.yaml",
            "case: asset/case\n",
            "case: asset/caze\n",
            "forms/whitepaper.yaml:9: 'asset/caze' has no page; did you mean 'asset/case'? Else write ",
            id="a page",
        ),
    ],
)
def test_an_unknown_name_is_told_where_it_stands_with_the_one_that_was_meant(
    file: str, old: str, new: str, told: str, broken: Break
) -> None:
    assert str(broken(file, old, new)[0]).startswith(told)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        pytest.param(
            "emails/case-study/mail.yaml", "class: marketing", "class: [marketing", id="a mail that cannot be read"
        ),
        pytest.param("emails/case-study/mail.yaml", "class: marketing", "class: markt", id="a mail of no class"),
    ],
)
def test_a_mail_with_findings_is_not_told_as_missing_in_its_journeys(
    file: str, old: str, new: str, broken: Break
) -> None:
    assert {finding.file for finding in broken(file, old, new)} == {file}


def test_a_missing_translation_of_a_mail_is_a_finding(some_templates: Path, tmp_path: Path) -> None:
    (some_templates / "emails/case-study/zh.yaml").unlink()
    assert any(
        finding.file == "emails/case-study/zh.yaml" and "translation is missing" in finding.what
        for finding in compile_content(some_templates, tmp_path / "out")
    )


def test_with_findings_nothing_is_written_and_what_was_there_stays(broken: Break, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "forms.json").write_text("{}", encoding="utf-8")
    assert broken("policies/sender.yaml", "contact:", "kontakt:")
    assert (tmp_path / "out" / "forms.json").read_text(encoding="utf-8") == "{}"


def test_the_command_prints_findings_and_exits_with_1(
    some_templates: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (some_templates / "policies/sender.yaml").write_text("name: only this\n", encoding="utf-8")
    assert main(["--out", str(tmp_path / "out"), "--templates", str(some_templates)]) == 1
    assert f"{some_templates}/policies/sender.yaml:1: " in capsys.readouterr().out


def test_two_runs_in_different_processes_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        command = [
            sys.executable,
            "-m",
            "infra.build.content",
            "--out",
            str(tmp_path / name),
            "--templates",
            str(TEMPLATES),
        ]
        subprocess.run(command, check=True, cwd=TEMPLATES.parent, capture_output=True)
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert files
    assert all((tmp_path / "one" / file).read_bytes() == (tmp_path / "other" / file).read_bytes() for file in files)
