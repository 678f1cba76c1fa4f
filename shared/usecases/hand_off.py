"""A ripe lead goes to sales with a full brief; silence is reminded, then escalated to the manager."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.domain.handoff import ESCALATED, OPEN, REMINDED, SILENT, FollowUpRule, Handoff, choose_owner
from shared.domain.ids import stable_id
from shared.domain.lead import Lead
from shared.domain.lifecycle import LEAD, MQL, RECYCLED
from shared.domain.message import INTERNAL, MessageOrder
from shared.domain.moments import to_iso
from shared.domain.scoring import ScoringModel, attributes_of
from shared.domain.timeline import (
    FORM_SUBMITTED,
    GRADE_CHANGED,
    HANDED_OFF,
    HANDOFF_ESCALATED,
    HANDOFF_REMINDED,
    HANDOFF_WITHHELD,
    HUMAN,
    PAGE_VIEWED,
    PROFILE_UPDATED,
    Activity,
)

if TYPE_CHECKING:
    from shared.channels.queues import Outbox
    from shared.domain.mql_gate import MqlGate
    from shared.store.activities import Activities
    from shared.store.handoffs import Handoffs
    from shared.store.lists import Lists
    from shared.store.people import People
    from shared.usecases.set_timer import Alarm

HOT = "hot"
_RECENT = timedelta(days=30)


class HandoffPorts(NamedTuple):
    """What handing off touches; `policy` is templates/policies/sales.yaml, `attribution` attribution.yaml."""

    policy: Mapping[str, Any]
    model: ScoringModel
    people: People
    activities: Activities
    handoffs: Handoffs
    outbox: Outbox
    alarm: Alarm
    attribution: Mapping[str, Any]
    lists: Lists
    gate: Callable[[], MqlGate]
    """The gate, made when it is asked: its lists are long."""

    @property
    def rule(self) -> FollowUpRule:
        return FollowUpRule.of(self.policy["followup"])


def hand_off_if_ripe(activity: Activity, ports: HandoffPorts, now: datetime) -> None:
    """Opens a hand-off when `activity` makes its person ripe: the grade became hot, or a trigger of the scoring model fired."""
    reason = _ripe_because(activity, ports)
    if ports.policy["mql_gate"]["binding"]:
        reason = _through_the_gate(activity, reason, ports)
    if reason:
        open_handoff(activity.lead_id, reason, cause=activity.activity_id, ports=ports, now=now, ripe_at=activity.at)


def _through_the_gate(activity: Activity, reason: str, ports: HandoffPorts) -> str:
    """Why the person is handed over now that the gate binds: ripe and enough known, or ripe before and enough known since this very activity."""
    if not reason and activity.type not in (FORM_SUBMITTED, PROFILE_UPDATED):
        return ""
    lead = ports.people.find(activity.lead_id)
    if lead is None or ports.gate().missing(lead):
        return ""
    return reason or ("score" if lead.grade == HOT else "")


def _ripe_because(activity: Activity, ports: HandoffPorts) -> str:
    if activity.type == GRADE_CHANGED and activity.detail.get("to") == HOT:
        return "score"
    for trigger in ports.model.model.get("triggers", ()):
        if (
            activity.type == trigger["on"] == PAGE_VIEWED
            and _views(activity, trigger, ports.activities) >= trigger["times"]
        ):
            return str(trigger["id"])
    return ""


def _views(activity: Activity, trigger: Mapping[str, Any], activities: Activities) -> int:
    """How often the trigger's page was seen within its window, by a human; 0 without a look at the timeline for any other page."""
    if activity.detail.get("path") != trigger["path"] or activity.agent != HUMAN:
        return 0
    since = activity.at - timedelta(days=trigger["within_days"])
    return sum(
        seen.type == PAGE_VIEWED
        and seen.detail.get("path") == trigger["path"]
        and seen.agent == HUMAN
        and seen.at >= since
        for seen in activities.since(activity.lead_id, since)
    )


def open_handoff(
    lead_id: str,
    reason: str,
    *,
    cause: str,
    ports: HandoffPorts,
    now: datetime,
    ripe_at: datetime | None = None,
    said: Mapping[str, str] | None = None,
) -> str | None:
    """Makes the lead an MQL and hands it over; None when it may not be (again). Repeating the same cause completes what a first try left undone.

    A customer (by the list, which is asked now, or by the CRM's stage), and whom sales is on by the CRM's stage, is not issued as a new lead when it ripened by itself (`ripe_at`), only by hand.
    `said` is what the timeline tells besides: who did it by hand, and their note.
    """
    lead = ports.people.find(lead_id)
    if lead is None:
        return None
    handoff_id = stable_id("handoff", lead.lead_id, cause)
    if lead.handoff_id == handoff_id and lead.handed_at is not None:
        complete_handoff(lead, reason, ports, now, said)
        return handoff_id
    if lead.stage not in (LEAD, RECYCLED):
        return None
    if ripe_at and (known_as := _known_as(lead, ports)):
        detail = {"reason": known_as, "because": reason}
        ports.activities.append(Activity(lead.lead_id, HANDOFF_WITHHELD, ripe_at, handoff_id, detail=detail))
        return None
    past = _past(lead, ports, now)
    owner = _owner_of(lead, handoff_id, past, ports, now)
    if not ports.people.claim_handoff(lead.lead_id, handoff_id, owner["owner"], now, now - ports.rule.cooldown):
        return None
    _do_effects(_handoff(lead, handoff_id, owner, reason, past, ports, now), owner["email"], ports, now, said)
    return handoff_id


def _past(lead: Lead, ports: HandoffPorts, as_of: datetime) -> list[Activity]:
    """As far back as anybody asks: who has a claim on the lead, and what the brief tells. One reading for both."""
    from shared.domain.attribution import window_of  # late: few activities hand anybody over

    return list(ports.activities.since(lead.lead_id, as_of - max(_RECENT, window_of(ports.attribution))))


def _owner_of(
    lead: Lead, handoff_id: str, past: Sequence[Activity], ports: HandoffPorts, as_of: datetime
) -> Mapping[str, Any]:
    """The colleague whose touch has the lead (templates/policies/attribution.yaml), else who picks up its range, and is next by country and language.

    Once the hand-off is claimed its owner stands on the lead: what arrives late changes nothing any more.
    """
    from shared.domain.attribution import assignment, touches_of, window_of

    team = {member["owner"]: member for member in ports.policy["team"]}
    if lead.handoff_id == handoff_id and lead.owner in team:
        return dict(team[lead.owner])
    since = to_iso(as_of - window_of(ports.attribution))
    recent = [activity for activity in past if activity.sort_key >= since]
    held = assignment(touches_of(recent, ports.attribution), ports.attribution, as_of)
    named = held.named if held else {}
    seller = named.get("employee") or named.get("referred_by", "").partition("employee:")[2]
    if seller in team:
        return dict(team[seller])
    facts = {**attributes_of(lead.profile, ports.model.titles), "score": lead.score}
    return choose_owner(lead, ports.policy["team"], ports.policy["pick_up"], facts)


def _known_as(lead: Lead, ports: HandoffPorts) -> str:
    """As what sales has the lead already: EXISTING_CUSTOMER by the list or the CRM, IN_FOLLOW_UP by the CRM; "" when they do not."""
    from shared.domain.cleaning import EXISTING_CUSTOMER, IN_FOLLOW_UP, is_customer, subjects_of

    standing = lead.profile.get("crm_stage", "")
    if standing in (EXISTING_CUSTOMER, IN_FOLLOW_UP):
        return standing
    return EXISTING_CUSTOMER if is_customer(ports.lists.of(subjects_of(lead.profile))) else ""


def complete_handoff(
    lead: Lead, reason: str, ports: HandoffPorts, now: datetime, said: Mapping[str, str] | None = None
) -> str:
    """Does the effects of the hand-off that the lead carries once more: what a first try left undone is done, the rest is there already."""
    at = lead.handed_at or now
    past = _past(lead, ports, at)
    owner = _owner_of(lead, lead.handoff_id, past, ports, at)
    handoff = _handoff(lead, lead.handoff_id, owner, reason, past, ports, at)
    _do_effects(handoff, owner["email"], ports, now, said)
    return lead.handoff_id


def _handoff(
    lead: Lead,
    handoff_id: str,
    owner: Mapping[str, Any],
    reason: str,
    past: Sequence[Activity],
    ports: HandoffPorts,
    now: datetime,
) -> Handoff:
    return Handoff(
        handoff_id=handoff_id,
        lead_id=lead.lead_id,
        owner=owner["owner"],
        manager=owner["manager"],
        reason=reason,
        status=OPEN,
        created_at=now,
        due_at=now + ports.rule.escalate_after,
        brief=_brief(lead, reason, owner, past, ports, now),
    )


def _do_effects(
    handoff: Handoff, owner_email: str, ports: HandoffPorts, now: datetime, said: Mapping[str, str] | None
) -> None:
    """The timeline comes last: once it tells of the hand-off, all is done. Everything but `now` comes from the claim, so that it is the same when it is done again; only what is near is judged by the present."""
    at = handoff.created_at
    ports.handoffs.open(handoff)
    _set_clock(handoff, "remind", at + ports.rule.remind_after, ports.alarm, now)
    _tell(handoff, "handoff-new", owner_email, ports.outbox, at)
    detail = {"handoff_id": handoff.handoff_id, "owner": handoff.owner, "reason": handoff.reason, "to": MQL} | dict(
        said or {}
    )
    ports.activities.append(Activity(handoff.lead_id, HANDED_OFF, at, handoff.handoff_id, detail=detail))


def _brief(
    lead: Lead,
    reason: str,
    owner: Mapping[str, Any],
    past: Sequence[Activity],
    ports: HandoffPorts,
    now: datetime,
) -> dict[str, Any]:
    from shared.domain.brief import Brief, write_brief

    score = ports.model.for_stage(lead.stage).read(lead.score_state, lead.profile, lead.known_at, now, lead.created_at)
    since = to_iso(now - _RECENT)
    recent = [activity for activity in past if activity.sort_key >= since]
    return write_brief(
        Brief(lead=lead, score=score, recent=recent, reason=reason, locale=(owner.get("languages") or ["en"])[0]),
        ports.policy.get("next_steps", ()),
        ports.model.titles,
    )


def on_clock(body: Mapping[str, Any], ports: HandoffPorts, now: datetime) -> None:
    """The clock of a hand-off rang: ``{"handoff_id", "event": "remind" | "escalate"}``. Does nothing once sales followed up."""
    handoff = ports.handoffs.get(body["handoff_id"])
    if handoff is None:
        return
    if body["event"] == "remind":
        _remind(handoff, ports, now)
    elif body["event"] == "escalate":
        _escalate(handoff, ports, now)
    else:
        raise ValueError(f"unknown event {body['event']!r} of a hand-off")


def _remind(handoff: Handoff, ports: HandoffPorts, now: datetime) -> None:
    """Tells the owner that time runs out, and winds the clock for the escalation."""
    if handoff.status not in SILENT and handoff.reminded_at is None:
        return
    if handoff.reminded_at is None:
        # An accepted hand-off is reminded too, but stays accepted.
        status = handoff.status if handoff.status != OPEN else REMINDED
        if not ports.handoffs.mark(handoff.handoff_id, status, now, stamp="reminded_at", expected=[handoff.status]):
            raise RuntimeError("the hand-off changed while it was reminded; it is looked at again")
    at = handoff.reminded_at or now
    _set_clock(handoff, "escalate", handoff.due_at, ports.alarm, now)
    _tell(handoff, "handoff-reminder", _email_of(handoff.owner, ports.policy), ports.outbox, at)
    ports.activities.append(
        Activity(
            handoff.lead_id,
            HANDOFF_REMINDED,
            at,
            handoff.handoff_id,
            detail={"handoff_id": handoff.handoff_id, "owner": handoff.owner},
        )
    )


def _escalate(handoff: Handoff, ports: HandoffPorts, now: datetime) -> None:
    """Silence lasted: the owner and the manager are told, and the hand-off is the manager's concern."""
    if handoff.status not in SILENT and handoff.escalated_at is None:
        return
    if handoff.escalated_at is None:
        if now < handoff.due_at:
            _set_clock(handoff, "escalate", handoff.due_at, ports.alarm, now)
            return
        if not ports.handoffs.mark(handoff.handoff_id, ESCALATED, now, stamp="escalated_at", expected=SILENT):
            return
    at = handoff.escalated_at or now
    for username, address in (
        (handoff.owner, _email_of(handoff.owner, ports.policy)),
        (handoff.manager, _email_of(handoff.manager, ports.policy)),
    ):
        _tell(handoff, "handoff-escalated", address, ports.outbox, at, to_whom=username)
    detail = {"handoff_id": handoff.handoff_id, "owner": handoff.owner, "manager": handoff.manager}
    ports.activities.append(Activity(handoff.lead_id, HANDOFF_ESCALATED, at, handoff.handoff_id, detail=detail))


def _set_clock(handoff: Handoff, event: str, due: datetime, alarm: Alarm, now: datetime) -> None:
    body = {"kind": "handoff", "handoff_id": handoff.handoff_id, "event": event, "due": to_iso(due)}
    alarm.set(stable_id("handoff", handoff.handoff_id, event), due, body, now)


def _tell(handoff: Handoff, template: str, address: str, outbox: Outbox, now: datetime, *, to_whom: str = "") -> None:
    outbox.order(
        MessageOrder(
            message_id=stable_id(template, handoff.handoff_id, to_whom),
            lead_id=handoff.lead_id,
            klass=INTERNAL,
            purpose="handoff",
            template=template,
            queued_at=now,
            to=address,
            data={"handoff_id": handoff.handoff_id},
        )
    )


def _email_of(username: str, policy: Mapping[str, Any]) -> str:
    for member in policy["team"]:
        if member["owner"] == username:
            return str(member["email"])
    return str(policy["managers"][username]["email"])
