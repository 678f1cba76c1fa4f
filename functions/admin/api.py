"""The JSON calls."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from functions.admin import desk, pages_costs, shapes
from functions.admin.access import (
    AUDIT,
    EVERYBODY,
    HANDOFFS,
    LEADS_ACT,
    SCORING,
    SEGMENTS,
    SEGMENTS_ACT,
    SUPPRESSIONS,
    TOUCHPOINTS,
)
from functions.admin.gate import Call, Gate
from functions.admin.present_enrolments import journeys_of
from shared.domain.channels import channels_of
from shared.domain.lead import Lead
from shared.domain.segments import TAG
from shared.runtime import content
from shared.runtime.wiring import wiring
from shared.usecases.console.consents import consent_evidence
from shared.usecases.console.explain_score import explain_as_of, explain_now
from shared.usecases.console.read_audit import read_audit
from shared.usecases.console.segments import parse_draft
from shared.usecases.console.suppress import CHANNELS
from shared.usecases.console.timeline import Wanted, read_timeline
from shared.usecases.console.touchpoints import channels_meant

Json = dict[str, Any]


def leads(call: Call) -> Json:
    page = desk.leads(call, desk.lead_query(call))
    return {
        "items": [_lead(lead, call) for lead in page.items],
        "cursor": page.cursor,
    }


def lead(call: Call) -> Json:
    found = desk.the_lead(call)
    standing = wiring.segment_ports.memberships.of(found.lead_id)
    return {
        **_lead(found, call),
        "mql_gate": shapes.gate(content.mql_gate().missing(found)),
        "segments": sorted(name for name in standing.memberships if standing.is_in(name) and not name.startswith(TAG)),
        "journeys": [shapes.enrolment(each) for each in journeys_of(found)],
    }


def _lead(found: Lead, call: Call) -> Json:
    model = content.scoring_model()
    score, grade = explain_now(found, model, call.now)
    return shapes.lead(found, score, grade, model.for_stage(found.stage).band(score))


def account(call: Call) -> Json:
    return shapes.account(desk.the_account(call), content.scoring_model(), call.now)


def timeline(call: Call) -> Json:
    found = desk.the_lead(call)
    page = read_timeline(
        found.lead_id,
        call.asked("cursor"),
        activities=wiring.activities,
        messages=wiring.messages,
        members=found.members,
        wanted=Wanted(call.asked("type", 40), call.asked("channel", 40)),
    )
    return {"items": [shapes.happening(item) for item in page.items], "cursor": page.cursor}


def score(call: Call) -> Json:
    found, as_of = desk.the_lead(call), desk.as_of(call)
    if as_of is None:
        return shapes.score(*explain_now(found, content.scoring_model(), call.now), call.now)
    return shapes.score(*explain_as_of(found, as_of, content.scoring_model(), wiring.activities), as_of)


def messages(call: Call) -> Json:
    receipts = sorted(desk.receipts(desk.the_lead(call)), key=lambda receipt: receipt.at, reverse=True)
    return {"items": [shapes.receipt(receipt) for receipt in receipts], "cost": pages_costs.cost_of(receipts)}


def contactable(call: Call) -> Json:
    channel = desk.one_of("channel", call.asked("channel"), CHANNELS[:-1]) or CHANNELS[0]
    reasons = desk.refusals(desk.the_lead(call), call.now, channel)
    return {"allowed": not reasons, "reasons": reasons, "channel": channel}


def consents(call: Call) -> Json:
    return {"items": consent_evidence(desk.the_lead(call).lead_id, wiring.activities)}


def mql(call: Call) -> Json:
    handoff_id = desk.do_mark_ripe(call, call.json())
    return {**lead(call), "handoff_id": handoff_id}


def replied(call: Call) -> Json:
    return {"message_id": desk.do_note_reply(call, call.json())}


def add_tag(call: Call) -> Json:
    desk.do_tag(call, call.json().get("tag"))
    return {"tags": desk.the_lead(call).tags}


def remove_tag(call: Call) -> Json:
    desk.do_untag(call, call.asked("tag") or call.json().get("tag"))
    return {"tags": desk.the_lead(call).tags}


def segments(call: Call) -> Json:
    found = wiring.segment_ports.definitions.all()
    counts = wiring.segment_ports.memberships.counts(each.segment_id for each in found)
    return {"items": [shapes.segment(each, counts.get(each.segment_id, 0)) for each in found]}


def segment(call: Call) -> Json:
    found = desk.the_segment(call)
    return shapes.segment(found, wiring.segment_ports.memberships.counts([found.segment_id]).get(found.segment_id, 0))


def save_segment(call: Call) -> Json:
    body = call.json()
    if body.get("dry_run"):
        draft = parse_draft({"name": "trial", **body})
        trial = desk.try_segment(call, draft.condition)
        return {"asked": trial.asked, "found": trial.found, "examples": [each.lead_id for each in trial.examples]}
    saved = desk.do_save_segment(call, body)
    return shapes.segment(saved, wiring.segment_ports.memberships.counts([saved.segment_id]).get(saved.segment_id, 0))


def remove_segment(call: Call) -> Json:
    return {"removed": desk.do_remove_segment(call).segment_id}


def members(call: Call) -> Json:
    query = replace(desk.lead_query(call), segment=desk.the_segment(call).segment_id)
    page = desk.leads(call, query)
    return {
        "items": [_lead(lead, call) for lead in page.items],
        "cursor": page.cursor,
    }


def handoffs(call: Call) -> Json:
    page = desk.handoffs(call, call.asked("status"), call.asked("owner"), call.asked("cursor", 2000))
    return {"items": [shapes.handoff(found) for found in page.items], "cursor": page.cursor}


def follow_up(call: Call) -> Json:
    return shapes.handoff(desk.do_follow_up(call, call.json()))


def accept(call: Call) -> Json:
    return shapes.handoff(desk.do_accept(call, call.json()))


def outcome(call: Call) -> Json:
    return shapes.handoff(desk.do_outcome(call, call.json()))


def suppressions(call: Call) -> Json:
    page = desk.suppressions(call)
    return {"items": [shapes.suppression(row) for row in page.items], "cursor": page.cursor}


def suppress(call: Call) -> Json:
    return shapes.suppression(desk.do_suppress(call, call.json()))


def unsuppress(call: Call) -> Json:
    desk.do_unsuppress(call, call.ids["suppression_id"])
    return {"removed": call.ids["suppression_id"]}


def audit(call: Call) -> Json:
    page = read_audit(call.asked("cursor"), call.now.date(), wiring.audit)
    return {"items": [shapes.audit_entry(entry) for entry in page.items], "cursor": page.cursor}


def attribution(call: Call) -> Json:
    return shapes.attribution(desk.attribution(desk.the_lead(call), call), content.policies()["channels"])


def touchpoints(call: Call) -> Json:
    page = desk.touchpoints(call)
    return {"items": [shapes.touchpoint(found, desk.public_url()) for found in page.items], "cursor": page.cursor}


def touchpoint(call: Call) -> Json:
    return shapes.touchpoint(desk.the_touchpoint(call.ids["code"]), desk.public_url())


def make_touchpoint(call: Call) -> Json:
    made = desk.do_make_touchpoint(call, call.json())
    return {**shapes.touchpoint(made, desk.public_url()), **_channel_hint(made.origin["channel"])}


def _channel_hint(channel: str) -> Json:
    """What a program is told of a channel that reports do not know: it is kept, and counts as other."""
    channels = channels_of(content.policies()["channels"])
    meant = channels_meant(channel, channels)
    return {} if meant is None else {"channel_unknown": {"did_you_mean": meant, "known": sorted(channels)}}


def scoring(call: Call) -> Json:
    return shapes.scoring(content.rules_version(), wiring.walk_ports.walks.get())


def fold_scores(call: Call) -> Json:
    return shapes.scoring(content.rules_version(), desk.do_fold_scores(call))


def register(gate: Gate) -> None:
    """Every JSON call and who may use it."""
    gate.json("GET", "/api/leads", EVERYBODY, leads)
    gate.json("GET", "/api/leads/{lead_id}", EVERYBODY, lead)
    gate.json("GET", "/api/leads/{lead_id}/timeline", EVERYBODY, timeline)
    gate.json("GET", "/api/leads/{lead_id}/score", EVERYBODY, score)
    gate.json("GET", "/api/leads/{lead_id}/attribution", EVERYBODY, attribution)
    gate.json("GET", "/api/leads/{lead_id}/messages", EVERYBODY, messages)
    gate.json("GET", "/api/leads/{lead_id}/contactable", EVERYBODY, contactable)
    gate.json("GET", "/api/leads/{lead_id}/consents", SUPPRESSIONS, consents)
    gate.json("POST", "/api/leads/{lead_id}/mql", LEADS_ACT, mql)
    gate.json("POST", "/api/leads/{lead_id}/replied", LEADS_ACT, replied)
    gate.json("POST", "/api/leads/{lead_id}/tags", LEADS_ACT, add_tag)
    gate.json("DELETE", "/api/leads/{lead_id}/tags", LEADS_ACT, remove_tag)
    gate.json("GET", "/api/accounts/{account_id}", EVERYBODY, account)
    gate.json("GET", "/api/segments", SEGMENTS, segments)
    gate.json("POST", "/api/segments", SEGMENTS_ACT, save_segment)
    gate.json("GET", "/api/segments/{segment_id}", SEGMENTS, segment)
    gate.json("DELETE", "/api/segments/{segment_id}", SEGMENTS_ACT, remove_segment)
    gate.json("GET", "/api/segments/{segment_id}/members", SEGMENTS, members)
    gate.json("GET", "/api/handoffs", HANDOFFS, handoffs)
    gate.json("POST", "/api/handoffs/{handoff_id}/follow-up", HANDOFFS, follow_up)
    gate.json("POST", "/api/handoffs/{handoff_id}/accept", HANDOFFS, accept)
    gate.json("POST", "/api/handoffs/{handoff_id}/outcome", HANDOFFS, outcome)
    gate.json("GET", "/api/suppressions", SUPPRESSIONS, suppressions)
    gate.json("POST", "/api/suppressions", SUPPRESSIONS, suppress)
    gate.json("DELETE", "/api/suppressions/{suppression_id}", SUPPRESSIONS, unsuppress)
    gate.json("GET", "/api/touchpoints", TOUCHPOINTS, touchpoints)
    gate.json("POST", "/api/touchpoints", TOUCHPOINTS, make_touchpoint)
    gate.json("GET", "/api/touchpoints/{code}", TOUCHPOINTS, touchpoint)
    gate.json("GET", "/api/scoring", SCORING, scoring)
    gate.json("POST", "/api/scoring/fold", SCORING, fold_scores)
    gate.json("GET", "/api/audit", AUDIT, audit)
