"""A code on a thing: made by the console or the API, followed by anybody, kept by the lead."""

from __future__ import annotations

import struct
from typing import Any
from urllib.parse import parse_qs, urlsplit

from shared.store.people import People
from tests.bed import Bed
from tests.integration.test_admin_pages import page, press

Json = dict[str, Any]
FAIR = {
    "label": "Visitor card, spring fair",
    "channel": "event",
    "activity": "spring-fair-2026",
    "employee": "sales",
    "material": "card",
    "distributor": "Nordwind GmbH",
}
LIN = {"email": "lin@acme.example", "name": "Lin", "company": "Acme Robotics", "title": "CTO", "country": "CN"}
VISITOR = "0b51c3a2-visitor-of-lin"
BROWSER = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1"}
MARKETER = {"username": "mia", "groups": "marketing"}


def make(bed: Bed, **more: Any) -> Json:
    answer = bed.admin("POST", "/api/touchpoints", json={**FAIR, **more})
    assert answer.status == 200, answer.text
    return dict(answer.json())


def follow(bed: Bed, code: str, cookie: str = "", query: str = "") -> Any:
    return bed.http("GET", f"/q/{code}{query}", headers=BROWSER | ({"Cookie": cookie} if cookie else {}))


def post(bed: Bed, query: str = "", **fields: Any) -> None:
    assert bed.http("POST", f"/f/whitepaper{query}", json={**LIN, **fields}).status == 202
    bed.pump()


def the_lead(bed: Bed, email: str = LIN["email"]) -> Json:
    (found,) = bed.admin("GET", f"/api/leads?email={email}").json()["items"]
    return dict(found)


def test_a_scan_that_becomes_a_lead_keeps_channel_activity_employee_material_and_distributor(bed: Bed) -> None:
    made = make(bed)
    landing = follow(bed, made["code"]).headers["location"]
    assert landing == f"../f/whitepaper?s={made['code']}"
    post(bed, "?" + urlsplit(landing).query)
    for touch in (the_lead(bed)["first_touch"], the_lead(bed)["last_touch"]):
        assert {name: touch[name] for name in FAIR if name != "label"} == {
            name: value for name, value in FAIR.items() if name != "label"
        }
        assert touch["s"] == made["code"]


def test_the_touchpoint_wins_over_what_a_post_claims(bed: Bed) -> None:
    post(bed, f"?s={make(bed)['code']}", channel="sem", employee="mallory")
    assert (the_lead(bed)["first_touch"]["channel"], the_lead(bed)["first_touch"]["employee"]) == ("event", "sales")


def test_a_code_that_nobody_made_leads_nowhere_and_a_post_with_it_is_a_lead_all_the_same(bed: Bed) -> None:
    assert follow(bed, "nothing").status == 404
    post(bed, "?s=nothing")
    assert "channel" not in the_lead(bed)["first_touch"] or the_lead(bed)["first_touch"]["channel"] != "event"


def test_content_is_chosen_by_the_visitors_stage(bed: Bed) -> None:
    code = make(
        bed,
        content={
            "unknown": "/f/whitepaper",
            "lead": "/f/demo?lang=zh",
            "customer": "https://www.ripen-demo.example/vip",
        },
    )["code"]
    cookie = f"ripen_visitor={VISITOR}"
    assert follow(bed, code, cookie).headers["location"] == f"../f/whitepaper?s={code}"
    post(bed, visitor=VISITOR)
    assert follow(bed, code, cookie).headers["location"] == f"../f/demo?lang=zh&s={code}"
    People().move_stage(the_lead(bed)["lead_id"], "mql", bed.clock.now())
    for stage in ("sal", "sql", "opportunity", "customer"):
        assert People().move_stage(the_lead(bed)["lead_id"], stage, bed.clock.now())
    assert follow(bed, code, cookie).headers["location"] == f"https://www.ripen-demo.example/vip?s={code}"


def test_a_touch_before_the_form_is_on_the_leads_timeline_afterwards(bed: Bed) -> None:
    made = make(bed)
    follow(bed, made["code"], f"ripen_visitor={VISITOR}")
    bed.later(minutes=5)
    post(bed, visitor=VISITOR)
    items = bed.admin("GET", f"/api/leads/{the_lead(bed)['lead_id']}/timeline").json()["items"]
    (touch,) = [item for item in items if item["type"] == "touchpoint_followed"]
    assert (touch["channel"], touch["detail"]["touch"]["activity"]) == ("event", "spring-fair-2026")


def test_people_are_counted_and_machines_are_not(bed: Bed) -> None:
    code = make(bed)["code"]
    follow(bed, code)
    follow(bed, code)
    bed.http("HEAD", f"/q/{code}", headers=BROWSER)
    bed.http("GET", f"/q/{code}", headers={"User-Agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"})
    assert bed.admin("GET", f"/api/touchpoints/{code}").json()["scans"] == 2


def test_the_campaign_travels_on_and_nothing_else_does(bed: Bed) -> None:
    code = make(bed)["code"]
    query = parse_qs(
        urlsplit(
            follow(bed, code, query="?utm_source=poster&next=https://evil.example&lang=zh").headers["location"]
        ).query
    )
    assert query == {"utm_source": ["poster"], "s": [code]}


def test_a_code_that_is_printed_is_never_given_out_again(bed: Bed) -> None:
    make(bed, code="spring-fair")
    answer = bed.admin("POST", "/api/touchpoints", json={**FAIR, "code": "spring-fair", "channel": "sem"})
    assert (answer.status, list(answer.json()["errors"])) == (422, ["code"])
    assert bed.admin("GET", "/api/touchpoints/spring-fair").json()["channel"] == "event"


def test_the_list_has_the_newest_first_and_pages(bed: Bed) -> None:
    for number in range(3):
        make(bed, code=f"code-{number}")
        bed.later(minutes=1)
    assert [item["code"] for item in bed.admin("GET", "/api/touchpoints").json()["items"]] == [
        "code-2",
        "code-1",
        "code-0",
    ]
    assert bed.admin("GET", "/api/touchpoints?kind=referral").json()["items"] == []


def test_the_qr_code_comes_as_svg_and_as_png(bed: Bed) -> None:
    made = make(bed)
    svg, png = (bed.http("GET", f"/q/{made['code']}.{kind}") for kind in ("svg", "png"))
    assert (svg.headers["content-type"], png.headers["content-type"]) == ("image/svg+xml", "image/png")
    assert b"<svg" in svg.body
    assert png.body.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png.body[16:24])
    assert width == height >= 300
    assert bed.http("GET", f"/q/{made['code']}.exe").status == 404


def test_a_sellers_card_stands_on_the_content_page_and_on_the_thank_you_page(bed: Bed) -> None:
    card = {"name": "Anna Berg", "role": "Nordwind GmbH", "phone": "+49 30 1234567", "email": "anna@nordwind.example"}
    code = make(bed, card=card)["code"]
    assert all(value in bed.http("GET", f"/f/whitepaper?s={code}").text for value in card.values())
    answer = bed.http("POST", f"/f/whitepaper?s={code}", form=LIN)
    assert answer.headers["location"] == f"whitepaper/thank-you?lang=en&s={code}"
    assert "Anna Berg" in bed.http("GET", "/f/" + answer.headers["location"]).text


def test_an_employee_without_a_card_has_the_teams(bed: Bed) -> None:
    assert "Chen Jing" in bed.http("GET", f"/f/whitepaper?s={make(bed)['code']}&lang=en").text
    assert "Chen Jing" not in bed.http("GET", "/f/whitepaper?lang=en").text


def test_a_customers_referral_link_is_one_and_credits_the_customer(bed: Bed) -> None:
    post(bed)
    lead_id = the_lead(bed)["lead_id"]
    links = [
        bed.admin("POST", "/api/touchpoints", json={"kind": "referral", "lead_id": lead_id}).json() for _ in range(2)
    ]
    assert links[0]["code"] == links[1]["code"]
    post(bed, f"?s={links[0]['code']}", email="eva@other.example", name="Eva")
    touch = the_lead(bed, "eva@other.example")["first_touch"]
    assert (touch["channel"], touch["referred_by"]) == ("referral", f"lead:{lead_id}")


def test_a_referral_link_of_nobody_is_refused(bed: Bed) -> None:
    assert bed.admin("POST", "/api/touchpoints", json={"kind": "referral", "lead_id": "nobody"}).status == 404
    assert bed.admin("POST", "/api/touchpoints", json={"kind": "referral"}).status == 422


def test_a_post_cannot_claim_a_referral(bed: Bed) -> None:
    post(bed, referred_by="lead:mallory")
    assert "referred_by" not in the_lead(bed)["first_touch"]


def test_compliance_makes_no_touchpoints(bed: Bed) -> None:
    who = {"username": "carl", "groups": "compliance"}
    assert bed.admin("POST", "/api/touchpoints", who, json=FAIR).status == 403


def test_making_one_is_in_the_audit_log(bed: Bed) -> None:
    code = make(bed)["code"]
    assert [(e["what"], e["on"]) for e in bed.admin("GET", "/api/audit").json()["items"]] == [("touchpoint.make", code)]


def test_the_page_shows_the_codes_and_the_sheet_prints_those_that_were_ticked(bed: Bed) -> None:
    one, two = make(bed, label="Poster"), make(bed, label="Calendar <b>")
    html = bed.admin("GET", "/touchpoints", MARKETER).text
    assert "Poster" in html
    assert "Calendar &lt;b&gt;" in html
    assert html.count('class="segno"') == 2
    sheet = bed.admin("GET", f"/touchpoints/sheet?c-{one['code']}=1", MARKETER)
    assert sheet.status == 200
    assert sheet.text.count('class="segno"') == 1
    assert one["url"] in sheet.text
    assert two["code"] not in sheet.text
    assert bed.admin("GET", "/touchpoints/sheet", MARKETER).text.count('class="segno"') == 2


def test_an_unknown_channel_is_asked_about_once_and_kept_when_it_is_meant(bed: Bed) -> None:
    form = {"label": "Poster", "channel": "evnt"}
    seen = page(bed, "/touchpoints")
    asked = press(bed, "/touchpoints", form, seen)
    assert asked.status == 422
    assert "Did you mean event (Offline event)?" in asked.text
    assert "sem (Search ads)" in asked.text
    assert 'value="Poster"' in asked.text
    assert bed.admin("GET", "/api/touchpoints", MARKETER).json()["items"] == []
    assert 'name="kept" value="evnt"' in asked.text
    assert press(bed, "/touchpoints", {**form, "kept": "evnt"}, seen).status == 303
    [made] = bed.admin("GET", "/api/touchpoints", MARKETER).json()["items"]
    assert made["channel"] == "evnt"


def test_a_channel_by_its_chinese_name_is_meant_by_its_code(bed: Bed) -> None:
    asked = press(bed, "/touchpoints", {"channel": "线下活动"}, page(bed, "/touchpoints"))
    assert asked.status == 422
    assert "Did you mean event (Offline event)?" in asked.text


def test_a_program_is_told_which_channels_there_are(bed: Bed) -> None:
    hint = make(bed, channel="evnt")["channel_unknown"]
    assert hint["did_you_mean"] == ["event"]
    assert {"sem", "seo", "event", "partner"} <= set(hint["known"])
    assert "channel_unknown" not in make(bed, channel="event")
