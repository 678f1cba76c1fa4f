"""Tags and segments in the console and its JSON, on an engine."""

from __future__ import annotations

import re
from typing import Any

import pytest

from shared.domain.lead import Lead
from shared.domain.segments import BUILDING
from shared.store.people import People
from shared.store.segments import Definitions
from tests.bed import START, Bed
from tests.integration.test_segments import LIN, WANG, capture, leaf, standing

SALES = {"username": "sales", "groups": "sales"}
COMPLIANCE = {"username": "officer", "groups": "compliance"}
PAGE = {
    "Host": "ripen.example",
    "Origin": "https://ripen.example",
    "Cookie": "ripen_session=abc",
    "Sec-Fetch-Site": "same-origin",
    "Accept-Language": "en",
}
CHINESE = {"name": {"en": "Chinese", "zh": "中国客户"}, "condition": leaf("country", "eq", "CN")}


def call(bed: Bed, method: str, path: str, body: Any = None, who: Any = None, status: int = 200) -> Any:
    more = ({"who": who} if who else {}) | ({"json": body} if body is not None else {})
    answer = bed.admin(method, path, **more)
    assert answer.status == status, answer.text
    return answer.json()


def emails(bed: Bed, path: str) -> list[str]:
    return [item["email"] for item in call(bed, "GET", path)["items"]]


def page(bed: Bed, path: str, headers: dict[str, str] = PAGE) -> str:
    answer = bed.admin("GET", path, headers=headers)
    assert answer.status == 200, answer.text[:400]
    return str(answer.text)


def press(bed: Bed, path: str, form: dict[str, str], status: int) -> Any:
    token = re.search(r'name="_form" value="([^"]+)"', page(bed, "/segments?build=new"))
    assert token
    answer = bed.admin("POST", path, headers=PAGE, form={**form, "_form": token[1]})
    assert answer.status == status, answer.text[:600]
    bed.pump()
    return answer


# -------------------------------------------------------------------- tags


def test_a_tag_is_shown_told_counted_audited_and_found_by(bed: Bed) -> None:
    lin = capture(bed, LIN)
    capture(bed, WANG)
    assert call(bed, "POST", f"/api/leads/{lin}/tags", {"tag": " VIP  客户 "})["tags"] == ["VIP 客户"]
    bed.pump()
    assert call(bed, "GET", f"/api/leads/{lin}")["tags"] == ["VIP 客户"]
    assert emails(bed, "/api/leads?tag=vip%20客户") == ["lin@acme.example"]
    told = call(bed, "GET", f"/api/leads/{lin}/timeline")["items"][0]
    assert (told["type"], told["detail"]) == ("tag_added", {"tag": "VIP 客户", "by": "manager"})
    assert call(bed, "GET", "/api/audit")["items"][0]["what"] == "lead.tag"


def test_the_same_tag_written_otherwise_is_the_same_tag(bed: Bed) -> None:
    lin = capture(bed, LIN)
    call(bed, "POST", f"/api/leads/{lin}/tags", {"tag": "VIP"})
    assert call(bed, "POST", f"/api/leads/{lin}/tags", {"tag": "ｖｉｐ"})["tags"] == ["VIP"]
    assert call(bed, "DELETE", f"/api/leads/{lin}/tags?tag=Vip")["tags"] == []
    bed.pump()
    assert emails(bed, "/api/leads?tag=vip") == []


@pytest.mark.parametrize("tag", ["", "   ", "x" * 41, 7, None])
def test_what_is_no_tag_is_refused(bed: Bed, tag: Any) -> None:
    lin = capture(bed, LIN)
    assert "tag" in call(bed, "POST", f"/api/leads/{lin}/tags", {"tag": tag}, status=422)["errors"]


def test_compliance_reads_tags_and_gives_none(bed: Bed) -> None:
    lin = capture(bed, LIN)
    call(bed, "POST", f"/api/leads/{lin}/tags", {"tag": "x"}, COMPLIANCE, 403)


# -------------------------------------------------------------------- segments by JSON


def test_a_segment_is_made_filled_counted_listed_and_removed(bed: Bed) -> None:
    lin = capture(bed, LIN)
    capture(bed, {**WANG, "country": "DE"})
    made = call(bed, "POST", "/api/segments", CHINESE)
    assert (made["status"], made["members"]) == ("building", 0)
    bed.later(minutes=5)
    path = f"/api/segments/{made['segment_id']}"
    assert call(bed, "GET", path) | {"changed_at": ""} == {
        **made, "status": "ready", "members": 1, "seen": 2, "total": 2, "changed_at": "",
    }  # fmt: skip
    assert emails(bed, f"{path}/members") == ["lin@acme.example"]
    assert emails(bed, f"/api/leads?segment={made['segment_id']}&grade=cold") == []
    assert call(bed, "GET", f"/api/leads/{lin}")["segments"] == [made["segment_id"]]
    call(bed, "DELETE", path)
    bed.later(minutes=5)
    call(bed, "GET", path, status=404)
    assert standing(lin) == set()


def test_a_segment_that_is_being_filled_tells_how_far_it_is(bed: Bed) -> None:
    made = call(bed, "POST", "/api/segments", CHINESE)
    segment_id = made["segment_id"]
    assert "begins within two minutes" in page(bed, "/segments")
    definitions = Definitions()
    present = definitions.get(segment_id)
    assert present is not None
    assert definitions.walk_on(present, {"step": 1, "seen": 100, "part": 0, "after": None, "total": 250}, BUILDING)
    for path in ("/segments", f"/segments/{segment_id}"):
        assert "filling · 100 of 250 people asked (40 %)" in page(bed, path)
        assert 'data-live="3"' in page(bed, path)
    assert call(bed, "GET", f"/api/segments/{segment_id}") | {"seen": 100, "total": 250} == call(
        bed, "GET", f"/api/segments/{segment_id}"
    )


def test_people_are_counted_once_when_a_filling_begins(bed: Bed) -> None:
    for number in range(230):
        People().create(Lead(f"lead{number:03}", START, "test", {"email": f"p{number}@a.example", "country": "CN"}))
    segment_id = call(bed, "POST", "/api/segments", CHINESE)["segment_id"]
    bed.later(minutes=5)
    filled = call(bed, "GET", f"/api/segments/{segment_id}")
    assert (filled["status"], filled["seen"], filled["total"], filled["members"]) == ("ready", 230, 230, 230)
    assert 'data-live="' not in page(bed, f"/segments/{segment_id}")


def test_a_mistake_is_answered_with_its_place_and_how_to_mend_it(bed: Bed) -> None:
    wrong = {"name": "x", "condition": {"all": [leaf("score", "contains", "4")]}}
    errors = call(bed, "POST", "/api/segments", wrong, status=422)["errors"]
    assert list(errors) == ["condition.all.0.op"]
    assert "choose one of gte" in errors["condition.all.0.op"]
    assert "condition" in call(bed, "POST", "/api/segments", {"name": "x", "condition": "1 == 1"}, status=422)["errors"]


def test_a_trial_counts_and_keeps_nothing(bed: Bed) -> None:
    lin = capture(bed, LIN)
    before = call(bed, "GET", "/api/segments")
    assert call(bed, "POST", "/api/segments", {**CHINESE, "dry_run": True}) == {
        "asked": 1,
        "found": 1,
        "examples": [lin],
    }
    assert call(bed, "GET", "/api/segments") == before


def test_a_segment_of_a_file_is_changed_in_its_file(bed: Bed) -> None:
    capture(bed, LIN)
    assert "templates/segments/customers.yaml" in call(bed, "DELETE", "/api/segments/customers", status=409)["error"]
    call(bed, "POST", "/api/segments", {**CHINESE, "segment_id": "customers"}, status=409)


def test_sales_see_members_they_own_and_make_no_segments(bed: Bed) -> None:
    capture(bed, LIN)
    made = call(bed, "POST", "/api/segments", CHINESE)
    bed.later(minutes=5)
    assert call(bed, "GET", f"/api/segments/{made['segment_id']}/members", who=SALES)["items"] == []
    call(bed, "POST", "/api/segments", CHINESE, SALES, 403)


def test_members_come_a_page_at_a_time_and_nobody_twice(bed: Bed) -> None:
    made = call(bed, "POST", "/api/segments", CHINESE)
    for number in range(52):
        bed.http("POST", "/f/whitepaper", json={**LIN, "email": f"lin{number}@acme{number}.example"})
    bed.later(minutes=5)
    path = f"/api/segments/{made['segment_id']}/members"
    first = call(bed, "GET", path)
    second = call(bed, "GET", f"{path}?cursor={first['cursor']}")
    found = {item["lead_id"] for item in first["items"] + second["items"]}
    assert (len(first["items"]), len(second["items"]), len(found), second["cursor"]) == (50, 2, 52, None)


# -------------------------------------------------------------------- pages


def test_the_pages_show_segments_their_members_and_a_persons_own(bed: Bed) -> None:
    lin = capture(bed, LIN)
    made = call(bed, "POST", "/api/segments", CHINESE)
    bed.later(minutes=5)
    assert "Country is China" in page(bed, "/segments")
    assert "中国客户" in page(bed, "/segments", {**PAGE, "Accept-Language": "zh-CN"})
    assert 'data-members="1"' in page(bed, f"/segments/{made['segment_id']}")
    assert f"/segments/{made['segment_id']}" in page(bed, f"/leads/{lin}")
    assert "Entered a segment" in page(bed, f"/leads/{lin}")


def test_the_builder_tries_and_saves_without_any_script(bed: Bed) -> None:
    lin = capture(bed, LIN)
    form = {"name_en": "Chinese bosses", "name_zh": "", "match": "all", "g0match": "all"}
    form |= {"g0r0field": "country", "g0r0op": "eq", "g0r0value": "China"}
    form |= {"g0r1field": "seniority", "g0r1op": "in", "g0r1value": "Top management，总监"}
    form |= {"g0r2field": "did:form_submitted", "g0r2op": "times", "g0r2detail": "whitepaper", "g0r2within": "14 天"}
    tried = press(bed, "/segments", {**form, "do": "preview"}, 200)
    assert "1 of the newest 1 people" in tried.text
    assert len(re.findall(r'name="g0r\d+field"', press(bed, "/segments", {**form, "do": "row0"}, 200).text)) == 4
    saved = press(bed, "/segments", {**form, "do": "save"}, 303)
    bed.later(minutes=5)
    segment_id = saved.headers["location"].split("/segments/")[1].split("?")[0]
    assert standing(lin) == {segment_id}
    again = page(bed, f"/segments?build={segment_id}")
    assert 'value="c_level, director"' in again
    assert 'value="14d"' in again


@pytest.mark.parametrize(
    ("row", "hint"),
    [
        ({"field": "score", "op": "contains", "value": "4"}, "This goes with: is at least"),
        ({"field": "grade", "op": "eq", "value": "boiling"}, "Choose from: Hot, Warm, Cold"),
        ({"field": "score", "op": "gte", "value": "lots"}, "This value does not fit"),
        ({"field": "did:page_viewed", "op": "times", "within": "soon"}, "Write a length of time"),
    ],
)
def test_a_line_that_does_not_fit_says_why(bed: Bed, row: dict[str, str], hint: str) -> None:
    form = {"name_en": "x", "g0match": "all", "do": "save"} | {f"g0r0{name}": value for name, value in row.items()}
    assert hint in press(bed, "/segments", form, 422).text


def test_tags_are_given_and_taken_on_the_persons_page(bed: Bed) -> None:
    lin = capture(bed, LIN)
    press(bed, f"/leads/{lin}/tags", {"tag": "<b>VIP</b>"}, 303)
    shown = page(bed, f"/leads/{lin}")
    assert "&lt;b&gt;VIP&lt;/b&gt;" in shown
    assert "<b>VIP</b>" not in shown
    press(bed, f"/leads/{lin}/tags", {"remove": "<b>VIP</b>"}, 303)
    assert "No tags yet" in page(bed, f"/leads/{lin}")
