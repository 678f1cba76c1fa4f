"""Likely doubles are found by key, however long apart two came, and each pair is shown once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from shared.domain.ids import key_id
from shared.domain.lead import Lead
from shared.runtime import content
from shared.store.people import People
from shared.store.secrets import signing_key_made
from tests.bed import START, Bed
from tests.integration.test_admin_pages import EN, ZH, page, press


def known(number: int, **profile: str) -> Lead:
    """Somebody who came `number` hours after the start, stored as resolve stores people."""
    at = START + timedelta(hours=number)
    said = {
        "name": f"Person {_word(number)}",
        "email": f"p{number}@company-{number}.example",
        "locale": "en",
        **profile,
    }
    said = {name: value for name, value in said.items() if value}
    key = said.get("email") or said["phone_key"]
    lead = Lead(key_id(signing_key_made(), "email", key), at, f"submission-{number}", profile=said)
    lead.first_touch = lead.last_touch = {"at": _iso(at)}
    lead.account = content.account_of(said)
    people = People()
    assert people.create(lead)
    if said.get("phone_key"):
        people.claim_key(key_id(signing_key_made(), "phone", said["phone_key"]), lead.lead_id)
    return lead


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _word(number: int) -> str:
    """A surname that no other number has, and that sounds like no other."""
    return "".join("bcdfghjklm"[int(digit)] + "aeiouaeiou"[int(digit)] for digit in f"{number:03}")


def walked(bed: Bed) -> tuple[list[set[str]], int]:
    """(every pair of all pages, how many pages)."""
    pairs: list[set[str]] = []
    cursor, pages = "", 0
    while True:
        found: dict[str, Any] = bed.admin("GET", f"/api/doubles?cursor={cursor}").json()
        pairs += [set(each["lead_ids"]) for each in found["items"]]
        pages += 1
        if not found["cursor"]:
            return pairs, pages
        cursor = found["cursor"]


def test_two_who_came_long_apart_are_found_once(bed: Bed) -> None:
    old = known(0, name="Lin Mei", email="lin@acme-robotics.example", company="Acme Robotics")
    for number in range(1, 220):
        known(number)
    new = known(220, name="Lin Mei", email="mei.lin@acme-robotics.example", company="ACME Robotics Ltd.")
    pairs, pages = walked(bed)
    assert pairs == [{old.lead_id, new.lead_id}]
    assert pages > 1


def test_who_gave_only_the_company_s_name_is_found_whoever_came_first(bed: Bed) -> None:
    for first, one, other in ((0, "ann", "a@gmail.com"), (10, "b@gmail.com", "bea")):
        for number, said in ((first, one), (first + 1, other)):
            email = said if "@" in said else f"{said}@firm-{first}.example"
            known(number, name=f"Kowalski {_word(first)}", email=email, company=f"Firm {_word(first)} GmbH")
    pairs, _ = walked(bed)
    assert len(pairs) == 2
    assert len({frozenset(each) for each in pairs}) == 2


def test_two_addresses_behind_one_number_are_shown_when_the_names_are_alike(bed: Bed) -> None:
    one = known(0, name="Lin Mei", email="lin@gmail.com", phone_key="+8613912047765")
    other = known(1, name="Lin Mei", email="mei@qq.com", phone_key="+8613912047765")
    known(2, name="Hans Weber", email="hans@web.de", phone_key="+8613912047765")
    assert walked(bed)[0] == [{one.lead_id, other.lead_id}]


def test_a_person_s_page_says_who_may_be_the_same(bed: Bed) -> None:
    old = known(0, name="Lin Mei", email="lin@acme-robotics.example")
    new = known(1, name="Lin Mei", email="mei.lin@acme-robotics.example")
    for mine, other in ((old, new), (new, old)):
        for headers, title in ((EN, "Perhaps the same person"), (ZH, "可能是同一人")):
            text = page(bed, f"/leads/{mine.lead_id}", headers)
            assert title in text
            assert f"/leads/{other.lead_id}" in text
        [pair] = bed.admin("GET", f"/api/doubles?lead={mine.lead_id}").json()["items"]
        assert set(pair["lead_ids"]) == {old.lead_id, new.lead_id}
    sales = {"username": "somebody", "groups": "sales,marketing"}
    assert "Perhaps the same" in page(bed, f"/leads/{old.lead_id}", who=sales)


def test_who_has_no_double_has_no_such_card(bed: Bed) -> None:
    only = known(0, name="Lin Mei", email="lin@acme-robotics.example")
    assert "Perhaps the same person" not in page(bed, f"/leads/{only.lead_id}")
    assert "No likely doubles" in page(bed, "/doubles")


def test_in_a_company_of_hundreds_somebody_is_found_who_came_long_ago(bed: Bed) -> None:
    old = known(0, name="Lin Mei", email="lin@large.example")
    for number in range(1, 130):
        known(number, email=f"p{number}@large.example")
    new = known(130, name="Mei Lin", email="mei.lin@large.example")
    bed.world.meter.units.read = 0
    [pair] = bed.admin("GET", f"/api/doubles?lead={new.lead_id}").json()["items"]
    assert set(pair["lead_ids"]) == {old.lead_id, new.lead_id}
    assert bed.world.meter.units.read < 20


def test_who_changes_their_name_is_found_by_the_new_one(bed: Bed) -> None:
    for number in range(120):
        known(number, email=f"p{number}@large.example")
    old, new = known(120, email="lin@large.example"), known(121, name="Lin Mei", email="mei.lin@large.example")
    old.profile["name"] = "Lin Mei"
    assert People().update_profile(old)
    assert len(bed.admin("GET", f"/api/doubles?lead={new.lead_id}").json()["items"]) == 1


def test_one_name_in_characters_and_in_letters_is_shown_across_the_accounts_of_one_company(bed: Bed) -> None:
    private = known(1, name="伟 张", email="zw88@qq.com", company="上海华兴物流有限公司")
    at_work = known(90, name="Zhang Wei", email="w.zhang@huaxing-log.cn", company="华兴物流")
    known(91, name="Zhang Min", email="m.zhang@huaxing-log.cn", company="华兴物流")
    assert private.account != at_work.account
    assert walked(bed)[0] == [{private.lead_id, at_work.lead_id}]
    [pair] = bed.admin("GET", f"/api/doubles?lead={at_work.lead_id}").json()["items"]
    assert "name_sound" in pair["why"]
    assert "once in Chinese and once in letters" in page(bed, "/doubles", EN)
    assert "姓名读音相同" in page(bed, "/doubles", ZH)


def test_who_did_not_name_the_company_is_found_by_what_their_colleagues_call_it(bed: Bed) -> None:
    older = known(1, name="Zhang Wei", email="w.zhang@huaxing-log.cn")
    known(2, name="Li Na", email="n.li@huaxing-log.cn", company="华兴物流")
    newer = known(3, name="张伟", email="zw88@qq.com", company="上海华兴物流有限公司")
    assert walked(bed)[0] == [{older.lead_id, newer.lead_id}]
    newest = known(4, name="Jianguo Wang", email="j.wang@huaxing-log.cn")
    private = known(0, name="王建国", email="wjg@qq.com", company="华兴物流")
    assert {newest.lead_id, private.lead_id} in walked(bed)[0]
    assert len(walked(bed)[0]) == 2


def test_a_company_that_its_people_name_is_looked_up_once_a_page(bed: Bed) -> None:
    for number in range(30):
        known(number, email=f"p{number}@huaxing-log.cn", company="华兴物流" if number == 3 else "")
    bed.world.meter.units.read = 0
    assert walked(bed)[0] == []
    assert bed.world.meter.units.read < 40


def test_a_pair_that_was_merged_is_not_asked_about_again_while_it_becomes_one(bed: Bed) -> None:
    old = known(0, name="Lin Mei", email="lin@acme-robotics.example")
    new = known(1, name="Lin Mei", email="mei.lin@acme-robotics.example")
    seen = page(bed, "/doubles")
    answer = press(bed, "/doubles", {"act": "merge", "one": new.lead_id, "other": old.lead_id}, seen)
    assert answer.status == 303
    where = answer.headers["location"]
    assert f"/leads/{new.lead_id}" not in page(bed, where[where.index("/doubles") :])
    assert f"/leads/{new.lead_id}" in page(bed, "/doubles?gone=somebody")
