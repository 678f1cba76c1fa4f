"""A visitor is not asked again for what they said, and learns nothing of anybody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.bed import Bed

LIN = {"email": "lin@acme.example", "name": "Lin Wei", "company": "Acme Robotics", "title": "CTO"}
OPTED_OUT = {"DNT": "1"}


def post(bed: Bed, form: str = "whitepaper", cookie: str = "", headers: Any = None, **fields: str) -> Any:
    sent = {"Cookie": cookie} if cookie else {}
    return bed.http("POST", f"/f/{form}", form=fields, headers=sent | (headers or {}))


def cookie_of(answer: Any) -> str:
    return str(answer.headers.get("set-cookie", "")).split(";")[0]


def landing(bed: Bed, cookie: str, form: str = "demo", query: str = "") -> str:
    return str(bed.http("GET", f"/f/{form}{query}", headers={"Cookie": cookie, "Accept-Language": "en"}).text)


def asks(html: str, name: str) -> bool:
    return f'name="{name}"' in html


def test_what_was_said_is_not_asked_again_and_open_questions_take_its_place(bed: Bed) -> None:
    cookie = cookie_of(post(bed, **LIN))
    html = landing(bed, cookie)
    assert [name for name in ("name", "company", "title") if asks(html, name)] == []
    assert asks(html, "email")
    main = html.split("<details")[0]
    assert asks(main, "message")
    assert not asks(landing(bed, "").split("<details")[0], "message")


def test_nothing_that_was_said_stands_on_the_page_or_in_the_cookie(bed: Bed) -> None:
    answer = post(bed, **LIN)
    html = landing(bed, cookie_of(answer))
    assert not any(value in html + cookie_of(answer) for value in LIN.values())
    assert {"HttpOnly", "SameSite=Lax"} <= {part.strip() for part in answer.headers["set-cookie"].split(";")}


def test_the_same_person_may_leave_out_what_they_said_and_it_stays_known(bed: Bed) -> None:
    cookie = cookie_of(post(bed, **LIN))
    assert post(bed, "demo", cookie, email="LIN@acme.example", phone="+8613912047765").status == 303
    bed.pump()
    (lead,) = bed.admin("GET", "/api/leads?email=lin@acme.example").json()["items"]
    assert (lead["name"], lead["company"], lead["phone"]) == ("Lin Wei", "Acme Robotics", "+8613912047765")


def test_somebody_else_at_the_same_browser_is_asked_everything(bed: Bed) -> None:
    cookie = cookie_of(post(bed, **LIN))
    answer = post(bed, "demo", cookie, email="eva@other.example")
    assert answer.status == 422
    assert all(asks(answer.text, name) for name in ("name", "company"))
    assert all(asks(landing(bed, cookie, query="?all=1"), name) for name in ("name", "company"))


def test_a_cookie_that_we_did_not_write_changes_nothing(bed: Bed) -> None:
    for forged in ("ripen_said=eyJh.x", "ripen_said=", "ripen_said=" + "x" * 3000):
        assert asks(landing(bed, forged), "company")
        assert post(bed, "demo", forged, email="eva@other.example").status == 422


def test_after_half_a_year_everything_is_asked_again(bed: Bed) -> None:
    cookie = cookie_of(post(bed, **LIN))
    bed.clock.pass_by(timedelta(days=181))
    assert asks(landing(bed, cookie), "company")


def test_who_asks_not_to_be_tracked_is_not_remembered(bed: Bed) -> None:
    assert "set-cookie" not in post(bed, headers=OPTED_OUT, **LIN).headers


def test_a_machine_gets_the_same_answer(bed: Bed) -> None:
    person, machine = post(bed, **LIN), post(bed, **LIN, website="https://spam.example")
    assert (person.status, person.headers["location"]) == (machine.status, machine.headers["location"])
    assert ("set-cookie" in person.headers) == ("set-cookie" in machine.headers)
