"""A webhook step's call: once, and again later while the server cannot; what it will never take is set aside with its reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.domain.facts import facts_of
from shared.domain.ids import stable_id
from shared.domain.moments import to_iso
from shared.domain.timeline import WEBHOOK_CALLED, WEBHOOK_FAILED, Activity
from shared.domain.webhook import AGAIN, DONE, IN_VAIN, WebhookCall, headers, judge, payload, secret_of

if TYPE_CHECKING:
    from shared.domain.scoring import ScoringModel
    from shared.store.activities import Activities
    from shared.store.people import People
    from shared.usecases.set_timer import Alarm


class Outcomes(NamedTuple):
    """What a call may end in besides an answer, named by the wiring: the exceptions of shared/channels/http.py."""

    forbidden: type[Exception]
    unreachable: type[Exception]
    no_answer: type[Exception]


class WebhookPorts(NamedTuple):
    """What calling touches. `post` makes the request (url, headers, body) and returns the answer's status; `pauses` are how long to wait after each
    failure (when they are used up it was in vain); `set_aside` takes (the call, why).
    """

    people: People
    activities: Activities
    model: ScoringModel
    signing_key: Callable[[], bytes]
    post: Callable[[str, Mapping[str, str], bytes], int]
    outcomes: Outcomes
    pauses: Sequence[timedelta]
    alarm: Alarm
    set_aside: Callable[[dict[str, Any], str], None]


def call_webhook(call: WebhookCall, ports: WebhookPorts, now: datetime) -> str:
    """Makes the call and returns DONE, AGAIN or IN_VAIN. A call that stands on the timeline as made is not made again; whoever dies between the
    answer and that line calls twice, with the same ``webhook-id``.
    """
    made = _told(call, WEBHOOK_CALLED, {})
    lead = ports.people.find(call.lead_id)
    if lead is None or ports.activities.has(made):
        return DONE
    body = payload(call, facts_of(lead, now, ports.model))
    signed = headers(call, body, secret_of(ports.signing_key(), call.host), now)
    outcome, said = _asked(call, signed, body, ports)
    if outcome == DONE:
        ports.activities.append(_told(call, WEBHOOK_CALLED, {"tries": call.tries + 1}))
    elif outcome == AGAIN and call.tries < len(ports.pauses):
        _come_back(call, ports, now)
    else:
        # Set aside first: a line on the timeline that nobody can replay would be the end of it.
        ports.set_aside(call.body(), said)
        ports.activities.append(_told(call, WEBHOOK_FAILED, {"tries": call.tries + 1, "reason": said}))
        return IN_VAIN
    return outcome


def _asked(call: WebhookCall, signed: Mapping[str, str], body: bytes, ports: WebhookPorts) -> tuple[str, str]:
    """(what came of it, in words)."""
    outcomes = ports.outcomes
    try:
        status = ports.post(call.url, signed, body)
    except outcomes.forbidden as error:
        return IN_VAIN, str(error)
    except (outcomes.unreachable, outcomes.no_answer) as error:
        return AGAIN, f"{type(error).__name__}: {error}"
    return judge(status), f"the server answers {status}"


def _come_back(call: WebhookCall, ports: WebhookPorts, now: datetime) -> None:
    again = call.again_after(ports.pauses[call.tries], now)
    due = again.due_at or now
    body = {"kind": "webhook", "due": to_iso(due), "call": again.body()}
    ports.alarm.set(stable_id("webhook", call.call_id, str(call.tries)), due, body, now)


def _told(call: WebhookCall, kind: str, detail: Mapping[str, Any]) -> Activity:
    about = {"journey": call.journey, "step": call.step, "host": call.host}
    cause = stable_id(kind, call.call_id)
    return Activity(call.lead_id, kind, call.happened_at, cause, "journey", detail={**about, **detail})
