"""One stranger in a hurry, at every door that writes: views, codes, links of mails, sign-ins. Played through the handlers, with limits of a few."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.rehearsal.calls import Call
from shared.store.tables import ActivityItem, LimitItem, TouchpointItem
from tests.bed import Bed, bed_on

BROWSER = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1"}
ELSEWHERE = "198.51.100.4"
LIN = {"email": "lin@acme.example", "name": "Lin", "company": "Acme", "consent_email": "on"}
TIGHT = {
    "views_per_ip": {"posts": 60, "within": "5m", "free": 20},
    "views_per_visitor": {"posts": 30, "within": "1h", "free": 10},
    "scans_per_ip": {"posts": 6, "within": "5m", "free": 2},
    "touches_per_mail": {"posts": 6, "within": "1h", "free": 2},
    "signins_per_ip": {"posts": 9, "within": "15m", "free": 2},
    "signins_per_user": {"posts": 4, "within": "15m", "free": 1},
}


@pytest.fixture(scope="module")
def tight(content: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The content of templates/ with limits that are soon reached."""
    copy = tmp_path_factory.mktemp("tight") / "content"
    shutil.copytree(content, copy)
    policies = json.loads((copy / "policies.json").read_text(encoding="utf-8"))
    policies["limits"] |= TIGHT
    (copy / "policies.json").write_text(json.dumps(policies), encoding="utf-8")
    return copy


@pytest.fixture
def bed(tight: Path) -> Iterator[Bed]:
    with bed_on(tight) as fresh:
        yield fresh


def see(bed: Bed, visitor: int, pages: int = 20, **more: Any) -> int:
    views = [{"url": f"https://www.acme.example/{page}"} for page in range(pages)]
    answer = bed.http("POST", "/t/v", json={"visitor": f"visitor-{visitor:04}", "views": views}, **more)
    assert answer.status != 429 or answer.headers["retry-after"] == "300"
    return int(answer.status)


def rows(kind: str) -> int:
    return sum(row.type == kind for row in ActivityItem.scan())


def test_page_views_of_ever_new_visitors_from_one_network_address_end_at_its_limit(bed: Bed) -> None:
    assert [see(bed, number) for number in range(6)] == [204, 204, 204, 429, 429, 429]
    assert rows("anonymous_page_viewed") == 60
    assert see(bed, 7, source_ip=ELSEWHERE) == 204
    bed.later(minutes=5)
    assert see(bed, 8) == 204


def test_page_views_of_one_browser_from_ever_new_addresses_end_at_its_limit(bed: Bed) -> None:
    answers = [see(bed, 1, 10, source_ip=f"198.51.100.{number}") for number in range(5)]
    assert answers == [204, 204, 204, 429, 429]


def test_who_has_an_ipv6_network_has_one_limit_for_all_of_it(bed: Bed) -> None:
    answers = [see(bed, number, source_ip=f"2001:db8:1:2::{number}") for number in range(4)]
    assert answers == [204, 204, 204, 429]
    assert see(bed, 9, source_ip="2001:db8:1:3::1") == 204


def test_a_flood_of_page_views_that_is_over_its_limit_touches_no_table(bed: Bed) -> None:
    for number in range(4):
        see(bed, number)
    calls: list[Call] = []
    bed.world.calls.after.append(calls.append)
    assert {see(bed, number) for number in range(10, 40)} == {429}
    assert calls == []


def test_what_is_counted_does_not_tell_whose_it_is(bed: Bed) -> None:
    for number in range(4):
        see(bed, number)
    keys = [row.key for row in LimitItem.scan()]
    assert keys
    assert not any("203.0" in key or "visitor-" in key for key in keys)


def test_a_code_that_is_scanned_without_end_leads_on_and_keeps_only_what_a_hall_of_people_would_bring(bed: Bed) -> None:
    code = bed.admin("POST", "/api/touchpoints", json={"channel": "event", "activity": "fair"}).json()["code"]
    cookies = [f"ripen_visitor=visitor-{number:04}" for number in range(20)]
    answers = [bed.http("GET", f"/q/{code}", headers=BROWSER | {"Cookie": cookie}) for cookie in cookies]
    assert Counter((answer.status, answer.headers["location"]) for answer in answers) == {
        (302, f"../f/whitepaper?s={code}"): 20
    }
    assert rows("touchpoint_followed") == 6
    assert [int(row.scans or 0) for row in TouchpointItem.scan() if row.code == code] == [6]
    bed.http("GET", f"/q/{code}", headers=BROWSER | {"Cookie": cookies[-1]}, source_ip=ELSEWHERE)
    assert rows("touchpoint_followed") == 7


def test_links_and_the_pixel_of_a_mail_that_are_fetched_without_end_lead_on_and_touch_no_table_more(bed: Bed) -> None:
    assert bed.http("POST", "/f/whitepaper", json=LIN).status == 202
    bed.pump()
    mail = next(mail for mail in bed.mails if any("/t/c/" in link for link in mail.links))
    link = next(link for link in mail.links if "/t/c/" in link)
    pixel = next(image for image in mail.images if "/t/o/" in image)
    calls: list[Call] = []
    bed.world.calls.after.append(calls.append)
    clicks = [bed.http("GET", link, headers=BROWSER) for _ in range(20)]
    opens = [bed.http("GET", pixel, headers=BROWSER) for _ in range(20)]
    assert {answer.status for answer in clicks} == {302}
    assert len({answer.headers["location"] for answer in clicks}) == 1
    assert {(answer.status, answer.headers["content-type"]) for answer in opens} == {(200, "image/gif")}
    asked = Counter(str(call.table).lower() for call in calls if call.operation == "GetItem")
    assert sum(many for table, many in asked.items() if "messages" in table) == TIGHT["touches_per_mail"]["posts"]


def sign_in(bed: Bed, name: str, **more: Any) -> int:
    return int(bed.http("POST", "/login", json={"username": name, "password": "Guess-2026-guess"}, **more).status)


@pytest.fixture
def pool(bed: Bed) -> None:
    cognito = boto3.client("cognito-idp", region_name="us-east-1")
    pool_id = cognito.create_user_pool(PoolName="console")["UserPool"]["Id"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool_id, ClientName="console", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    bed.world.deliveries.deployed("AdminFunction", USER_POOL_ID=pool_id, USER_POOL_CLIENT_ID=client)


@pytest.mark.usefixtures("pool")
def test_guesses_at_one_password_end_at_the_limit_however_the_name_is_written(bed: Bed) -> None:
    answers = [sign_in(bed, name) for name in ("sales", "Sales", "SALES", "sales", "sales", "sales")]
    assert answers == [401, 401, 401, 401, 429, 429]
    assert sign_in(bed, "manager") == 401
    assert sign_in(bed, "sales", source_ip=ELSEWHERE) == 401
    bed.later(minutes=15)
    assert sign_in(bed, "sales") == 401


@pytest.mark.usefixtures("pool")
def test_one_password_tried_on_ever_new_names_ends_at_the_limit(bed: Bed) -> None:
    assert [sign_in(bed, f"name{number}") for number in range(12)] == [401] * 9 + [429] * 3


@pytest.mark.usefixtures("pool")
def test_a_person_who_tries_too_often_is_told_so_on_the_page(bed: Bed) -> None:
    own = {"Host": "ripen.example", "Origin": "https://ripen.example", "Accept-Language": "en"}
    form = {"username": "sales", "password": "Guess-2026-guess"}
    pages = [bed.http("POST", "/login", form=form, headers=own) for _ in range(5)]
    assert [page.status for page in pages] == [401, 401, 401, 401, 429]
    assert "Too many tries" in pages[-1].text
