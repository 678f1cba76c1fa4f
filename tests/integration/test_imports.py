"""A file of people goes in through the door, row by row, and each row is told."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.imports import NEW, Import, RowOutcome
from shared.store.imports import Imports
from shared.store.tables import ActivityItem, ImportItem, IntakeItem, PersonItem
from tests.bed import Bed

HOST = {
    "Host": "ripen.example",
    "Origin": "https://ripen.example",
    "Cookie": "ripen_session=abc",
    "Sec-Fetch-Site": "same-origin",
    "Accept-Language": "en",
}
DIRTY = (
    "姓名,公司,手机,邮箱,职位\n"
    "林小姐,华星物流有限公司,13912047765,lin@huaxing.example,总监\n"  # new
    "林 小姐,华星物流,139-1204-7765,ＬＩＮ@huaxing.example,物流总监\n"  # the same person
    "张伟,东海科技,13888888888,zhang@donghai.example,经理\n"  # junk
    "王芳,北辰,,not-an-address,\n"  # refused
    "李雷,北辰,,,\n"  # nobody could be reached
    "韩梅梅,北辰,12,han@beichen.example,\n"  # a number that is none
    "test,北辰,,qa@beichen.example,\n"  # a test
)


def leads() -> dict[str, PersonItem]:
    return {item.profile["email"].lower(): item for item in PersonItem.scan() if item.kind == "lead"}


def send(bed: Bed, text: str, **query: str) -> dict[str, Any]:
    address = "/api/imports?" + "&".join(f"{name}={value}" for name, value in query.items())
    answer = bed.admin("POST", address, body=text.encode("gb18030"), headers={"Content-Type": "text/csv"})
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def told(bed: Bed, import_id: str) -> dict[str, Any]:
    found: dict[str, Any] = bed.admin("GET", f"/api/imports/{import_id}").json()
    return found


def test_each_row_is_told_what_became_of_it(bed: Bed) -> None:
    begun = send(bed, DIRTY)
    assert begun["mapping"] == {"姓名": "name", "公司": "company", "手机": "phone", "邮箱": "email", "职位": "title"}
    assert begun["encoding"] == "gb18030"
    bed.later(minutes=2)
    found = told(bed, begun["import_id"])
    assert (found["status"], found["progress"]) == ("done", 100)
    assert [(row["row"], row["status"], row["reasons"]) for row in found["items"]] == [
        (1, "new", []),
        (2, "merged", ["duplicate"]),
        (3, "quarantined", ["phone_repeated_digits"]),
        (4, "refused", ["invalid_email"]),
        (5, "refused", ["no_contact"]),
        (6, "new", ["invalid_phone"]),
        (7, "quarantined", ["test_lead"]),
    ]
    counts = {"rows": 7, "accepted": 3, "new": 2, "merged": 1, "quarantined": 2, "refused": 2, "waiting": 0}
    assert found["counts"] == counts
    assert found["reasons"]["duplicate"] == 1
    assert set(leads()) == {"lin@huaxing.example", "han@beichen.example"}
    assert leads()["lin@huaxing.example"].first_touch["channel"] == "import"


def test_a_number_that_no_plan_knows_is_nobody(bed: Bed) -> None:
    begun = send(bed, "name,phone,country\nJulia King,+141520958199,US\n")
    bed.later(minutes=2)
    [row] = told(bed, begun["import_id"])["items"]
    assert (row["status"], row["reasons"]) == ("refused", ["invalid_phone", "no_contact"])
    assert leads() == {}


def test_what_the_rows_said_is_forgotten_once_they_are_settled(bed: Bed) -> None:
    begun = send(bed, DIRTY)
    bed.later(minutes=2)
    assert "lin@huaxing" not in str([item.serialize() for item in ImportItem.scan()])
    assert told(bed, begun["import_id"])["items"][0]["lead_id"] == leads()["lin@huaxing.example"].id


def test_the_same_file_again_and_a_step_that_comes_again_change_nothing(bed: Bed) -> None:
    begun = send(bed, DIRTY)
    bed.later(minutes=2)
    before = (IntakeItem.count(), ActivityItem.count(), told(bed, begun["import_id"]))
    assert send(bed, DIRTY)["import_id"] == begun["import_id"]
    record = {"messageId": "1", "body": f'{{"import_id": "{begun["import_id"]}", "tries": 0}}', "attributes": {}}
    bed.invoke("Imports", {"Records": [record]})
    bed.later(minutes=2)
    assert (IntakeItem.count(), ActivityItem.count(), told(bed, begun["import_id"])) == before


def test_a_file_of_several_parts_is_taken_in_steps(bed: Bed) -> None:
    rows = "".join(f"Person {number},p{number}@acme.example\n" for number in range(210))
    begun = send(bed, "name,email\n" + rows)
    bed.later(minutes=3)
    found = told(bed, begun["import_id"])
    assert (found["counts"]["new"], found["cursor"]) == (210, "1")
    last = bed.admin("GET", f"/api/imports/{begun['import_id']}?cursor=1").json()
    assert (last["items"][-1]["row"], last["cursor"]) == (210, None)


def test_consent_counts_only_with_its_evidence_and_overrules_no_later_no(bed: Bed) -> None:
    begun = send(
        bed,
        "email,opt in,consent date,consent text\n"
        "a@acme.example,yes,2026-01-05,I want the newsletter\n"
        "b@acme.example,yes,,\n"
        "c@acme.example,yes,2030-01-05,from the future\n"
        "d@acme.example,no,2026-01-05,I want the newsletter\n",
    )
    bed.later(minutes=2)
    consents = {email.split("@")[0]: lead.consent or {} for email, lead in leads().items()}
    assert {name for name, given in consents.items() if given} == {"a"}
    assert consents["a"]["email"]["at"] == "2026-01-05T00:00:00.000Z"
    items = told(bed, begun["import_id"])["items"]
    assert [row["reasons"] for row in items] == [[], ["consent_without_evidence"], ["consent_without_evidence"], []]
    bed.later(days=10)
    assert bed.mails == []


def test_a_packed_file_and_one_from_the_page_are_read(bed: Bed) -> None:
    packed = gzip.compress(b"E-Mail;Firma\nanna@brandt.example;Brandt GmbH\n")
    answer = bed.admin("POST", "/api/imports", body=packed, headers={"Content-Type": "application/gzip"})
    assert answer.json()["rows"] == 1
    seen = bed.admin("GET", "/imports", headers=HOST).text
    token = re.search(r'name="_form" value="([0-9a-f]+)"', seen)
    assert token
    edge = b"--edge\r\n"
    body = (
        edge
        + f'Content-Disposition: form-data; name="_form"\r\n\r\n{token[1]}\r\n'.encode()
        + edge
        + 'Content-Disposition: form-data; name="file"; filename="展会.csv"\r\nContent-Type: text/csv\r\n\r\n'.encode()
        + DIRTY.encode("gb18030")
        + b"\r\n--edge--\r\n"
    )
    posted = bed.admin(
        "POST", "/imports", body=body, headers={**HOST, "Content-Type": "multipart/form-data; boundary=edge"}
    )
    assert posted.status == 303, posted.text
    bed.later(minutes=2)
    assert {"anna@brandt.example", "lin@huaxing.example"} <= set(leads())
    shown = bed.admin("GET", "/imports/" + posted.headers["location"].rpartition("/")[2], headers=HOST).text
    for words in ("展会.csv", "known already", "repeated digits in the phone number", "Read as GB18030", "Company"):
        assert words in shown


def test_the_report_is_a_table_without_formulas(bed: Bed) -> None:
    begun = send(bed, DIRTY)
    bed.later(minutes=2)
    answer = bed.admin("GET", f"/imports/{begun['import_id']}/report", headers=HOST)
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert [row["status"] for row in rows] == [
        "new",
        "merged",
        "quarantined",
        "refused",
        "refused",
        "new",
        "quarantined",
    ]
    assert rows[2]["reasons"] == "phone_repeated_digits"


def test_what_is_no_table_of_people_is_refused_with_the_reason(bed: Bed) -> None:
    answer = bed.admin("POST", "/api/imports", body=b"colour,size\nred,3\n", headers={"Content-Type": "text/csv"})
    assert answer.status == 422
    assert "e-mail" in answer.json()["errors"]["file"]
    assert bed.admin("GET", "/api/imports/unknown").status == 404


def test_rows_that_turn_out_to_be_one_person_are_told_at_once(bed: Bed) -> None:
    """A number alone, an address alone, then both in one row: the first two are merged, and nobody waits for a timeline that has moved."""
    begun = send(bed, "姓名,手机,邮箱\n林梅,13912047765,\n林梅,,lin@acme.example\n林梅,13912047765,lin@acme.example\n")
    bed.later(minutes=5)
    found = told(bed, begun["import_id"])
    assert (found["status"], found["counts"]["waiting"]) == ("done", 0)
    assert len({row["lead_id"] for row in found["items"]}) == 1
    assert len(leads()) == 1


def test_a_header_without_a_row_is_refused_in_the_uploaders_language(bed: Bed) -> None:
    answer = bed.admin("POST", "/api/imports", body=b"email,name\r\n", headers={"Content-Type": "text/csv"})
    assert (answer.status, answer.json()["errors"]["file"][:12]) == (422, "there is no ")
    assert "header and no row below" in upload(bed, b"email,name\r\n", "en").text
    assert "文件只有表头" in upload(bed, b"email,name\r\n", "zh").text
    assert bed.admin("GET", "/api/imports").json()["items"] == []


def test_characters_that_were_lost_before_are_told_on_the_report_once_they_are_more_than_a_slip(bed: Bed) -> None:
    lines = [f"p{number}@acme.example,\ufffd\ufffd {number}\n" for number in range(4)]
    slip, damaged = (("email,name\n" + "".join(lines[:count])).encode() for count in (3, 4))
    calm, warned = (
        bed.admin("POST", "/api/imports", body=each, headers={"Content-Type": "text/csv"}) for each in (slip, damaged)
    )
    assert (calm.json()["warnings"], warned.json()["warnings"]) == ([], [{"code": "lost_characters", "cells": 4}])
    bed.later(minutes=2)
    assert told(bed, warned.json()["import_id"])["warnings"] == [{"code": "lost_characters", "cells": 4}]
    for language, words in (("en", "In 4 cells characters were lost"), ("zh", "有 4 个单元格")):
        headers = HOST | {"Accept-Language": language}
        assert words in bed.admin("GET", f"/imports/{warned.json()['import_id']}", headers=headers).text
        assert words[:9] not in bed.admin("GET", f"/imports/{calm.json()['import_id']}", headers=headers).text


def test_an_import_by_a_program_is_called_what_it_says_or_when_it_came(bed: Bed) -> None:
    assert send(bed, "email\na@acme.example\n")["name"] == "API, 2026-03-02 01:00 UTC"
    assert send(bed, "email\nb@acme.example\n", name="Fair%202026")["name"] == "Fair 2026"
    names = [each["name"] for each in bed.admin("GET", "/api/imports").json()["items"]]
    assert sorted(names) == ["API, 2026-03-02 01:00 UTC", "Fair 2026"]


def an_import(parts: int) -> Import:
    about = {"created_at": "2026-03-02T01:00:00Z", "by": "mara", "name": "fair", "encoding": "utf-8", "separator": ","}
    return Import(**about, import_id="big", columns=["email"], mapping={"email": "email"}, rows=parts, parts=parts)


def test_a_large_file_is_kept_in_few_bundles_and_each_is_forgotten_when_its_last_part_is_told(bed: Bed) -> None:
    shelf, dice = Imports(), random.Random(4)
    said = [[{"email": f"{dice.randbytes(20_000).hex()}@acme.example"}] for _ in range(12)]
    parts = [shelf.packed(json.dumps(rows).encode()) for rows in said]
    shelf.begin(an_import(12), parts)
    found = shelf.get("big")
    assert found
    assert len(found.bundles) == 3
    assert [shelf.rows(found, number) for number in range(12)] == said
    for number in range(12):
        shelf.keep_outcomes(found, number, [RowOutcome(NEW, (), f"s{number}", f"l{number}")], settled=True)
        kept = [item.part for item in ImportItem.scan() if item.rows]
        assert len(kept) == 3 - sum(number + 1 >= first for first in [*found.bundles[1:], 12])
    # A step that was late unsays nothing, and the same file that comes late brings no row back.
    shelf.keep_outcomes(found, 5, [], settled=False)
    shelf.begin(an_import(12), parts)
    assert [shelf.outcomes("big", number)[0].lead_id for number in range(12)] == [f"l{number}" for number in range(12)]
    assert not [item for item in ImportItem.scan() if item.rows]


def test_what_rows_said_goes_by_itself_when_their_upload_died(bed: Bed) -> None:
    send(bed, DIRTY)
    [bundle] = [item for item in ImportItem.scan() if item.rows]
    assert timedelta(days=29) < datetime.fromtimestamp(bundle.expires, UTC) - bed.clock.now() <= timedelta(days=30)
    assert bed.world.template.tables["ImportsTable"].ttl_attribute == "expires"


def test_the_upload_of_a_hundred_thousand_rows_is_a_few_dozen_calls(bed: Bed) -> None:
    rows = "".join(f"p{number}@acme.example,Person {number}\n" for number in range(100_000))
    calls: list[str] = []
    bed.world.calls.after.append(lambda call: calls.append(call.operation))
    assert send(bed, "email,name\n" + rows)["rows"] == 100_000
    assert 10 < len(calls) < 40


def test_an_import_whose_rows_are_kept_part_by_part_from_before_goes_on(bed: Bed) -> None:
    begun = send(bed, DIRTY)
    head = ImportItem.get(begun["import_id"], "head")
    [bundle] = [item for item in ImportItem.scan() if item.rows]
    ImportItem(begun["import_id"], "part#000000", rows=bundle.rows).save()
    bundle.delete()
    head.update(actions=[ImportItem.about.set({name: head.about[name] for name in head.about if name != "bundles"})])
    bed.later(minutes=2)
    found = told(bed, begun["import_id"])
    assert (found["status"], found["counts"]["accepted"], found["counts"]["refused"]) == ("done", 3, 2)
    assert not [item for item in ImportItem.scan() if item.rows]


def test_the_page_of_an_import_shows_itself_anew_while_it_runs_and_no_longer(bed: Bed) -> None:
    begun = send(bed, DIRTY)
    address = f"/imports/{begun['import_id']}"
    for path in (address, "/imports"):
        assert 'data-live="5"' in bed.admin("GET", path, headers=HOST).text
    assert "0 of 7 rows" in bed.admin("GET", address, headers=HOST).text
    bed.later(minutes=2)
    for path in (address, "/imports"):
        assert "data-live=" not in bed.admin("GET", path, headers=HOST).text
    assert "7 of 7 rows" in bed.admin("GET", address, headers=HOST).text


def test_a_long_import_says_how_long_it_may_still_take(bed: Bed) -> None:
    begun = send(bed, "email\n" + "".join(f"p{number} at acme\n" for number in range(600)))
    address, head = f"/imports/{begun['import_id']}", ImportItem.get(begun["import_id"], "head")
    settled = [ImportItem.submitted.set(2), ImportItem.settled.set(2), ImportItem.counts.set({"refused": 400})]
    bed.later(minutes=10)
    head.update(actions=[*settled, ImportItem.moved_at.set("2026-03-02T01:09:00Z")])
    for language, words in (("en", "about 6 min left"), ("zh", "大约还需 6 分钟")):
        text = bed.admin("GET", address, headers=HOST | {"Accept-Language": language}).text
        assert words in text, re.findall(r"data-fresh=.far.*", text)
    head.update(actions=[ImportItem.moved_at.set("2026-03-02T00:40:00Z")])
    text = bed.admin("GET", address, headers=HOST).text
    assert "min left" not in text
    assert "nothing moved for 31 min; the same file again sends it on" in text


def too_many() -> bytes:
    return b"email\n" + b"a@acme.example\n" * 100_001


def too_large() -> bytes:
    return gzip.compress(b"email,name\n" + b"a@acme.example,A\n" * 2_100_000, 1)


@pytest.mark.parametrize(
    ("file", "status", "english", "chinese"),
    [
        (too_many, 413, "more than 100,000 rows. Split it", "超过 100,000 行"),
        (too_large, 413, "more than 32 MB. Split it", "超过 32 MB"),
        (lambda: b"\x1f\x8b nothing", 400, "packed file is damaged", "压缩文件已损坏"),
    ],
)
def test_a_file_that_is_too_much_is_refused_in_the_uploaders_language(
    bed: Bed, file: Any, status: int, english: str, chinese: str
) -> None:
    body = file()
    body = body if body.startswith(b"\x1f\x8b") else gzip.compress(body, 1)
    answer = bed.admin("POST", "/api/imports", body=body, headers={"Content-Type": "application/gzip"})
    assert answer.status == status
    assert english in upload(bed, body, "en").text
    assert chinese in upload(bed, body, "zh").text


def upload(bed: Bed, file: bytes, language: str) -> Any:
    """The page's answer to an uploaded file."""
    headers = HOST | {"Accept-Language": language}
    token = re.search(r'name="_form" value="([0-9a-f]+)"', bed.admin("GET", "/imports", headers=headers).text)
    assert token
    parts = (
        f'--edge\r\nContent-Disposition: form-data; name="_form"\r\n\r\n{token[1]}\r\n--edge\r\n'
        'Content-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n'
    )
    body = parts.encode() + file + b"\r\n--edge--\r\n"
    return bed.admin(
        "POST", "/imports", body=body, headers={**headers, "Content-Type": "multipart/form-data; boundary=edge"}
    )
