"""A journey as marketers read it: every trigger, condition, step, way and exit in words, in both languages, and lines that fit their boxes."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.admin.journey_picture import draw, wrapped
from functions.admin.journey_words import Teller, purpose_text
from functions.admin.views import Words
from infra.build.content_pages import load_texts
from shared.domain.journey_counts import JourneyCounts
from shared.domain.journeys.picture import BOX_WIDTH
from shared.domain.mail_counts import MailCounts

ROOT = Path(__file__).resolve().parents[3]
TEXTS = load_texts(ROOT / "templates")[0]
SUBJECTS = {"case": {"en": "From 32 hours to 9", "zh": "从 32 小时到 9 小时"}}

STEPS: list[dict[str, Any]] = [
    {"id": "s-mail", "do": "send", "template": "case", "class": "marketing", "purpose": "nurture"},
    {"id": "w-for", "do": "wait", "for": "3d"},
    {"id": "w-until", "do": "wait", "for": "1d12h", "until": {"days": ["tue", "thu"], "at": "09:30"}},
    {
        "id": "w-event",
        "do": "wait",
        "event": {"did": "email_clicked", "step": "s-mail"},
        "at_most": "1w",
        "then": "x-end",
    },
    {
        "id": "b-way",
        "do": "branch",
        "ways": [
            {
                "when": {
                    "any": [{"field": "score", "op": "gte", "value": 30}, {"did": "email_opened", "within": "28d"}]
                },
                "goto": "g-goal",
            },
            {"when": {"not": {"field": "stage", "op": "eq", "value": "mql"}}, "goto": "x-end"},
        ],
    },
    {
        "id": "p-lot",
        "do": "split",
        "ways": [{"way": "way_a", "weight": 30}, {"way": "way_b", "weight": 10, "goto": "g-goal"}],
    },
    {"id": "u-tag", "do": "update", "add_tags": ["vip"], "remove_tags": ["cold"], "set": {"industry": "SaaS"}},
    {"id": "n-tell", "do": "notify", "to": "owner", "reason": {"en": "Write back", "zh": "请回信"}},
    {"id": "h-hand", "do": "hand_off", "reason": "replied"},
    {"id": "r-again", "do": "repeat", "goto": "s-mail", "times": 3},
    {"id": "k-hook", "do": "webhook", "url": "https://hooks.company.example/ripen?key=1"},
    {"id": "g-goal", "do": "goal", "goal": "asked_for_more", "name": {"en": "Asked for more", "zh": "进一步咨询"}},
    {"id": "x-end", "do": "exit", "reason": "completed"},
]
JOURNEY: dict[str, Any] = {
    "triggers": [{"on": "form_submitted", "where": {"field": "form", "op": "eq", "value": "whitepaper"}}],
    "entry": {"again_after": "90d"},
    "audience": {"field": "company_size", "op": "gte", "value": 200},
    "exits": [
        {"on": "stage", "in": ["mql"], "reason": "became_mql"},
        {"on": "unsubscribed", "reason": "unsubscribed"},
        {"on": "condition", "when": {"field": "grade", "op": "eq", "value": "hot"}, "reason": "warmed_up"},
    ],
    "steps": STEPS,
}


def teller(locale: str, journey: dict[str, Any] = JOURNEY) -> Teller:
    names = {"forms": {"whitepaper": "The 48-hour rule"}, "segments": {"quiet": "Quiet people"}}
    return Teller(journey, Words(TEXTS[locale]), locale, lambda template, channel: SUBJECTS[template][locale], names)


def said(step_id: str, locale: str = "en") -> list[str]:
    step = next(step for step in STEPS if step["id"] == step_id)
    told = teller(locale).step(step)
    return [told.title, *told.lines, *(way.said for way in told.ways)]


@pytest.mark.parametrize(
    ("step", "en", "zh"),
    [
        (
            "s-mail",
            ["Mail: From 32 hours to 9", "Marketing: needs consent"],
            ["邮件：从 32 小时到 9 小时", "营销类：须有许可"],
        ),
        ("w-for", ["Wait 3 days"], ["等待 3 天"]),
        (
            "w-until",
            ["Wait 1 day 12 hours, then until Tue or Thu at 09:30 their time"],
            ["等待 1 天 12 小时，再等到周二、周四 09:30（对方当地时间）"],
        ),
        (
            "w-event",
            [
                "Wait until they clicked in “From 32 hours to 9”",
                "As soon as they do → End: completed",
                "After 1 week without it",
            ],
            ["等待对方点击“从 32 小时到 9 小时”中的链接", "一旦发生 → 结束：走完", "1 周内没有发生"],
        ),
        (
            "b-way",
            [
                "Which way?",
                "If Score is at least 30 or they opened a mail in the last 28 days → Goal: Asked for more",
                "If not: Stage is MQL → End: completed",
                "All others",
            ],
            [
                "走哪条路？",
                "如果总分 至少为 30，或者对方打开过邮件 最近 28 天 → 目标：进一步咨询",
                "如果不是（阶段 是 MQL） → 结束：走完",
                "其余所有人",
            ],
        ),
        (
            "p-lot",
            ["By lot", "75 %: way a", "25 %: way b → Goal: Asked for more"],
            ["随机分流", "75%：way a", "25%：way b → 目标：进一步咨询"],
        ),
        (
            "u-tag",
            ["Add the tag “vip”; Remove the tag “cold”; Set Industry to “SaaS”"],
            ["加上标签“vip”；去掉标签“cold”；将行业设为“SaaS”"],
        ),
        ("n-tell", ["Tell the salesperson", "“Write back”"], ["通知负责的销售", "“请回信”"]),
        ("h-hand", ["Hand over to sales", "replied"], ["移交销售", "已回复"]),
        (
            "r-again",
            ["Back to “From 32 hours to 9”, 3 times", "Once more → From 32 hours to 9", "When that is done"],
            ["回到“从 32 小时到 9 小时”，共 3 次", "再来一次 → 从 32 小时到 9 小时", "循环结束后"],
        ),
        ("k-hook", ["Tell the server hooks.company.example"], ["通知服务器 hooks.company.example"]),
        ("g-goal", ["Goal: Asked for more"], ["目标：进一步咨询"]),
        ("x-end", ["End: completed"], ["结束：走完"]),
    ],
)
def test_a_step_is_said_in_words(step: str, en: list[str], zh: list[str]) -> None:
    assert (said(step), said(step, "zh")) == (en, zh)


@pytest.mark.parametrize(
    ("trigger", "en"),
    [
        (JOURNEY["triggers"][0], "somebody fills in the form “The 48-hour rule”"),
        (
            {"on": "form_submitted", "where": {"field": "conversion_point", "op": "eq", "value": "brochure_download"}},
            "somebody converts: brochure downloaded",
        ),
        (
            {"on": "segment_entered", "where": {"field": "segment", "op": "eq", "value": "quiet-for-90d"}},
            "nothing was heard of somebody for 90 days",
        ),
        (
            {"on": "segment_left", "where": {"field": "segment", "op": "eq", "value": "quiet"}},
            "somebody leaves the segment “Quiet people”",
        ),
        (
            {"on": "tag_added", "where": {"field": "tag", "op": "eq", "value": "vip"}},
            "somebody is given the tag “vip”",
        ),
        (
            {"on": "grade_changed", "where": {"all": [{"field": "to", "op": "eq", "value": "cold"}]}},
            "the grade becomes Cold",
        ),
        (
            {
                "on": "grade_changed",
                "where": {
                    "all": [
                        {"field": "to", "op": "in", "value": ["hot", "warm"]},
                        {"not": {"field": "from", "op": "in", "value": ["hot", "warm"]}},
                    ]
                },
            },
            "the score reaches the grade Warm",
        ),
        (
            {"on": "handoff_updated", "where": {"field": "status", "op": "eq", "value": "deferred"}},
            "sales reports: deferred",
        ),
        ({"on": "date", "at": "2026-06-01T09:00:00+08:00"}, "on 2026-06-01 09:00: everybody for whom it is meant"),
        (
            {"on": "date", "of": "handoff_updated", "field": "until", "before": "2d"},
            "on the date “until” that this tells: Sales reported, 2 days before",
        ),
        ({"on": "email_complained"}, "Marked a mail as spam"),
    ],
)
def test_a_trigger_is_said_in_words(trigger: dict[str, Any], en: str) -> None:
    assert teller("en", {**JOURNEY, "triggers": [trigger]}).start().title == f"Begins when {en}"


def test_the_start_says_for_whom_and_how_often_and_the_exits_say_why() -> None:
    told = teller("en").start()
    assert told.lines == ["For: Employees is at least 200", "Again at the earliest after 90 days"]
    assert teller("en").exits() == [
        "The stage becomes MQL → became an MQL",
        "Unsubscribed",
        "Grade is Hot → warmed up",
    ]


def test_every_purpose_of_a_shipped_mail_has_a_name_in_both_languages() -> None:
    written = [path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.yaml")]
    purposes = {found for text in written for found in re.findall(r"(?<!\.)\bpurpose: (\w+)", text)}
    assert {"nurture", "handoff"} <= purposes
    assert [(name, text) for name in purposes for text in TEXTS.values() if f"purpose.{name}" not in text] == []


def test_a_purpose_of_ones_own_is_said_as_it_is_written() -> None:
    assert purpose_text("partner_days", Words(TEXTS["en"])) == "partner days"


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_the_picture_shows_no_id_of_a_step(locale: str) -> None:
    counts = JourneyCounts({"in": 3, "by|s-mail": 3, "at|w-for": 2})
    drawn = draw(JOURNEY, counts, MailCounts({}), teller(locale))
    shown = [line["text"] for node in drawn["nodes"] for line in node["lines"]]
    assert [text for text in shown for step in STEPS if step["id"] in text] == []
    assert len(drawn["nodes"]) == len(STEPS) + 1


def test_boxes_do_not_overlap_and_every_way_leaves_its_own_line() -> None:
    drawn = draw(JOURNEY, JourneyCounts({}), MailCounts({}), teller("en"))
    boxes = [(node["y"], node["y"] + node["height"]) for node in drawn["nodes"]]
    assert all(bottom < top for (_, bottom), (top, _) in pairwise(boxes))
    starts = [edge.path.split("H")[0] for edge in drawn["edges"] if "H" in edge.path]
    assert len(set(starts)) == len(starts)


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=120))
def test_a_wrapped_text_says_the_same(text: str) -> None:
    assert "".join("".join(wrapped(text)).split()) == "".join(text.split())


@pytest.mark.parametrize("text", ["word " * 40, "无论多长的句子都要在框内换行，" * 8, "W" * 300])
def test_a_wrapped_line_fits_its_box(text: str) -> None:
    assert max(len(line) * (13.2 if "无" in text else 8.6 if "W" in text else 5) for line in wrapped(text)) < BOX_WIDTH
