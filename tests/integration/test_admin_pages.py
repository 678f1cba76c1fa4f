"""The console's pages, on an engine: what they show, what they escape, what their buttons do."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.bed import Bed

HOST = {
    "Host": "ripen.example",
    "Origin": "https://ripen.example",
    "Cookie": "ripen_session=abc",
    "Sec-Fetch-Site": "same-origin",
}
EN = {**HOST, "Accept-Language": "en"}
ZH = {**HOST, "Accept-Language": "zh-CN"}
HOSTILE = {
    "email": "eve@evil.example",
    "name": "<script>alert(1)</script> \u202egnp.exe\u202c 😀",
    "company": '"><img src=x onerror=alert(1)>',
    "title": "CTO {{ 7*7 }} {% raw %}",
    "country": "US",
    "message": "'; DROP TABLE leads; -- \u2066\u200f hello",
}


class Elements(HTMLParser):
    """The tags of a page with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def capture(bed: Bed, **fields: Any) -> str:
    body = {
        "email": "lin@acme-robotics.example",
        "name": "林小姐",
        "company": "Acme Robotics",
        "title": "CTO",
        "country": "CN",
        "consent_email": True,
    }
    answer = bed.http("POST", "/f/whitepaper", json={**body, **fields})
    assert answer.status == 202, answer.text
    bed.pump()
    [lead] = bed.admin("GET", f"/api/leads?email={ {**body, **fields}['email'] }".replace(" ", "")).json()["items"]
    return str(lead["lead_id"])


def ripen(bed: Bed) -> str:
    bed.open_and_click()
    [handoff] = bed.admin("GET", "/api/handoffs").json()["items"]
    return str(handoff["handoff_id"])


def page(bed: Bed, path: str, headers: dict[str, str] | None = None, status: int = 200, **who: Any) -> str:
    answer = bed.admin("GET", path, headers=headers or EN, **who)
    assert answer.status == status, answer.text
    return answer.text


def press(bed: Bed, path: str, form: dict[str, str], seen: str, **who: Any) -> Any:
    """Sends a form of the page `seen`, with its token."""
    token = re.search(r'name="_form" value="([0-9a-f]+)"', seen)
    assert token
    return bed.admin("POST", path, form={"_form": token[1], **form}, headers=EN, **who)


def shown_text(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<(style|script).*?</\1>", " ", text)))


# ------------------------------------------------------------------ what pages show


def test_a_person_with_35_points_shows_why_point_by_point(bed: Bed) -> None:
    text = page(bed, f"/leads/{capture(bed)}")
    assert 'data-score="35"' in text
    reasons = re.findall(r'<li data-rule="([^"]+)">.*?<span class="points[^"]*">([^<]+)</span>', text, re.S)
    assert dict(reasons) == {"title_c_level": "+20", "whitepaper_download": "+15"}
    assert "Filled in a form" in text


def test_the_same_person_in_chinese(bed: Bed) -> None:
    text = page(bed, f"/leads/{capture(bed)}", ZH)
    assert '<html lang="zh">' in text
    for words in ("评分依据", "下载了白皮书", "填写了表单", "时间线"):
        assert words in text


def test_a_person_shows_their_journeys_where_they_wait_and_why_they_left(bed: Bed) -> None:
    lead_id = capture(bed)
    [journey] = bed.admin("GET", f"/api/leads/{lead_id}").json()["journeys"]
    assert (journey["journey"], journey["status"], journey["exit_reason"]) == ("whitepaper-three-steps", "active", "")
    assert journey["due"] > journey["entered_at"]
    shown = bed.admin("GET", f"/leads/{lead_id}", headers=EN).text
    assert all(text in shown for text in ("White paper in three steps", "On the way", "goes on", "Wait 3 days"))
    bed.admin("POST", f"/api/leads/{lead_id}/mql", json={"note": "called"})
    bed.pump()
    [journey] = bed.admin("GET", f"/api/leads/{lead_id}").json()["journeys"]
    assert (journey["status"], journey["exit_reason"]) == ("exited", "became_mql")
    shown = bed.admin("GET", f"/leads/{lead_id}", headers=ZH).text
    assert "已离开" in shown


def test_a_mail_that_was_not_sent_says_why(bed: Bed) -> None:
    lead_id = capture(bed, consent_email=False)
    bed.later(days=4)
    text = shown_text(page(bed, f"/leads/{lead_id}"))
    assert "A mail was not sent" in text
    assert "they never said yes" in text
    assert "not allowed" in text


def test_today_shows_who_waits_and_how_long(bed: Bed) -> None:
    capture(bed)
    ripen(bed)
    bed.later(hours=47)
    text = shown_text(page(bed, "/"))
    assert "林小姐" in text
    assert re.search(r"\d+ min left|1 h left", text)
    bed.later(hours=3)
    assert "2 h over" in shown_text(page(bed, "/")) or "1 h" in shown_text(page(bed, "/"))


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/leads",
        "/handoffs",
        "/suppressions",
        "/quarantine",
        "/audit",
        "/leads?q=nobody",
        "/suppressions?address=a@b.example",
    ],
)
@pytest.mark.parametrize("headers", [EN, ZH], ids=["en", "zh"])
def test_an_empty_page_says_what_to_expect(bed: Bed, path: str, headers: dict[str, str]) -> None:
    assert 'class="empty"' in page(bed, path, headers)


def test_one_box_finds_by_name_by_address_and_by_number(bed: Bed) -> None:
    lead_id = capture(bed, phone="+8613912047765")
    for typed in ("acme", "%E6%9E%97", "lin@acme-robotics.example", "139+1204+7765", "%2B86+139+1204+7765"):
        assert f"/leads/{lead_id}" in page(bed, f"/leads?q={typed}"), typed
    assert f"/leads/{lead_id}" not in page(bed, "/leads?q=nobody@acme.example")


def test_the_menu_shows_what_the_role_may_use(bed: Bed) -> None:
    links = re.findall(
        r'href="/live(/[a-z]*)"', page(bed, "/", who={"username": "sales", "groups": "sales"}).split("</nav>")[0]
    )
    assert links == ["/", "/", "/leads", "/segments", "/handoffs", "/touchpoints"]


def test_pages_of_others_and_pages_that_are_not_say_so(bed: Bed) -> None:
    lead_id = capture(bed)
    assert "belongs to a colleague" in page(
        bed, f"/leads/{lead_id}", status=404, who={"username": "other", "groups": "sales"}
    )
    assert "belongs to a colleague" in page(bed, "/leads/nobody", status=404)
    assert "not for your role" in page(bed, "/audit", status=403, who={"username": "other", "groups": "sales"})
    assert page(bed, "/leads?grade=boiling", status=422)
    assert page(bed, "/leads?cursor=x", status=400)


# ------------------------------------------------------------------ strangers' text


def every_page(bed: Bed) -> dict[str, str]:
    """Every page that shows something of a hostile stranger who is ripe."""
    lead_id = capture(bed, **HOSTILE)
    handoff_id = ripen(bed)
    bed.admin("POST", f"/api/handoffs/{handoff_id}/follow-up", json={"note": "<svg onload=alert(1)>"})
    bed.admin(
        "POST", "/api/suppressions", json={"address": "x'onload=1@evil.example", "list": "dnc", "reason": "<b>bold</b>"}
    )
    paths = [
        "/",
        "/leads",
        "/leads?q=%3Cscript%3E",
        f"/leads/{lead_id}",
        "/handoffs",
        f"/handoffs/{handoff_id}",
        "/suppressions",
        "/audit",
    ]
    return {path: page(bed, path) for path in paths}


def test_strangers_text_is_text_on_every_page(bed: Bed) -> None:
    for path, text in every_page(bed).items():
        elements = Elements(text).found
        assert [attributes for tag, attributes in elements if tag == "script"] == [{}], path
        assert not [tag for tag, _ in elements if tag in ("img", "b onload", "iframe", "object")], path
        assert not [attributes for _, attributes in elements if any(name.startswith("on") for name in attributes)], path
        assert "\u202e" not in text, path
        assert "\u2066" not in text, path
        assert "49" not in re.findall(r"<bdi>([^<]*)</bdi>", text), path


def test_the_stranger_is_still_readable(bed: Bed) -> None:
    texts = every_page(bed)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in texts["/leads"]
    assert "😀" in texts["/leads"]


def test_what_turns_text_around_is_shown_as_what_it_is(bed: Bed) -> None:
    from shared.domain.submission import QUARANTINED, Submission
    from shared.store.intake import Intake
    from tests.bed import START

    fields = {
        "email": "eve@evil.example",
        "name": "a\u202eb\x00\ud800".encode("utf-8", "replace").decode(),
        "company": "x" * 10_000,
    }
    Intake().accept(Submission("held1", "whitepaper", START, QUARANTINED, fields, {}, "honeypot"))
    text = page(bed, "/quarantine")
    assert "a⟨U+202E⟩b⟨U+0000⟩" in text
    assert "x" * 200 not in text
    assert "a field that only machines see" in text


def test_a_persons_score_is_shown_as_of_any_day(bed: Bed) -> None:
    path = f"/leads/{capture(bed)}"
    assert 'type="date"' in page(bed, path)
    before = page(bed, f"{path}?as_of=2020-01-01")
    assert 'data-score="0"' in before
    assert "as it stood at the end of 2020-01-01" in before
    assert 'value="2020-01-01"' in before
    assert "Warm" in shown_text(before.partition('id="score-title"')[0])
    later = page(bed, f"{path}?as_of=2036-01-01")
    [then] = re.findall(r'data-score="(\d+)"', later)
    assert 0 < int(then) < 35
    assert "if nothing happens until then" in later
    assert "评分" in page(bed, f"{path}?as_of=2020-01-01", ZH)
    assert "as_of" in page(bed, f"{path}?as_of=2020-02-31", status=422)


def test_who_waits_is_told_once_and_why_in_words(bed: Bed) -> None:
    from shared.domain.submission import QUARANTINED, Submission
    from shared.store.intake import Intake
    from tests.bed import START

    for at, (fields, reason) in enumerate(
        [
            ({"email": "only@mailinator.com"}, "disposable_email"),
            ({"phone": "+8613888888888", "company": "Acme"}, "phone_repeated_digits"),
            ({"name": "Eve", "email": "eve@a.example"}, "NobodysSubmission"),
        ]
    ):
        Intake().accept(Submission(f"held{at}", "whitepaper", START, QUARANTINED, fields, {}, reason))
    text = shown_text(page(bed, "/quarantine"))
    for once in ("only@mailinator.com", "+8613888888888", "eve@a.example"):
        assert text.count(once) == 1, once
    for said in ("throw-away address disposable_email", "could not be processed: release it to try again NobodysSub"):
        assert said in " ".join(text.split()), text
    assert "处理时出错" in page(bed, "/quarantine", ZH)


@pytest.mark.parametrize("path", ["/", "/leads", "/login", "/leads/nobody"])
def test_pages_load_nothing_run_nothing_foreign_and_are_kept_by_nobody(bed: Bed, path: str) -> None:
    answer = bed.admin("GET", path, headers=EN)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    loaded = [
        a
        for tag, a in Elements(answer.text).found
        if a.get("src") or (tag == "link" and not (a["href"] or "").startswith("data:"))
    ]
    assert loaded == []
    assert 'style="' not in answer.text


def test_the_one_style_sheet_and_the_one_script_are_those_that_the_policy_names(bed: Bed) -> None:
    import base64
    import hashlib

    answer = bed.admin("GET", "/", headers=EN)
    for tag in ("style", "script"):
        [inside] = re.findall(rf"(?s)<{tag}>(.*?)</{tag}>", answer.text)
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in answer.headers["content-security-policy"]


# ------------------------------------------------------------------ buttons


def test_sales_follow_up_on_the_page_of_the_hand_off(bed: Bed) -> None:
    capture(bed)
    handoff_id = ripen(bed)
    path, sales = f"/handoffs/{handoff_id}", {"username": "sales", "groups": "sales"}
    seen = page(bed, path, who=sales)
    answer = press(bed, path, {"act": "follow_up", "note": "Called"}, seen, who=sales)
    assert (answer.status, answer.headers["location"]) == (303, f"/live{path}?done=follow_up")
    after = shown_text(page(bed, f"{path}?done=follow_up", who=sales))
    assert "The clock has stopped" in after
    assert "Called" in after


def test_what_was_typed_stays_when_the_outcome_makes_no_sense(bed: Bed) -> None:
    capture(bed)
    path = f"/handoffs/{ripen(bed)}"
    answer = press(
        bed, path, {"act": "outcome", "result": "won", "amount": "lots <of>", "reason": "so"}, page(bed, path)
    )
    assert answer.status == 422
    assert 'value="lots &lt;of&gt;"' in answer.text
    assert 'role="alert"' in answer.text
    assert press(bed, path, {"act": "outcome", "result": "won", "amount": "5 EUR"}, page(bed, path)).status == 303
    again = press(bed, path, {"act": "follow_up"}, page(bed, "/suppressions"))
    assert again.status == 409
    assert "does not fit any more" in again.text


def test_marking_by_hand_from_the_page(bed: Bed) -> None:
    path = f"/leads/{capture(bed)}"
    seen = page(bed, path)
    assert "Mark as MQL" in seen
    assert press(bed, path, {"note": "fair"}, seen).status == 303
    bed.pump()
    after = page(bed, path)
    assert "Mark as MQL" not in after
    assert "marked by hand" in shown_text(after)


def test_a_suppression_is_added_and_removed_on_its_page(bed: Bed) -> None:
    seen = page(bed, "/suppressions")
    for entry in ("bob@b.example", "c.example"):
        assert (
            press(bed, "/suppressions", {"act": "add", "entry": entry, "list": "dnc", "reason": "asked"}, seen).status
            == 303
        )
    listed = page(bed, "/suppressions")
    assert "bob@b.example" in listed
    assert "a whole domain" in listed
    [row, *_] = re.findall(r'name="id" value="([^"]+)"', listed)
    assert press(bed, "/suppressions", {"act": "remove", "id": row}, listed).status == 303
    refused = press(bed, "/suppressions", {"act": "add", "entry": "nonsense", "list": "dnc", "reason": "x"}, seen)
    assert refused.status == 422
    assert 'value="nonsense"' in refused.text


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/suppressions", {"act": "add", "entry": "a@b.example", "list": "dnc", "reason": "x"}),
        ("/quarantine/held1", {}),
        ("/leads/nobody", {"note": ""}),
    ],
)
def test_a_form_without_its_token_or_from_elsewhere_changes_nothing(bed: Bed, path: str, form: dict[str, str]) -> None:
    assert bed.admin("POST", path, form=form, headers=EN).status == 403
    assert bed.admin("POST", path, form={**form, "_form": "0" * 64}, headers=EN).status == 403
    token = re.search(r'name="_form" value="([0-9a-f]+)"', page(bed, "/suppressions"))
    assert token
    foreign = {**EN, "Origin": "https://evil.example"}
    assert bed.admin("POST", path, form={**form, "_form": token[1]}, headers=foreign).status == 403
    other = {**EN, "Cookie": "ripen_session=another"}
    assert bed.admin("POST", path, form={**form, "_form": token[1]}, headers=other).status == 403
    assert bed.admin("GET", "/api/suppressions").json()["items"] == []


def test_the_language_switch_stays_on_the_page(bed: Bed) -> None:
    text = page(bed, "/leads?q=acme&grade=warm")
    assert 'href="/live/leads?q=acme&amp;grade=warm&amp;lang=zh"' in text
