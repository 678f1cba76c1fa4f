"""A company's page: its people by key, who of the committee is moved, what a salesperson may see of it."""

from __future__ import annotations

from typing import Any

from tests.bed import Bed
from tests.integration.test_admin_pages import EN, ZH, capture, page
from tests.integration.test_doubles import known

SALES = {"username": "sales-de", "groups": "sales"}
COMMITTEE = (
    {"email": "lin@acme-robotics.example", "name": "林小姐", "title": "CTO"},
    {"email": "chen@acme-robotics.example", "name": "陈强", "title": "采购经理"},
    {"email": "wang@acme-robotics.example", "name": "王总", "title": "总经理"},
)


def account_of(bed: Bed, lead_id: str) -> str:
    return str(bed.admin("GET", f"/api/leads/{lead_id}").json()["account_id"])


def read(bed: Bed, account_id: str, **who: Any) -> dict[str, Any]:
    answer = bed.admin("GET", f"/api/accounts/{account_id}", **who)
    assert answer.status == 200, answer.text
    return dict(answer.json())


def test_people_of_one_company_share_an_account_that_lists_them(bed: Bed) -> None:
    lin, chen = (capture(bed, **fields) for fields in COMMITTEE[:2])
    other = capture(bed, email="eva@nordwind.example", company="Nordwind")
    account = account_of(bed, lin)
    assert account == account_of(bed, chen) != account_of(bed, other)
    found = read(bed, account)
    assert {each["lead_id"] for each in found["people"]} == {lin, chen}
    assert (found["name"], found["domain"]) == ("Acme Robotics", "acme-robotics.example")
    listed = bed.admin("GET", f"/api/leads?account={account}").json()["items"]
    assert {each["lead_id"] for each in listed} == {lin, chen}


def test_the_account_names_the_departments_that_are_covered_and_those_that_are_missing(bed: Bed) -> None:
    lin, chen = (capture(bed, **fields) for fields in COMMITTEE[:2])
    found = read(bed, account_of(bed, lin))
    covered = {each["department"]: each["lead_id"] for each in found["coverage"]}
    assert covered == {"purchasing": chen, "technical": lin, "management": ""}
    assert found["missing"] == ["management"]
    assert sum(entry["points"] for entry in found["entries"]) == found["score"] > 0
    capture(bed, **COMMITTEE[2])
    assert read(bed, found["account_id"])["missing"] == []


def test_who_fits_a_department_but_is_not_active_is_named_as_such(bed: Bed) -> None:
    wang = capture(bed, **COMMITTEE[2])
    bed.later(days=200)  # the interest has faded
    [management] = [each for each in read(bed, account_of(bed, wang))["coverage"] if each["department"] == "management"]
    assert (management["lead_id"], management["quiet"]) == ("", [wang])


def test_a_free_mailbox_is_no_company_and_is_shown_as_perhaps_of_it(bed: Bed) -> None:
    lin = capture(bed, **COMMITTEE[0])
    free = capture(bed, email="someone@gmail.com", company="ACME Robotics, Inc.", name="Sam One", title="Buyer")
    nobody = capture(bed, email="other@gmail.com", company="n/a", name="Sam Two")
    assert account_of(bed, nobody) == ""
    assert account_of(bed, free) not in ("", account_of(bed, lin))
    found = read(bed, account_of(bed, lin))
    assert [each["lead_id"] for each in found["people"]] == [lin]
    assert found["namesakes"] == [free]


def test_an_address_of_the_company_moves_a_person_to_its_account(bed: Bed) -> None:
    lin = capture(bed, **COMMITTEE[0])
    phone = "+86 139 1204 7765"
    by_phone = bed.http(
        "POST", "/f/demo", json={"email": "z@gmail.com", "name": "Z", "company": "Somewhere Else", "phone": phone}
    )
    assert by_phone.status == 202, by_phone.text
    bed.pump()
    [before] = bed.admin("GET", "/api/leads?email=z@gmail.com").json()["items"]
    assert [each["lead_id"] for each in read(bed, before["account_id"])["people"]] == [before["lead_id"]]
    bed.http("POST", "/f/demo", json={"email": "z@gmail.com", "name": "Z", "company": "Another Place", "phone": phone})
    bed.pump()
    after = account_of(bed, before["lead_id"])
    assert after != before["account_id"]
    assert bed.admin("GET", f"/api/accounts/{before['account_id']}").status == 404
    assert [each["lead_id"] for each in read(bed, after)["people"]] == [before["lead_id"]]
    assert account_of(bed, lin) != after


def test_a_merged_person_leaves_the_account_and_comes_back_when_parted(bed: Bed) -> None:
    lin, chen = (capture(bed, **fields) for fields in COMMITTEE[:2])
    account = account_of(bed, lin)
    stays = bed.admin("POST", f"/api/leads/{lin}/merge", json={"with": chen}).json()["lead_id"]
    bed.pump()
    assert [each["lead_id"] for each in read(bed, account)["people"]] == [stays]
    bed.admin("POST", f"/api/leads/{stays}/part", json={"absorbed": chen if stays == lin else lin})
    bed.pump()
    assert {each["lead_id"] for each in read(bed, account)["people"]} == {lin, chen}


def test_sales_see_titles_of_their_colleagues_contacts_and_nothing_that_names_them(bed: Bed) -> None:
    lin, chen = (capture(bed, **fields) for fields in COMMITTEE[:2])
    account = account_of(bed, lin)
    bed.admin("POST", f"/api/leads/{lin}/mql", json={"note": "met at the fair"})
    owner = bed.admin("GET", f"/api/leads/{lin}").json()["owner"]
    me, another = {"username": owner, "groups": "sales"}, {"username": "nobody-else", "groups": "sales"}
    text = page(bed, f"/accounts/{account}", who=me)
    assert "林小姐" in text
    assert "采购经理" in text
    assert "陈强" not in text
    assert "chen@" not in text
    seen = {each["lead_id"]: each for each in read(bed, account, who=me)["people"]}
    assert (seen[chen]["name"], seen[chen]["email"], seen[chen]["title"]) == ("", "", "采购经理")
    assert bed.admin("GET", f"/api/accounts/{account}", who=another).status == 404


def test_the_page_is_reached_from_the_list_and_from_the_person(bed: Bed) -> None:
    lin = capture(bed, **COMMITTEE[0])
    account = account_of(bed, lin)
    for path in ("/leads", f"/leads/{lin}"):
        assert f"/accounts/{account}" in page(bed, path)
    for headers, title in ((EN, "Buying committee"), (ZH, "采购决策小组")):
        text = page(bed, f"/accounts/{account}", headers)
        assert title in text
        assert "Acme Robotics" in text
        assert "acme-robotics.example" in text


def test_a_large_company_shows_its_most_interested_people_and_leads_to_all(bed: Bed) -> None:
    people = [known(number, email=f"p{number}@large.example") for number in range(27)]
    account = people[0].account
    text = page(bed, f"/accounts/{account}", EN)
    assert "These are the 25 most interested of 27 people." in text
    assert sum(f'"/live/leads/{lead.lead_id}"' in text for lead in people) == 25
    listed = page(bed, f"/leads?account={account}", EN)
    assert all(f'"/live/leads/{lead.lead_id}"' in listed for lead in people)
