"""Where each person is in each journey."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.domain.enrolment import ACTIVE, Enrolment
from shared.domain.moments import from_iso, to_iso
from shared.store.conditional import saved, updated
from shared.store.rows.enrolments import EnrolmentItem


def _to_enrolment(item: EnrolmentItem) -> Enrolment:
    return Enrolment(
        lead_id=item.lead_id,
        journey=item.journey,
        version=item.version,
        status=item.status,
        step=item.step or "",
        due=from_iso(item.due) if item.due else None,
        cause=item.cause,
        path=tuple(item.path or ()),
        moved_at=from_iso(item.moved_at),
        entered_at=from_iso(item.entered_at),
        run=int(item.run or 1),
        marks=item.marks or {},
        ways=item.ways or {},
        ended_at=from_iso(item.ended_at) if item.ended_at else None,
        exit_reason=item.exit_reason or "",
        entered_as=item.entered_as or "",
        came_by=item.came_by or "",
        went=item.went or {},
    )


def _to_item(enrolment: Enrolment) -> EnrolmentItem:
    return EnrolmentItem(
        enrolment.lead_id,
        enrolment.journey,
        version=enrolment.version,
        status=enrolment.status,
        step=enrolment.step or None,
        due=to_iso(enrolment.due) if enrolment.due else None,
        cause=enrolment.cause,
        path=list(enrolment.path) or None,
        moved_at=to_iso(enrolment.moved_at),
        entered_at=to_iso(enrolment.entered_at),
        run=enrolment.run,
        marks=dict(enrolment.marks) or None,
        ways=dict(enrolment.ways) or None,
        ended_at=to_iso(enrolment.ended_at) if enrolment.ended_at else None,
        exit_reason=enrolment.exit_reason or None,
        entered_as=enrolment.entered_as or None,
        came_by=enrolment.came_by or None,
        went=dict(enrolment.went) or None,
    )


def from_stream_image(image: dict[str, Any]) -> Enrolment:
    """The enrolment in an image of a stream record (DynamoDB's typed JSON)."""
    return _to_enrolment(EnrolmentItem.from_raw_data(image))


class Enrolments:
    """Reads and conditional writes of enrolments."""

    def get(self, lead_id: str, journey: str) -> Enrolment | None:
        """The enrolment of this person in this journey, if there ever was one."""
        try:
            return _to_enrolment(EnrolmentItem.get(lead_id, journey, consistent_read=True))
        except EnrolmentItem.DoesNotExist:
            return None

    def of(self, lead_id: str) -> list[Enrolment]:
        """Every enrolment of this person."""
        return [_to_enrolment(item) for item in EnrolmentItem.query(lead_id, consistent_read=True)]

    def enter(self, enrolment: Enrolment) -> bool:
        """Writes the `run`-th enrolment: the first where there is none, a later one over the ended one before it. False when that is not how it stands.

        An entry that stands there already is this one: the SDK repeats a write whose answer was lost.
        """
        free = (
            EnrolmentItem.lead_id.does_not_exist()
            if enrolment.run == 1
            else (EnrolmentItem.status != ACTIVE) & (EnrolmentItem.entered_at < to_iso(enrolment.entered_at))
        )
        own = (EnrolmentItem.cause == enrolment.cause) & (EnrolmentItem.entered_at == to_iso(enrolment.entered_at))
        return saved(_to_item(enrolment), free | own)

    def move(self, enrolment: Enrolment, *, expected_cause: str) -> bool:
        """Replaces the enrolment if nobody moved it since it was read (its cause was `expected_cause` and it was active).

        A move that stands there already is this one: the SDK repeats a write whose answer was lost.
        """
        moved = (EnrolmentItem.cause == enrolment.cause) & (EnrolmentItem.moved_at == to_iso(enrolment.moved_at))
        condition = ((EnrolmentItem.cause == expected_cause) & (EnrolmentItem.status == ACTIVE)) | moved
        return saved(_to_item(enrolment), condition)

    def leave(self, enrolment: Enrolment, went: Mapping[str, str], reason: str, at: datetime) -> bool:
        """Ends an active enrolment that goes on under another person (`went`, as `Enrolment` has it); False when it moved on since it was read."""
        went = dict(went)
        left = [
            EnrolmentItem.status.set("exited"),
            EnrolmentItem.exit_reason.set(reason),
            EnrolmentItem.ended_at.set(to_iso(at)),
            EnrolmentItem.went.set(went),
            EnrolmentItem.step.remove(),
            EnrolmentItem.due.remove(),
        ]
        unmoved = (EnrolmentItem.cause == enrolment.cause) & (EnrolmentItem.moved_at == to_iso(enrolment.moved_at))
        condition = ((EnrolmentItem.status == ACTIVE) & unmoved) | (EnrolmentItem.went == went)
        return updated(EnrolmentItem(enrolment.lead_id, enrolment.journey), left, condition)

    def arrive(self, enrolment: Enrolment, over: Enrolment | None) -> bool:
        """Writes an enrolment that comes from another person, where nothing stands or the ended one `over`; False when that is not how it stands."""
        own = (EnrolmentItem.came_by == enrolment.came_by) & (EnrolmentItem.entered_at == to_iso(enrolment.entered_at))
        if over is None:
            free = EnrolmentItem.lead_id.does_not_exist()
        else:
            same = (EnrolmentItem.cause == over.cause) & (EnrolmentItem.entered_at == to_iso(over.entered_at))
            free = (EnrolmentItem.status != ACTIVE) & same
        # Its own write may stand there already, whose answer was lost; a later move of it is not written over.
        return saved(
            _to_item(enrolment),
            free | (own & (EnrolmentItem.cause == enrolment.cause) & (EnrolmentItem.status == ACTIVE)),
        )

    def end(self, lead_id: str, journey: str, reason: str, at: datetime) -> bool:
        """Ends an active enrolment for `reason`; False when it had ended."""
        return updated(
            EnrolmentItem(lead_id, journey),
            [
                EnrolmentItem.status.set("exited"),
                EnrolmentItem.exit_reason.set(reason),
                EnrolmentItem.ended_at.set(to_iso(at)),
                EnrolmentItem.step.remove(),
                EnrolmentItem.due.remove(),
            ],
            EnrolmentItem.status == ACTIVE,
        )
