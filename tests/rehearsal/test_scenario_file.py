"""What a scenario file may say, and what is answered when it says something else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.rehearsal.scenario import Scenario, ScenarioError, read_scenario
from infra.template import ROOT

HEAD = 'start: "2026-03-02T09:00:00+08:00"\ndays: 30\n'
LIN = 'people:\n  lin:\n    - {at: "+0h", submit: whitepaper, fields: {email: lin@a.example}}\n'


def read(tmp_path: Path, text: str) -> Scenario:
    file = tmp_path / "scenario.yaml"
    file.write_text(text, encoding="utf-8")
    return read_scenario(file)


def problems(tmp_path: Path, text: str) -> dict[str, str]:
    with pytest.raises(ScenarioError) as error:
        read(tmp_path, text)
    return dict(error.value.problems)


@pytest.mark.parametrize("file", sorted((ROOT / "examples" / "scenarios").glob("*.yaml")), ids=lambda f: f.stem)
def test_every_shipped_scenario_is_valid(file: Path) -> None:
    assert read_scenario(file).acts


@pytest.mark.parametrize(
    ("at", "moment"),
    [
        ("+0h", datetime(2026, 3, 2, 1, tzinfo=UTC)),
        ("+1d2h30m", datetime(2026, 3, 3, 3, 30, tzinfo=UTC)),
        ("+47h59m", datetime(2026, 3, 4, 0, 59, tzinfo=UTC)),
        ("+1w", datetime(2026, 3, 9, 1, tzinfo=UTC)),
        ("+90s", datetime(2026, 3, 2, 1, 1, 30, tzinfo=UTC)),
        ("2026-03-04T00:00:00Z", datetime(2026, 3, 4, tzinfo=UTC)),
    ],
)
def test_a_moment_is_an_offset_or_a_time_with_its_zone(tmp_path: Path, at: str, moment: datetime) -> None:
    scenario = read(tmp_path, HEAD + f'people: {{lin: [{{at: "{at}", visit: /pricing}}]}}')
    assert scenario.acts[0].at == moment


def test_acts_are_played_in_the_order_of_time_and_then_of_the_file(tmp_path: Path) -> None:
    text = (
        HEAD
        + LIN
        + '    - {at: "+2d", open: last}\n  wei:\n    - {at: "+1d", visit: /a}\n    - {at: "+1d", visit: /b}\n'
    )
    assert [(a.who, a.value) for a in read(tmp_path, text).acts] == [
        ("lin", "whitepaper"),
        ("wei", "/a"),
        ("wei", "/b"),
        ("lin", "last"),
    ]


@pytest.mark.parametrize(
    ("text", "key", "why"),
    [
        ("[]", "", "is a map"),
        ("start: [", "", "is no YAML"),
        (HEAD, "people", "at least one person"),
        (HEAD + "people:\n  lin: []\n  lin: []\n", "", "'lin' stands here twice"),
        ("days: 3\n" + LIN, "start", "no ISO 8601 moment"),
        ('start: "2026-03-02T09:00:00"\ndays: 3\n' + LIN, "start", "says no zone"),
        (HEAD.replace("30", "-1") + LIN, "days", "no number of days"),
        (HEAD.replace("30", "yes") + LIN, "days", "no number of days"),
        (HEAD + LIN + "poeple: {}\n", "poeple", "is people meant?"),
        (HEAD + LIN + "    - {at: soon, open: last}\n", "people.lin[1].at", "neither an offset"),
        (HEAD + LIN + '    - {at: "2026-03-01T00:00:00Z", open: last}\n', "people.lin[1].at", "before the start"),
        (HEAD + LIN + '    - {at: "+1d", open: first}\n', "people.lin[1].open", "write last"),
        (HEAD + LIN + '    - {at: "+1d", open: last, click: last}\n', "people.lin[1]", "both open and click"),
        (HEAD + LIN + '    - {at: "+1d", visit: pricing}\n', "people.lin[1].visit", "no path"),
        (HEAD + LIN + '    - {at: "+1d", submit: demo}\n', "people.lin[1].fields", "what the person fills in"),
        (
            HEAD + LIN + '    - {at: "+1d", submit: demo, fields: {}, chanel: sem}\n',
            "people.lin[1].chanel",
            "is channel meant?",
        ),
        (HEAD + LIN + 'sales: [{at: "+1d", follow_up: wei}]\n', "sales[0].follow_up", "none of the people: lin"),
        (
            HEAD + LIN + 'sales: [{at: "+1d", outcome: {lead: lin, result: maybe}}]\n',
            "sales[0].outcome.result",
            "won, deferred, invalid",
        ),
        (HEAD + LIN + 'sales: [{at: "+1d", publish: drip}]\n', "sales[0].text", "the journey's text"),
        (HEAD + LIN + 'sales: [{at: "+1d", pause: [drip]}]\n', "sales[0].pause", "no name of a journey"),
        (HEAD + LIN + 'sales: [{at: "+1d", move: drip, steps: rest}]\n', "sales[0].steps", "a map of waits"),
        (HEAD + LIN + 'sales: [{at: "+1d", server: down}]\n', "sales[0].server", "no status of an answer"),
        (HEAD + LIN + "faults: {seed: 7, duplicate: 2}\n", "faults.duplicate", "no chance between 0 and 1"),
        (HEAD + LIN + "faults: {seed: x}\n", "faults.seed", "no whole number"),
        (HEAD + LIN + "faults: {crahs: 0.1}\n", "faults.crahs", "is crash meant?"),
        (HEAD + LIN + "faults: {consumer_down: {send: [+2d, +1d]}}\n", "faults.consumer_down.send", "before it begins"),
        (HEAD + LIN + "faults: {script: [{where: x, what: y}]}\n", "faults.script[0]", "is no strike"),
        (HEAD + LIN + "faults: {script: [{where: SendFunction batch 1, what: twin}]}\n", "faults.script[0]", "call 2"),
        (
            HEAD + LIN + "faults: {script: [{where: TickFunction firing 1, what: missed}]}\n",
            "faults.script[0]",
            "minutes",
        ),
        (
            HEAD + LIN + "faults: {crash: 0.1, script: [{where: SendFunction 1 call 1, what: twin}]}\n",
            "faults.script",
            "leave out crash",
        ),
        (HEAD + LIN + "faults: {consumer_down: {sender: [+1d, +2d]}}\n", "faults.consumer_down.sender", "SendFunction"),
    ],
)
def test_a_mistake_is_answered_with_its_key_and_the_reason(tmp_path: Path, text: str, key: str, why: str) -> None:
    found = problems(tmp_path, text)
    assert why in found[key], found


def test_faults_of_no_chance_are_calm(tmp_path: Path) -> None:
    assert read(tmp_path, HEAD + LIN + "faults: {seed: 7, duplicate: 0, reorder: false}\n").weather.is_calm


def test_faults_are_chances_outages_and_a_seed(tmp_path: Path) -> None:
    text = HEAD + LIN + "faults: {seed: 7, crash: 0.05, reorder: true, consumer_down: {send: [+1d, +2d]}}\n"
    weather = read(tmp_path, text).weather
    assert (weather.seed, weather.chances) == (7, {"crash": 0.05, "reorder": 1.0})
    assert weather.down == {"SendFunction": (datetime(2026, 3, 3, 1, tzinfo=UTC), datetime(2026, 3, 4, 1, tzinfo=UTC))}


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = HEAD.replace("30", "0") + 'people: {lin: [{at: x, open: last}, {at: "+1d", shout: loud}]}'
    assert set(problems(tmp_path, text)) == {"days", "people.lin[0].at", "people.lin[1]"}


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"nowhere\.yaml: cannot be read"):
        read_scenario(tmp_path / "nowhere.yaml")


def test_what_marketing_does_in_the_console_is_about_nobody_in_particular(tmp_path: Path) -> None:
    text = (
        HEAD
        + LIN
        + (
            'sales:\n  - {at: "+1h", touchpoint: stand-7, channel: event}\n'
            '  - {at: "+2h", import: fair.csv, rows: [{person: lin, email: lin@a.example}]}\n'
            '  - {at: "+3h", tag: {lead: lin, tag: vip}}\n'
            '  - {at: "+4h", move: drip, steps: {rest: pause}}\n'
            '  - {at: "+5h", server: 503}\n'
        )
    )
    assert [(act.kind, act.who) for act in read(tmp_path, text).acts[1:]] == [
        ("touchpoint", ""),
        ("import", ""),
        ("tag", "lin"),
        ("move", ""),
        ("server", ""),
    ]


@pytest.mark.parametrize(
    ("act", "key"),
    [
        ("scan: a b", "people.lin[0].scan"),
        ("prefer: last, marketing: perhaps", "people.lin[0].marketing"),
        ("open: last, locale: en", "people.lin[0].locale"),
    ],
)
def test_a_mistake_in_what_a_person_does_is_told_with_its_key(tmp_path: Path, act: str, key: str) -> None:
    assert key in problems(tmp_path, HEAD + f'people: {{lin: [{{at: "+1h", {act}}}]}}')


@pytest.mark.parametrize(
    ("act", "key"),
    [
        ("import: fair.csv, rows: []", "sales[0].rows"),
        ("import: fair.csv, rows: [{person: wei, email: a@b.example}]", "sales[0].rows[0].person"),
        ("merge: {lead: lin, with: wei}", "sales[0].merge.with"),
        ("tag: {lead: lin}", "sales[0].tag.tag"),
        ("touchpoint: stand-7, chanel: event", "sales[0].chanel"),
    ],
)
def test_a_mistake_in_what_is_done_in_the_console_is_told_with_its_key(tmp_path: Path, act: str, key: str) -> None:
    assert key in problems(tmp_path, HEAD + LIN + f'sales: [{{at: "+1h", {act}}}]')


def test_content_of_its_own_is_a_folder_beside_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "drafts").mkdir()
    assert read(tmp_path, HEAD + LIN + "templates: drafts").templates == tmp_path / "drafts"
    assert "templates" in problems(tmp_path, HEAD + LIN + "templates: nowhere")
