"""The gallery and the preview of mails: what they show, for whom, and that looking changes nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.bed import Bed
from tests.integration.test_admin_pages import EN, ZH, capture, page, shown_text


def preview(bed: Bed, template: str, **query: str) -> dict[str, Any]:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    answer = bed.admin("GET", f"/api/mails/{template}/preview?{asked}")
    assert answer.status == 200, answer.text
    return dict(answer.json())


def frame(bed: Bed, template: str, query: str = "") -> Any:
    return bed.admin("GET", f"/mails/{template}/frame{query}", headers=EN)


def test_the_gallery_shows_every_mail_with_class_purpose_and_journeys(bed: Bed) -> None:
    items = {item["template"]: item for item in bed.admin("GET", "/api/mails").json()["items"]}
    case = items["case-study"]
    assert (case["class"], case["purpose"]) == ("marketing", "nurture")
    assert "whitepaper-three-steps" in case["journeys"]
    seen = page(bed, "/mails")
    assert set(re.findall(r'href="[^"]*/mails/([a-z0-9-]+)"', seen)) == set(items)
    assert len(items) > 30


def test_the_gallery_can_be_narrowed_to_a_class(bed: Bed) -> None:
    seen = page(bed, "/mails?class=internal")
    assert "handoff-new" in seen
    assert "case-study" not in seen


def test_every_mail_can_be_previewed_in_both_languages(bed: Bed) -> None:
    for item in bed.admin("GET", "/api/mails").json()["items"]:
        for language in ("en", "zh"):
            found = preview(bed, item["template"], language=language)
            assert found["subject"], item
            assert found["text"], item
            assert f'lang="{language}' in found["html"]


def test_a_preview_is_for_the_person_asked_for_in_their_language(bed: Bed) -> None:
    lead_id = capture(bed, locale="zh", company="极星机器人", industry="software", title="CTO")
    found = preview(bed, "saas-week-2-case-video", lead=lead_id, language="zh")
    assert found["audience"] == {"industry": "software", "size": "others"}
    assert "一家软件公司的线索交接" in found["subject"]
    assert "林小姐，您好" in found["text"]


def test_a_preview_tells_where_links_lead_and_none_of_them_leads_anywhere(bed: Bed) -> None:
    found = preview(bed, "case-study", language="en")
    assert "/f/whitepaper/asset/case?lang=en" in found["links"]
    hrefs = re.findall(r'href="([^"]*)"', found["html"])
    assert [href for href in hrefs if not href.startswith(("#", "mailto:", "https://www.ripen-demo.example"))] == []
    assert "/f/whitepaper/asset/case?lang=en" in found["text"]
    assert "#to=" not in found["text"]


def test_looking_sends_nothing_and_writes_nothing(bed: Bed) -> None:
    lead_id = capture(bed)
    mails, before = len(bed.mails), bed.admin("GET", f"/api/leads/{lead_id}/timeline").json()
    preview(bed, "consent-confirmation", lead=lead_id)
    page(bed, f"/mails/case-study?lead={lead_id}")
    frame(bed, "case-study", f"?lead={lead_id}")
    bed.pump()
    assert len(bed.mails) == mails
    assert bed.admin("GET", f"/api/leads/{lead_id}/timeline").json() == before


def test_the_frame_stands_alone_and_only_the_console_may_show_it(bed: Bed) -> None:
    answer = frame(bed, "case-study")
    policy = answer.headers["content-security-policy"]
    for rule in ("default-src 'none'", "sandbox;", "frame-ancestors 'self'", "form-action 'none'"):
        assert rule in policy
    assert "script-src" not in policy
    assert not re.search(r"""src=["'](?!data:)""", answer.text)


def test_the_colour_scheme_is_the_one_asked_for(bed: Bed) -> None:
    assert "@media all" in frame(bed, "case-study", "?scheme=dark").text
    light = frame(bed, "case-study", "?scheme=light").text
    assert "@media not all" in light
    assert "prefers-color-scheme" not in light


def test_the_page_has_switches_and_a_sandboxed_frame(bed: Bed) -> None:
    seen = page(bed, "/mails/case-study?width=phone&scheme=dark&language=zh")
    assert re.search(
        r'<section class="card stage phone dark"><iframe src="[^"]*/mails/case-study/frame\?[^"]*" sandbox=""', seen
    )
    assert "White paper in three steps" in shown_text(seen) or "白皮书三步培育" in shown_text(seen)


def test_the_page_says_in_words_what_a_mail_is_for_and_which_pages_it_leads_to(bed: Bed) -> None:
    page = bed.admin("GET", "/mails/case-study", headers={"Accept-Language": "en"}).text
    assert "marketing · nurture<" in page
    assert [text in page for text in ("The page to unsubscribe", "The page with their preferences")] == [True, True]
    assert "/u/…</li>" not in page


def test_the_pages_speak_chinese(bed: Bed) -> None:
    assert "仅为预览" in page(bed, "/mails/case-study", ZH)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/mails/no-such-mail", 404),
        ("/mails/case-study/frame?lead=nobody", 404),
        ("/mails/case-study?scheme=green", 422),
        ("/mails/case-study?language=fr", 422),
    ],
)
def test_what_does_not_exist_is_said_so(path: str, status: int, bed: Bed) -> None:
    page(bed, path, status=status)


def test_a_hostile_name_stays_text_in_the_preview(bed: Bed) -> None:
    lead_id = capture(bed, email="eve@evil.example", name="<script>alert(1)</script>", company='"><img src=x>')
    html = frame(bed, "hot-case", f"?lead={lead_id}").text
    assert "<script>" not in html
    assert "<img src=x>" not in html


def test_every_page_that_a_mail_leads_to_answers(bed: Bed) -> None:
    links = {
        link
        for item in bed.admin("GET", "/api/mails").json()["items"]
        for link in preview(bed, item["template"], language="en")["links"]
        if link.startswith("/f/")
    }
    assert len(links) > 10
    assert {link: bed.http("GET", link).status for link in links} == dict.fromkeys(links, 200)


def test_a_preview_is_found_by_name_or_address_and_offers_namesakes(bed: Bed) -> None:
    capture(bed, locale="en", name="Ada Quill", email="ada@quill.example")
    capture(bed, locale="en", name="Ada Quill", email="ada@other.example")
    by_name = page(bed, "/mails/case-study?who=Quill")
    assert by_name.count("Ada Quill") >= 2
    assert len(set(re.findall(r"lead=([a-z2-7]{24})", by_name))) == 2
    by_address = page(bed, "/mails/case-study?who=ada%40other.example")
    assert len(set(re.findall(r"lead=([a-z2-7]{24})", by_address))) == 1
    assert "Nobody is found" in page(bed, "/mails/case-study?who=Zoltan")
