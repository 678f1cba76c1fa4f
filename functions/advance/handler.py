"""What fell due: the next step of a journey, the clock of a hand-off, a deferred mail, a score that faded below a mark (due queue)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from shared.domain.message import order_from_body
from shared.runtime import clock
from shared.runtime.batches import each_message
from shared.runtime.observe import count, logger, observed
from shared.runtime.wiring import wiring
from shared.usecases.walk_journey import call_audience, enter_on_date, take_event, take_step

# Most of what falls due is the wait of a journey: what other kinds need is imported by them.
if TYPE_CHECKING:
    from shared.usecases.check_scores import Difference
    from shared.usecases.keep_segments import Question

Body = dict[str, Any]


@observed
def handler(event: dict[str, Any], context: Any) -> Any:
    return each_message(event, _advance)


def _advance(body: Body) -> None:
    act = _ACTS.get(body["kind"])
    if act is None:
        raise ValueError(f"nothing knows what to do with {body['kind']!r}")
    act(body, clock.now())


def _enrolment(body: Body, now: datetime) -> None:
    take_step(body["lead_id"], body["journey"], body["due"], wiring.journey_ports, now)


def _journey_event(body: Body, now: datetime) -> None:
    take_event(body, wiring.journey_ports, now)


def _journey_date(body: Body, now: datetime) -> None:
    enter_on_date(body, wiring.journey_ports, now)


def _journey_call(body: Body, now: datetime) -> None:
    if following := call_audience(body, wiring.journey_ports, now):
        wiring.due_queue.put([following])


def _handoff(body: Body, now: datetime) -> None:
    from shared.usecases.hand_off import on_clock

    on_clock(body, wiring.handoff_ports, now)


def _score(body: Body, now: datetime) -> None:
    from shared.usecases.score_activities import let_time_tell

    let_time_tell(body["lead_id"], body["due"], wiring.score_ports, now, _question(body["lead_id"]))


def _score_doubt(body: Body, now: datetime) -> None:
    from shared.usecases.score_activities import end_doubt

    end_doubt(body["lead_id"], body["known"], wiring.score_ports, now, _question(body["lead_id"]))


def _question(lead_id: str) -> Callable[[datetime], Question]:
    """What score asks about somebody whom the passing of time may move."""
    from shared.usecases.keep_segments import question_of_time

    return partial(question_of_time, lead_id, wiring.segment_ports)


def _score_walk(body: Body, now: datetime) -> None:
    from shared.usecases.refold_scores import take_step

    take_step(body, wiring.walk_ports, now)


def _score_sample(body: Body, now: datetime) -> None:
    from shared.usecases.check_scores import check_sample

    looked = check_sample(body, wiring.score_ports, wiring.due_queue, now)
    logger().info("scores looked at", extra={"among": body["among"], "looked": looked})


def _score_look(body: Body, now: datetime) -> None:
    from shared.usecases.check_scores import look_again

    look_again(body, wiring.score_ports, wiring.segment_ports, _tell_difference, now)


def _tell_difference(found: Difference) -> None:
    """Ids and numbers alone: no log holds personal data."""
    logger().error("a live score is not that of its timeline", extra=asdict(found))
    count("ScoreDiffers")


def _message(body: Body, now: datetime) -> None:
    # A deferred mail comes back to the gate; its return must not be taken for a repetition of its first coming.
    wiring.outbox.order(order_from_body(body["order"]), attempt=f"-{body['due'].replace(':', '')}")


def _webhook(body: Body, now: datetime) -> None:
    wiring.calls.put(body["call"])


def _segment_walk(body: Body, now: datetime) -> None:
    from shared.usecases.fill_segment import take_step

    take_step(body, wiring.segment_ports, now)


_ACTS: Mapping[str, Callable[[Body, datetime], None]] = {
    "enrolment": _enrolment,
    "journey_event": _journey_event,
    "journey_date": _journey_date,
    "journey_call": _journey_call,
    "handoff": _handoff,
    "score": _score,
    "score_doubt": _score_doubt,
    "score_walk": _score_walk,
    "score_sample": _score_sample,
    "score_look": _score_look,
    "message": _message,
    "webhook": _webhook,
    "segment_walk": _segment_walk,
}
