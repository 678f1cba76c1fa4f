"""What follows from an activity: leaving and going on in journeys, a hand-off, entering journeys, other segments (activities stream)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from shared.domain.timeline import GRADE_CHANGED, PEOPLE_MERGED, PEOPLE_PARTED
from shared.runtime import clock
from shared.runtime.batches import Record, each_stream_group
from shared.runtime.observe import observed
from shared.runtime.wiring import wiring
from shared.store.activities import from_stream_image
from shared.usecases.ask_for_confirmation import ask_for_confirmation
from shared.usecases.hand_off import hand_off_if_ripe
from shared.usecases.keep_segments import keep_segments
from shared.usecases.walk_journey import enter_journeys, enter_on_dates, follow_activity

# After these the score function asks the segments, once it has counted them.
_SCORED = {
    "form_submitted",
    "email_opened",
    "email_clicked",
    "page_viewed",
    "unsubscribed",
    "profile_updated",
    "handoff_updated",
    "stage_changed",
}
# Whoever changes a grade asks the segments there and then.
_ASKED = _SCORED | {GRADE_CHANGED}

# What is told under the id that a mail or a call carries, which may be that of somebody who was merged since. Rare, so that looking costs nothing.
_BY_AN_OLD_ID = {
    "email_bounced",
    "email_complained",
    "channel_stopped",
    "unsubscribed",
    "consent_given",
    "preferences_changed",
    "webhook_called",
    "webhook_failed",
}


@observed
def handler(event: dict[str, Any], context: Any) -> None:
    groups: list[tuple[list[Record], Callable[[], None]]] = [
        ([record], partial(_react, record)) for record in event["Records"]
    ]
    each_stream_group("react", groups, ordered_by="lead_id", failed=wiring.failed)


def _react(record: Record) -> None:
    activity, now = from_stream_image(record["dynamodb"]["NewImage"]), clock.now()
    if activity.detail.get("again"):
        # Moved here by a merge: what follows from it followed where it happened.
        return
    if activity.type == PEOPLE_MERGED:
        from shared.usecases.merge_people import merge_people  # late, like the others: people are seldom merged

        merge_people(activity, wiring.merge_ports, now)
    if activity.type == PEOPLE_PARTED:
        from shared.usecases.merge_people import part_people

        part_people(activity, wiring.merge_ports, now)
    follow_activity(activity, wiring.journey_ports, now)
    hand_off_if_ripe(activity, wiring.handoff_ports, now)
    ask_for_confirmation(activity, wiring.people, wiring.outbox)
    enter_journeys(activity, wiring.journey_ports, now)
    enter_on_dates(activity, wiring.journey_ports, now)
    if activity.type in _BY_AN_OLD_ID:
        from shared.usecases.merge_people import bring_home

        bring_home(activity, wiring.merge_ports)
    if activity.type not in _ASKED:
        keep_segments(activity.lead_id, [activity], wiring.segment_ports, now)
    if activity.type in (PEOPLE_MERGED, PEOPLE_PARTED):
        # Whoever went leaves every segment; whoever is back is asked like anybody new.
        keep_segments(str(activity.detail["absorbed"]), [activity], wiring.segment_ports, now)
