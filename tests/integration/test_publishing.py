"""Journeys published from the console: checked like files, kept with who did it, entered within a minute, and taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest

from infra.rehearsal.requests import Response
from infra.template import ROOT
from shared.domain.moments import to_iso
from shared.store.journeys import Journeys, Kept
from shared.store.tables import EnrolmentItem, JourneyItem, MessageItem, TimerItem
from tests.bed import Bed, bed_on
from tests.integration.test_admin_pages import EN, ZH
from tests.integration.test_journeys import WEI

NAME = "whitepaper-three-steps"
FILE = (ROOT / "templates" / "journeys" / f"{NAME}.yaml").read_text(encoding="utf-8")
SPRING = """\
name: {en: Spring fair, zh: 春季展会}
trigger: {on: form, form: webinar}
entry: once
priority: 90
exits:
  - {on: stage, in: [mql], reason: became_mql}
  - {on: unsubscribed, reason: unsubscribed}
steps:
  - {id: tag, do: update, add_tags: [spring]}
  - {id: pause, do: wait, for: 2d}
  - {id: end, do: exit, reason: completed}
"""


@pytest.fixture
def bed(content: Any) -> Iterator[Bed]:
    with bed_on(content) as fresh:
        yield fresh


def publish(bed: Bed, name: str, text: str, **more: Any) -> Response:
    answer = bed.admin("POST", "/api/journeys", json={"journey": name, "source": text, **more})
    bed.later(seconds=70)  # every process has read how journeys stand anew
    return answer


def arrive(bed: Bed, form: str, number: int = 0) -> str:
    person = {**WEI, "email": f"wei{number}@huaxing-logistics.example"}
    assert bed.http("POST", f"/f/{form}", json=person).status == 202
    bed.pump()
    [lead] = bed.admin("GET", f"/api/leads?email={person['email']}").json()["items"]
    return str(lead["lead_id"])


def seen(bed: Bed, name: str) -> Any:
    return bed.admin("GET", f"/api/journeys/{name}").json()


def test_a_new_journey_is_entered_and_left_like_one_of_a_file(bed: Bed) -> None:
    answer = publish(bed, "spring-fair", SPRING, note="for the fair")
    assert answer.status == 200, answer.text
    lead_id = arrive(bed, "webinar")
    assert EnrolmentItem.get(lead_id, "spring-fair").version == answer.json()["version"]
    bed.later(days=2, minutes=3)
    assert EnrolmentItem.get(lead_id, "spring-fair").exit_reason == "completed"
    shown = seen(bed, "spring-fair")
    assert (shown["published"], shown["source"].strip()) == (True, SPRING.strip())
    assert [(each["by"], each["note"]) for each in shown["versions"]] == [("manager", "for the fair")]


def test_a_journey_may_send_by_other_channels_than_mail(bed: Bed) -> None:
    text = "{id: text, do: send, channel: sms, template: live-session-tomorrow, class: marketing, purpose: events}"
    answer = publish(bed, "spring-fair", SPRING.replace("  - {id: pause", f"  - {text}\n  - {{id: pause"))
    assert answer.status == 200, answer.text
    lead_id = arrive(bed, "webinar")
    assert [(item.step, list(item.reasons)) for item in MessageItem.query(lead_id) if item.channel == "sms"] == [
        ("text", ["unsendable", "no_consent"])
    ]


def test_what_has_findings_is_not_published_and_says_where_why_and_how_to_mend(bed: Bed) -> None:
    wrong = SPRING.replace("form: webinar", "form: webinars").replace("for: 2d", "for: two days")
    answer = publish(bed, "spring-fair", wrong)
    assert answer.status == 422
    form, wait = answer.json()["findings"]
    assert "webinars" in form["what"]
    assert (wait["file"], wait["line"]) == ("journeys/spring-fair.yaml", 10)
    assert "two days" in wait["what"]
    assert wait["mend"]
    assert bed.admin("GET", "/api/journeys/spring-fair").status == 404


def test_a_dry_run_tells_what_would_change_and_changes_nothing(bed: Bed) -> None:
    answer = publish(bed, NAME, FILE.replace("for: 3d", "for: 2d"), dry_run=True)
    assert any(line.startswith("+") and '"2d"' in line for line in answer.json()["difference"])
    assert seen(bed, NAME)["published"] is False
    assert list(JourneyItem.query(NAME)) == []


def test_who_waits_stays_on_their_version_until_they_are_moved_wait_by_wait(bed: Bed) -> None:
    lead_id = arrive(bed, "whitepaper")
    old = EnrolmentItem.get(lead_id, NAME).version
    bed.later(minutes=3)  # the counts are a minute behind
    changed = FILE.replace("{id: wait-3-days, do: wait, for: 3d}", "{id: first-wait, do: wait, for: 1d}")
    answer = publish(bed, NAME, changed)
    assert answer.json()["waiting"] == [{"version": old, "step": "wait-3-days", "people": 1, "goes_on_at": ""}]
    assert EnrolmentItem.get(lead_id, NAME).version == old
    move = {"from": old, "to": answer.json()["version"], "steps": {"wait-3-days": "first-wait"}}
    assert bed.admin("POST", f"/api/journeys/{NAME}", json={"move": move}).status == 200
    bed.later(days=3, minutes=2)
    moved = EnrolmentItem.get(lead_id, NAME)
    assert (moved.version, moved.step) == (answer.json()["version"], "wait-4-days")


def test_going_back_lets_people_enter_the_version_before(bed: Bed) -> None:
    before = seen(bed, NAME)["version"]
    published = publish(bed, NAME, FILE.replace("for: 3d", "for: 2d")).json()["version"]
    assert seen(bed, NAME)["version"] == published
    assert bed.admin("POST", f"/api/journeys/{NAME}", json={"version": before}).status == 200
    bed.later(seconds=70)
    assert EnrolmentItem.get(arrive(bed, "whitepaper"), NAME).version == before


def test_who_is_on_the_version_that_was_gone_back_to_is_moved_nowhere(bed: Bed) -> None:
    before = seen(bed, NAME)["version"]
    waits = arrive(bed, "whitepaper")
    published = publish(bed, NAME, FILE.replace("for: 4d", "for: 5d")).json()["version"]
    bed.admin("POST", f"/api/journeys/{NAME}", json={"move": {"from": before, "to": published, "steps": {}}})
    bed.admin("POST", f"/api/journeys/{NAME}", json={"version": before})
    bed.later(seconds=70)
    later = arrive(bed, "whitepaper", 1)
    bed.later(days=3, minutes=2)
    assert [EnrolmentItem.get(each, NAME).version for each in (waits, later)] == [before, before]


def test_a_move_concerns_those_who_were_in_when_it_was_ordered(bed: Bed) -> None:
    before = seen(bed, NAME)["version"]
    waits = arrive(bed, "whitepaper")
    published = publish(bed, NAME, FILE.replace("for: 4d", "for: 5d")).json()["version"]
    bed.admin("POST", f"/api/journeys/{NAME}", json={"move": {"from": before, "to": published, "steps": {}}})
    states = JourneyItem.get("#", "states")
    states.body = {NAME: {**states.body[NAME], "base": "a file in between, before the first one was deployed again"}}
    states.save()
    bed.later(seconds=70)
    later = arrive(bed, "whitepaper", 1)
    bed.later(days=3, minutes=2)
    assert [EnrolmentItem.get(each, NAME).version for each in (waits, later)] == [published, before]


def test_a_file_that_is_changed_and_deployed_later_counts_instead(bed: Bed) -> None:
    published = publish(bed, NAME, FILE.replace("for: 3d", "for: 2d")).json()["version"]
    states = JourneyItem.get("#", "states")
    assert states.body[NAME]["version"] == published
    states.body = {NAME: {**states.body[NAME], "base": "the file as it was before the deployment"}}
    states.save()
    shown = seen(bed, NAME)
    assert (shown["version"] == published, shown["overtaken"]) == (False, True)


def test_publishing_is_written_down_with_who_did_it(bed: Bed) -> None:
    version = publish(bed, "spring-fair", SPRING, note="for the fair").json()["version"]
    [entry] = [each for each in bed.admin("GET", "/api/audit").json()["items"] if each["what"] == "journey.publish"]
    assert (entry["who"], entry["on"], entry["detail"]) == (
        "manager",
        "spring-fair",
        {"to": version, "note": "for the fair"},
    )


def test_what_was_moved_is_written_down_with_both_versions_and_where_each_wait_goes_on(bed: Bed) -> None:
    before = seen(bed, NAME)["version"]
    changed = FILE.replace("{id: wait-3-days, do: wait, for: 3d}", "{id: first-wait, do: wait, for: 1d}")
    after = publish(bed, NAME, changed.replace("id: wait-4-days", "id: last-wait")).json()["version"]
    move = {"from": before, "to": after, "steps": {"wait-3-days": "first-wait"}}
    bed.admin("POST", f"/api/journeys/{NAME}", json={"move": move})
    told = {each["what"]: each["detail"] for each in bed.admin("GET", "/api/audit").json()["items"]}
    assert told["journey.publish"] == {"from": before, "to": after}
    steps = "wait-3-days → first-wait, wait-4-days → stays"
    assert told["journey.move"] == {"from": before, "to": after, "steps": steps}


def test_a_version_tells_how_many_were_ordered_to_move_and_how_many_have(bed: Bed) -> None:
    before = seen(bed, NAME)["version"]
    for number in range(2):
        arrive(bed, "whitepaper", number)
    bed.later(minutes=3)
    after = publish(bed, NAME, FILE.replace("for: 4d", "for: 5d")).json()["version"]
    bed.admin("POST", f"/api/journeys/{NAME}", json={"move": {"from": before, "to": after, "steps": {}}})

    def told() -> tuple[str, int, int, int]:
        [move] = [each["move"] for each in seen(bed, NAME)["versions"] if each["move"]]
        return move["to"], move["ordered"], move["moved"], move["waiting"]

    assert told() == (after, 2, 0, 2)
    page = bed.admin("GET", f"/journeys/{NAME}", headers=EN).text
    assert "Moving to version 2: 2 ordered, 0 have moved, 2 still wait" in page
    bed.later(days=3, minutes=5)
    assert told() == (after, 2, 2, 0)


def test_sales_may_neither_publish_nor_look(bed: Bed) -> None:
    body = {"journey": "spring-fair", "source": SPRING}
    for groups in ("sales", "manager", "compliance"):
        who = {"username": "x", "groups": groups}
        assert bed.admin("POST", "/api/journeys", who=who, json=body).status == 403


def test_a_fixed_date_that_is_published_calls_its_audience(bed: Bed) -> None:
    lead_id = arrive(bed, "webinar")
    text = SPRING.replace("{on: form, form: webinar}", '{on: date, at: "2026-03-05T09:00:00+08:00"}')
    assert publish(bed, "spring-fair", text).status == 200
    assert len([row for row in TimerItem.scan() if "journey_call" in str(row.body)]) == 1
    bed.later(days=3)
    assert EnrolmentItem.get(lead_id, "spring-fair").status == "active"


def test_silence_that_no_segment_counts_is_a_finding(bed: Bed) -> None:
    text = SPRING.replace("{on: form, form: webinar}", "{on: no_interaction, for: 33d}")
    [finding] = publish(bed, "spring-fair", text).json()["findings"]
    assert "silence of 33d is not counted here yet" in finding["what"]


@pytest.mark.parametrize("name", ["new", "UPPER", "a/b", "", "x" * 61, "a--b"])
def test_a_name_that_is_none(bed: Bed, name: str) -> None:
    assert publish(bed, name, SPRING).status == 422


def test_text_that_would_blow_up_is_refused(bed: Bed) -> None:
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nname: {en: *b, zh: x}\n"
    assert "aliases" in publish(bed, "spring-fair", bomb).json()["findings"][0]["what"]
    assert publish(bed, "spring-fair", "[" * 5000).json()["findings"]


def test_a_rival_for_the_same_morning_is_found(bed: Bed) -> None:
    rival = FILE.replace("name: {en: White paper", "priority: 50\nname: {en: White paper")
    [finding] = publish(bed, "spring-fair", rival).json()["findings"]
    assert "with the same priority" in finding["what"]


def press(bed: Bed, path: str, **form: str) -> Response:
    seen_page = bed.admin("GET", path, headers=EN)
    assert seen_page.status == 200, seen_page.text[:2000]
    token = re.search(r'name="_form" value="([0-9a-f]+)"', seen_page.text)
    assert token
    return bed.admin("POST", path, form={"_form": token[1], **form}, headers=EN)


def test_the_page_checks_shows_what_would_change_and_publishes(bed: Bed) -> None:
    path, changed = f"/journeys/{NAME}/edit", FILE.replace("for: 3d", "for: 2d")
    assert "wait-3-days" in bed.admin("GET", path, headers=EN).text
    broken = press(bed, path, do="publish", source=FILE.replace("for: 3d", "for: soon"))
    line = FILE[: FILE.index("for: 3d")].count("\n") + 1
    assert (broken.status, f"Line {line}" in broken.text) == (422, True)
    checked = press(bed, path, do="check", source=changed)
    assert (checked.status, "Nothing wrong" in checked.text) == (200, True)
    assert seen(bed, NAME)["published"] is False
    assert press(bed, path, do="publish", source=changed, note="sooner").status == 303
    bed.later(seconds=70)
    assert (seen(bed, NAME)["published"], "sooner" in bed.admin("GET", f"/journeys/{NAME}", headers=EN).text) == (
        True,
        True,
    )


def test_the_page_numbers_the_versions_and_tells_in_words_what_changed(bed: Bed) -> None:
    publish(bed, NAME, FILE.replace("for: 3d", "for: 2d"))
    english, chinese = (bed.admin("GET", f"/journeys/{NAME}", headers=each).text for each in (EN, ZH))
    told = english[english.index("Version 2") : english.index(">Version 1<")]
    assert re.findall(r"<(?:del|ins)>(.*?)</", told) == ["Wait 3 days", "Wait 2 days"]
    assert re.findall(r"<(?:del|ins)>(.*?)</", chinese) == ["等待 3 天", "等待 2 天"]


@pytest.mark.parametrize("version", ["000000000000", "ffffffffffff"])
def test_what_was_deployed_comes_before_what_took_its_place_though_nobody_had_entered(bed: Bed, version: str) -> None:
    name = "spring-fair"
    deployed, published = ({"journey": name, "version": each, "steps": []} for each in ("777777777777", version))
    at, store = bed.clock.now(), Journeys()
    store.keep(deployed, at)
    store.publish(Kept(published, to_iso(at), by="manager"))
    assert [each.journey["version"] for each in store.versions(name)] == ["777777777777", version]


def test_the_list_counts_all_versions_and_the_page_says_who_is_on_earlier_ones(bed: Bed) -> None:
    arrive(bed, "whitepaper")
    bed.later(minutes=3)
    publish(bed, NAME, FILE.replace("for: 3d", "for: 2d"))
    listed = bed.admin("GET", "/journeys", headers=EN).text
    row = listed[listed.index(f"/journeys/{NAME}") :]
    assert re.findall(r"<dd>(\d+)</dd>", row)[:3] == ["1", "1", "0"]
    page = bed.admin("GET", f"/journeys/{NAME}", headers=EN).text
    assert "This version: Entered 0" in page
    assert "On the way on earlier versions: 1" in page


def test_a_journey_that_is_off_says_how_it_is_switched_on_and_has_nothing_to_pause(bed: Bed) -> None:
    page = bed.admin("GET", "/journeys/saas-four-weeks", headers=EN).text
    assert "enabled: false" in page
    assert 'name="status"' not in page
    assert 'name="status"' in bed.admin("GET", f"/journeys/{NAME}", headers=EN).text


def test_a_draft_of_a_new_journey_is_shown_as_a_picture(bed: Bed) -> None:
    page = press(bed, "/journeys/new/edit", do="check", journey="spring-fair", source=SPRING).text
    assert re.findall(r'<text class="name"[^>]*>(.*?)</text>', page)[-3:] == [
        "Add the tag “spring”",
        "Wait 2 days",
        "End: completed",
    ]
    assert 'class="changes"' not in page


def test_a_new_journey_that_is_published_as_proposed_admits_nobody(bed: Bed) -> None:
    shown = bed.admin("GET", "/journeys/new/edit", headers=EN).text
    [proposed] = re.findall(r"<textarea[^>]*>(.*?)</textarea>", shown, re.DOTALL)
    pressed = press(bed, "/journeys/new/edit", do="publish", journey="as-proposed", source=unescape(proposed))
    assert pressed.status == 303
    [made] = [each for each in bed.admin("GET", "/api/journeys").json()["items"] if each["journey"] == "as-proposed"]
    assert made["status"] == "off"


def test_the_page_makes_a_new_journey(bed: Bed) -> None:
    wrong = press(bed, "/journeys/new/edit", do="publish", journey="Spring Fair", source=SPRING)
    assert (wrong.status, "Spring Fair" in wrong.text) == (422, True)
    assert press(bed, "/journeys/new/edit", do="publish", journey="spring-fair", source=SPRING).status == 303
    assert "Spring fair" in bed.admin("GET", "/journeys", headers=EN).text


# ---------------------------------------------------------------- what publishes all the same, and had better be known


def warned(answer: Response) -> list[str]:
    return [each["what"] for each in answer.json()["warnings"]]


@pytest.mark.parametrize("status", ["paused", "stopped"])
def test_publishing_into_a_journey_that_nobody_enters_says_so(bed: Bed, status: str) -> None:
    bed.admin("POST", f"/api/journeys/{NAME}", json={"status": status})
    answer = publish(bed, NAME, FILE.replace("for: 3d", "for: 2d"))
    assert warned(answer) == [f"the journey is {status}: nobody enters"]


def test_publishing_a_text_that_is_off_says_so(bed: Bed) -> None:
    assert warned(publish(bed, "spring-fair", f"enabled: false\n{SPRING}")) == ["the journey is off: nobody enters"]


def test_publishing_a_mail_that_another_journey_sends_warns_and_publishes(bed: Bed) -> None:
    mail = "{id: case, do: send, template: case-study, class: marketing, purpose: nurture}"
    answer = publish(bed, "spring-fair", SPRING.replace("  - {id: pause", f"  - {mail}\n  - {{id: pause"))
    assert answer.json()["published"] is True
    assert warned(answer) == [f"the mail 'case-study' is sent by {NAME} too: who is in both gets it twice"]


def test_a_stopped_journey_is_no_rival(bed: Bed) -> None:
    assert publish(bed, "rival", FILE, dry_run=True).status == 422
    bed.admin("POST", f"/api/journeys/{NAME}", json={"status": "stopped"})
    assert publish(bed, "rival", FILE, dry_run=True).status == 200


def test_the_page_says_that_nobody_will_enter_a_stopped_journey(bed: Bed) -> None:
    bed.admin("POST", f"/api/journeys/{NAME}", json={"status": "stopped"})
    path, changed = f"/journeys/{NAME}/edit", FILE.replace("for: 3d", "for: 2d")
    assert "This journey is stopped: publishing lets nobody in" in press(bed, path, do="check", source=changed).text
    done = press(bed, path, do="publish", source=changed)
    assert done.headers["location"].endswith("done=published_stopped")
    shown = bed.admin("GET", f"/journeys/{NAME}?done=published_stopped", headers=ZH).text
    assert "已发布。旅程处于停止状态" in shown
