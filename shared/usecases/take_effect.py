"""What the steps of a move bring about. The move is claimed before; each effect has a deterministic key, so that doing it again does no harm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.domain.enrolment import Enrolment
from shared.domain.handoff import choose_owner
from shared.domain.ids import stable_id
from shared.domain.journeys.behaviour import message_id
from shared.domain.journeys.plan import changed_tags, step_of
from shared.domain.lead import Lead
from shared.domain.message import EMAIL, INTERNAL, MessageOrder
from shared.domain.moments import to_iso
from shared.domain.scoring import merge_profile
from shared.domain.timeline import GOAL_REACHED, PROFILE_UPDATED, TAG_ADDED, TAG_REMOVED, Activity
from shared.domain.traffic import TooMuchTraffic
from shared.usecases.hand_off import open_handoff

if TYPE_CHECKING:
    from shared.channels.queues import CallQueue, Outbox
    from shared.domain.webhook import WebhookCall
    from shared.store.activities import Activities
    from shared.store.people import People
    from shared.usecases.hand_off import HandoffPorts

Journey = Mapping[str, Any]
Step = Mapping[str, Any]

NOTICE = "sales-notice"
_ATTEMPTS = 8
_HANDOFF_REASON = "journey"


class EffectPorts(NamedTuple):
    """What steps touch."""

    people: People
    activities: Activities
    outbox: Outbox
    calls: CallQueue
    handoffs: HandoffPorts
    account_of: Callable[[Mapping[str, str]], str]


def take_effects(journey: Journey, enrolment: Enrolment, ports: EffectPorts, now: datetime) -> None:
    """Does what the steps of the enrolment's last move say. Everything but `now` comes from the claim."""
    for step_id in enrolment.path:
        step = step_of(journey, step_id)
        if step is not None:
            _take_effect(journey, enrolment, step, ports, now)


def _take_effect(journey: Journey, enrolment: Enrolment, step: Step, ports: EffectPorts, now: datetime) -> None:
    match step["do"]:
        case "send":
            ports.outbox.order(order_of(journey, enrolment, step))
        case "notify":
            _notify(journey, enrolment, step, ports)
        case "update":
            _update(journey, enrolment, step, ports)
        case "hand_off":
            cause = key_of(journey, enrolment, step)
            reason = step.get("reason", _HANDOFF_REASON)
            open_handoff(enrolment.lead_id, reason, cause=cause, ports=ports.handoffs, now=now)
        case "goal":
            detail = {"journey": enrolment.journey, "step": step["id"], "goal": step["goal"]}
            _tell(enrolment, GOAL_REACHED, key_of(journey, enrolment, step), detail, ports)
        case "webhook":
            ports.calls.put(_call_of(journey, enrolment, step).body())


def key_of(journey: Journey, enrolment: Enrolment, step: Step) -> str:
    """What stands for this passing of this step."""
    return message_id(journey, enrolment, step["id"], enrolment.moved_at)


def order_of(journey: Journey, enrolment: Enrolment, step: Step) -> MessageOrder:
    """The message that a send step orders; its id is the same however often the step is taken."""
    return MessageOrder(
        message_id=key_of(journey, enrolment, step),
        lead_id=enrolment.lead_id,
        klass=step["class"],
        purpose=step["purpose"],
        template=step["template"],
        queued_at=enrolment.moved_at,
        journey=enrolment.journey,
        step=step["id"],
        channel=step.get("channel", EMAIL),
        version=enrolment.version,
        # Digits are how often a repeat was taken.
        ways={split: way for split, way in enrolment.ways.items() if not way.isdigit()},
    )


def _call_of(journey: Journey, enrolment: Enrolment, step: Step) -> WebhookCall:
    """The call that a webhook step makes; its id is the same however often the step is taken."""
    from shared.domain.webhook import WebhookCall  # late: few journeys call anybody

    return WebhookCall(
        call_id=key_of(journey, enrolment, step),
        lead_id=enrolment.lead_id,
        journey=enrolment.journey,
        step=step["id"],
        url=step["url"],
        happened_at=enrolment.moved_at,
        fields=tuple(step.get("fields", ())),
        data=step.get("data", {}),
    )


def _notify(journey: Journey, enrolment: Enrolment, step: Step, ports: EffectPorts) -> None:
    lead = ports.people.find(enrolment.lead_id)
    if lead is None:
        return
    ports.outbox.order(
        MessageOrder(
            message_id=key_of(journey, enrolment, step),
            lead_id=enrolment.lead_id,
            klass=INTERNAL,
            purpose=step.get("purpose", "sales_notice"),
            template=step.get("template", NOTICE),
            queued_at=enrolment.moved_at,
            journey=enrolment.journey,
            step=step["id"],
            to=_address(step["to"], lead, ports.handoffs.policy),
            data={"notice": {"reason": step["reason"]}},
        )
    )


def _address(to: str, lead: Lead, policy: Mapping[str, Any]) -> str:
    """The owner's address (who would get the lead, when nobody has it yet), their manager's, or the one that stands there."""
    if to not in ("owner", "manager"):
        return to
    team = policy["team"]
    owner = next((member for member in team if member["owner"] == lead.owner), None) or choose_owner(lead, team)
    return str(owner["email"] if to == "owner" else policy["managers"][owner["manager"]]["email"])


def _update(journey: Journey, enrolment: Enrolment, step: Step, ports: EffectPorts) -> None:
    """What was said is told before it is written: a change that nobody can see on the timeline could not be done again, because it stands
    already. Tags are written before they are told: whoever hears of one lists the tags that stand there.
    """
    key, values = key_of(journey, enrolment, step), {name: str(value) for name, value in step.get("set", {}).items()}
    if values:
        _tell(enrolment, PROFILE_UPDATED, key, {"profile": values}, ports)
    _write_update(step, values, enrolment, ports)
    for kind, tags in ((TAG_ADDED, step.get("add_tags", ())), (TAG_REMOVED, step.get("remove_tags", ()))):
        for tag in tags:
            _tell(enrolment, kind, f"{key}:{tag}", {"tag": tag}, ports)


def _write_update(step: Step, values: dict[str, str], enrolment: Enrolment, ports: EffectPorts) -> None:
    for _ in range(_ATTEMPTS):
        lead = ports.people.find(enrolment.lead_id)
        if lead is None:
            return
        before = (lead.profile, lead.known_at, lead.tags)
        at, born = to_iso(enrolment.moved_at), to_iso(lead.created_at)
        lead.profile, lead.known_at = merge_profile(lead.profile, lead.known_at, values, at, born)
        if "company" in values:
            lead.account = ports.account_of(lead.profile)
        lead.tags = changed_tags(step, lead.tags)
        if before == (lead.profile, lead.known_at, lead.tags) or ports.people.update_profile(lead, tags=True):
            return
    raise TooMuchTraffic("a profile is written by too many at once")


def _tell(enrolment: Enrolment, kind: str, cause: str, detail: dict[str, Any], ports: EffectPorts) -> None:
    ports.activities.append(
        Activity(enrolment.lead_id, kind, enrolment.moved_at, stable_id(kind, cause), "journey", detail=detail)
    )
