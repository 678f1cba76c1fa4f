"""What must hold in a journey beyond its shape, and what it compiles to: triggers in one form, steps that conditions look back to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from shared.authoring import journey_lint as lint
from shared.authoring.content_yaml import Document, Place
from shared.authoring.nearest import or_meant
from shared.channels.http import may_call
from shared.domain import timeline
from shared.domain.message import EMAIL, WECHAT

DEFAULT_PRIORITY = 50


@dataclass(frozen=True, slots=True)
class Known:
    """What a journey may name: mails, messages of other channels, forms, segments, the marks at which a score's crossing is told (grade: the score it
    is entered at), and the hosts that may be called. A mail or message whose own file is wrong is there and empty: its journeys are not blamed for it.
    """

    mails: Mapping[str, Any]
    forms: Iterable[str]
    marks: Mapping[str, int]
    segments: Iterable[str]
    hosts: Collection[str] = ()
    messages: Mapping[str, Any] = field(default_factory=dict)


def check_journey(document: Document, known: Known) -> None:
    """Single ids, known mails and forms, a way through; whoever is ripe or unsubscribed leaves. What has not the shape that it should have was told before
    and is left out, so that it hides nothing else.
    """
    journey = {"steps": [], "exits": [], **document.sound()}
    # Of a step that does nothing known only the name was looked at.
    steps = [step if "do" in step else {"id": str(step.get("id"))} for step in journey["steps"]]
    journey["steps"] = steps
    ids = [step.get("id") for step in steps]
    lint.check_graph(document, journey)
    for index, name in enumerate(ids):
        if name and name in ids[:index]:
            document.report(("steps", index), f"{name!r} stands twice in steps", "give each its own name")
    _check_steps(document, steps, known)
    _check_events(document, journey)
    _check_exits(document, journey)
    _check_triggers(document, journey, known)


def triggers_of(journey: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The triggers as the file has them."""
    trigger = journey.get("trigger", [])
    return trigger if isinstance(trigger, list) else [trigger]


def _check_triggers(document: Document, journey: Mapping[str, Any], known: Known) -> None:
    several = isinstance(journey.get("trigger"), list)
    for index, trigger in enumerate(triggers_of(journey)):
        place: Place = ("trigger", index) if several else ("trigger",)
        form, where = trigger.get("form"), trigger.get("where") or {}
        if where.get("field") == "form" and where.get("op") == "eq":
            form, place = where.get("value"), (*place, "where", "value")
        if form is not None and form not in known.forms:
            mend = or_meant(form, known.forms, f"choose one of {', '.join(sorted(known.forms))}")
            document.report(place, f"there is no form {form!r}", mend)
        segment = trigger.get("segment")
        if segment is not None and segment not in known.segments:
            mend = f"choose one of {', '.join(sorted(known.segments))}, or write segments/{segment}.yaml"
            what = f"there is no segment {segment!r}"
            document.report((*place, "segment"), what, or_meant(segment, known.segments, mend))
        if trigger.get("on") == "score" and "reaches" in trigger and trigger["reaches"] not in known.marks.values():
            marks = ", ".join(map(str, sorted(known.marks.values())))
            document.report(
                (*place, "reaches"),
                f"a score of {trigger['reaches']} is no mark of a grade, and only those are told",
                f"choose one of {marks}, or move a mark in scoring/prospects.yaml",
            )


def _check_steps(document: Document, steps: list[dict[str, Any]], known: Known) -> None:
    for index, step in enumerate(steps):
        place: Place = ("steps", index)
        match step.get("do"):
            case "send":
                _check_message(document, place, step, known)
            case "notify":
                _check_mail(document, place, step.get("template", "sales-notice"), "internal", known.mails)
            case "wait" if document.is_sound(place):
                _check_wait(document, place, step)
            case "update" if document.is_sound(place) and not {"set", "add_tags", "remove_tags"} & set(step):
                document.report(place, "this update changes nothing", "add set:, add_tags: or remove_tags:")
            case "split":
                names = [way["way"] for way in step.get("ways", ()) if "way" in way]
                if len(set(names)) < len(names):
                    document.report((*place, "ways"), "two ways have one name", "give each its own way:")
            case "webhook" if "url" in step:
                _check_host(document, place, urlsplit(step["url"]).hostname or "", known)


def _check_host(document: Document, place: Place, host: str, known: Known) -> None:
    if not may_call(host, known.hosts):
        what = f"{host!r} is no server that may be called"
        document.report((*place, "url"), what, "add it to hosts: in policies/outbound.yaml")


def _check_message(document: Document, place: Place, step: Mapping[str, Any], known: Known) -> None:
    """The mail of a send step, or its message by the step's channel."""
    channel, template = step.get("channel", EMAIL), step.get("template")
    if template is None or not document.is_sound((*place, "channel")):
        return
    if channel == EMAIL:
        _check_mail(document, place, template, step.get("class"), known.mails)
        return
    message = known.messages.get(template)
    if message == {}:
        return
    if message is None or channel not in message:
        what = f"there is no message {template!r} for {channel}"
        mend = f"write {channel}: in messages/{template}.yaml"
        having = [name for name, each in known.messages.items() if channel in each]
        document.report((*place, "template"), what, or_meant(template, having, mend))
    elif channel == WECHAT and not message[channel].get("template_id"):
        what = f"the message {template!r} names no WeChat template, so nobody would get it"
        document.report((*place, "template"), what, f"add template_id: under wechat: in messages/{template}.yaml")
    elif message["class"] != step.get("class", message["class"]):
        what = f"{template} is {message['class']}, the step says {step['class']}"
        document.report((*place, "class"), what, "use the message's class, or another message")


def _check_mail(document: Document, place: Place, template: str, klass: str | None, mails: Mapping[str, Any]) -> None:
    mail = mails.get(template)
    if mail is None:
        mend = or_meant(template, mails, f"write emails/{template}/")
        document.report((*place, "template"), f"there is no mail {template!r}", mend)
    elif mail and klass and mail["class"] != klass:
        document.report((*place, "class"), f"the mail {template!r} is {mail['class']}", f"write class: {mail['class']}")


def _check_wait(document: Document, place: Place, step: Mapping[str, Any]) -> None:
    if "event" in step:
        if "at_most" not in step:
            document.report(place, "this wait may never end", "add at_most: 5d")
        if "for" in step or "until" in step:
            document.report(place, "a wait for an event has no for: or until:", "use at_most:")
    elif not {"for", "until"} & set(step):
        document.report(place, "this wait has no length", 'add for: 3d or until: {days: [tue], at: "09:30"}')
    elif {"at_most", "then", "timeout"} & set(step):
        document.report(place, "at_most:, then: and timeout: are for an event", "add event:, or leave them out")


def events_of(journey: Mapping[str, Any]) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """Every question after what the person did, with its place: events of waits, and ``did`` within branches. Steps may lack what they should have."""
    for index, step in enumerate(journey["steps"]):
        if "event" in step:
            yield ("steps", index, "event"), step["event"]
        if step.get("do") == "branch":
            for number, way in enumerate(step.get("ways", ())):
                place: Place = ("steps", index, "ways", number, "when")
                yield from ((place, leaf) for leaf in _asked(way.get("when")))


def _asked(condition: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(condition, Mapping) and "did" in condition:
        yield condition
    elif isinstance(condition, Mapping):
        for part in condition.values():
            yield from _asked(part)
    elif isinstance(condition, list):
        for part in condition:
            yield from _asked(part)


def _check_events(document: Document, journey: Mapping[str, Any]) -> None:
    steps = {step["id"]: step for step in reversed(journey["steps"]) if "id" in step}
    for place, event in events_of(journey):
        of_a_mail = event.get("did") in (timeline.EMAIL_OPENED, timeline.EMAIL_CLICKED, timeline.EMAIL_REPLIED)
        step = steps.get(event.get("step", ""))
        if "step" in event and step is None:
            mend = or_meant(event["step"], steps, f"choose one of {', '.join(reversed(steps))}")
            document.report(place, f"there is no step {event['step']!r}", mend)
        elif step is not None and of_a_mail and step.get("do", "send") != "send":
            document.report(place, f"{event['step']!r} sends no mail that could be {event['did']}", "name a send step")
    if any(True for _ in _asked(journey.get("audience"))) and any(
        "step" in leaf for leaf in _asked(journey.get("audience"))
    ):
        document.report(("audience",), "nobody has taken a step before entering", "use within: instead of step:")


def _check_exits(document: Document, journey: Mapping[str, Any]) -> None:
    if not any(step.get("class") == "marketing" for step in journey["steps"]) or not document.is_sound(("exits",)):
        return
    stages = {stage for rule in journey["exits"] if rule["on"] == "stage" for stage in rule["in"]}
    if "mql" not in stages:
        document.report(
            ("exits",),
            "a person who became an MQL stays in the journey",
            "add {on: stage, in: [mql, …], reason: became_mql}",
        )
    if not any(rule["on"] == timeline.UNSUBSCRIBED for rule in journey["exits"]):
        document.report(
            ("exits",), "a person who unsubscribed stays in the journey", "add {on: unsubscribed, reason: unsubscribed}"
        )


# ---------------------------------------------------------------- compiling


def compiled(name: str, journey: Mapping[str, Any], marks: Mapping[str, int]) -> dict[str, Any]:
    """The journey as the engine reads it."""
    looked_back = {str(event["step"]) for _, event in events_of(journey) if "step" in event}
    return {
        "journey": name,
        "name": journey["name"],
        "description": journey.get("description", {}),
        "enabled": journey.get("enabled", True),
        "priority": journey.get("priority", DEFAULT_PRIORITY),
        "entry": journey["entry"],
        "audience": journey.get("audience"),
        "triggers": [_trigger(trigger, marks) for trigger in triggers_of(journey)],
        "exits": journey["exits"],
        "steps": journey["steps"],
        "marked": sorted(looked_back),
    }


def _trigger(trigger: Mapping[str, Any], marks: Mapping[str, int]) -> dict[str, Any]:
    """Every way to write a trigger as one of three: an activity, silence, a date."""
    match trigger["on"]:
        case "form":
            return _on(timeline.FORM_SUBMITTED, _is("form", trigger["form"]))
        case "conversion_point":
            return _on(timeline.FORM_SUBMITTED, _is("conversion_point", trigger["is"]))
        case "score":
            above = [grade for grade, mark in marks.items() if mark >= trigger["reaches"]]
            crossed = {"not": {"field": "from", "op": "in", "value": above}}
            return _on(timeline.GRADE_CHANGED, {"all": [{"field": "to", "op": "in", "value": above}, crossed]})
        case "grade":
            parts = [_is("to", trigger["becomes"])] + ([_is("from", trigger["from"])] if "from" in trigger else [])
            return _on(timeline.GRADE_CHANGED, {"all": parts})
        case "segment_entered" | "segment_left" if "segment" in trigger:
            return _on(trigger["on"], _is("segment", trigger["segment"]))
        case "no_interaction":
            return _on(timeline.SEGMENT_ENTERED, _is("segment", quiet_segment(trigger["for"])))
        case "handoff_outcome":
            return _on(timeline.HANDOFF_UPDATED, _is("status", trigger["result"]))
        case _:
            return dict(trigger)


def _on(kind: str, where: Mapping[str, Any]) -> dict[str, Any]:
    return {"on": kind, "where": where}


def _is(field: str, value: str) -> dict[str, Any]:
    return {"field": field, "op": "eq", "value": value}


def quiet_segment(length: str) -> str:
    """The segment of those who were silent for so long. Segments know when time alone changes an answer, so silence needs no machinery of its own."""
    return f"quiet-for-{length}"


def quiet_segments(journeys: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The segments that ``on: no_interaction`` asks for, as files of templates/segments would have them."""
    lengths = {
        trigger["for"]
        for journey in journeys
        for trigger in triggers_of(journey)
        if trigger["on"] == "no_interaction" and journey.get("enabled", True)
    }
    return {
        quiet_segment(length): {
            "name": {"en": f"Quiet for {length}", "zh": f"{length} 无互动"},
            "who": {"field": "last_activity_at", "op": "older_than", "value": length},
        }
        for length in sorted(lengths)
    }
