"""A journey in a person's words: when it begins, what each step does, which way leads where and when, and what ends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from functions.admin.present import harmless, localised
from functions.admin.present_conditions import Condition, counted, duration_text, sentence, where_text
from functions.admin.views import Words
from shared.domain import timeline
from shared.domain.condition_fields import PERSON_FIELDS
from shared.domain.journeys.graph import Place, leads_to
from shared.domain.journeys.plan import step_below, step_of
from shared.domain.message import EMAIL

Journey = Mapping[str, Any]
Step = Mapping[str, Any]
# (template, channel) → what its reader sees first.
Subjects = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Way:
    """One of several ways out of a step: `said` stands in the step's box, `short` at the line."""

    place: Place
    said: str
    short: str


@dataclass(frozen=True, slots=True)
class Told:
    """A step in words. `ways` is empty where there is only one way on."""

    title: str
    lines: Sequence[str] = ()
    ways: Sequence[Way] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells a journey in one language. `names` are what things are called that a journey names by an id: {kind: {id: name}}, of forms and segments."""

    journey: Journey
    words: Words
    locale: str
    subjects: Subjects
    names: Mapping[str, Mapping[str, str]]

    # ---------------------------------------------------------------- begin and end

    def start(self) -> Told:
        """When the journey begins, for whom and how often."""
        begins = self.words["way.or"].join(self.begins())
        audience = self.journey.get("audience")
        whom = self._say("for_whom", said=self.condition(audience)) if audience else self._say("for_everybody")
        return Told(f"{self._say('begins')} {begins}", [whom, self._entry()])

    def begins(self) -> list[str]:
        """What lets people in, each by itself."""
        return [self._trigger(trigger) for trigger in self.journey["triggers"]]

    def _entry(self) -> str:
        entry = self.journey["entry"]
        return (
            self._say(entry)
            if isinstance(entry, str)
            else self._say("again_after", time=self.time(entry["again_after"]))
        )

    def _trigger(self, trigger: Mapping[str, Any]) -> str:
        if trigger["on"] == "date":
            return self._date(trigger)
        asked = dict(_equals(trigger.get("where")))
        match trigger["on"]:
            case timeline.FORM_SUBMITTED if set(asked) == {"form"}:
                return self._say("filled_in", form=self._name("forms", asked["form"]))
            case timeline.FORM_SUBMITTED if set(asked) == {"conversion_point"}:
                point = asked["conversion_point"]
                return self._say("converted", point=self.words.get(f"point.{point}", _plain(point)))
            case timeline.GRADE_CHANGED if "to" in asked and set(asked) <= {"to", "from"}:
                before = self._say("grade_from", **{"from": self._grade(asked["from"])}) if "from" in asked else ""
                return self._say("grade_becomes", to=self._grade(asked["to"])) + before
            case timeline.GRADE_CHANGED if reached := _reached(trigger):
                return self._say("score_reaches", to=self._grade(reached))
            case timeline.TAG_ADDED | timeline.TAG_REMOVED if set(asked) == {"tag"}:
                given = trigger["on"] == timeline.TAG_ADDED
                return self._say("tag_given" if given else "tag_taken", tag=harmless(asked["tag"], 60))
            case timeline.SEGMENT_ENTERED | timeline.SEGMENT_LEFT if set(asked) == {"segment"}:
                return self._segment(trigger["on"], asked["segment"])
            case timeline.HANDOFF_UPDATED if set(asked) == {"status"}:
                status = asked["status"]
                return self._say("outcome", status=self.words.get(f"outcome.{status}", _plain(status)))
        return self._event(trigger)

    def _segment(self, kind: str, segment: str) -> str:
        if kind == timeline.SEGMENT_ENTERED and segment.startswith("quiet-for-"):
            return self._say("silent_for", time=self.time(segment.removeprefix("quiet-for-")))
        name = self._name("segments", segment)
        return self._say("in_segment" if kind == timeline.SEGMENT_ENTERED else "out_of_segment", segment=name)

    def _date(self, trigger: Mapping[str, Any]) -> str:
        if "at" in trigger:
            return self._say("on_day", at=harmless(trigger["at"][:16].replace("T", " "), 20))
        event = self.words.get(f"event.{trigger['of']}", _plain(trigger["of"]))
        said = self._say("on_date", event=event, field=_plain(trigger["field"]))
        shifts = [self._say(key, time=self.time(trigger[key])) for key in ("before", "after") if key in trigger]
        return said + "".join(shifts)

    def _event(self, rule: Mapping[str, Any]) -> str:
        said = self.words.get(f"event.{rule['on']}", _plain(rule["on"]))
        if not rule.get("where"):
            return said
        return said + self.words("condition.about", said=where_text(rule["where"], self.words, self.locale))

    def exits(self) -> list[str]:
        """What ends the journey for somebody, wherever they are, and what it is called then."""
        return [self._leaves(self._exit(rule), self.reason(rule["reason"])) for rule in self.journey["exits"]]

    def _leaves(self, said: str, reason: str) -> str:
        line = said if said.casefold() == reason.casefold() else self._say("why", said=said, reason=reason)
        return line[:1].upper() + line[1:]

    def _exit(self, rule: Mapping[str, Any]) -> str:
        if rule["on"] == "stage":
            stages = self.words["condition.list"].join(
                self.words.get(f"stage.{stage}", _plain(stage)) for stage in rule["in"]
            )
            return self._say("stage_becomes", stages=stages)
        if rule["on"] == "condition":
            return self.condition(rule["when"])
        if rule["on"] == timeline.EMAIL_BOUNCED and dict(_equals(rule.get("where"))) == {"permanent": True}:
            return self._say("whole_bounced")
        return self._event(rule)

    def reason(self, reason: str) -> str:
        """Why somebody left."""
        return reason_text(reason, self.words)

    def purpose(self, purpose: str) -> str:
        """What a mail is for."""
        return purpose_text(purpose, self.words)

    # ---------------------------------------------------------------- steps

    def step(self, step: Step) -> Told:
        """What a step does, and where each of several ways leads."""
        told = self._told(step)
        return replace(told, ways=[self._with_target(step, way) for way in told.ways])

    def _told(self, step: Step) -> Told:
        match step["do"]:
            case "send":
                return Told(self._sends(step), [self._say(step["class"])])
            case "wait":
                return self._wait(step)
            case "branch":
                return Told(self._say("branch"), ways=self._branches(step))
            case "split":
                return Told(self._say("split"), ways=self._shares(step))
            case "repeat":
                key = "repeat_once" if step["times"] == 1 else "repeat"
                again = Way(("goto",), self._say("again"), self._say("again"))
                done = Way(("next",), self._say("done"), self._say("again_short"))
                return Told(self._say(key, step=self.called(step["goto"]), n=step["times"]), ways=(again, done))
            case _:
                return self._deeds(step)

    def _deeds(self, step: Step) -> Told:
        """A step that does one thing and goes on."""
        match step["do"]:
            case "update":
                return Told(self.words["way.and"].join(self._changes(step)))
            case "notify":
                who = step["to"] if "@" in step["to"] else self._say(step["to"])
                return Told(
                    self._say("notify", who=who), [self._say("quote", said=localised(step["reason"], self.locale))]
                )
            case "hand_off":
                return Told(self._say("hand_off"), [self.reason(step["reason"])])
            case "goal":
                return Told(self._say("goal", goal=self.goal(step)))
            case "webhook":
                return Told(self._say("webhook", host=harmless(urlsplit(step["url"]).hostname or "", 80)))
            case _:
                return Told(self._say("exit", reason=self.reason(step["reason"])))

    def _with_target(self, step: Step, way: Way) -> Way:
        """A way that leads elsewhere than to the step below says where: the line alone is hard to follow on a phone."""
        target = dict(leads_to(self.journey, step))[way.place]
        if target == step_below(self.journey, step):
            return way
        return replace(way, said=self._say("to", said=way.said, step=self.called(target)))

    def called(self, step_id: str) -> str:
        """A step by what it does, short: a mail by its subject."""
        step = step_of(self.journey, step_id)
        if step is None:
            return self._say("the_end")
        if step["do"] == "repeat" or "event" in step:
            # Their own words name other steps, which may name them.
            return _plain(step_id.replace("-", " "))
        return self.subject(step) if step["do"] == "send" else self._told(step).title

    def subject(self, step: Step) -> str:
        """The subject of a send step's mail, or what a message of another channel begins with."""
        return self.subjects(step["template"], step.get("channel", EMAIL))

    def goal(self, step: Step) -> str:
        """What a goal is called."""
        return harmless(localised(step["name"], self.locale), 80) if "name" in step else _plain(step["goal"])

    def way(self, way: Mapping[str, Any]) -> str:
        """What a way of a split is called."""
        return harmless(localised(way["name"], self.locale), 60) if "name" in way else _plain(way["way"])

    def _sends(self, step: Step) -> str:
        channel = step.get("channel", EMAIL)
        return self._say("send" if channel == EMAIL else f"send_{channel}", subject=self.subject(step))

    def _wait(self, step: Step) -> Told:
        if "event" not in step:
            return Told(self._waits(step))
        time = self.time(step["at_most"])
        title = self._say("wait_event", deed=self.deed(step["event"]))
        if len({target for _, target in leads_to(self.journey, step)}) == 1:
            return Told(title, [self._say("at_most", time=time)])
        happened = Way(("then",), self._say("happened"), self._say("happened_short"))
        late = Way(("timeout",), self._say("timeout", time=time), self._say("timeout_short"))
        return Told(title, ways=(happened, late))

    def _waits(self, step: Step) -> str:
        time = self.time(step.get("for", ""))
        if "until" not in step:
            return self._say("wait", time=time)
        days = self.words["way.days_or"].join(self._say(day) for day in step["until"].get("days", ()))
        until = self._say("until_day" if days else "until_hour", days=days, at=step["until"]["at"])
        return self._say("wait_then", time=time, until=until) if time else self._say("wait_until", until=until)

    def _branches(self, step: Step) -> list[Way]:
        ways = [
            Way(
                ("ways", index, "goto"),
                self._say("if", said=self.condition(way["when"])),
                self._say("number", n=index + 1),
            )
            for index, way in enumerate(step["ways"])
        ]
        return [*ways, Way(("else",), self._say("else"), self._say("else_short"))]

    def _shares(self, step: Step) -> list[Way]:
        whole = sum(way["weight"] for way in step["ways"])
        shares = [(f"{100 * way['weight'] / whole:.0f}", self.way(way)) for way in step["ways"]]
        return [
            Way(("ways", index, "goto"), self._say("share", percent=percent, way=name), name)
            for index, (percent, name) in enumerate(shares)
        ]

    def _changes(self, step: Step) -> list[str]:
        added = [self._say("add_tag", tag=harmless(tag, 60)) for tag in step.get("add_tags", ())]
        removed = [self._say("remove_tag", tag=harmless(tag, 60)) for tag in step.get("remove_tags", ())]
        fields = {name: localised(PERSON_FIELDS[name].label, self.locale) for name in step.get("set", {})}
        said = [
            self._say("set", field=fields[name], value=harmless(value, 60))
            for name, value in step.get("set", {}).items()
        ]
        return added + removed + said

    # ---------------------------------------------------------------- conditions

    def condition(self, condition: Condition | Sequence[Condition]) -> str:
        """A condition on the person, as one sentence."""
        whole = condition if isinstance(condition, Mapping) else {"all": list(condition)}
        return sentence(whole, self.words, self.locale, lambda did: self.words("deed.they", deed=self.deed(did)))

    def deed(self, event: Mapping[str, Any]) -> str:
        """What somebody did or must do, without who: ``clicked in “…”``."""
        return self._done(event) + self._where(event) + counted(event, self.words)

    def _done(self, event: Mapping[str, Any]) -> str:
        did, step, asked = event["did"], event.get("step"), dict(_equals(event.get("where")))
        key, blanks = (
            f"deed.{did}",
            {"mail": self.called(step) if step else "", "link": harmless(event.get("link", ""), 80)},
        )
        if "link" in event:
            key += "_link"
        if step and did.startswith("email_"):
            return self.words(f"{key}_of", **blanks)
        if "path" in event:
            key, blanks = f"{key}_path", {"path": harmless(event["path"], 80)}
        elif set(asked) == {"form"}:
            key, blanks = f"{key}_form", {"form": self._name("forms", asked["form"])}
        since = self.words("deed.since", step=self.called(step)) if step else ""
        return self.words(key, **blanks) + since

    def _where(self, event: Mapping[str, Any]) -> str:
        where = event.get("where")
        if not where or set(dict(_equals(where))) == {"form"}:
            return ""
        return self.words("condition.about", said=where_text(where, self.words, self.locale))

    # ---------------------------------------------------------------- words

    def time(self, text: str) -> str:
        """A length of time."""
        return duration_text(text, self.words)

    def _say(self, key: str, **blanks: object) -> str:
        return self.words(f"way.{key}", **blanks)

    def _grade(self, grade: str) -> str:
        return self.words.get(f"grade.{grade}", _plain(grade))

    def _name(self, kind: str, name: str) -> str:
        return harmless(self.names.get(kind, {}).get(name, name), 80)


def reason_text(reason: str, words: Words) -> str:
    """Why people leave a journey: a reason in words; one of a company's own as it is written."""
    return words.get(f"journeys.reason_{reason}", _plain(reason))


def purpose_text(purpose: str, words: Words) -> str:
    """What a mail is for, in words; a purpose of a company's own as it is written."""
    return words.get(f"purpose.{purpose}", _plain(purpose.replace("-", " ")))


def _plain(name: object) -> str:
    return harmless(str(name).replace("_", " ").replace(".", " "), 60)


def _equals(where: Any) -> list[tuple[str, Any]]:
    """(field, value) of each part when `where` asks for nothing but equality."""
    parts = (
        [where]
        if isinstance(where, Mapping) and "field" in where
        else (where or {}).get("all", [])
        if isinstance(where, Mapping)
        else list(where or [])
    )
    plain = all(isinstance(part, Mapping) and part.get("op") == "eq" for part in parts)
    return [(part["field"], part["value"]) for part in parts] if plain else []


def _reached(trigger: Mapping[str, Any]) -> str:
    """The lowest grade of a trigger ``{on: score}``, as the build wrote it."""
    parts = (trigger.get("where") or {}).get("all", [])
    first = parts[0] if parts else {}
    return str(first["value"][-1]) if first.get("op") == "in" and first.get("field") == "to" else ""
