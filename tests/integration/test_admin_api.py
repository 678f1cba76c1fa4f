"""The JSON calls, on an engine, with what really happened to people."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.lead import Lead
from shared.domain.moments import to_iso
from shared.store.handoffs import Handoffs
from shared.store.people import People
from tests.bed import START, Bed

LIN = {
    "email": "lin@acme-robotics.example",
    "name": "林小姐",
    "company": "Acme Robotics",
    "title": "CTO",
    "phone": "+8613912047765",
    "country": "CN",
    "company_size": "200",
    "consent_email": True,
}
SALES = {"username": "sales", "groups": "sales"}
COLLEAGUE = {"username": "another", "groups": "sales"}
MANAGER = {"username": "manager", "groups": "manager"}
LEAD_FIELDS = {
    "lead_id", "name", "email", "phone", "company", "title", "industry", "company_size", "country", "tags", "score", "fit",
    "interest", "grade", "stage", "owner", "account_id", "first_touch", "last_touch", "consent",
}  # fmt: skip
HANDOFF_FIELDS = {
    "handoff_id", "lead_id", "owner", "manager", "reason", "brief", "created_at", "due_at", "reminded_at", "escalated_at",
    "followed_up_at", "status",
}  # fmt: skip


def get(bed: Bed, path: str, who: Any = None, status: int = 200) -> Any:
    answer = bed.admin("GET", path, who) if who else bed.admin("GET", path)
    assert answer.status == status, answer.text
    return answer.json()


def send(bed: Bed, path: str, body: Any = None, who: Any = None, status: int = 200, method: str = "POST") -> Any:
    answer = bed.admin(method, path, **({"who": who} if who else {}), **({"json": body} if body is not None else {}))
    assert answer.status == status, answer.text
    return answer.json()


def capture(bed: Bed, **changes: Any) -> str:
    """A captured lead's id."""
    fields = {**LIN, **changes}
    assert bed.http("POST", "/f/whitepaper", json=fields).status == 202
    bed.pump()
    [lead] = get(bed, f"/api/leads?email={fields['email'].replace('+', '%2B')}")["items"]
    return str(lead["lead_id"])


def ripen(bed: Bed) -> str:
    """Opens and clicks the newest mail, which makes Lin hot."""
    bed.open_and_click()
    [handoff] = get(bed, "/api/handoffs")["items"]
    return str(handoff["handoff_id"])


# ------------------------------------------------------------------ leads


def test_a_captured_lead_has_the_promised_fields(bed: Bed) -> None:
    lead = get(bed, f"/api/leads/{capture(bed)}")
    assert lead.keys() >= LEAD_FIELDS
    assert (lead["email"], lead["score"], lead["fit"], lead["interest"], lead["grade"], lead["stage"]) == (
        LIN["email"], 35, 20, 15, "warm", "lead",
    )  # fmt: skip
    assert lead["consent"]["email"]["state"] == "granted"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("email=lin@acme-robotics.example", True),
        ("email=LIN@Acme-Robotics.Example", True),
        ("email=lin@acme.example", False),
        ("email=not-an-address", False),
        ("phone=%2B8613912047765", True),
        ("phone=139%201204%207765", True),
        ("phone=%2B8613912047766", False),
        ("q=acme", True),
        ("q=ＡＣＭＥ%20林", True),
        ("q=acme%20nobody", False),
        ("q=林", True),
        ("q=Robotics%20Inc.", True),
        ("q=lin", True),
        ("q=王", False),
        ("q=cto", True),
        ("q=acme&grade=warm", True),
        ("q=acme&grade=hot", False),
        ("q=acme&stage=mql", False),
        ("q=acme&stage=lead&grade=warm", True),
        ("grade=warm", True),
        ("grade=hot", False),
        ("stage=lead", True),
        ("stage=mql", False),
        ("owner=sales", False),
        ("", True),
        ("email=lin@acme-robotics.example&grade=hot", False),
    ],
)
def test_leads_are_found_by_exact_key_by_index_and_by_words(bed: Bed, query: str, found: bool) -> None:
    capture(bed)
    assert bool(get(bed, f"/api/leads?{query}")["items"]) is found


def test_a_ripe_lead_is_found_by_its_owner_and_its_stage(bed: Bed) -> None:
    lead_id = capture(bed)
    ripen(bed)
    for query in ("owner=sales", "stage=mql", "grade=hot", "owner=sales&grade=hot&q=acme"):
        assert [lead["lead_id"] for lead in get(bed, f"/api/leads?{query}")["items"]] == [lead_id], query


def test_a_name_is_found_among_thousands_by_reading_few_rows(bed: Bed) -> None:
    for number in range(700):
        born = START + timedelta(seconds=number)
        name = "林美" if number in (3, 650) else f"Person {number}"
        People().create(Lead(f"lead{number:03}", born, "test", {"email": f"p{number}@a.example", "name": name}))
    bed.world.meter.units.read = 0
    found = get(bed, "/api/leads?q=林美")
    assert [lead["lead_id"] for lead in found["items"]] == ["lead650", "lead003"]
    assert found["cursor"] is None
    assert bed.world.meter.units.read < 25


def test_many_of_a_name_come_page_by_page_each_once(bed: Bed) -> None:
    for number in range(120):
        born = START + timedelta(seconds=number // 2)
        People().create(
            Lead(f"lead{number:03}", born, "test", {"name": f"Wang {number}"}, grade=("warm", "cold")[number % 2])
        )
    seen, cursor = [], ""
    while cursor is not None:
        page = get(bed, f"/api/leads?q=wang&grade=cold&cursor={cursor}")
        seen += [lead["lead_id"] for lead in page["items"]]
        cursor = page["cursor"]
    assert len(seen) == len(set(seen)) == 60


def test_a_list_goes_on_where_its_cursor_says_and_shows_everybody_once(bed: Bed) -> None:
    for number in range(60):
        born = START + timedelta(seconds=number // 2)
        grade = ("hot", "warm", "cold")[number % 3]
        People().create(Lead(f"lead{number:02}", born, "test", {"email": f"p{number}@acme.example"}, grade=grade))
    first = get(bed, "/api/leads")
    second = get(bed, f"/api/leads?cursor={first['cursor']}")
    seen = [lead["email"] for lead in first["items"] + second["items"]]
    assert (len(first["items"]), second["cursor"]) == (50, None)
    assert sorted(seen) == sorted(f"p{number}@acme.example" for number in range(60))
    born = [lead["created_at"] for lead in first["items"] + second["items"]]
    assert born == sorted(born, reverse=True)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=LIN@Acme-Robotics.Example", True),
        ("q=13912047765", True),
        ("q=139-1204-7765", True),
        ("q=%2B86%20139%201204%207765", True),
        ("q=+86+139+1204+7765", True),
        ("q=0086%20139%201204%207765", True),
        ("q=%EF%BC%8B８６%20139%201204%207765", True),
        ("q=139-1204-7766", False),
        ("q=nobody@acme-robotics.example", False),
        ("q=@acme-robotics.example", True),
        ("q=acme-robotics.example", True),
        ("q=other-robotics.example", False),
        ("q=acme-robotics", True),
        ("q=acme-other", False),
        ("q=lin@acme", True),
        ("q=lin@acme-robotics.example&grade=hot", False),
        ("company=acme", True),
        ("company=ACME%20Robotics%20Co.,%20Ltd.", True),
        ("company=acme-robotics.example", True),
        ("company=acme&q=林", True),
        ("company=acme&grade=warm", True),
        ("company=acme&grade=hot", False),
        ("company=林", False),
        ("company=---", False),
        ("company=other", False),
    ],
)
def test_what_is_typed_is_taken_for_what_it_is(bed: Bed, query: str, found: bool) -> None:
    capture(bed)
    assert bool(get(bed, f"/api/leads?{query}")["items"]) is found


def test_a_lead_is_found_by_its_id_and_by_nobody_elses_id(bed: Bed) -> None:
    lead_id = capture(bed)
    assert [lead["lead_id"] for lead in get(bed, f"/api/leads?q={lead_id.upper()}")["items"]] == [lead_id]
    assert get(bed, f"/api/leads?q={lead_id[::-1]}")["items"] == []
    assert get(bed, f"/api/leads?q={lead_id}", COLLEAGUE)["items"] == []


def test_a_number_that_lost_its_plus_is_still_its_countrys(bed: Bed) -> None:
    lead_id = capture(bed, phone="+49 1512 9045871", country="DE")
    assert [lead["lead_id"] for lead in get(bed, "/api/leads?q=49%201512%209045871")["items"]] == [lead_id]


def test_what_is_a_key_is_read_by_key_however_many_there_are(bed: Bed) -> None:
    lead_id = capture(bed)
    for number in range(400):
        born = START + timedelta(days=1, seconds=number)
        People().create(Lead(f"lead{number:03}", born, "test", {"email": f"p{number}@a.example", "name": "P"}))
    for typed in (LIN["email"], "139-1204-7765", lead_id, "@acme-robotics.example"):
        bed.world.meter.units.read = 0
        assert [lead["lead_id"] for lead in get(bed, f"/api/leads?q={typed}")["items"]] == [lead_id], typed
        assert bed.world.meter.units.read < 10, typed


def test_a_page_is_as_long_as_it_is_asked_for(bed: Bed) -> None:
    for number in range(5):
        People().create(Lead(f"lead{number}", START + timedelta(seconds=number), "test", {"name": "Wang"}))
    for query in ("", "&q=wang", "&grade=cold"):
        seen, cursor = [], ""
        while cursor is not None:
            page = get(bed, f"/api/leads?limit=2{query}&cursor={cursor}")
            assert len(page["items"]) <= 2
            seen += [lead["lead_id"] for lead in page["items"]]
            cursor = page["cursor"]
        assert seen == ["lead4", "lead3", "lead2", "lead1", "lead0"], query


def test_a_page_is_never_longer_than_fifty(bed: Bed) -> None:
    for number in range(55):
        People().create(Lead(f"lead{number}", START + timedelta(seconds=number), "test", {"name": "Wang"}))
    assert len(get(bed, "/api/leads?limit=200")["items"]) == 50


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("compny=acme", "did you mean company? there are email, phone, q, company, grade"),
        ("name=Lin", "there are email, phone, q, company, grade"),
        ("email=a@b.example&Grade=hot", "did you mean grade?"),
    ],
)
def test_a_filter_that_there_is_not_is_named_and_not_left_out(bed: Bed, query: str, says: str) -> None:
    [why] = get(bed, f"/api/leads?{query}", status=422)["errors"].values()
    assert says in why


@pytest.mark.parametrize("query", ["grade=boiling", "stage=gone", "phone=abc", "limit=0", "limit=many"])
def test_a_filter_that_is_none_is_unprocessable(bed: Bed, query: str) -> None:
    errors = get(bed, f"/api/leads?{query}", status=422)["errors"]
    assert list(errors) == [query.split("=")[0]]


@pytest.mark.parametrize(
    "cursor",
    ["x", "e30x", "W10", "eyJob3QiOlsiMSIsIjIiXX0", "eyJ4IjpbIjIwMjYtMDMtMDJUMDE6MDA6MDAuMDAwWiIsIjIiXX0", "%00"],
)
@pytest.mark.parametrize("path", ["/api/leads", "/api/handoffs", "/api/suppressions", "/api/quarantine", "/api/audit"])
def test_a_made_up_cursor_is_a_bad_request(bed: Bed, path: str, cursor: str) -> None:
    assert "cursor" in get(bed, f"{path}?cursor={cursor}", status=400)["error"]


def test_unknown_ids_are_not_found(bed: Bed) -> None:
    for path in ("", "/timeline", "/score", "/messages", "/contactable", "/consents"):
        assert get(bed, f"/api/leads/nobody{path}", status=404)["error"]
    send(bed, "/api/leads/nobody/mql", {}, status=404)
    send(bed, "/api/handoffs/nothing/follow-up", {}, status=404)
    send(bed, "/api/quarantine/nothing/release", status=404)
    for made_up in ("nothing", "ZG5jfGVtYWlsOng", "_-8", "a" * 599):
        send(bed, f"/api/suppressions/{made_up}", status=404, method="DELETE")


# ------------------------------------------------------------------ timeline, score, messages, consent


def test_the_timeline_tells_activities_and_mails_newest_first(bed: Bed) -> None:
    lead_id = capture(bed)
    ripen(bed)
    items = get(bed, f"/api/leads/{lead_id}/timeline")["items"]
    assert all(item.keys() == {"at", "type", "channel", "agent", "detail"} for item in items)
    assert [item["at"] for item in items] == sorted((item["at"] for item in items), reverse=True)
    assert {"form_submitted", "email_sent", "email_opened", "email_clicked", "grade_changed", "handed_off"} <= {
        item["type"] for item in items
    }


def test_a_long_timeline_comes_in_pages_without_a_gap(bed: Bed) -> None:
    lead_id = capture(bed)
    visitor = "visitor-0123456789"
    bed.http("POST", "/f/whitepaper", json={**LIN, "_visitor": visitor})
    from shared.domain.timeline import PAGE_VIEWED, Activity
    from shared.store.activities import Activities

    for number in range(120):
        at = START + timedelta(days=1, minutes=number)
        Activities().append(Activity(lead_id, PAGE_VIEWED, at, f"view-{number}", "web", detail={"path": f"/{number}"}))
    seen, cursor = [], ""
    while True:
        page = get(bed, f"/api/leads/{lead_id}/timeline?cursor={cursor.replace('#', '%23')}")
        seen += page["items"]
        if not page["cursor"]:
            break
        cursor = page["cursor"]
    views = [item["detail"]["path"] for item in seen if item["type"] == "page_viewed"]
    assert views == [f"/{number}" for number in reversed(range(120))]
    mails = [item["detail"]["message_id"] for item in seen if item["type"] == "email_sent"]
    assert len(mails) == len(set(mails)) == len(get(bed, f"/api/leads/{lead_id}/messages")["items"])


def test_the_entries_of_a_score_sum_to_it_at_any_date(bed: Bed) -> None:
    lead_id = capture(bed)
    bed.later(hours=2)
    ripen(bed)
    bed.later(days=40)
    totals = []
    for days in (0, 0.05, 1, 20, 40):
        as_of = to_iso(START + timedelta(days=days, seconds=1))
        score = get(bed, f"/api/leads/{lead_id}/score?as_of={as_of}")
        assert sum(entry["points"] for entry in score["entries"]) == score["score"] == score["fit"] + score["interest"]
        assert score["as_of"] == as_of
        totals.append(score["score"])
    assert totals[:3] == [35, 35, 50]
    assert 50 > totals[3] > totals[4] > 20


def test_the_score_of_now_is_the_replay_of_now(bed: Bed) -> None:
    lead_id = capture(bed)
    ripen(bed)
    bed.later(days=20)
    now = get(bed, f"/api/leads/{lead_id}/score")
    replayed = get(bed, f"/api/leads/{lead_id}/score?as_of={now['as_of']}")
    assert now["entries"] == replayed["entries"]
    assert get(bed, f"/api/leads/{lead_id}")["score"] == now["score"]


def test_a_zone_with_a_plus_is_understood_and_no_zone_is_not(bed: Bed) -> None:
    lead_id = capture(bed)
    assert get(bed, f"/api/leads/{lead_id}/score?as_of=2026-03-02T09:00:01%2B08:00")["score"] == 35
    assert get(bed, f"/api/leads/{lead_id}/score?as_of=2026-03-02T08:00:00+08:00")["score"] == 0
    assert list(get(bed, f"/api/leads/{lead_id}/score?as_of=yesterday", status=422)["errors"]) == ["as_of"]


def test_a_date_alone_is_the_end_of_that_day_and_today_is_now(bed: Bed) -> None:
    lead_id = capture(bed)
    bed.later(days=10)
    address = f"/api/leads/{lead_id}/score"
    ended = get(bed, f"{address}?as_of=2026-03-02")
    assert ended == get(bed, f"{address}?as_of=2026-03-02T23:59:59.999Z")
    assert (ended["as_of"], ended["score"]) == ("2026-03-02T23:59:59.999Z", 35)
    assert get(bed, f"{address}?as_of=2026-03-01")["score"] == 0
    coming = get(bed, f"{address}?as_of=2026-12-25")
    assert sum(entry["points"] for entry in coming["entries"]) == coming["score"] < 35
    today = bed.clock.now().date().isoformat()
    assert get(bed, f"{address}?as_of={today}")["as_of"] < get(bed, address)["as_of"] < f"{today}T02"
    assert list(get(bed, f"{address}?as_of=2026-02-30", status=422)["errors"]) == ["as_of"]


def test_before_the_person_was_known_there_is_no_reason(bed: Bed) -> None:
    lead_id = capture(bed)
    past = get(bed, f"/api/leads/{lead_id}/score?as_of=2026-01-01T00:00:00Z")
    assert (past["score"], past["grade"], past["entries"]) == (0, "cold", [])


def test_messages_are_receipts(bed: Bed) -> None:
    [receipt] = get(bed, f"/api/leads/{capture(bed)}/messages")["items"]
    assert receipt.keys() >= {"message_id", "channel", "template", "to", "status", "at", "reasons", "consent"}
    assert (receipt["to"], receipt["channel"], receipt["reasons"]) == (LIN["email"], "email", [])
    assert receipt["status"] in ("sent", "delivered")


def test_who_ticked_the_box_may_be_mailed_and_who_did_not_may_not(bed: Bed) -> None:
    yes, no = capture(bed), capture(bed, email="bob@acme.example", phone="", consent_email=False)
    assert get(bed, f"/api/leads/{yes}/contactable?channel=email") == {
        "allowed": True,
        "reasons": [],
        "channel": "email",
    }
    assert get(bed, f"/api/leads/{no}/contactable?channel=email")["reasons"] == ["no_consent"]
    assert get(bed, f"/api/leads/{yes}/contactable?channel=sms")["allowed"] is False
    assert list(get(bed, f"/api/leads/{yes}/contactable?channel=pigeon", status=422)["errors"]) == ["channel"]


def test_consents_are_evidence_with_text_and_version(bed: Bed) -> None:
    [event] = get(bed, f"/api/leads/{capture(bed)}/consents")["items"]
    assert (event["channel"], event["state"], event["form"]) == ("email", "granted", "whitepaper")
    assert event["text"]
    assert event["version"]


# ------------------------------------------------------------------ hand-offs


def test_a_ripe_lead_is_a_hand_off_with_a_brief(bed: Bed) -> None:
    capture(bed)
    ripen(bed)
    [handoff] = get(bed, "/api/handoffs?status=open&owner=sales")["items"]
    assert handoff.keys() >= HANDOFF_FIELDS
    assert (handoff["owner"], handoff["manager"], handoff["status"], handoff["followed_up_at"]) == (
        "sales",
        "manager",
        "open",
        None,
    )
    assert handoff["brief"]["score"] == 50
    assert get(bed, "/api/handoffs?status=won")["items"] == []


def test_sales_see_and_act_on_their_own_only(bed: Bed) -> None:
    lead_id = capture(bed)
    handoff_id = ripen(bed)
    assert [item["handoff_id"] for item in get(bed, "/api/handoffs", SALES)["items"]] == [handoff_id]
    assert [item["lead_id"] for item in get(bed, "/api/leads", SALES)["items"]] == [lead_id]
    assert get(bed, "/api/handoffs", COLLEAGUE)["items"] == []
    assert get(bed, "/api/handoffs?owner=sales", COLLEAGUE)["items"] == []
    assert get(bed, "/api/leads?owner=sales", COLLEAGUE)["items"] == []
    assert get(bed, f"/api/leads?email={LIN['email']}", COLLEAGUE)["items"] == []
    get(bed, f"/api/leads/{lead_id}", COLLEAGUE, status=404)
    get(bed, f"/api/leads/{lead_id}/timeline", COLLEAGUE, status=404)
    send(bed, f"/api/handoffs/{handoff_id}/follow-up", {}, COLLEAGUE, status=404)
    send(bed, f"/api/leads/{lead_id}/mql", {}, COLLEAGUE, status=404)


def test_following_up_stops_the_clock(bed: Bed) -> None:
    lead_id = capture(bed)
    handoff_id = ripen(bed)
    bed.later(hours=5)
    handoff = send(bed, f"/api/handoffs/{handoff_id}/follow-up", {"note": "Called; meets us on Friday."}, SALES)
    assert handoff["status"] == "followed_up"
    assert handoff["followed_up_at"]
    assert [note["text"] for note in handoff["notes"]] == ["Called; meets us on Friday."]
    assert get(bed, f"/api/leads/{lead_id}")["stage"] == "sal"
    bed.later(days=4)
    [after] = get(bed, "/api/handoffs")["items"]
    assert (after["status"], after["escalated_at"]) == ("followed_up", None)


def test_accepting_is_a_promise_and_the_clock_runs_on(bed: Bed) -> None:
    capture(bed)
    handoff_id = ripen(bed)
    assert send(bed, f"/api/handoffs/{handoff_id}/accept", {}, SALES)["status"] == "accepted"
    bed.later(days=3)
    assert get(bed, "/api/handoffs")["items"][0]["status"] == "escalated"


def test_a_move_whose_teller_died_is_told_from_where_the_lead_came(bed: Bed) -> None:
    lead_id = capture(bed)
    handoff_id = ripen(bed)
    moment = bed.clock.now()
    # The first press died after the lead was moved: nothing stands on the timeline.
    assert Handoffs().mark(handoff_id, "accepted", moment, stamp="accepted_at", expected=["open"])
    assert People().move_stage(lead_id, "sal", moment)
    assert People().move_stage(lead_id, "sal", moment), "the same move again is done"
    bed.later(minutes=5)
    send(bed, f"/api/handoffs/{handoff_id}/accept", {}, SALES)
    timeline = get(bed, f"/api/leads/{lead_id}/timeline")["items"]
    moves = [line["detail"] for line in timeline if line["type"] == "stage_changed"]
    assert [(move["from"], move["to"]) for move in moves if move["to"] == "sal"] == [("mql", "sal")]


@pytest.mark.parametrize(
    ("body", "stage"),
    [
        ({"result": "won", "amount": "120000 CNY"}, "customer"),
        ({"result": "deferred", "until": "2026-09-01", "reason": "budget next year"}, "recycled"),
        ({"result": "invalid", "reason": "a student"}, "disqualified"),
    ],
)
def test_an_outcome_closes_the_hand_off_and_moves_the_lead(bed: Bed, body: dict[str, str], stage: str) -> None:
    lead_id = capture(bed)
    handoff_id = ripen(bed)
    handoff = send(bed, f"/api/handoffs/{handoff_id}/outcome", body, SALES)
    assert (handoff["status"], handoff["outcome"]) == (body["result"], body)
    assert handoff["followed_up_at"]
    assert get(bed, f"/api/leads/{lead_id}")["stage"] == stage


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "result"),
        ({"result": "lost"}, "result"),
        ({"result": ["won"]}, "result"),
        ({"result": "won", "amount": "a lot"}, "amount"),
        ({"result": "won", "amount": 5}, "amount"),
        ({"result": "deferred", "until": "soon"}, "until"),
        ({"result": "deferred", "until": "2026-13-45"}, "until"),
        ({"result": "invalid", "reason": "x" * 501}, "reason"),
    ],
)
def test_an_outcome_that_makes_no_sense_is_unprocessable(bed: Bed, body: Any, field: str) -> None:
    capture(bed)
    handoff_id = ripen(bed)
    assert list(send(bed, f"/api/handoffs/{handoff_id}/outcome", body, SALES, status=422)["errors"]) == [field]


def test_what_does_not_fit_is_a_conflict_that_says_why(bed: Bed) -> None:
    lead_id = capture(bed)
    handoff_id = ripen(bed)
    assert "mql" in send(bed, f"/api/leads/{lead_id}/mql", {}, status=409)["error"]
    send(bed, f"/api/handoffs/{handoff_id}/outcome", {"result": "won"}, SALES)
    assert "won" in send(bed, f"/api/handoffs/{handoff_id}/follow-up", {}, SALES, status=409)["error"]
    assert "won" in send(bed, f"/api/handoffs/{handoff_id}/outcome", {"result": "invalid"}, SALES, status=409)["error"]


def test_reporting_the_same_twice_is_reporting_it_once(bed: Bed) -> None:
    lead_id = capture(bed)
    handoff_id = ripen(bed)
    for _ in range(2):
        send(bed, f"/api/handoffs/{handoff_id}/follow-up", {}, SALES)
    for _ in range(2):
        send(bed, f"/api/handoffs/{handoff_id}/outcome", {"result": "won", "amount": "1 EUR"}, SALES)
    told = [
        item["detail"]["status"]
        for item in get(bed, f"/api/leads/{lead_id}/timeline")["items"]
        if item["type"] == "handoff_updated"
    ]
    assert sorted(told) == ["followed_up", "won"]


def test_marking_by_hand_hands_over_once(bed: Bed) -> None:
    lead_id = capture(bed)
    first = send(bed, f"/api/leads/{lead_id}/mql", {"note": "Met at the fair"}, MANAGER)
    bed.pump()
    second = send(bed, f"/api/leads/{lead_id}/mql", {"note": "Met at the fair"}, MANAGER)
    assert second["handoff_id"] == first["handoff_id"]
    bed.pump()
    [handoff] = get(bed, "/api/handoffs")["items"]
    assert (handoff["handoff_id"], handoff["reason"]) == (first["handoff_id"], "manual")
    assert [note["text"] for note in handoff["notes"]] == ["Met at the fair"]
    assert (first["stage"], first["owner"]) == ("mql", "sales")
    assert any(mail.to == "sales@ripen-demo.example" for mail in bed.mails)


def test_the_note_of_a_marking_stands_on_the_timeline_and_its_digest_in_the_audit(bed: Bed) -> None:
    lead_id = capture(bed)
    send(bed, f"/api/leads/{lead_id}/mql", {"note": "Met at the fair"}, MANAGER)
    bed.pump()
    [told] = [item for item in get(bed, f"/api/leads/{lead_id}/timeline")["items"] if item["type"] == "handed_off"]
    assert (told["detail"]["by"], told["detail"]["note"]) == ("manager", "Met at the fair")
    shown = bed.admin("GET", f"/leads/{lead_id}", headers={"Cookie": "ripen_session=abc"}).text
    timeline = shown.partition('id="timeline"')[2] or shown
    assert "marked by hand · manager" in timeline
    assert "Met at the fair" in timeline
    [entry] = get(bed, "/api/audit")["items"]
    assert entry["detail"]["note"] == "sha256:" + hashlib.sha256(b"Met at the fair").hexdigest()


@pytest.mark.parametrize(
    ("note", "who"), [("Rang me", MANAGER), ("Met at the fair", {"username": "admin", "groups": "admin"})]
)
def test_another_marking_of_somebody_in_sales_hands_is_refused_and_not_written_down(
    bed: Bed, note: str, who: dict[str, Any]
) -> None:
    lead_id = capture(bed)
    send(bed, f"/api/leads/{lead_id}/mql", {"note": "Met at the fair"}, MANAGER)
    bed.pump()
    answer = send(bed, f"/api/leads/{lead_id}/mql", {"note": note}, who, status=409)
    assert "manager marked it" in answer["error"]
    assert len(get(bed, "/api/audit")["items"]) == 1
    assert [each["text"] for each in get(bed, "/api/handoffs")["items"][0]["notes"]] == ["Met at the fair"]


# ------------------------------------------------------------------ suppressions, quarantine, audit


def test_a_suppression_is_added_found_obeyed_and_removed(bed: Bed) -> None:
    lead_id = capture(bed)
    row = send(
        bed,
        "/api/suppressions",
        {"address": "Lin@ACME-robotics.example", "channel": "email", "list": "dnc", "reason": "asked"},
    )
    assert {name: row[name] for name in ("address", "channel", "list", "reason", "by")} == {
        "address": LIN["email"], "channel": "email", "list": "dnc", "reason": "asked", "by": "manager",
    }  # fmt: skip
    assert get(bed, f"/api/leads/{lead_id}/contactable?channel=email")["reasons"] == ["suppressed"]
    for query in ("", "?list=dnc", f"?address={LIN['email']}"):
        assert [each["id"] for each in get(bed, f"/api/suppressions{query}")["items"]] == [row["id"]], query
    assert get(bed, "/api/suppressions?list=bounced")["items"] == []
    send(bed, f"/api/suppressions/{row['id']}", method="DELETE")
    assert get(bed, f"/api/leads/{lead_id}/contactable?channel=email")["allowed"] is True
    send(bed, f"/api/suppressions/{row['id']}", method="DELETE", status=404)


def test_a_whole_domain_is_suppressed(bed: Bed) -> None:
    lead_id = capture(bed)
    row = send(
        bed, "/api/suppressions", {"domain": "Acme-Robotics.example", "list": "blacklist", "reason": "competitor"}
    )
    assert row["domain"] == "acme-robotics.example"
    assert get(bed, f"/api/leads/{lead_id}/contactable")["reasons"] == ["suppressed"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"address": "a@b.example"}, "list"),
        ({"address": "a@b.example", "list": "everything"}, "list"),
        ({"list": "dnc"}, "address"),
        ({"address": "a@b.example", "domain": "b.example", "list": "dnc"}, "address"),
        ({"address": "nobody", "list": "dnc"}, "address"),
        ({"address": {"a": 1}, "list": "dnc"}, "address"),
        ({"domain": "not a domain", "list": "dnc"}, "domain"),
        ({"address": "a@b.example", "list": "dnc", "channel": "pigeon"}, "channel"),
        ({"address": "a@b.example", "list": "dnc", "reason": "x" * 501}, "reason"),
    ],
)
def test_a_suppression_that_makes_no_sense_is_unprocessable(bed: Bed, body: Any, field: str) -> None:
    assert list(send(bed, "/api/suppressions", body, status=422)["errors"]) == [field]


def test_odd_bodies_are_answered_and_never_a_fault(bed: Bed) -> None:
    for body in (b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 60_000):
        answer = (
            bed.admin("POST", "/api/suppressions", body=body, headers={"Content-Type": "application/json"})
            if _is_text(body)
            else None
        )
        assert answer is None or answer.status == 400, answer.text
    assert bed.admin("POST", "/api/suppressions", body="a=1", headers={"Content-Type": "text/plain"}).status == 415
    assert bed.admin("POST", "/api/suppressions", json={"reason": "x" * 70_000}).status == 413


def _is_text(body: bytes) -> bool:
    """The gateway hands only text to this API."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_a_note_keeps_its_words_and_loses_what_nobody_sees(bed: Bed) -> None:
    capture(bed)
    handoff_id = ripen(bed)
    body = json.dumps({"note": "看\u202eevil\x00\ud800 <b>😀</b>\r\n2"})
    answer = bed.admin(
        "POST", f"/api/handoffs/{handoff_id}/follow-up", SALES, body=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status == 200, answer.text
    handoff = answer.json()
    assert handoff["notes"][0]["text"] == "看evil <b>😀</b>\n2"
    assert list(
        send(bed, f"/api/handoffs/{handoff_id}/follow-up", {"note": "x" * 2001}, SALES, status=422)["errors"]
    ) == ["note"]


def test_what_was_set_aside_is_shown_and_released(bed: Bed) -> None:
    from shared.domain.submission import QUARANTINED, Submission
    from shared.store.intake import Intake

    capture(bed)
    held = Submission(
        "held1",
        "whitepaper",
        START,
        QUARANTINED,
        {"email": "eve@held.example", "name": "Eve", "company": "Held"},
        {"locale": "en"},
        "test_lead",
    )
    Intake().accept(held)
    bed.pump()
    [row] = get(bed, "/api/quarantine")["items"]
    assert (row["submission_id"], row["reasons"], row["fields"]["email"]) == (
        "held1",
        ["test_lead"],
        "eve@held.example",
    )
    assert get(bed, "/api/leads?email=eve@held.example")["items"] == []
    send(bed, "/api/quarantine/held1/release")
    bed.pump()
    assert get(bed, "/api/quarantine")["items"] == []
    assert len(get(bed, "/api/leads?email=eve@held.example")["items"]) == 1
    assert send(bed, "/api/quarantine/held1/release")["status"] == "released"  # once more is the same, not an error
    bed.pump()
    assert len(get(bed, "/api/leads?email=eve@held.example")["items"]) == 1
    send(bed, "/api/quarantine/unknown1/release", status=404)


def test_every_act_is_written_down_without_personal_data(bed: Bed) -> None:
    lead_id = capture(bed)
    handoff_id = ripen(bed)
    send(bed, f"/api/handoffs/{handoff_id}/accept", {}, SALES)
    send(bed, f"/api/handoffs/{handoff_id}/follow-up", {"note": "private"}, SALES)
    send(bed, f"/api/handoffs/{handoff_id}/outcome", {"result": "won"}, SALES)
    row = send(bed, "/api/suppressions", {"address": LIN["email"], "list": "dnc", "reason": "private"})
    send(bed, f"/api/suppressions/{row['id']}", method="DELETE")
    entries = get(bed, "/api/audit")["items"]
    did = [(entry["who"], entry["what"], entry["on"]) for entry in entries]
    assert {(who, what) for who, what, _ in did} == {
        ("sales", "handoff.accept"), ("sales", "handoff.follow_up"), ("sales", "handoff.outcome"),
        ("manager", "suppression.add"), ("manager", "suppression.remove"),
    }  # fmt: skip
    assert ("sales", "handoff.accept", handoff_id) in did
    assert entries[-1]["detail"]["lead_id"] == lead_id
    for secret in (LIN["email"], "private", "林", "13912047765"):
        assert secret not in str(entries)


def test_a_refused_act_is_not_written_down_as_done(bed: Bed) -> None:
    lead_id = capture(bed)
    ripen(bed)
    send(bed, f"/api/leads/{lead_id}/mql", {}, status=409)
    assert get(bed, "/api/audit")["items"] == []


def test_the_audit_log_goes_on_over_days(bed: Bed) -> None:
    for day in range(4):
        for number in range(20):
            send(bed, "/api/suppressions", {"address": f"p{day}-{number}@x.example", "list": "dnc"})
            bed.until(bed.clock.now() + timedelta(milliseconds=5))
        bed.later(days=1)
    first = get(bed, "/api/audit")
    second = get(bed, f"/api/audit?cursor={first['cursor'].replace('#', '%23')}")
    moments = [entry["at"] for entry in first["items"] + second["items"]]
    assert (len(first["items"]), len(second["items"]), second["cursor"]) == (50, 30, None)
    assert moments == sorted(moments, reverse=True)


# ------------------------------------------------------------------ other sites


def test_a_call_with_a_cookie_from_another_site_changes_nothing(bed: Bed) -> None:
    body = {"address": "a@b.example", "list": "dnc"}
    foreign = {"Cookie": "ripen_session=abc", "Origin": "https://evil.example", "Host": "ripen.example"}
    own = {**foreign, "Origin": "https://ripen.example"}
    assert bed.admin("POST", "/api/suppressions", json=body, headers=foreign).status == 403
    assert bed.admin("POST", "/api/suppressions", json=body, headers={"Cookie": "ripen_session=abc"}).status == 403
    assert get(bed, "/api/suppressions")["items"] == []
    assert bed.admin("POST", "/api/suppressions", json=body, headers=own).status == 200


def test_a_call_with_a_bearer_token_needs_no_origin(bed: Bed) -> None:
    headers = {"Authorization": "Bearer x", "Origin": "https://tool.example"}
    assert (
        bed.admin("POST", "/api/suppressions", json={"address": "a@b.example", "list": "dnc"}, headers=headers).status
        == 200
    )
