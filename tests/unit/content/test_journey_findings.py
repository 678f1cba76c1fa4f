"""Everything that is wrong with a journey's text is told at once: one thing hides no other, and nothing is told that only follows from another."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shared.authoring.journey_files import check_text
from shared.authoring.journey_rules import Known

FINE = """\
name: {en: Spring fair, zh: 春季展会}
trigger: {on: form, form: webinar}
entry: once
exits:
  - {on: stage, in: [mql], reason: became_mql}
  - {on: unsubscribed, reason: unsubscribed}
steps:
  - {id: case, do: send, template: case-study, class: marketing, purpose: nurture}
  - {id: pause, do: wait, for: 2d}
  - id: way
    do: branch
    ways: [{when: {did: email_clicked, step: case}, goto: end}]
    else: end
  - {id: end, do: exit, reason: completed}
"""
KNOWN = Known(
    mails={"case-study": {"class": "marketing"}, "sales-notice": {"class": "internal"}},
    forms=["webinar", "whitepaper"],
    marks={"warm": 30},
    segments=["gone-quiet"],
)
Findings = Callable[..., list[str]]


@pytest.fixture
def findings() -> Findings:
    """findings((old, new), …) → what is said of the text when each `old` in it reads `new`, as ``line: what; mend``."""

    def check(*changes: tuple[str, str]) -> list[str]:
        text = FINE
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        return [f"{each.line}: {each.what}; {each.mend}" for each in check_text("spring", text, KNOWN, {})[1]]

    return check


def test_a_text_that_is_fine_has_no_findings(findings: Findings) -> None:
    assert findings() == []


def test_a_missing_purpose_hides_neither_the_unknown_mail_nor_the_way_that_leads_nowhere(findings: Findings) -> None:
    purpose, mail, nowhere = findings(
        (", purpose: nurture", ""), ("case-study", "case-x"), ("else: end", "else: nowhere")
    )
    assert "8: steps.0 has no 'purpose'" in purpose or "8: steps.0 has no 'purpose'" in mail
    assert any("8: there is no mail 'case-x'" in each for each in (purpose, mail))
    assert "13: there is no step 'nowhere'" in nowhere


def test_a_missing_name_does_not_hide_a_form_that_does_not_exist(findings: Findings) -> None:
    name, form = findings((", zh: 春季展会", ""), ("form: webinar", "form: webinars"))
    assert "1: name has no 'zh'" in name
    assert "2: there is no form 'webinars'" in form


def test_a_wait_without_sense_does_not_hide_a_step_that_is_never_reached(findings: Findings) -> None:
    wait, unreached = findings(
        ("for: 2d", "for: two days"),
        ("  - {id: end,", "  - {id: lost, do: goal, goal: seen}\n  - {id: end,"),
    )
    assert "9: steps.1.for is 'two days'" in wait
    assert "14: 'lost': this step is never reached" in unreached


def test_a_way_that_leads_nowhere_is_told_beside_a_step_that_does_nothing_known(findings: Findings) -> None:
    unknown, nowhere = findings(("do: wait", "do: weit"), ("else: end", "else: nowhere"))
    assert "9: a step has do: one of send, wait" in unknown
    assert "13: there is no step 'nowhere'" in nowhere


def test_what_follows_from_a_step_that_cannot_be_read_is_not_told(findings: Findings) -> None:
    unknown = findings(("do: branch", "do: branche"))
    assert len(unknown) == 1
    assert "11: a step has do: one of" in unknown[0]


def test_an_exit_that_is_misspelt_is_not_told_as_missing_too(findings: Findings) -> None:
    [only] = findings(("in: [mql]", "in: [mqll]"))
    assert "'mqll'" in only


def test_a_step_that_stands_twice_hides_no_unknown_mail(findings: Findings) -> None:
    mail, twice = findings(("template: case-study", "template: case-x"), ("id: pause", "id: case"))
    assert "there is no mail 'case-x'" in mail
    assert "9: 'case' stands twice in steps" in twice


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(FINE[FINE.index("steps:") :], "steps: none\n", id="steps that are no list"),
        pytest.param("  - {id: pause, do: wait, for: 2d}", "  - pause", id="a step that is a word"),
        pytest.param("id: pause", "id: [1, 2]", id="an id that is a list"),
        pytest.param("{id: pause, do: wait", "{id: [1], do: weit", id="an id that is a list, of an unknown step"),
        pytest.param(
            "{on: form, form: webinar}", "[form, {on: score}, {on: no_interaction}]", id="triggers that lack all"
        ),
        pytest.param(
            "ways: [{when: {did: email_clicked, step: case}, goto: end}]", "ways: [1, {when: []}]", id="odd ways"
        ),
        pytest.param("{did: email_clicked, step: case}", "{did: [email_clicked], step: [case]}", id="odd questions"),
        pytest.param("do: wait, for: 2d", "do: repeat", id="a way back to nowhere"),
        pytest.param("do: wait, for: 2d", "do: split, ways: [{way: [a]}, b]", id="odd ways of a split"),
        pytest.param("do: wait, for: 2d", "do: webhook, url: [1]", id="an address that is a list"),
        pytest.param("template: case-study", "template: {a: b}", id="a template that is a mapping"),
        pytest.param(FINE, "- a\n- b\n", id="a list"),
        pytest.param(FINE, "just words\n", id="a sentence"),
        pytest.param("exits:", "exits: 5\nothers:", id="exits that are a number"),
    ],
)
def test_whatever_stands_in_the_text_is_told_and_breaks_nothing(findings: Findings, old: str, new: str) -> None:
    assert findings((old, new))


@pytest.mark.parametrize(
    ("old", "new", "meant"),
    [
        pytest.param("case-study", "case-studdy", "case-study", id="a mail"),
        pytest.param("form: webinar", "form: webinars", "webinar", id="a form"),
        pytest.param("else: end", "else: edn", "end", id="a step"),
        pytest.param("step: case}", "step: cse}", "case", id="a step of a question"),
        pytest.param("do: wait", "do: weit", "wait", id="what a step does"),
        pytest.param("class: marketing", "class: marketting", "marketing", id="a class"),
        pytest.param("template: case", "templat: case", "template", id="a key"),
        pytest.param(
            "trigger: {on: form, form: webinar}",
            "trigger: {on: segment_left, segment: gone-quit}",
            "gone-quiet",
            id="a segment",
        ),
        pytest.param(
            "entry: once", "entry: once\naudience: {field: industri, op: eq, value: saas}", "industry", id="a field"
        ),
    ],
)
def test_a_name_that_is_misspelt_is_told_with_the_one_that_was_meant(
    findings: Findings, old: str, new: str, meant: str
) -> None:
    assert any(f"did you mean {meant!r}?" in each for each in findings((old, new)))


def test_a_name_like_none_that_is_known_is_mended_without_a_guess(findings: Findings) -> None:
    assert findings(("template: case-study", "template: gone-fishing")) == [
        "8: there is no mail 'gone-fishing'; write emails/gone-fishing/"
    ]


def test_an_entry_that_is_none_names_all_three_that_may_be_written(findings: Findings) -> None:
    assert findings(("entry: once", "entry: twice")) == [
        "3: entry is 'twice'; write once, {again_after: 30d} or always"
    ]
