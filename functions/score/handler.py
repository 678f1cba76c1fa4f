"""Folds each activity into the score of its person, then into the segments that it may have changed, and notes first opens and clicks on the receipts of
journeys' mails (activities stream).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from shared.runtime import clock
from shared.runtime.batches import Record, each_stream_group
from shared.runtime.observe import observed
from shared.runtime.wiring import wiring
from shared.store.activities import from_stream_image
from shared.usecases.keep_segments import question_about
from shared.usecases.note_responses import note_responses
from shared.usecases.score_activities import score_activities


@observed
def handler(event: dict[str, Any], context: Any) -> None:
    by_lead: dict[str, list[Record]] = {}
    for record in event["Records"]:
        by_lead.setdefault(record["dynamodb"]["Keys"]["lead_id"]["S"], []).append(record)
    # One person's activities are one read and one write, however many came together.
    groups: list[tuple[list[Record], Callable[[], None]]] = [
        (records, partial(_score, lead_id, records)) for lead_id, records in by_lead.items()
    ]
    each_stream_group("score", groups, ordered_by="lead_id", failed=wiring.failed)


def _score(lead_id: str, records: list[Record]) -> None:
    fresh = [from_stream_image(record["dynamodb"]["NewImage"]) for record in records]
    now, ports, lead = clock.now(), wiring.score_ports, None
    question = question_about(lead_id, fresh, wiring.segment_ports, now)
    # Most page views move no score: they are not worth reading the person for.
    scoring = [activity for activity in fresh if ports.model.concerns(activity)]
    if scoring:
        lead = score_activities(lead_id, scoring, ports, now, question.turn)
    question.answer(lead)
    note_responses(fresh, wiring.response_ports)
    if lead is not None and lead.lead_id != lead_id:
        from shared.usecases.merge_people import forward  # late: few people were merged

        forward(fresh, lead, wiring.activities)
