"""Journeys: the list, one as a picture with its versions, and the buttons that pause, stop, go back and move people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from functools import cache
from typing import Any

from chalice.app import Response

from functions.admin import desk
from functions.admin.access import ADMIN, JOURNEYS, JOURNEYS_ACT
from functions.admin.gate import Call, Gate, NotFound
from functions.admin.journey_changes import changes
from functions.admin.journey_picture import draw, tally_text
from functions.admin.journey_words import Step, Teller, reason_text
from functions.admin.present import harmless, localised, moment
from functions.admin.views import Words, after, checked_form, locale_of, problem_page, show, words_for
from shared.domain.journey_counts import Comparison, JourneyCounts
from shared.domain.mail_counts import MailCounts
from shared.domain.message import EMAIL
from shared.domain.webhook import secret_of, shown
from shared.runtime import content
from shared.runtime.wiring import wiring
from shared.usecases.console.journeys import (
    JourneyPorts,
    Standing,
    Version,
    arms,
    choose_version,
    clicks_compared,
    comparisons,
    counts_over_versions,
    mails_of,
    move_people,
    set_status,
    source_of,
    standing,
    standings,
    versions,
    waiting_elsewhere,
)
from shared.usecases.console.preview_mail import first_words, subject_of
from shared.usecases.console.texts import InvalidField

Json = dict[str, Any]
_CHIP = {"live": "good", "paused": "wait", "stopped": "bad", "off": ""}


def journey_ports() -> JourneyPorts:
    """What the console's journeys run on."""
    return JourneyPorts(
        content.journeys(), content.journey_sources, wiring.journeys, wiring.meters, wiring.alarm, wiring.kept_version
    )


def the_journey(call: Call) -> Standing:
    found = standing(call.ids["journey"], journey_ports())
    if found is None:
        raise NotFound("no such journey")
    return found


def _is_on(found: Standing) -> bool:
    return bool(found.current.get("enabled", True))


def _status(found: Standing) -> str:
    """What is written ``enabled: false`` is off, whatever else."""
    return found.status if _is_on(found) else "off"


# ------------------------------------------------------------------ JSON


def _shape(found: Standing) -> Json:
    counts = found.counts
    return {
        "journey": found.name,
        "name": found.current["name"],
        "status": _status(found),
        "version": found.current["version"],
        "priority": found.current["priority"],
        "published": found.is_published,
        "overtaken": found.overtaken,
        "entered": counts.entered,
        "active": counts.active,
        "completed": counts.ended.get("completed", 0),
        "exits": {reason: count for reason, count in counts.ended.items() if reason != "completed"},
    }


def journeys(call: Call) -> Json:
    """Every journey with its numbers."""
    return {"items": [_shape(found) for found in standings(journey_ports())]}


def journey(call: Call) -> Json:
    """One journey: its numbers at each step, its definition, its versions, how the ways of its splits compare."""
    found = the_journey(call)
    counts, listed = found.counts, versions(found.name, journey_ports())
    mails = mails_of(found.current, journey_ports())
    return {
        **_shape(found),
        "steps": [_step_shape(step, counts, mails) for step in found.current["steps"]],
        "arms": [
            {
                "split": step["id"],
                "way": arm.way["way"],
                "people": arm.people,
                "mail": arm.mail or None,
                **asdict(arm.tally),
            }
            for step in found.current["steps"]
            if step["do"] == "split"
            for arm in arms(found.current, step, counts, mails)
        ],
        "triggers": found.current["triggers"],
        "entry": found.current["entry"],
        "audience": found.current["audience"],
        "exit_rules": found.current["exits"],
        "versions": [
            {
                "version": each.journey["version"],
                "since": each.since or None,
                "active": each.counts.active,
                "by": each.by or None,
                "note": each.note or None,
                "move": asdict(each.move) if each.move else None,
            }
            for each in listed
        ],
        "waiting": [asdict(each) for each in waiting_elsewhere(found.current, listed)],
        "source": source_of(found.name, found.current["version"], journey_ports()),
        "splits": [
            {
                "split": split,
                "goal": goal,
                "better": found_out.better,
                "rates": {found_out.better: found_out.better_rate, found_out.other: found_out.other_rate},
                "p": found_out.p,
                "sure": found_out.is_sure,
            }
            for split, goal, found_out in comparisons(found.current, counts)
        ],
    }


def _step_shape(step: Step, counts: JourneyCounts, mails: MailCounts) -> Json:
    brought = asdict(mails.of(step["id"])) if step["do"] == "send" else {}
    return {**step, "waiting": counts.at(step["id"]), "passed": counts.passed(step["id"]), **brought}


def act(call: Call) -> Json:
    """``{"status"}``, ``{"version"}`` (go back to it), or ``{"move": {"from", "to", "steps"}}``."""
    _do(call, call.json())
    return _shape(the_journey(call))


def _do(call: Call, body: Any) -> None:
    name, ports = the_journey(call).name, journey_ports()
    if "status" in body:
        set_status(name, str(body["status"]), ports, call.now)
        desk.wrote_down(call, f"journey.{body['status']}", name)
    elif "version" in body:
        before = the_journey(call).current["version"]
        choose_version(name, str(body["version"]), ports, call.now)
        desk.wrote_down(call, "journey.version", name, **{"from": before, "to": str(body["version"])})
    elif isinstance(body.get("move"), dict):
        move = body["move"]
        steps = move.get("steps") or {}
        if not isinstance(steps, dict):
            raise InvalidField("steps", "waits of the old version with those that take their place")
        old, new = str(move.get("from")), str(move.get("to"))
        places = move_people(name, old, new, steps, ports, call.now)
        told = ", ".join(f"{wait} → {place or 'stays'}" for wait, place in places.items())
        desk.wrote_down(call, "journey.move", name, **{"from": old, "to": new, "steps": told})
    else:
        raise InvalidField("status", "status, version or move")


def webhook_secrets(call: Call) -> Json:
    """What each server needs to check the signatures of webhook steps. Written down, because whoever has a secret can speak in our name."""
    hosts = [host for host in content.policies()["outbound"]["hosts"] if not host.startswith("*.")]
    desk.wrote_down(call, "webhooks.secrets", "outbound")
    return {"items": [{"host": host, "secret": shown(secret_of(wiring.secret, host))} for host in hosts]}


# ------------------------------------------------------------------ pages


def page(call: Call) -> Response:
    """The list."""
    words, ports = words_for(call), journey_ports()
    rows = [_row(found, counts_over_versions(found, ports), words) for found in standings(ports)]
    return show(call, "journeys", may_act=call.actor.may(JOURNEYS_ACT), rows=rows)


def _row(found: Standing, counts: JourneyCounts, words: Words) -> dict[str, Any]:
    locale, ended = words["language.code"], counts.ended
    completed = ended.pop("completed", 0)
    exits = sorted(ended.items(), key=lambda pair: -pair[1])
    return {
        "id": found.name,
        "name": found.current["name"][locale],
        "line": found.current["description"].get(locale, ""),
        "status": _mark(_status(found), words),
        "entered": counts.entered,
        "active": counts.active,
        "completed": completed,
        "exits": [f"{reason_text(reason, words)} {count}" for reason, count in exits],
    }


def _mark(status: str, words: Words) -> dict[str, str]:
    return {"kind": _CHIP[status], "text": words[f"journeys.{status}"]}


def teller_of(call: Call, journey: Mapping[str, Any]) -> Teller:
    """Who tells this journey in the language of the page."""
    return tellers(call)(journey)


def tellers(call: Call) -> Callable[[Mapping[str, Any]], Teller]:
    """Who tells any journey in the language of the page: what forms and segments are called is asked once for all of them."""
    locale, words = locale_of(call.headers, call.query), words_for(call)

    @cache
    def subject(template: str, channel: str) -> str:
        if channel == EMAIL:
            return subject_of(template, locale, wiring.preview_ports, call.now)
        return first_words(content.messages().get(template, {}).get(channel), locale) or template

    names = {
        "forms": {name: form["texts"][locale]["title"] for name, form in content.forms().items()},
        "segments": {each.segment_id: localised(each.name, locale) for each in wiring.segment_ports.definitions.all()},
    }
    return lambda journey: Teller(journey, words, locale, subject, names)


def one(call: Call) -> Response:
    """One journey as a picture."""
    found, words = the_journey(call), words_for(call)
    versions_of = _versions(found, call)
    mails, teller = mails_of(found.current, journey_ports()), teller_of(call, found.current)
    return show(
        call,
        "journey",
        row=_row(found, found.counts, words),
        elsewhere=sum(each["active"] for each in versions_of if not each["current"]),
        origin=words["journeys.from_console" if found.is_published else "journeys.from_file"],
        overtaken=words["journeys.overtaken"] if found.overtaken else "",
        acts=[status for status in ("live", "paused", "stopped") if status != found.status and _is_on(found)],
        hint="" if _is_on(found) else words["journeys.off_why"],
        may_act=call.actor.may(JOURNEYS_ACT),
        picture=draw(found.current, found.counts, mails, teller),
        leaves=teller.exits(),
        versions=versions_of,
        splits=[_split(step, found, mails, teller) for step in found.current["steps"] if step["do"] == "split"],
    )


def _versions(found: Standing, call: Call) -> list[dict[str, Any]]:
    listed, teller = versions(found.name, journey_ports()), teller_of(call, found.current)
    waiting = waiting_elsewhere(found.current, listed)
    waits = [
        {"id": step["id"], "said": teller.called(step["id"])} for step in found.current["steps"] if step["do"] == "wait"
    ]
    numbers = {each.journey["version"]: len(listed) - index for index, each in enumerate(listed)}
    rows = []
    for index, each in enumerate(listed):
        told = replace(teller, journey=each.journey)
        row = _version(each, len(listed) - index, listed[index + 1 : index + 2], found, teller)
        here = [one for one in waiting if one.version == row["version"]]
        row["waits"] = waits
        row["waiting"] = [{**asdict(one), "said": told.called(one.step)} for one in here]
        row["people"] = sum(one.people for one in here)
        row["move"] = _move_told(each, numbers, teller.words)
        rows.append(row)
    return rows


def _move_told(each: Version, numbers: Mapping[str, int], words: Words) -> dict[str, Any]:
    """How far those are who were ordered to another version; empty when nobody was."""
    if each.move is None:
        return {}
    counted = {"ordered": each.move.ordered, "moved": each.move.moved, "waiting": each.move.waiting}
    said = words("journeys.move_state", to=numbers.get(each.move.to, each.move.to), **counted)
    return {"said": said, "since": moment(each.move.at), "kind": "wait" if each.move.waiting else "good"}


def _version(each: Version, number: int, before: list[Version], found: Standing, teller: Teller) -> dict[str, Any]:
    words = teller.words
    return {
        "version": each.journey["version"],
        "number": number,
        "since": moment(each.since),
        "current": each.journey["version"] == found.current["version"],
        "by": words("journeys.by", by=harmless(each.by, 60)) if each.by else "",
        "note": harmless(each.note, 300),
        "entered": each.counts.entered,
        "active": each.counts.active,
        "is_first": not before,
        "changes": [change for old in before for change in changes(old.journey, each.journey, teller)],
    }


def _split(split: Step, found: Standing, mails: MailCounts, teller: Teller) -> dict[str, Any]:
    """A split as a table of its ways, with a sentence on clicks and on each goal."""
    ways = arms(found.current, split, found.counts, mails)
    names = {arm.way["way"]: teller.way(arm.way) for arm in ways}
    clicks = clicks_compared(ways)
    said = [_compared(teller.words["journeys.clicks"], clicks, names, teller.words)] if clicks else []
    said += [
        _compared(teller.called(goal), comparison, names, teller.words)
        for name, goal, comparison in comparisons(found.current, found.counts)
        if name == split["id"]
    ]
    return {
        "ways": [
            {
                "name": names[arm.way["way"]],
                "people": arm.people,
                "mail": teller.called(arm.mail) if arm.mail else "",
                "tally": tally_text(arm.tally, teller.words),
            }
            for arm in ways
        ],
        "said": said or [teller.words["journeys.split_nothing"]],
    }


def _compared(what: str, comparison: Comparison, names: Mapping[str, str], words: Words) -> str:
    key = "sure" if comparison.is_sure else "unsure" if comparison.p is not None else "too_few"
    return words(
        f"journeys.split_{key}",
        goal=what,
        better=names[comparison.better],
        other=names[comparison.other],
        better_rate=f"{100 * comparison.better_rate:.0f}",
        other_rate=f"{100 * comparison.other_rate:.0f}",
        p=f"{comparison.p:.3f}" if comparison.p is not None else "",
    )


def press(call: Call) -> Response:
    """A button of the page."""
    form = checked_form(call)
    body: Json = {name: str(form[name]) for name in ("status", "version") if form.get(name)}
    if form.get("from"):
        prefix = "wait-"
        steps = {name.removeprefix(prefix): str(value) for name, value in form.items() if name.startswith(prefix)}
        body = {"move": {"from": str(form["from"]), "to": the_journey(call).current["version"], "steps": steps}}
    _do(call, body)
    return after(call, f"/journeys/{call.ids['journey']}", "journey")


def register(gate: Gate) -> None:
    """The pages and calls about journeys."""
    gate.json("GET", "/api/journeys", JOURNEYS, journeys)
    gate.json("GET", "/api/journeys/{journey}", JOURNEYS, journey)
    gate.json("POST", "/api/journeys/{journey}", JOURNEYS_ACT, act)
    gate.json("GET", "/api/webhooks", (ADMIN,), webhook_secrets)
    gate.page("GET", "/journeys", JOURNEYS, page, problem_page)
    gate.page("GET", "/journeys/{journey}", JOURNEYS, one, problem_page)
    gate.page("POST", "/journeys/{journey}", JOURNEYS_ACT, press, problem_page)
