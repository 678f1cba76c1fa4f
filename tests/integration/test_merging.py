"""Two records of one person become one, and two again."""

from __future__ import annotations

import re
from typing import Any

from shared.domain.lead import Lead
from shared.domain.timeline import PEOPLE_PARTED
from shared.runtime.wiring import wiring
from shared.store.people import People
from shared.store.tables import ActivityItem, EnrolmentItem, PersonItem, SuppressionItem
from shared.usecases.merge_people import decide_parting, part_people
from shared.usecases.resolve_submission import resolve_submission
from tests.bed import Bed, stream_image

HOST = {
    "Host": "ripen.example",
    "Origin": "https://ripen.example",
    "Cookie": "ripen_session=abc",
    "Sec-Fetch-Site": "same-origin",
    "Accept-Language": "en",
}
LIN = {
    "email": "lin@acme-robotics.example",
    "name": "Lin Mei",
    "company": "Acme Robotics",
    "title": "Engineer",
    "country": "CN",
    "consent_email": True,
}
BROWSER = "0b51c3a2-browser-of-the-other"
OTHER = {**LIN, "email": "lin.mei@acme-robotics.example", "title": "CTO"}


def post(bed: Bed, said: dict[str, Any]) -> None:
    assert bed.http("POST", "/f/whitepaper", json=said).status == 202
    bed.later(minutes=1)


def lead_of(bed: Bed, email: str) -> dict[str, Any]:
    [found] = bed.admin("GET", f"/api/leads?email={email}").json()["items"]
    return dict(found)


def two(bed: Bed) -> tuple[dict[str, Any], dict[str, Any]]:
    post(bed, LIN)
    post(bed, OTHER)
    return lead_of(bed, LIN["email"]), lead_of(bed, OTHER["email"])


def merge(bed: Bed, one: str, other: str) -> None:
    answer = bed.admin("POST", f"/api/leads/{one}/merge", json={"with": other})
    assert answer.status == 200, answer.text
    bed.pump()


def part(bed: Bed, lead_id: str, absorbed: str) -> None:
    answer = bed.admin("POST", f"/api/leads/{lead_id}/part", json={"absorbed": absorbed})
    assert answer.status == 200, answer.text
    bed.pump()


def submissions(lead_id: str) -> int:
    return sum(item.type == "form_submitted" for item in ActivityItem.query(lead_id))


def check_score(bed: Bed, lead_id: str) -> None:
    live = bed.admin("GET", f"/api/leads/{lead_id}/score").json()
    as_of = bed.clock.now().isoformat().replace("+00:00", "Z")
    replayed = bed.admin("GET", f"/api/leads/{lead_id}/score?as_of={as_of}").json()
    assert live["score"] == replayed["score"]


def test_the_old_id_answers_with_the_survivor_and_both_timelines_are_one(bed: Bed) -> None:
    lin, other = two(bed)
    merge(bed, other["lead_id"], lin["lead_id"])
    found = bed.admin("GET", f"/api/leads/{other['lead_id']}").json()
    assert (found["lead_id"], found["title"]) == (lin["lead_id"], "CTO")
    assert submissions(lin["lead_id"]) == 2
    assert submissions(other["lead_id"]) == 0
    assert len(bed.admin("GET", f"/api/leads/{lin['lead_id']}/messages").json()["items"]) >= 2
    assert [item["lead_id"] for item in bed.admin("GET", "/api/leads").json()["items"]] == [lin["lead_id"]]
    check_score(bed, lin["lead_id"])


def test_a_bounce_of_an_old_mail_is_told_where_the_person_is_now(bed: Bed) -> None:
    lin, other = two(bed)
    old = next(mail for mail in bed.mails if mail.to == OTHER["email"])
    merge(bed, other["lead_id"], lin["lead_id"])
    bed.world.post_office.bounce(old, "Permanent", "General")
    bed.pump()
    assert [item.type for item in ActivityItem.query(other["lead_id"])] == []
    assert "email_bounced" in {item.type for item in ActivityItem.query(lin["lead_id"])}


def test_who_was_merged_gets_each_journey_once(bed: Bed) -> None:
    lin, other = two(bed)
    merge(bed, lin["lead_id"], other["lead_id"])
    ended = [item.exit_reason for item in EnrolmentItem.query(other["lead_id"])]
    assert ended
    assert set(ended) == {"merged"}
    before = len(bed.mails)
    bed.later(days=4)
    assert len(bed.mails) == before + 1


def test_a_post_under_the_old_address_makes_no_second_person(bed: Bed) -> None:
    lin, other = two(bed)
    merge(bed, lin["lead_id"], other["lead_id"])
    post(bed, {**OTHER, "title": "Chief Technology Officer"})
    assert submissions(lin["lead_id"]) == 3
    assert sum(item.kind == "lead" for item in PersonItem.scan()) == 1
    check_score(bed, lin["lead_id"])


def test_parting_restores_two_people_with_their_own_lines(bed: Bed) -> None:
    lin, other = two(bed)
    merge(bed, lin["lead_id"], other["lead_id"])
    post(bed, {**OTHER, "title": "Chief Technology Officer"})
    part(bed, lin["lead_id"], other["lead_id"])
    again = lead_of(bed, LIN["email"]), lead_of(bed, OTHER["email"])
    assert [(each["lead_id"], each["title"], each["email"]) for each in again] == [
        (lin["lead_id"], "Engineer", LIN["email"]),
        (other["lead_id"], "Chief Technology Officer", OTHER["email"]),
    ]
    assert (submissions(lin["lead_id"]), submissions(other["lead_id"])) == (1, 2)
    for each in again:
        check_score(bed, each["lead_id"])
    assert {each["score"] for each in again} == {lin["score"], other["score"]}


class PartedMeanwhile(People):
    """Somebody parts the two right before the first post about them is written."""

    def __init__(self, lead_id: str, absorbed: str, bed: Bed) -> None:
        self._two = (lead_id, absorbed)
        self._bed = bed

    def update_profile(self, lead: Lead) -> bool:
        if self._two:
            (lead_id, absorbed), self._two = self._two, ()
            decide_parting(lead_id, absorbed, "manager", wiring.activities, wiring.people, self._bed.clock.now())
            [said] = [each for each in wiring.activities.whole(lead_id) if each.type == PEOPLE_PARTED]
            part_people(said, wiring.merge_ports, self._bed.clock.now())
        return super().update_profile(lead)


def test_a_post_that_comes_while_they_are_parted_is_of_whoever_has_its_address_then(bed: Bed) -> None:
    lin, other = two(bed)
    merge(bed, lin["lead_id"], other["lead_id"])
    answer = bed.http("POST", "/f/whitepaper", json={**OTHER, "title": "Chief Technology Officer"})
    submission = wiring.intake.get(answer.json()["submission_id"])
    people = PartedMeanwhile(lin["lead_id"], other["lead_id"], bed)
    assert resolve_submission(submission, wiring.resolve_ports._replace(people=people)) == other["lead_id"]
    bed.pump()
    assert lead_of(bed, LIN["email"])["title"] == "Engineer"
    assert lead_of(bed, OTHER["email"])["title"] == "Chief Technology Officer"
    assert (submissions(lin["lead_id"]), submissions(other["lead_id"])) == (1, 2)


def views(lead_id: str) -> list[str]:
    return sorted(item.detail["path"] for item in ActivityItem.query(lead_id) if item.type == "page_viewed")


def view(bed: Bed, path: str) -> None:
    told = {"visitor": BROWSER, "url": f"https://www.ripen.example{path}"}
    assert bed.http("POST", "/t/v", json=told, headers=HOST).status in (200, 202, 204)
    bed.later(minutes=1)


def test_a_browser_that_shows_itself_while_they_are_one_stays_with_whose_it_is(bed: Bed) -> None:
    lin, other = two(bed)
    view(bed, "/before-it-was-known")
    merge(bed, lin["lead_id"], other["lead_id"])
    post(bed, {**OTHER, "visitor": BROWSER})
    view(bed, "/while-they-are-one")
    assert views(lin["lead_id"]) == ["/before-it-was-known", "/while-they-are-one"]
    part(bed, lin["lead_id"], other["lead_id"])
    view(bed, "/when-they-are-two-again")
    assert views(lin["lead_id"]) == []
    assert views(other["lead_id"]) == ["/before-it-was-known", "/when-they-are-two-again", "/while-they-are-one"]


def test_a_decision_that_comes_again_changes_nothing(bed: Bed) -> None:
    lin, other = two(bed)
    merge(bed, lin["lead_id"], other["lead_id"])
    [merged] = [item for item in ActivityItem.scan() if item.type == "people_merged"]
    record = {
        "eventName": "INSERT",
        "dynamodb": {"Keys": {"lead_id": {"S": merged.lead_id}}, "NewImage": stream_image(merged)},
    }
    before = sorted(str(item.serialize()) for item in PersonItem.scan())
    bed.invoke("React", {"Records": [record]})
    assert sorted(str(item.serialize()) for item in PersonItem.scan()) == before
    part(bed, lin["lead_id"], other["lead_id"])
    bed.invoke("React", {"Records": [record]})
    assert sum(item.kind == "lead" for item in PersonItem.scan()) == 2


def test_a_no_of_either_holds_for_both_also_after_parting(bed: Bed) -> None:
    lin, other = two(bed)
    mail = next(mail for mail in bed.mails if mail.to == OTHER["email"])
    address = re.search(r"<(https?://[^>]+)>", mail.header("List-Unsubscribe"))
    assert address
    bed.http("POST", address[1], form={"List-Unsubscribe": "One-Click"})
    bed.pump()
    merge(bed, lin["lead_id"], other["lead_id"])
    assert not bed.admin("GET", f"/api/leads/{lin['lead_id']}/contactable").json()["allowed"]
    part(bed, lin["lead_id"], other["lead_id"])
    for each in (lin, other):
        assert not bed.admin("GET", f"/api/leads/{each['lead_id']}/contactable").json()["allowed"]
    assert {item.address for item in SuppressionItem.scan()} >= {f"email:{LIN['email']}", f"email:{OTHER['email']}"}


def test_a_no_to_text_messages_holds_for_the_other_number_too(bed: Bed) -> None:
    sheet = "email,phone,name\n{},+8613912047765,Lin\n{},+8613912047766,Lin\n".format(LIN["email"], OTHER["email"])
    assert bed.admin("POST", "/api/imports", body=sheet.encode(), headers={"Content-Type": "text/csv"}).status == 200
    bed.later(minutes=1)
    lin, other = lead_of(bed, LIN["email"]), lead_of(bed, OTHER["email"])
    bed.world.phones.answer("+8613912047766", "STOP")
    bed.pump()
    merge(bed, lin["lead_id"], other["lead_id"])
    no = {item.address: item.by for item in SuppressionItem.scan() if item.list == "unsubscribed"}
    assert no == {"phone:+8613912047766": "self", "phone:+8613912047765": "merge"}


def test_a_no_by_an_old_mail_holds_for_the_address_it_went_to(bed: Bed) -> None:
    lin, other = two(bed)
    old = next(mail for mail in bed.mails if mail.to == OTHER["email"])
    merge(bed, other["lead_id"], lin["lead_id"])
    assert (
        bed.http("POST", old.header("List-Unsubscribe").strip("<>"), form={"List-Unsubscribe": "One-Click"}).status
        == 200
    )
    no = {item.address for item in SuppressionItem.scan() if item.list == "unsubscribed"}
    assert no == {f"email:{LIN['email']}", f"email:{OTHER['email']}"}


def test_who_gave_a_number_first_and_an_address_later_is_one_person(bed: Bed) -> None:
    phone = "+8613912047765"
    imported = bed.admin(
        "POST", "/api/imports", body=f"name,phone\nLin Mei,{phone}\n".encode(), headers={"Content-Type": "text/csv"}
    )
    assert imported.status == 200
    bed.later(minutes=1)
    post(bed, LIN)
    assert sum(item.kind == "lead" for item in PersonItem.scan()) == 2
    post(bed, {**LIN, "phone": phone})
    assert sum(item.kind == "lead" for item in PersonItem.scan()) == 1
    [lead] = [item for item in PersonItem.scan() if item.kind == "lead"]
    assert submissions(lead.id) == 3
    check_score(bed, lead.id)


def test_the_review_shows_two_side_by_side_and_its_buttons_work(bed: Bed) -> None:
    two(bed)
    seen = bed.admin("GET", "/doubles", headers=HOST).text
    assert "same name" in seen
    assert LIN["email"] in seen
    token = re.search(r'name="_form" value="([0-9a-f]+)"', seen)
    pair = re.search(r'name="one" value="(\w+)"><input type="hidden" name="other" value="(\w+)"', seen)
    assert token
    assert pair
    form = {"_form": token[1], "one": pair[1], "other": pair[2]}
    assert bed.admin("POST", "/doubles", form={**form, "act": "different"}, headers=HOST).status == 303
    assert "No likely doubles" in bed.admin("GET", "/doubles", headers=HOST).text
    assert bed.admin("POST", "/doubles", form={**form, "act": "merge"}, headers=HOST).status == 303
    bed.pump()
    assert sum(item.kind == "lead" for item in PersonItem.scan()) == 1
    [stays] = [item for item in PersonItem.scan() if item.kind == "lead"]
    shown = bed.admin("GET", f"/leads/{stays.id}", headers=HOST).text
    assert "Two people after all" in shown


def test_two_who_are_both_with_sales_are_not_merged(bed: Bed) -> None:
    lin, other = two(bed)
    for each in (lin, other):
        bed.admin("POST", f"/api/leads/{each['lead_id']}/mql", json={"note": "called"})
    bed.pump()
    assert bed.admin("POST", f"/api/leads/{lin['lead_id']}/merge", json={"with": other["lead_id"]}).status == 409
    assert bed.admin("POST", f"/api/leads/{lin['lead_id']}/merge", json={"with": lin["lead_id"]}).status == 404
