"""What must hold after every rehearsal, whatever was played and whatever went wrong. docs/reliability.md says by which mechanism it does.

Each check yields what is wrong, in words; nothing: it holds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from infra.rehearsal.acts import Acts
from infra.rehearsal.books import Books, Objections, Row, moment
from infra.rehearsal.mails import Mail
from infra.rehearsal.scenario import Scenario
from infra.rehearsal.world import World
from shared.domain.consent_policy import wants_confirmation
from shared.domain.identity import suppression_keys
from shared.domain.journey_counts import PREFIX
from shared.domain.segments import tag_key
from shared.runtime import content
from shared.usecases.ask_for_confirmation import TEMPLATE as QUESTION

_OPEN: Final = ("open", "reminded", "escalated")
_SILENT: Final = ("open", "reminded", "accepted")
_LEFT: Final = ("claimed", "sent", "delivered", "bounced", "complained")
_ACCEPTED: Final = ("accepted", "released")
_FORGIVABLE: Final = ("unsubscribed", "whitelist")


@dataclass(frozen=True)
class Case:
    """What is judged."""

    world: World
    acts: Acts
    scenario: Scenario
    books: Books
    objections: Objections
    late: timedelta
    """How late something may be in this weather."""


Check = Callable[[Case], Iterator[str]]


def check(case: Case) -> dict[str, list[str]]:
    """Name → what is wrong (nothing: it holds)."""
    return {name: list(holds(case)) for name, holds in CHECKS.items()}


# ------------------------------------------------------------ people


def _every_submission_has_one_person(case: Case) -> Iterator[str]:
    """Each accepted submission stands on exactly one timeline, once, and its person exists."""
    found = Counter(
        row["detail"]["submission_id"] for row in case.books["activities"] if row["type"] == "form_submitted"
    )
    accepted = {row["submission_id"] for row in case.books["intake"] if row["status"] in _ACCEPTED}
    for submission_id in accepted | set(found):
        wanted = 1 if submission_id in accepted else 0
        if found[submission_id] != wanted:
            yield f"submission {submission_id} stands on {found[submission_id]} timelines instead of {wanted}"
    for lead_id, items in case.books.timelines.items():
        if any(row["type"] == "form_submitted" for row in items) and lead_id not in case.books.leads:
            yield f"a timeline without its person: {lead_id}"
    for row in case.books["people"]:
        if row["kind"] == "pointer" and case.books.now(row["lead_id"]) not in case.books.leads:
            yield f"a key points to nobody: {row['lead_id']}"


def _score_equals_replay(case: Case) -> Iterator[str]:
    """The score that the lead carries is that of its whole timeline."""
    as_of = case.world.clock.now().isoformat().replace("+00:00", "Z")
    for lead_id in case.books.leads:
        live = case.acts.got(f"/api/leads/{lead_id}/score")
        replayed = case.acts.got(f"/api/leads/{lead_id}/score?as_of={as_of}")
        for name in ("score", "fit", "interest", "grade"):
            if live[name] != replayed[name]:
                yield f"{name} of {lead_id} is {live[name]}, its timeline says {replayed[name]}"


def _grades_follow_time(case: Case) -> Iterator[str]:
    """The grade that is stored, by which leads are listed and journeys are chosen, is the one that the faded score has now."""
    for lead_id, lead in case.books.leads.items():
        now = case.acts.got(f"/api/leads/{lead_id}/score")["grade"]
        late = lead.get("score_due") and case.world.clock.now() - moment(lead["score_due"]) < case.late
        if lead["grade"] != now and not late:
            yield f"{lead_id} is stored as {lead['grade']} and is {now}"


# ------------------------------------------------------------ mails


def _no_message_sent_twice(case: Case) -> Iterator[str]:
    """Every mail that SES accepted carries a message id, and no id came twice."""
    counts = Counter((mail.tags.get("message_id"), mail.to, mail.subject) for mail in case.world.mails)
    for (message_id, to, subject), count in counts.items():
        if count > 1 or not message_id:
            yield f"{count} mails {message_id} to {to}: {subject}"


def _every_mail_has_a_receipt(case: Case) -> Iterator[str]:
    """What SES accepted and what the receipts say left are the same mails. Only `unknown` may have left or not."""
    receipts = {row["message_id"]: row for row in case.books["messages"]}
    left = {mail.tags.get("message_id") for mail in case.world.mails}
    for message_id in left:
        status = receipts[message_id]["status"] if message_id in receipts else "missing"
        if status not in _LEFT:
            yield f"mail {message_id} left; its receipt is {status}"
    for message_id, row in receipts.items():
        if row["status"] in _LEFT and message_id not in left:
            yield f"receipt {message_id} ({row['template']}) is {row['status']}; no such mail left"


def _none_mailed_after_no(case: Case) -> Iterator[str]:
    """No marketing mail was given to SES for somebody who had said no at that moment and not yes again since."""
    for mail in _marketing(case):
        for key in suppression_keys(mail.to):
            for objection in case.objections.standing(key, mail.at):
                if objection.list in _FORGIVABLE and _said_yes(case, mail, objection.said_at):
                    continue
                if objection.list != "whitelist":
                    yield f"{mail.to} was mailed at {mail.at.isoformat()} and stood on {objection.list}"
    for person in case.acts.people.values():
        for at in person.said_no:
            rows = [o for key in suppression_keys(person.email) for o in case.objections.seen if o.address == key]
            if not any(o.at <= at for o in rows):
                yield f"{person.name} was told at {at.isoformat()} that no mail will come, and nothing was written"


def _consent_behind_each_marketing_mail(case: Case) -> Iterator[str]:
    """For each marketing mail the timeline holds the evidence of a yes from before."""
    for mail in _marketing(case):
        if not _said_yes(case, mail, None):
            yield f"no evidence of consent for the mail to {mail.to} at {mail.at.isoformat()}"


def _consent_chain_unbroken(case: Case) -> Iterator[str]:
    """What each lead carries as its last word is proved by its timeline at that moment; a no also stands where the gate looks."""
    for lead_id, lead in case.books.leads.items():
        word = lead.get("consent", {}).get("email")
        if not word:
            continue
        said = [row for row in case.books.timelines[lead_id] if row["at"] == word["at"]]
        if word["state"] == "granted" and not any(
            "email" in (row.get("detail") or {}).get("consents", {}) for row in said
        ):
            yield f"{lead_id} said yes at {word['at']}, and its timeline knows nothing of it"
        if word["state"] == "withdrawn" and not any(row["type"] == "unsubscribed" for row in said):
            yield f"{lead_id} said no at {word['at']}, and its timeline knows nothing of it"
    for row in case.books["suppressions"]:
        if row["list"] == "unsubscribed" and row["by"] == "self" and not _told_no(case, row):
            yield f"{row['address']} stands on {row['list']} since {row['at']}, and no timeline knows why"


def _told_no(case: Case, row: Row) -> bool:
    return any(
        told["type"] == "unsubscribed" and told["at"] == row["at"]
        for lead_id, lead in case.books.leads.items()
        if row["address"] in suppression_keys(lead["profile"].get("email", ""))
        for told in case.books.timelines[lead_id]
    )


def _confirmed_where_a_tick_is_not_enough(case: Case) -> Iterator[str]:
    """Where a country wants double opt-in, no marketing mail left before a button was pressed, and every pending yes was asked about, once."""
    policy = content.policies()["consent"]
    asked = Counter(row["lead_id"] for row in case.books["messages"] if row["template"] == QUESTION)
    for mail in _marketing(case):
        before = [row for row in _timeline(case, mail) if moment(row["at"]) <= mail.at]
        pressed = any(row["type"] == "consent_given" for row in before)
        enough = any(_is_enough(row, policy) for row in before)
        if not (pressed or enough):
            yield f"{mail.to} was mailed at {mail.at.isoformat()} on a tick that nobody confirmed"
    for lead_id, items in case.books.timelines.items():
        rounds = 1 + sum(row["type"] == "unsubscribed" for row in items)
        months = 1 + int(case.scenario.days // 30)
        if asked[lead_id] > rounds * months:
            yield f"{lead_id} was asked {asked[lead_id]} times to confirm"
        settled = any(_ticked(row) and moment(row["at"]) < case.scenario.end - case.late for row in items)
        if settled and _state(case, lead_id) == "pending" and not asked[lead_id]:
            yield f"{lead_id} ticked the box and was not asked to confirm"


def _is_enough(row: Row, policy: Mapping[str, Any]) -> bool:
    """A tick where the country wants no more, or a yes from elsewhere that somebody vouched for."""
    box = (row.get("detail") or {}).get("consents", {}).get("email", {})
    return "given_at" in box or (_ticked(row) and not wants_confirmation(policy, row["detail"]["profile"]))


def _ticked(row: Row) -> bool:
    return row["type"] == "form_submitted" and "email" in (row.get("detail") or {}).get("consents", {})


def _state(case: Case, lead_id: str) -> str:
    consent = case.books.leads.get(lead_id, {}).get("consent") or {}
    return str(consent.get("email", {}).get("state", ""))


def _timeline(case: Case, mail: Mail) -> list[Row]:
    return case.books.timelines.get(case.books.now(mail.tags.get("lead_id", "")), [])


def _marketing(case: Case) -> Iterator[Mail]:
    return (mail for mail in case.world.mails if mail.tags.get("class") == "marketing")


def _said_yes(case: Case, mail: Mail, since: datetime | None) -> bool:
    return any(
        "email" in (row.get("detail") or {}).get("consents", {})
        and not row["detail"].get("to_confirm")
        and (since is None or moment(row["at"]) > since)
        and moment(row["at"]) <= mail.at
        for row in _timeline(case, mail)
    )


# ------------------------------------------------------------ sales


def _one_open_handoff_per_mql(case: Case) -> Iterator[str]:
    """Who is with sales has exactly one open hand-off, nobody has two, and each hand-off was claimed by its lead."""
    by_lead: dict[str, list[Row]] = defaultdict(list)
    for row in case.books["handoffs"]:
        by_lead[case.books.now(row["lead_id"])].append(row)
    for lead_id, lead in case.books.leads.items():
        rows = by_lead[lead_id]
        count = sum(row["status"] in (*_OPEN, "accepted") for row in rows)
        if count > 1 or (lead["stage"] == "mql" and sum(row["status"] in _OPEN for row in rows) != 1):
            yield f"{lead_id} is {lead['stage']} and has {count} open hand-offs"
        if lead.get("handoff_id") and lead["handoff_id"] not in {row["handoff_id"] for row in rows}:
            yield f"{lead_id} was handed over by {lead['handoff_id']}, which does not exist"
        told = sum(row["type"] == "handed_off" for row in case.books.timelines[lead_id])
        if told != len(rows):
            yield f"{lead_id} has {len(rows)} hand-offs and its timeline tells of {told}"


def _one_escalation_per_breach_at_its_time(case: Case) -> Iterator[str]:
    """Silence of 48 hours escalates once: not before, hardly later, with one mail to each who must know; no silence, no escalation."""
    orders = Counter(
        (row["lead_id"], row["to"]) for row in case.books["messages"] if row["template"] == "handoff-escalated"
    )
    for row in case.books["handoffs"]:
        due, at = moment(row["due_at"]), moment(row["escalated_at"]) if row.get("escalated_at") else None
        name = row["handoff_id"]
        if due - moment(row["created_at"]) != timedelta(hours=48):
            yield f"{name} is due after {due - moment(row['created_at'])}"
        if at and not due <= at <= due + case.late:
            yield f"{name} escalated {at - due} after its time"
        if not at and row["status"] in _SILENT and due + case.late < case.scenario.end:
            yield f"{name} is {row['status']} and was not escalated"
        told = [
            e
            for e in case.books.timelines[case.books.now(row["lead_id"])]
            if e["type"] == "handoff_escalated" and e["detail"]["handoff_id"] == name
        ]
        if len(told) != (1 if at else 0):
            yield f"{name} was {'' if at else 'not '}escalated and the timeline tells it {len(told)} times"
    for (lead_id, to), count in orders.items():
        wanted = sum(bool(row.get("escalated_at")) for row in case.books["handoffs"] if row["lead_id"] == lead_id)
        if count != wanted:
            yield f"{count} escalation mails to {to} about {lead_id} instead of {wanted}"
    for row in case.books["handoffs"]:
        if (
            row.get("escalated_at")
            and sum(count for (lead_id, _), count in orders.items() if lead_id == row["lead_id"]) < 2
        ):
            yield f"the escalation of {row['handoff_id']} was not told to owner and manager"


# ------------------------------------------------------------ waiting


def _every_wait_has_a_timer(case: Case) -> Iterator[str]:
    """Each enrolment ended or has a timer; so has each deferred mail, each running clock of a hand-off, each grade that time will change."""
    yield from _people_who_wait(case)
    clocks = {body["handoff_id"] for body in case.books.timers("handoff")}
    orders = {body["order"]["message_id"] for body in case.books.timers("message")}
    for row in case.books["handoffs"]:
        if row["status"] in _SILENT and not row.get("escalated_at") and row["handoff_id"] not in clocks:
            yield f"the clock of hand-off {row['handoff_id']} does not run"
    for row in case.books["messages"]:
        if row["status"] == "queued" and row["message_id"] not in orders:
            yield f"mail {row['message_id']} ({row['template']}) is queued and nothing will send it"


def _people_who_wait(case: Case) -> Iterator[str]:
    steps = {(body["lead_id"], body["journey"], body["due"]) for body in case.books.timers("enrolment")}
    grades = {(body["lead_id"], body["due"]) for body in case.books.timers("score")}
    for row in case.books["enrolments"]:
        if row["status"] == "active" and (row["lead_id"], row["journey"], row.get("due")) not in steps:
            yield f"{row['lead_id']} stands in {row['journey']} before {row.get('step')} and nothing will wake it"
        if row["status"] != "active" and row.get("due"):
            yield f"{row['lead_id']} left {row['journey']} and still waits"
    for lead_id, lead in case.books.leads.items():
        if lead.get("score_due") and (lead_id, lead["score_due"]) not in grades:
            yield f"the grade of {lead_id} changes at {lead['score_due']} and nothing will tell"


def _queues_empty(case: Case) -> Iterator[str]:
    for mapping in case.world.queues:
        if waiting := case.world.waiting(mapping.queue.logical_id):
            yield f"{mapping.queue.logical_id} holds {waiting}"


def _failed_queue_empty(case: Case) -> Iterator[str]:
    for name in sorted(case.world.template.failure_queues):
        if case.world.waiting(name):
            yield f"{name} holds {[body[:200] for body in case.world.peek(name)]}"


# ------------------------------------------------------------ counting


def _counters_equal_rows(case: Case) -> Iterator[str]:
    """What was answered, what stands in the tables, what the meter counted and what the console lists are the same numbers."""
    answered = {a.json()["submission_id"] for p in case.acts.people.values() for a in p.posts if a.status == 202}
    stored = {row["submission_id"] for row in case.books["intake"]}
    if answered != stored:
        yield f"{len(answered)} posts were thanked for, {len(stored)} are stored"
    held = {row["submission_id"] for row in case.books["intake"] if row["status"] not in _ACCEPTED}
    listed = {item["submission_id"] for item in case.acts.listed("/api/quarantine")}
    if held != listed:
        yield f"{len(held)} submissions are held back, the console lists {len(listed)}"
    given = Counter(
        f"{row['channel']}|{row.get('journey') or '-'}|{row['class']}"
        for row in case.books["messages"]
        if row["status"] in (*_LEFT, "unknown")
    )
    metered: Counter[str] = Counter()
    for row in case.books["meters"]:
        if row["month"].startswith(PREFIX):
            continue
        metered.update({key: int(count) for key, count in row["counts"].items()})
    if given != metered:
        yield f"{dict(given)} receipts were given to SES, the meter says {dict(metered)}"
    by_grade = Counter(lead["grade"] for lead in case.books.leads.values())
    for grade, count in by_grade.items():
        if (found := len(case.acts.listed(f"/api/leads?grade={grade}"))) != count:
            yield f"{count} leads are {grade}, the console lists {found}"


def _journeys_count_whom_they_hold(case: Case) -> Iterator[str]:
    """Entered, standing and ended, as the counts of the journeys have it, are what the enrolments say."""
    counted: Counter[tuple[str, str]] = Counter()
    for row in case.books["meters"]:
        if row["month"].startswith(PREFIX):
            journey = row["month"].removeprefix(PREFIX).partition(":")[0]
            for key, count in row["counts"].items():
                kind, _, what = key.partition("|")
                if kind in ("in", "at", "end"):
                    counted[journey, f"at|{what}" if kind == "at" else kind] += int(count)
    held: Counter[tuple[str, str]] = Counter()
    for row in case.books["enrolments"]:
        runs, active = int(row.get("run", 1)), row["status"] == "active"
        held[row["journey"], "in"] += runs
        held[row["journey"], "end"] += runs - active
        if active:
            held[row["journey"], f"at|{row['step']}"] += 1
    if +held != +counted:
        yield f"enrolments: {dict(+held)}; counted: {dict(+counted)}"


def _segments_hold_whom_they_ask_for(case: Case) -> Iterator[str]:
    """Each membership is what its condition says of the person now, is counted, and every change of it is told once."""
    rows = [row for row in case.books["segments"] if "#" not in (row["lead_id"][0], row["segment"][0])]
    members = Counter(row["segment"] for row in rows if row.get("member_of"))
    counted: Counter[str] = Counter()
    for row in case.books["segments"]:
        if row["lead_id"].startswith("#count#"):
            counted[row["lead_id"].removeprefix("#count#")] += int(row["members"])
    if +counted != members:
        yield f"the segments have {dict(members)} members and count {dict(counted)}"
    told = Counter(
        (row["lead_id"], row["detail"]["segment"], row["type"])
        for row in case.books["activities"]
        if row["type"] in ("segment_entered", "segment_left") and not row["detail"].get("again")
    )
    for row in rows:
        if row["segment"].startswith("tag:"):
            continue
        changes = int(row["changes"])
        for kind, wanted in (("segment_entered", (changes + 1) // 2), ("segment_left", changes // 2)):
            if (found := told[(row["lead_id"], row["segment"], kind)]) != wanted:
                yield f"{row['lead_id']} has {wanted} times {kind} {row['segment']} and is told so {found} times"
    yield from _wrong_members(case, {(row["lead_id"], row["segment"]) for row in rows if row.get("member_of")})


def _wrong_members(case: Case, members: set[tuple[str, str]]) -> Iterator[str]:
    from shared.runtime.wiring import wiring  # late: it reads the environment that the world has set by now
    from shared.usecases.keep_segments import belongs

    tagged = {(lead_id, tag_key(tag)) for lead_id, lead in case.books.leads.items() for tag in lead.get("tags") or ()}
    if wrong := tagged ^ {pair for pair in members if pair[1].startswith("tag:")}:
        yield f"tags and their lists differ in {sorted(wrong)}"
    ports, now = wiring.segment_ports, case.world.clock.now()
    for segment in ports.definitions.all():
        if segment.status != "ready":
            yield f"the segment {segment.segment_id} is still {segment.status}"
            continue
        for lead_id in case.books.leads:
            wanted = belongs(lead_id, segment, ports, now)
            if wanted != ((lead_id, segment.segment_id) in members):
                yield f"{lead_id} should {'' if wanted else 'not '}be in {segment.segment_id}"


def _rights_suffice(case: Case) -> Iterator[str]:
    yield from dict.fromkeys(case.world.rights.refused)


CHECKS: Final[dict[str, Check]] = {
    "every_submission_has_one_person": _every_submission_has_one_person,
    "no_message_sent_twice": _no_message_sent_twice,
    "every_mail_has_a_receipt": _every_mail_has_a_receipt,
    "none_mailed_after_no": _none_mailed_after_no,
    "consent_behind_each_marketing_mail": _consent_behind_each_marketing_mail,
    "consent_chain_unbroken": _consent_chain_unbroken,
    "confirmed_where_a_tick_is_not_enough": _confirmed_where_a_tick_is_not_enough,
    "one_open_handoff_per_mql": _one_open_handoff_per_mql,
    "one_escalation_per_breach_at_its_time": _one_escalation_per_breach_at_its_time,
    "score_equals_replay": _score_equals_replay,
    "grades_follow_time": _grades_follow_time,
    "every_wait_has_a_timer": _every_wait_has_a_timer,
    "queues_empty": _queues_empty,
    "failed_queue_empty": _failed_queue_empty,
    "counters_equal_rows": _counters_equal_rows,
    "journeys_count_whom_they_hold": _journeys_count_whom_they_hold,
    "segments_hold_whom_they_ask_for": _segments_hold_whom_they_ask_for,
    "rights_suffice": _rights_suffice,
}


def named(wrong: dict[str, list[str]]) -> dict[str, Any]:
    """{name: true | false} as result.json tells it."""
    return {name: not found for name, found in wrong.items()}
