"""What sales does with a hand-off: accept it, follow up, report what came of it; and marking somebody ripe by hand.

Each act claims the hand-off by a conditional write; its effects (stage, timeline) have deterministic keys. Doing an act again that was
done already repeats the effects, which completes what a first try left undone and changes nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.domain.handoff import ACCEPTED, DEFERRED, ESCALATED, FOLLOWED_UP, INVALID, OPEN, REMINDED, WON, Handoff
from shared.domain.ids import stable_id
from shared.domain.lead import Lead
from shared.domain.lifecycle import CUSTOMER, DISQUALIFIED, LEAD, MQL, RECYCLED, SAL, check_transition, stages_before
from shared.domain.moments import from_iso, to_iso
from shared.domain.timeline import HANDED_OFF, HANDOFF_UPDATED, STAGE_CHANGED, Activity
from shared.usecases.console.texts import InvalidField, clean_text
from shared.usecases.hand_off import HandoffPorts, complete_handoff, open_handoff

if TYPE_CHECKING:
    from shared.store.activities import Activities
    from shared.store.handoffs import Handoffs
    from shared.store.people import People

_MANUAL = "manual"
RESULTS = (WON, DEFERRED, INVALID)
_UNTOUCHED = (OPEN, REMINDED, ESCALATED)
_WORKABLE = (*_UNTOUCHED, ACCEPTED, FOLLOWED_UP)
_STAGE_AFTER = {ACCEPTED: SAL, FOLLOWED_UP: SAL, WON: CUSTOMER, DEFERRED: RECYCLED, INVALID: DISQUALIFIED}
_AMOUNT = re.compile(r"\d{1,15}(\.\d{1,4})? [A-Z]{3}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


class NotNow(Exception):
    """The act does not fit where the hand-off or the lead stands; the text says why."""


class ActPorts(NamedTuple):
    """What acts on hand-offs touch."""

    people: People
    activities: Activities
    handoffs: Handoffs


@dataclass(frozen=True, slots=True)
class Act:
    """Who acts, when, and what they wrote."""

    by: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a hand-off. `amount` is a decimal with its currency, `until` a date or a moment (ISO 8601)."""

    result: str
    amount: str = ""
    until: str = ""
    reason: str = ""

    def as_row(self) -> dict[str, str]:
        """Without what was not said."""
        parts = {"result": self.result, "amount": self.amount, "until": self.until, "reason": self.reason}
        return {name: value for name, value in parts.items() if value}


def parse_outcome(body: Mapping[str, Any]) -> Outcome:
    """The outcome in a request's body. Raises InvalidField."""
    result = body.get("result")
    if result not in RESULTS:
        raise InvalidField("result", f"one of {', '.join(RESULTS)}")
    amount = clean_text("amount", body.get("amount"), limit=40)
    if amount and not _AMOUNT.fullmatch(amount):
        raise InvalidField("amount", "a number and a currency, such as 120000 CNY")
    until = clean_text("until", body.get("until"), limit=40)
    if until and not _is_moment(until):
        raise InvalidField("until", "a date such as 2026-06-30")
    return Outcome(str(result), amount, until, clean_text("reason", body.get("reason"), limit=500))


def _is_moment(text: str) -> bool:
    try:
        from_iso(f"{text}T00:00:00Z" if _DATE.fullmatch(text) else text)
    except ValueError:
        return False
    return True


def accept(handoff: Handoff, act: Act, ports: ActPorts) -> None:
    """Sales takes the lead; the clock runs on until they follow up. Raises NotNow."""
    _move(handoff, ACCEPTED, _UNTOUCHED, act, ports, stamp="accepted_at")


def follow_up(handoff: Handoff, act: Act, ports: ActPorts) -> None:
    """Sales was in touch: the clock stops. A second follow-up adds its note. Raises NotNow."""
    if handoff.status == FOLLOWED_UP and act.note:
        ports.handoffs.add_note(handoff.handoff_id, _note(act))
    # Also the second time: a first try may have died before it told the timeline.
    _move(handoff, FOLLOWED_UP, (*_UNTOUCHED, ACCEPTED), act, ports, stamp="followed_up_at")


def close(handoff: Handoff, outcome: Outcome, act: Act, ports: ActPorts) -> None:
    """Sales says what came of it, which is a follow-up too. Raises NotNow, IllegalTransition."""
    lead = ports.people.find(handoff.lead_id)
    wanted = _STAGE_AFTER[outcome.result]
    if lead is not None and handoff.status in _WORKABLE and lead.stage != wanted:
        check_transition(lead.stage, wanted)
    if handoff.status in (*_UNTOUCHED, ACCEPTED):
        ports.handoffs.mark(handoff.handoff_id, FOLLOWED_UP, act.at, stamp="followed_up_at", expected=[handoff.status])
    _move(handoff, outcome.result, _WORKABLE, act, ports, stamp="closed_at", outcome=outcome)


def _move(
    handoff: Handoff,
    status: str,
    expected: Sequence[str],
    act: Act,
    ports: ActPorts,
    *,
    stamp: str,
    outcome: Outcome | None = None,
) -> None:
    if not _is_done(handoff, status, outcome):
        note = _note(act) if act.note else None
        said = outcome.as_row() if outcome else None
        if handoff.status not in expected or not ports.handoffs.mark(
            handoff.handoff_id, status, act.at, stamp=stamp, expected=expected, note=note, outcome=said
        ):
            # Pressed twice at once: the other press may have been first.
            handoff = ports.handoffs.get(handoff.handoff_id) or handoff
            if not _is_done(handoff, status, outcome):
                raise NotNow(f"the hand-off is {handoff.status}; it cannot become {status} now")
    # The moment that stands in the row: when the act is done again, its effects are the same rows again.
    _tell(handoff, status, replace(act, at=getattr(handoff, stamp) or act.at), ports, outcome)


def _is_done(handoff: Handoff, status: str, outcome: Outcome | None) -> bool:
    return handoff.status == status and (outcome is None or handoff.outcome == outcome.as_row())


def _tell(handoff: Handoff, status: str, act: Act, ports: ActPorts, outcome: Outcome | None) -> None:
    """The timeline and the stage follow; causes and moments are the hand-off's, so that twice is once."""
    detail = {"handoff_id": handoff.handoff_id, "status": status, "by": act.by, **(outcome.as_row() if outcome else {})}
    ports.activities.append(
        Activity(handoff.lead_id, HANDOFF_UPDATED, act.at, f"{handoff.handoff_id}:{status}", detail=detail)
    )
    lead, wanted = ports.people.find(handoff.lead_id), _STAGE_AFTER[status]
    # A first try may have moved the lead and died before it told.
    is_moved = lead is not None and lead.was_moved(wanted, act.at)
    if lead is not None and (is_moved or _moves(lead, wanted, act.at, ports)):
        change = {"from": lead.stage_before if is_moved else lead.stage, "to": wanted, "by": act.by}
        ports.activities.append(
            Activity(lead.lead_id, STAGE_CHANGED, act.at, f"{handoff.handoff_id}:{status}:{wanted}", detail=change)
        )


def _moves(lead: Lead, wanted: str, at: datetime, ports: ActPorts) -> bool:
    return lead.stage in stages_before(wanted) and ports.people.move_stage(lead.lead_id, wanted, at)


def _note(act: Act) -> dict[str, str]:
    return {"at": to_iso(act.at), "by": act.by, "text": act.note}


def mark_ripe(lead: Lead, act: Act, ports: HandoffPorts) -> str:
    """Marks the lead as an MQL by hand, which hands it to sales; returns the hand-off's id.

    Pressing the button twice opens one hand-off; the second time completes what the first left undone. Somebody else's press, or
    another note, is another act, and comes too late. Raises IllegalTransition, NotNow.
    """
    said = {"by": act.by} | ({"note": act.note} if act.note else {})
    if _is_marked(lead, ports):
        _check_same_act(lead, act, ports)
        handoff_id: str | None = complete_handoff(lead, _MANUAL, ports, act.at, said)
    else:
        check_transition(lead.stage, MQL)
        handoff_id = open_handoff(lead.lead_id, _MANUAL, cause=_cause_of(lead), ports=ports, now=act.at, said=said)
    if handoff_id is None:
        raise NotNow("the lead was handed over a moment ago, or not long enough ago to be handed over again")
    if act.note:
        ports.handoffs.add_note(handoff_id, _note(act))
    return handoff_id


def _is_marked(lead: Lead, ports: HandoffPorts) -> bool:
    """Whether the lead was marked by hand already, perhaps by a try that did not come to its end."""
    if lead.stage != MQL or not lead.handoff_id:
        return False
    standing = ports.handoffs.get(lead.handoff_id)
    return standing is None or standing.reason == _MANUAL


def _check_same_act(lead: Lead, act: Act, ports: HandoffPorts) -> None:
    """Returns when `act` is the marking that stands, come again: the same colleague's same words on the same day, as with notes; or when
    that never came to its end, so that anybody may complete it. Raises NotNow.
    """
    for told in ports.activities.since(lead.lead_id, lead.handed_at or act.at):
        if told.type == HANDED_OFF and told.detail.get("handoff_id") == lead.handoff_id:
            words = told.detail.get("by"), told.detail.get("note", ""), to_iso(told.at)[:10]
            if words != (act.by, act.note, to_iso(act.at)[:10]):
                raise NotNow(f"the lead is in sales' hands already: {words[0] or 'somebody'} marked it on {words[2]}")


def _cause_of(lead: Lead) -> str:
    since = to_iso(lead.stage_at) if lead.stage_at and lead.stage != LEAD else "never"
    return stable_id("manual", lead.lead_id, since)
